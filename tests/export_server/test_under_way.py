"""Exports under way: their number, their end, and a client that goes away in the middle."""

from __future__ import annotations

import logging
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from celador.config import ExporterConfig
from celador.domain.device import Device
from celador.domain.errors import StoreCorruptError
from celador.ports import SampleQuery, SampleRow
from celador.stores.sqlite.reader import SqliteReader
from celador.surfaces.export_http import running
from celador.surfaces.export_server import server
from tests.export.fake_reader import FakeReader
from tests.export_server.conftest import RANGE, TOKEN, Serve, eventually, served
from tests.support.clock import MIDNIGHT

DEVICE = Device(1, "norte", "", "noja-rc10", 13_200.0)


class EndlessReader(FakeReader):
    """Rows without end; tells when it is read and when it is closed."""

    def __init__(self) -> None:
        super().__init__(())
        self.begun = threading.Event()
        self.closed = threading.Event()

    def devices(self) -> list[Device]:
        return [DEVICE]

    def samples(self, query: SampleQuery) -> Iterator[SampleRow]:
        self.begun.set()
        at = MIDNIGHT
        while True:
            at += 1
            yield SampleRow(1, at, (1,) * len(query.columns), 1)

    def close(self) -> None:
        self.closed.set()


class BrokenReader(FakeReader):
    """Fails after so many rows."""

    def __init__(self, rows: int) -> None:
        super().__init__(
            (SampleRow(1, MIDNIGHT + n, (*(n * 0.1,) * 9, 1, 0), 1) for n in range(rows)),
            StoreCorruptError("the file is damaged; mend it"),
        )

    def devices(self) -> list[Device]:
        return [DEVICE]


def ask(client: httpx.AsyncClient, target: str) -> socket.socket:
    """Ask without reading the answer, as a client that hangs does."""
    sock = socket.create_connection((client.base_url.host, client.base_url.port or 0))
    lines = [f"GET {target} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {TOKEN}", "", ""]
    sock.sendall("\r\n".join(lines).encode())
    return sock


TARGET = "/export.{}?from=2026-07-18T00:00Z&to=2026-07-18T00:05Z"


async def running_now(client: httpx.AsyncClient) -> float:
    text = (await client.get("/metrics")).text
    (found,) = re.findall(r"^celador_exports_running (.+)$", text, re.MULTILINE)
    return float(found)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
async def test_a_client_that_goes_away_frees_the_query(kind: str) -> None:
    reader = EndlessReader()
    async with served(lambda: reader) as client:
        sock = ask(client, TARGET.format(kind))
        await eventually(reader.begun.is_set)
        assert not reader.closed.is_set()
        sock.close()
        await eventually(reader.closed.is_set)
        await eventually(lambda: _idle(client))


async def _idle(client: httpx.AsyncClient) -> bool:
    return await running_now(client) == 0


