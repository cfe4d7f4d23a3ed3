"""The REST API over real sockets, compared with what the store gives by itself."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from celador.domain.event import Event
from celador.domain.request import Answer, RequestKind
from celador.ports import SampleQuery
from celador.stores.sqlite.reader import SqliteReader
from celador.surfaces.web.access.access import Access
from celador.surfaces.web.access.audit import Result
from celador.surfaces.web.access.roles import Role
from celador.surfaces.web.api.cursors import Cursor, records_after
from tests.access.conftest import CONSOLE, NAMES, SECOND
from tests.access.house import House, house
from tests.export_server.conftest import eventually
from tests.support.clock import MIDNIGHT, TurnedClock

RANGE = {"from": "2026-07-18T00:00Z", "to": "2026-07-18T00:01Z"}
API = "/api/v1"
KEY = 1_795_585_841_000_932  # as an alarm has it: an instant in µs


@pytest.fixture
async def home(access: Access, store: Path, clock: TurnedClock) -> AsyncIterator[House]:
    async with house(access, store, clock, per_minute=100_000) as made:
        yield made


async def everything(
    client: httpx.AsyncClient, name: str, limit: int, **more: str
) -> list[dict[str, Any]]:
    """All pages of a list."""
    rows: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        asked = {**RANGE, **more, "limit": str(limit), "cursor": cursor}
        answer = await client.get(f"{API}/{name}", params=asked)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert len(found[name]) <= limit
        rows += found[name]
        cursor = found["next"]
    return rows


async def test_devices(home: House) -> None:
    answer = await home.program("vera").get(f"{API}/devices")
    assert [each["nombre"] for each in answer.json()["devices"]] == ["norte", "sur"]


@pytest.mark.parametrize("limit", [1, 7, 50, 99, 100, 10_000])
async def test_pages_of_samples_are_the_store(home: House, store: Path, limit: int) -> None:
    client = home.program("vera")
    rows = await everything(client, "samples", limit, columns="ia,p_act,estado", timezone="UTC")
    query = SampleQuery(MIDNIGHT, MIDNIGHT + 60 * SECOND, ("ia", "p_act", "estado"))
    reader = SqliteReader(store)
    expected = list(reader.samples(query))
    reader.close()
    assert [(row["equipo_id"], instant(row), row["ia"], row["p_act"]) for row in rows] == [
        (each.device_id, each.at, each.values[0], None) for each in expected
    ]
    assert len(rows) == 100


def instant(row: dict[str, Any]) -> int:
    moment = datetime.fromisoformat(row["fecha_hora"])
    assert moment.tzinfo is not None
    return round(moment.timestamp() * SECOND)


async def test_no_value_is_null_and_times_have_their_offset(home: House) -> None:
    asked = {**RANGE, "limit": "1", "timezone": "America/Argentina/Cordoba"}
    text = (await home.program("vera").get(f"{API}/samples", params=asked)).text
    assert '"p_act":null' in text
    assert '"fecha_hora":"2026-07-17T21:00:00.250000-03:00"' in text
    assert "NaN" not in text


@pytest.mark.parametrize("limit", [1, 2, 5, 1000])
async def test_pages_of_windows_are_the_whole(home: House, limit: int) -> None:
    client = home.program("vera")
    rows = await everything(client, "samples", limit, every="15s", columns="ia")
    assert [(row["equipo_id"], row["muestras"]) for row in rows] == [
        (device, count) for device in (1, 2) for count in (15, 15, 15, 5)
    ]


@pytest.mark.parametrize("limit", [1, 2, 3, 10, 1000])
@pytest.mark.parametrize("device", ["", "sur"])
async def test_pages_of_events_are_the_store(
    home: House, store: Path, limit: int, device: str
) -> None:
    # Up to six events have one instant: pages end in the middle of them.
    rows = await everything(home.program("vera"), "events", limit, device=device)
    reader = SqliteReader(store)
    ids = (2,) if device else ()
    expected = list(reader.events(MIDNIGHT, MIDNIGHT + 60 * SECOND, ids))
    reader.close()
    assert len(expected) > 60
    assert [(row["equipo_id"], instant(row), row["punto"]) for row in rows] == [
        (each.device_id, each.at, each.point) for each in expected
    ]


@given(st.lists(st.integers(0, 5), max_size=40), st.integers(1, 8), st.integers(0, 3))
def test_pages_together_are_the_list(steps: list[int], limit: int, start: int) -> None:
    class Dated:
        def __init__(self, at: int) -> None:
            self.at = at

    every = [Dated(sum(steps[: n + 1])) for n in range(len(steps))]
    found: list[Dated] = []
    cursor: Cursor | None = None
    while True:
        page, cursor = records_after(
            lambda at: (each for each in every if each.at >= at), start, cursor, limit
        )
        found += page
        if cursor is None:
            break
        cursor = Cursor.read(str(cursor))
    assert found == [each for each in every if each.at >= start]


@pytest.mark.parametrize("name", ["operations", "outages", "alarms"])
async def test_lists_without_records_are_empty(home: House, name: str) -> None:
    answer = await home.program("vera").get(f"{API}/{name}", params=RANGE)
    assert answer.json() == {name: [], "next": None}
    if name == "alarms":
        answer = await home.program("vera").get(f"{API}/{name}?open=true")
        assert answer.json() == {name: [], "next": None}


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("samples?from=yesterday-ish", "yesterday-ish"),
        ("samples?from=2026-07-18&to=2026-07-17", "is not before"),
        ("samples?columns=ia,ix", "ix"),
        ("samples?device=nort", "did you mean norte?"),
        ("samples?every=5parsec", "5parsec"),
        ("samples?limit=0", "from 1 to 10000"),
        ("samples?limit=1e3", "from 1 to 10000"),
        ("samples?limit=99999999999999999999", "from 1 to 10000"),
        ("samples?cursor='; DROP TABLE mediciones", "that is no cursor"),
        ("samples?from=2020-01-01&to=2026-01-01", "92 days at once"),
        ("samples?form=-1d", "did you mean from?"),
        ("events?columns=ia", "there is no parameter 'columns'"),
        ("events?from=-1d&from=-2d", "twice"),
        ("events?timezone=Mars", "Mars"),
        ("alarms?open=perhaps", "true or false"),
        ("export?format=exe&from=-1d", "csv, xlsx, parquet"),
        ("export", "from is missing"),
        ("devices?device=norte", "there is no parameter 'device'; leave it out"),
        ("samples?from=" + "9" * 5000, "-6h or -30min"),
        ("samples?device=" + "x" * 5000, "it has: norte, sur"),
        ("events?" + "y" * 5000 + "=1", "did you mean"),
    ],
)
async def test_what_makes_no_sense_is_told_in_a_sentence(
    home: House, address: str, sentence: str
) -> None:
    answer = await home.program("vera").get(f"{API}/{address}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json()) == {"type", "status", "detail"}
    assert sentence in answer.json()["detail"]
    assert "\n" not in answer.json()["detail"]
    assert len(answer.content) < 600


@pytest.mark.parametrize("address", ["nothing", "alarms/1/x/ack", "../v2/devices"])
async def test_what_is_not_there(home: House, address: str) -> None:
    answer = await home.program("omar").request(
        "POST" if "ack" in address else "GET", f"{API}/{address}"
    )
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_export_is_the_export_of_the_command(home: House) -> None:
    asked = {**RANGE, "device": "norte", "columns": "ia,p_act", "timezone": "UTC"}
    answer = await home.program("vera").get(f"{API}/export", params=asked)
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0] == ["fecha_hora", "equipo", "ia", "p_act"]
    assert rows[1] == ["2026-07-18 00:00:00.250000+00:00", "norte", "0", ""]
    assert len(rows) == 51
    (row,) = [row for row in home.access.audit.read(0, 2**62) if row.action == "exportar"]
    assert (row.user, row.thing) == ("vera", "celador_norte_2026-07-18_2026-07-18T0001.csv")


async def test_tokens_open_the_api_and_nothing_else(home: House) -> None:
    client = home.program("ada")
    assert (await client.get(f"{API}/devices")).status_code == 200
    assert (await client.get("/metrics")).status_code == 200
    assert (await client.get("/")).status_code == 401
    assert (await client.get("/cuenta")).status_code == 401


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer celador_nothing",
        "Bearer",
        "Basic YWRhOnRyZXM=",
        "Bearer celador_" + "x" * 10_000,
        "Bearer \xff",
    ],
)
async def test_a_wrong_token_opens_nothing_even_beside_a_session(
    home: House, authorization: str
) -> None:
    client = await home.enter("ada")
    headers = [(b"authorization", authorization.encode("latin-1"))]
    answer = await client.get(f"{API}/devices", headers=headers)
    assert answer.status_code == 401


async def test_a_revoked_token_is_refused_at_once(home: House) -> None:
    client = home.program("omar")
    assert (await client.get(f"{API}/devices")).status_code == 200
    (token,) = home.access.tokens.all()
    home.access.tokens.revoke("omar", token.name, CONSOLE)
    assert (await client.get(f"{API}/devices")).status_code == 401


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("how", ["token", "session"])
@pytest.mark.parametrize("what", ["ack", "shelve"])
async def test_the_matrix_of_roles_and_actions(
    home: House, role: Role, how: str, what: str
) -> None:
    name = NAMES[role]
    client = home.program(name) if how == "token" else await home.enter(name)
    answering = asyncio.create_task(answer_all(home))
    body = {"minutes": 60, "reason": "obra"} if what == "shelve" else None
    answer = await client.post(f"{API}/alarms/1/{KEY}/{what}", json=body)
    answering.cancel()
    if role is Role.VIEWER:
        assert answer.status_code == 403
        assert "needs operator" in answer.json()["detail"]
        assert not home.box.waiting()
    else:
        assert (answer.status_code, answer.json()["done"]) == (200, True)
        assert answer.json()["texto"] == f"hecho para {name}"
    row = next(each for each in home.access.audit.read(0, 2**62) if each.thing == f"1/{KEY}")
    assert row.user == name
    assert row.address == "127.0.0.1"
    assert row.via.value == ("ficha" if how == "token" else "sesion")
    assert row.result is (Result.REFUSED if role is Role.VIEWER else Result.DONE)


async def answer_all(home: House) -> None:
    """The monitor's side, and the clock of the one who waits."""
    while True:
        for left in home.box.waiting():
            request = left.request
            assert request.kind in (RequestKind.ACKNOWLEDGE, RequestKind.SHELVE)
            assert (request.device_id, request.key) == (1, KEY)
            if request.kind is RequestKind.SHELVE:
                assert request.until == request.at + 3600 * SECOND
            text = f"hecho para {request.by}"
            home.box.settle({left.ticket: Answer(True, text, text)})
        clock = home.access.clock
        assert isinstance(clock, TurnedClock)
        await clock.advance(0.1)
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'{"minutes": 60}',
        b'{"minutes": 0, "reason": "x"}',
        b'{"minutes": 721, "reason": "x"}',
        b'{"minutes": true, "reason": "x"}',
        b'{"minutes": 1e2, "reason": "x"}',
        b'{"minutes": 60, "reason": " "}',
        b'{"minutes": 60, "reason": "x", "by": "ada"}',
        b"[" * 4000,
        b"\xff",
    ],
)
async def test_a_shelf_wants_minutes_and_a_reason(home: House, body: bytes) -> None:
    answer = await home.program("omar").post(f"{API}/alarms/1/7/shelve", content=body)
    assert answer.status_code == 400
    assert not home.box.waiting()


