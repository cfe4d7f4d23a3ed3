"""What is not allowed, not understood or not possible is told in one sentence."""

from __future__ import annotations

import string
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from celador.config import ExporterConfig
from celador.domain.errors import ConfigError, UsageError
from celador.ports import SampleQuery
from celador.stores.sqlite.reader import SqliteReader
from celador.surfaces.export_server import access, ensure_safe, read_token
from tests.export.fake_reader import FakeReader
from tests.export_server.conftest import RANGE, TOKEN, Serve, served

PAGE = {"accept": "text/html,application/xhtml+xml"}
VARIABLE = "CELADOR_EXPORT_TOKEN"


@pytest.mark.parametrize("path", ["/export.csv", "/export.parquet", "/export.xlsx", "/metrics"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer x"},
        {"authorization": f"Bearer {TOKEN}x"},
        {"authorization": f"Basic {TOKEN}"},
        {"authorization": TOKEN},
        {"authorization": "Bearer ñ"},
        {"cookie": "celador_sesion=9999999999.00"},
        {"cookie": f"celador_sesion={TOKEN}"},
    ],
)
async def test_who_does_not_know_the_token_gets_nothing(
    path: str, headers: dict[str, str], serve: Serve
) -> None:
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    async with serve(headers={}) as client:
        answer = await client.get(path, params=RANGE, headers=httpx.Headers(encoded))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json() == {
        "detail": "the token is missing or wrong; send Authorization: Bearer TOKEN"
    }


async def test_the_form_of_the_token_buys_a_cookie_that_does_not_tell_it(serve: Serve) -> None:
    async with serve(headers={}) as client:
        assert (await client.get("/")).status_code == 401
        wrong = await client.post("/entrar", data={"token": "wrong"})
        assert (wrong.status_code, "set-cookie" in wrong.headers) == (401, False)
        assert "Esa no es la clave." in wrong.text

        right = await client.post("/entrar", data={"token": f" {TOKEN} "})
        assert (right.status_code, right.headers["location"]) == (303, "/")
        cookie = right.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert TOKEN not in cookie
        assert (await client.get("/")).status_code == 200
        assert (await client.get("/export.csv", params=RANGE)).status_code == 200

        name, _, value = cookie.partition(";")[0].partition("=")
        until, _, seal = value.partition(".")
        client.cookies.clear()
        longer = {"cookie": f"{name}={int(until) + 1}.{seal}"}
        assert (await client.get("/", headers=longer)).status_code == 401


async def test_a_session_ends_after_its_hours(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serve(headers={}) as client:
        with monkeypatch.context() as patch:
            patch.setattr(access, "SESSION_S", -1)
            await client.post("/entrar", data={"token": TOKEN})
        name, value = next(iter(client.cookies.items()), ("celador_sesion", ""))
        answer = await client.get("/", headers={"cookie": f"{name}={value}"})
        assert answer.status_code == 401


async def test_a_form_of_endless_length_is_not_read(serve: Serve) -> None:
    async with serve(headers={}) as client:
        answer = await client.post("/entrar", content=b"token=" + b"x" * 100_000)
    assert answer.status_code == 413


async def test_without_a_token_only_this_machine_is_served(serve: Serve) -> None:
    async with serve(token=None, headers={}) as client:
        assert (await client.get("/export.csv", params=RANGE)).status_code == 200
        foreign = await client.get("/export.csv", params=RANGE, headers={"host": "evil.example"})
        assert foreign.status_code == 403
        assert (await client.get("/", headers={"host": "evil.example:80"})).status_code == 403


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "recloser.example"])
def test_without_a_token_no_other_address_is_listened_at(host: str) -> None:
    with pytest.raises(UsageError, match="set CELADOR_EXPORT_TOKEN or leave --host out"):
        ensure_safe(host, None)
    ensure_safe(host, TOKEN)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_without_a_token_this_machine_s_addresses_are_listened_at(host: str) -> None:
    ensure_safe(host, None)


def test_the_token_comes_from_the_environment_or_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n", encoding="utf-8")
    assert read_token({}) is None
    assert read_token({VARIABLE: ""}) is None
    assert read_token({VARIABLE: TOKEN}) == TOKEN
    assert read_token({f"{VARIABLE}_FILE": str(file)}) == TOKEN


