"""The files that come over HTTP are those of the command, and equal the store."""

from __future__ import annotations

import csv
import gzip
import io
import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from celador.ports import SampleQuery
from celador.stores.sqlite.reader import SqliteReader
from tests.export_server.conftest import RANGE, Serve
from tests.support.clock import MIDNIGHT

SECOND = 1_000_000
QUERY = SampleQuery(MIDNIGHT, MIDNIGHT + 300 * SECOND, ("ia", "va", "p_act", "fp", "estado"))
COLUMNS = {"columns": ",".join(QUERY.columns)}


def by_command(store: Path, *more: str) -> bytes:
    arguments = ["export", "--store", str(store), "--output", "-", "--timezone"]
    arguments += ["America/Argentina/Cordoba", "--from", RANGE["from"], "--to", RANGE["to"]]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CELADOR_")}
    return subprocess.run(
        [sys.executable, "-m", "celador", *arguments, *more],
        capture_output=True,
        check=True,
        timeout=60,
        env=kept,
    ).stdout


@pytest.mark.parametrize(
    ("parameters", "options"),
    [
        ({}, ()),
        ({"every": "1min", "decimal": "comma"}, ("--every", "1min", "--decimal-comma")),
        ({"device": "norte", "columns": "va,ia"}, ("--device", "norte", "--columns", "va,ia")),
        ({"timezone": "Asia/Kathmandu", "every": "1d"}, None),
    ],
)
async def test_the_csv_is_byte_for_byte_that_of_the_command(
    parameters: dict[str, str], options: tuple[str, ...] | None, serve: Serve, store: Path
) -> None:
    if options is None:
        options = ("--timezone", "Asia/Kathmandu", "--every", "1d")
    async with serve() as client:
        answer = await client.get("/export.csv", params=RANGE | parameters)
    assert answer.status_code == 200
    assert answer.content == by_command(store, *options)
    assert len(answer.content.splitlines()) > 2


async def test_several_reclosers_are_named_by_repeating_the_parameter(serve: Serve) -> None:
    async with serve() as client:
        params: list[tuple[str, str | int | float | bool | None]] = [
            *RANGE.items(),
            ("device", "1"),
            ("device", 'Río "Cuarto", 2'),
            ("device", ""),
        ]
        answer = await client.get("/export.csv", params=params)
    found = {row["equipo"] for row in csv.DictReader(io.StringIO(answer.text))}
    assert found == {"norte", 'Río "Cuarto", 2'}


async def test_a_client_that_accepts_gzip_gets_it_and_the_content_is_the_same(
    serve: Serve,
) -> None:
    async with serve() as client:
        plain = await client.get("/export.csv", params=RANGE, headers={"accept-encoding": "br"})
        request = client.build_request("GET", "/export.csv", params=RANGE)
        request.headers["accept-encoding"] = "gzip;q=0.5, br"
        answer = await client.send(request, stream=True)
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert "content-encoding" not in plain.headers
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    assert len(raw) < len(plain.content) / 2
    assert {plain.headers["vary"], answer.headers["vary"]} == {"Accept-Encoding"}


@pytest.mark.parametrize("accepted", ["", "gzip;q=0", "*;q=0", "br, gzip; q=0.000", "gzip;q=x"])
async def test_a_client_that_does_not_accept_gzip_gets_none(accepted: str, serve: Serve) -> None:
    async with serve() as client:
        headers = {"accept-encoding": accepted}
        answer = await client.get("/export.csv", params=RANGE, headers=headers)
    assert "content-encoding" not in answer.headers
    assert answer.content.startswith(b"fecha_hora,")


async def test_the_parquet_file_equals_the_store(serve: Serve, store: Path) -> None:
    async with serve() as client:
        answer = await client.get("/export.parquet", params=RANGE | COLUMNS)
    table = pq.read_table(io.BytesIO(answer.content))
    reader = SqliteReader(store)
    stored = list(reader.samples(QUERY))
    names = {each.id: each.name for each in reader.devices()}
    reader.close()
    assert [row["equipo"] for row in table.to_pylist()] == [names[r.device_id] for r in stored]
    assert table.column("fecha_hora").cast("int64").to_pylist() == [row.at for row in stored]
    found = zip(*(table.column(name).to_pylist() for name in QUERY.columns), strict=True)
    assert list(found) == [row.values for row in stored]


async def test_the_workbook_equals_the_store(serve: Serve, store: Path) -> None:
    async with serve() as client:
        answer = await client.get("/export.xlsx", params=RANGE | COLUMNS)
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content), read_only=True)["mediciones"]
    heading, *rows = sheet.values
    reader = SqliteReader(store)
    stored = [row.values for row in reader.samples(QUERY)]
    reader.close()
    assert heading[0] == "fecha_hora (America/Argentina/Cordoba, -03:00)"
    assert [row[2:] for row in rows] == stored


@pytest.mark.parametrize(
    ("parameters", "kind", "name"),
    [
        ({}, "csv", "celador_2026-07-17T2100_2026-07-17T2105.csv"),
        ({"every": "900s", "device": "norte"}, "xlsx", "celador_norte_*_15min.xlsx"),
        (
            {"timezone": "UTC", "to": "2026-07-19"},
            "parquet",
            "celador_2026-07-18_2026-07-19.parquet",
        ),
    ],
)
async def test_the_file_has_a_name_that_tells_what_is_in_it(
    parameters: dict[str, str], kind: str, name: str, serve: Serve
) -> None:
    async with serve() as client:
        answer = await client.get(f"/export.{kind}", params=RANGE | parameters)
    wanted = name.replace("*", "2026-07-17T2100_2026-07-17T2105")
    assert f'attachment; filename="{wanted}"' in answer.headers["content-disposition"]


async def test_a_name_with_accents_and_quotes_is_no_trouble_for_the_header(serve: Serve) -> None:
    async with serve() as client:
        answer = await client.get("/export.csv", params=RANGE | {"device": 'Río "Cuarto", 2'})
    header = answer.headers["content-disposition"]
    assert 'filename="celador_Rio-Cuarto-2_2026-07-17T2100_2026-07-17T2105.csv"' in header
    assert "filename*=UTF-8''celador_R%C3%ADo%20%22Cuarto%22%2C%202_2026" in header