async def test_a_body_without_end_is_cut_off(home: House) -> None:
    answer = await home.program("omar").post(f"{API}/alarms/1/7/shelve", content=b" " * 100_000)
    assert answer.status_code == 413


async def test_one_token_may_ask_so_often(access: Access, store: Path, clock: TurnedClock) -> None:
    async with house(access, store, clock, per_minute=60) as home:
        client, other = home.program("vera"), home.program("vera")
        answers = [await client.get(f"{API}/devices") for _ in range(11)]
        assert [answer.status_code for answer in answers] == [200] * 10 + [429]
        assert answers[-1].headers["retry-after"] == "2"
        assert (await other.get(f"{API}/devices")).status_code == 200
        clock.spend(1.01)
        assert (await client.get(f"{API}/devices")).status_code == 200
        strangers = [await home.client().get(f"{API}/devices") for _ in range(11)]
        assert [answer.status_code for answer in strangers] == [401] * 10 + [429]


async def test_the_document_names_every_address(home: House) -> None:
    document = (await home.program("vera").get(f"{API}/openapi.json")).json()
    assert set(document["paths"]) == {
        "/api/v1/devices",
        "/api/v1/samples",
        "/api/v1/events",
        "/api/v1/operations",
        "/api/v1/outages",
        "/api/v1/alarms",
        "/api/v1/alarms/{device}/{key}/ack",
        "/api/v1/alarms/{device}/{key}/shelve",
        "/api/v1/export",
        "/healthz",
        "/metrics",
    }
    names = {each["name"] for each in document["paths"]["/api/v1/samples"]["get"]["parameters"]}
    assert names == {
        "from", "to", "device", "timezone", "limit", "cursor", "columns", "every"
    }  # fmt: skip
    assert "http:" not in json.dumps(document)
    assert "https:" not in json.dumps(document)