@pytest.mark.parametrize(
    ("content", "variables", "said"),
    [
        (None, {f"{VARIABLE}_FILE": "{file}"}, "cannot be read .*; put the token there"),
        ("", {f"{VARIABLE}_FILE": "{file}"}, "fewer than 16 characters"),
        (None, {VARIABLE: "short"}, "fewer than 16 characters.*make one with"),
        (None, {VARIABLE: "ñ" * 20}, "outside ASCII"),
        (TOKEN, {VARIABLE: TOKEN, f"{VARIABLE}_FILE": "{file}"}, "both set; unset one"),
    ],
)
def test_a_token_that_cannot_be_used_is_told_in_a_sentence(
    content: str | None, variables: dict[str, str], said: str, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    environ = {name: value.format(file=file) for name, value in variables.items()}
    with pytest.raises(ConfigError, match=said):
        read_token(environ)


WRONG = [
    ({"from": ""}, "from is missing", "Falta «Desde»."),
    ({"from": "yesterday"}, "from: 'yesterday' is no instant", "«Desde» no es una fecha"),
    ({"to": "2026-13-01"}, "to: '2026-13-01' is no instant", "«Hasta» no es una fecha"),
    ({"to": "2026-07-17"}, "is not before to 2026-07-17", "anterior a «Hasta»"),
    ({"device": "nrote"}, "no recloser 'nrote'; did you mean norte?", "Ese equipo no está"),
    ({"columns": "ia,xx"}, "columns: 'xx' is no column", "Esa columna no existe"),
    ({"every": "15"}, "every: '15' is no length of time", "El intervalo no se entiende"),
    ({"every": "999999999d"}, "every: ", "El intervalo no se entiende"),
    ({"timezone": "Cordova"}, "timezone: there is no time zone", "Esa zona horaria no existe"),
    ({"decimal": ","}, "write comma or point", "comma (coma) o point (punto)"),
    ({"form": "csv"}, "no parameter 'form'; did you mean from?", "un parámetro que no existe"),
]


@pytest.mark.parametrize(("parameters", "text", "es"), WRONG)
async def test_what_makes_no_sense_is_told_in_a_sentence_to_programs_and_people(
    parameters: dict[str, str], text: str, es: str, serve: Serve
) -> None:
    async with serve() as client:
        answer = await client.get("/export.csv", params=RANGE | parameters)
        page = await client.get("/export.csv", params=RANGE | parameters, headers=PAGE)
    assert answer.status_code == page.status_code == 400
    assert text in answer.json()["detail"]
    assert es in page.text
    assert 'href="/"' in page.text


async def test_a_parameter_that_is_there_twice_is_refused(serve: Serve) -> None:
    async with serve() as client:
        answer = await client.get("/export.csv", params=[*RANGE.items(), ("from", "2026-07-17")])
    assert answer.json() == {"detail": "the parameter from is there twice; write it once"}


async def test_samples_as_stored_are_limited_in_days_and_windows_are_not(serve: Serve) -> None:
    span = {"from": "2026-07-01T00:00Z", "to": "2026-07-18T00:05Z"}
    async with serve(limits=ExporterConfig(max_days=17)) as client:
        refused = await client.get("/export.csv", params=span)
        allowed = await client.get("/export.csv", params=span | {"every": "1h"})
        shorter = await client.get("/export.csv", params=span | {"from": "2026-07-01T00:05Z"})
    assert refused.status_code == 400
    assert "can be had for 17 days at once; ask for a shorter range" in refused.json()["detail"]
    assert allowed.status_code == shorter.status_code == 200


@pytest.mark.parametrize(
    ("parameters", "most", "rows"),
    [({}, 539, 540), ({"every": "1s"}, 599, 600), ({"every": "1s", "device": "1"}, 299, 300)],
)
async def test_rows_are_limited(
    parameters: dict[str, str], most: int, rows: int, serve: Serve
) -> None:
    async with serve(limits=ExporterConfig(max_rows=most)) as client:
        refused = await client.get("/export.csv", params=RANGE | parameters)
        page = await client.get("/export.csv", params=RANGE | parameters, headers=PAGE)
    assert refused.status_code == page.status_code == 400
    assert f"this would be {rows} rows and {most} are allowed" in refused.json()["detail"]
    assert f"Serían {rows} filas y se permiten {most}" in page.text
    async with serve(limits=ExporterConfig(max_rows=rows)) as client:
        assert (await client.get("/export.csv", params=RANGE | parameters)).status_code == 200


async def test_a_sheet_that_would_overflow_is_refused_before_it_begins() -> None:
    class Full(FakeReader):
        def count(self, query: SampleQuery) -> int:
            return 1_048_576

    async with served(lambda: Full([])) as client:
        answer = await client.get("/export.xlsx", params=RANGE)
    assert answer.status_code == 400
    assert "a sheet holds 1,048,575 rows" in answer.json()["detail"]


async def test_a_store_that_cannot_be_read_is_told_with_a_time_to_come_back(
    tmp_path: Path,
) -> None:
    async with served(lambda: SqliteReader(tmp_path / "none.db")) as client:
        answers = [await client.get("/export.csv", params=RANGE)]
        answers += [await client.get(path) for path in ("/healthz", "/")]
        page = await client.get("/", headers=PAGE)
    assert [answer.status_code for answer in answers] == [503, 503, 503]
    assert all("there is no store at" in answer.json()["detail"] for answer in answers)
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
    assert "Los datos no se pueden leer ahora" in page.text


async def test_other_addresses_and_methods_are_told_too(serve: Serve) -> None:
    async with serve() as client:
        missing = await client.get("/export.pdf")
        posted = await client.post("/export.csv")
        docs = await client.get("/docs")
    assert (missing.status_code, posted.status_code, docs.status_code) == (404, 405, 404)
    assert missing.json() == {"detail": "there is no GET /export.pdf; see /openapi.json"}
    assert posted.headers["allow"] == "GET"


WORDS = st.sampled_from(
    [
        *("", "now", "today", "-1d", "-999999999d", "2026-07-18", "2026-07-18T00:05Z"),
        *("9999-12-31", "1970-01-01", "0001-01-01", "1d", "1s", "999999999s", "norte", "1"),
        *("ia", "ia,ib", "estado", "UTC", "Europe/Madrid", "comma", "point", "../etc/passwd"),
        *("\x00", "ñ", "%00", "' OR 1=1"),
    ]
)
FIELDS = st.sampled_from(["from", "to", "device", "columns", "every", "timezone", "decimal"])
REQUESTS = st.lists(
    st.tuples(FIELDS | st.text(string.printable, max_size=5), WORDS | st.text(max_size=8)),
    max_size=6,
)


@pytest.fixture
async def client(serve: Serve) -> AsyncIterator[httpx.AsyncClient]:
    """One service for everything that is asked of it, as in use."""
    async with serve(limits=ExporterConfig(max_rows=1000)) as client:
        yield client


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(more=REQUESTS, kind=st.sampled_from(["csv", "parquet", "xlsx"]), sound=st.booleans())
async def test_whatever_is_asked_gives_a_file_or_one_sentence(
    more: list[tuple[str, str]], kind: str, sound: bool, client: httpx.AsyncClient
) -> None:
    given_already = {name for name, _ in more}
    begun = [pair for pair in RANGE.items() if sound and pair[0] not in given_already]
    answer = await client.get(f"/export.{kind}", params=[*begun, *more])
    assert answer.status_code in (200, 400)
    if answer.status_code == 400:
        assert set(answer.json()) == {"detail"}
        assert "\n" not in answer.json()["detail"]
        assert "; " in answer.json()["detail"] or "did you mean" in answer.json()["detail"]
    else:
        assert answer.content


async def test_every_answer_tells_the_browser_to_be_careful(serve: Serve) -> None:
    async with serve() as client:
        answers = [
            await client.get(path, params=RANGE if "csv" in path else {})
            for path in ("/", "/export.csv", "/healthz", "/nothing")
        ]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "server" not in answer.headers