class SlowReader(SqliteReader):
    """A real statement of SQLite that would take years."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.begun = threading.Event()
        self.closed = threading.Event()

    def samples(self, query: SampleQuery) -> Iterator[SampleRow]:
        self.begun.set()
        self._all(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
        )
        return iter(())

    def close(self) -> None:
        super().close()
        self.closed.set()


async def test_a_statement_that_gives_no_row_yet_is_ended_when_the_client_goes(
    store: Path,
) -> None:
    readers: list[SlowReader] = []

    def open_reader() -> SlowReader:
        readers.append(SlowReader(store))
        return readers[-1]

    async with served(open_reader) as client:
        sock = ask(client, TARGET.format("csv"))
        await eventually(lambda: bool(readers) and readers[0].begun.is_set())
        sock.close()
        await eventually(readers[0].closed.is_set)


async def test_a_client_that_takes_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_STALL_S", 0.3)
    reader = EndlessReader()
    async with served(lambda: reader) as client:
        sock = ask(client, TARGET.format("csv"))
        await eventually(reader.closed.is_set)
        text = (await client.get("/metrics")).text
        sock.close()
    assert 'outcome="client stalled"} 1.0' in text


async def test_no_more_than_so_many_run_and_the_others_are_told_when_to_come_back() -> None:
    readers = [EndlessReader(), EndlessReader(), EndlessReader()]
    waiting = list(readers)
    async with served(lambda: waiting.pop(0), limits=ExporterConfig(max_concurrent=2)) as client:
        socks = []
        for reader in readers[:2]:  # one after the other: each socket has the reader of its place
            socks.append(ask(client, TARGET.format("csv")))
            await eventually(reader.begun.is_set)
        assert await running_now(client) == 2
        refused = await client.get("/export.csv", params=RANGE)
        page = await client.get("/export.csv", params=RANGE, headers={"accept": "text/html"})
        assert refused.status_code == page.status_code == 503
        assert int(refused.headers["retry-after"]) > 0
        assert refused.json() == {
            "detail": "2 exports are under way and no more are allowed; try again later"
        }
        assert "Ya hay otras exportaciones en curso" in page.text

        socks[0].close()
        await eventually(readers[0].closed.is_set)
        await eventually(lambda: _one_place(client))
        socks.append(ask(client, TARGET.format("csv")))
        await eventually(readers[2].begun.is_set)
        for sock in socks[1:]:
            sock.close()
        await eventually(lambda: all(reader.closed.is_set() for reader in readers))


async def _one_place(client: httpx.AsyncClient) -> bool:
    return await running_now(client) == 1


async def test_others_are_served_while_an_export_is_under_way(serve: Serve, store: Path) -> None:
    endless = EndlessReader()
    waiting: list[EndlessReader | SqliteReader] = [endless]
    async with served(lambda: waiting.pop() if waiting else SqliteReader(store)) as client:
        sock = ask(client, TARGET.format("csv"))
        await eventually(endless.begun.is_set)
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        assert (await client.get("/")).status_code == 200
        assert (await client.get("/export.csv", params=RANGE)).status_code == 200
        sock.close()
        await eventually(endless.closed.is_set)


async def test_a_failure_before_the_first_byte_is_told_by_the_status() -> None:
    async with served(lambda: BrokenReader(0)) as client:
        answer = await client.get("/export.csv", params=RANGE)
    assert answer.status_code == 503
    assert answer.json() == {"detail": "the file is damaged; mend it"}


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
@pytest.mark.parametrize("packed", [True, False])
async def test_a_failure_in_the_middle_never_looks_like_a_whole_file(
    kind: str, packed: bool, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"accept-encoding": "gzip" if packed else "identity"}
    async with served(lambda: BrokenReader(60_000)) as client:
        with pytest.raises(httpx.RemoteProtocolError, match=r"incomplete|without sending complete"):
            await client.get(f"/export.{kind}", params=RANGE, headers=headers)
        assert 'outcome="failed"} 1.0' in (await client.get("/metrics")).text
    assert "an export broke off: the file is damaged; mend it" in caplog.text


async def test_each_export_leaves_one_line_without_the_token(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "celador.export")
    async with serve() as client:
        await client.get("/export.csv", params=RANGE | {"device": "norte", "every": "1min"})
        await client.get("/healthz")
        await client.get("/export.csv", params=RANGE | {"device": "a\nb"})
    lines = [record.getMessage() for record in caplog.records if record.name == "celador.export"]
    assert len(lines) == 2
    assert re.fullmatch(
        r"127\.0\.0\.1 by token: 'celador_norte_2026-07-17T2100_2026-07-17T2105_1min\.csv' "
        r"devices='norte': complete, 5 rows, \d+ bytes, \d+\.\d\d s",
        lines[0],
    )
    assert "refused, 0 rows" in lines[1]
    assert "\n" not in lines[1]
    assert TOKEN not in caplog.text


async def test_what_went_out_is_counted(serve: Serve) -> None:
    async with serve() as client:
        headers = {"accept-encoding": "identity"}
        size = len((await client.get("/export.csv", params=RANGE, headers=headers)).content)
        await client.get("/export.xlsx", params=RANGE | {"device": "nobody"})
        text = (await client.get("/metrics")).text
    assert 'celador_export_requests_total{format="csv",outcome="complete"} 1.0' in text
    assert 'celador_export_requests_total{format="xlsx",outcome="refused"} 1.0' in text
    assert 'celador_export_rows_total{format="csv"} 540.0' in text
    assert f'celador_export_bytes_total{{format="csv"}} {float(size)}' in text
    assert 'celador_export_seconds_count{format="csv"} 1.0' in text


async def test_ending_the_service_ends_what_is_under_way(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server, "_GRACE_S", 1)
    reader = EndlessReader()
    async with served(lambda: reader) as client:
        sock = ask(client, TARGET.format("csv"))
        await eventually(reader.begun.is_set)
    assert reader.closed.is_set()
    sock.close()
    assert "Traceback" not in caplog.text