async def test_pages_that_cannot_follow_are_no_reason_to_start_anew_but_are_told(
    home: House,
) -> None:
    home.live.trouble = "/var/lib/secret cannot be read"
    answer = await home.client().get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "degraded", "degraded": ["live"]}


async def test_the_document_tells_every_refusal_and_no_answer_that_never_comes(
    home: House,
) -> None:
    program = home.program("vera")
    document = (await program.get(f"{API}/openapi.json")).json()
    for path, methods in document["paths"].items():
        for operation in methods.values():
            told = set(operation["responses"])
            assert "422" not in told
            assert path == "/healthz" or {"401", "403", "429"} <= told
            assert ("security" in operation) == (path != "/healthz")
    shelving = document["paths"]["/api/v1/alarms/{device}/{key}/shelve"]["post"]["requestBody"]
    schema = shelving["content"]["application/json"]["schema"]
    assert set(schema["required"]) == {"minutes", "reason"}
    bad = await program.get(f"{API}/events?columns=ia")
    told = document["paths"]["/api/v1/events"]["get"]["responses"][str(bad.status_code)]
    assert list(told["content"]) == [bad.headers["content-type"]]


class Slow(SqliteReader):
    """A store that takes for ever, until it is interrupted."""

    ended: threading.Event
    begun = 0

    def events(self, *_arguments: object) -> Iterator[Event]:
        type(self).begun += 1
        assert self.ended.wait(60)
        return iter(())

    def interrupt(self) -> None:
        self.ended.set()


async def test_nobody_reads_for_a_client_who_has_gone_and_no_page_waits_for_one(
    access: Access, store: Path, clock: TurnedClock
) -> None:
    class Reader(Slow):
        ended = threading.Event()

    async with house(access, store, clock, open_reader=lambda: Reader(store)) as home:
        client = home.program("vera")
        asking = [asyncio.create_task(client.get(f"{API}/events")) for _ in range(6)]
        await eventually(lambda: Reader.begun == 3)
        assert (await home.client().get("/healthz")).json() == {"status": "ok", "degraded": []}
        assert not Reader.ended.is_set()
        for each in asking:
            each.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        await eventually(Reader.ended.is_set)


async def test_figures_are_in_the_format_of_prometheus(home: House) -> None:
    text = (await home.program("vera").get("/metrics")).text
    assert re.search(r'^celador_alarms\{priority="critical"\} 0\.0$', text, re.MULTILINE)
    assert re.search(r"^celador_exports_running 0\.0$", text, re.MULTILINE)
