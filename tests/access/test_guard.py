"""Break-ins that must not succeed, tried over real sockets."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

from celador.surfaces.web.access.access import Access
from celador.surfaces.web.access.guard import Guard
from celador.surfaces.web.access.login import Doors
from celador.surfaces.web.access.roles import Role
from tests.access.conftest import CONSOLE, LIFETIMES, PASSWORD
from tests.access.house import ZONE, House, attempt, form_token, house, pages
from tests.support.clock import TurnedClock

GUESS = "una frase equivocada"


@pytest.fixture
async def home(access: Access, store: Path, clock: TurnedClock) -> AsyncIterator[House]:
    async with house(access, store, clock) as made:
        yield made


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/eventos",
        "/vivo",
        "/cuenta",
        "/nothing",
        "/metrics",
        "/api/v1/devices",
        "/api/v1/samples",
        "/api/v1/openapi.json",
        "/api/v1/export?from=-1h",
        "//api/v1/devices",
        "/ingresar/",
        "/ingresar/../eventos",
        "/ingresar%2f..%2feventos",
        "/healthz/../metrics",
        "/healthz/",
        "/_nicegui_ws/socket.io/?EIO=4&transport=polling",
    ],
)
async def test_nothing_is_shown_before_the_login(home: House, path: str) -> None:
    for accept in ("text/html", "*/*"):
        async with home.client(accept=accept).stream("GET", path) as answer:
            assert answer.status_code in (303, 401), path
            if answer.status_code == 303:
                assert answer.headers["location"].startswith("/ingresar")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE"])
async def test_no_method_gets_past(home: House, method: str) -> None:
    answer = await home.client(**home.origin).request(method, "/api/v1/devices")
    assert answer.status_code == 401


async def test_only_health_is_told_to_strangers_and_nothing_secret_of_it(home: House) -> None:
    answer = await home.client().get("/healthz")
    assert answer.json() == {"status": "ok", "degraded": []}


async def test_a_login_shows_the_page_and_leads_on(home: House) -> None:
    client = home.client(**home.origin, accept="text/html")
    asked = await client.get("/eventos?desde=ayer")
    assert asked.headers["location"] == "/ingresar?ir=%2Feventos%3Fdesde%3Dayer"
    answer = await attempt(client, "VERA", PASSWORD, "/eventos?desde=ayer")
    assert (answer.status_code, answer.headers["location"]) == (303, "/eventos?desde=ayer")
    assert "vera" in (await client.get("/eventos")).text


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\/evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "",
        "/\r\nset-cookie: a=b",
    ],
)
async def test_the_login_leads_nowhere_else(home: House, wanted: str) -> None:
    client = home.client(**home.origin)
    answer = await attempt(client, "vera", PASSWORD, wanted)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "a" not in answer.cookies


async def test_what_is_typed_comes_back_as_text_alone(home: House) -> None:
    answer = await attempt(home.client(**home.origin), '"><script>x</script>', GUESS)
    assert answer.status_code == 401
    assert "<script" not in answer.text
    page = await home.client().get('/ingresar?ir=/"><script>x</script>')
    assert "<script" not in page.text


async def test_the_cookie_has_its_flags(home: House) -> None:
    answer = await attempt(home.client(**home.origin), "vera", PASSWORD)
    (cookie,) = [c for c in answer.headers.get_list("set-cookie") if c.startswith("celador=")]
    assert "; HttpOnly" in cookie
    assert "; SameSite=lax" in cookie
    assert "; Path=/" in cookie
    assert "expires" not in cookie.lower()
    assert "domain" not in cookie.lower()


async def test_a_planted_session_does_not_become_the_victims(home: House) -> None:
    attacker = await home.enter("vera")
    planted = attacker.cookies["celador"]
    victim = home.client(**home.origin)
    victim.cookies.set("celador", planted)
    page = await home.client().get("/ingresar")
    victim.cookies.set("celador_ingreso", page.cookies["celador_ingreso"])
    form = {"ficha": form_token(page.text), "usuario": "ada", "clave": PASSWORD}
    answer = await victim.post("/ingresar", data=form)

    assert answer.cookies["celador"] != planted
    assert (await attacker.get("/")).status_code == 401  # the planted one has ended altogether


async def test_a_form_without_its_token_is_refused(home: House) -> None:
    client = await home.enter("vera")
    for path in ("/salir", "/cuenta/clave", "/cuenta/sesion"):
        assert (await client.post(path, data={"ficha": "x"})).status_code == 403
    fresh = home.client(**home.origin)
    form = {"usuario": "vera", "clave": PASSWORD, "ficha": "x"}
    assert (await fresh.post("/ingresar", data=form)).status_code == 403
    assert (await client.get("/")).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1"},  # another port is another site
        {"origin": "http://localhost:1"},
        {},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {
            "sec-fetch-site": "cross-site",
            "sec-fetch-mode": "navigate",
            "sec-fetch-dest": "document",
        },
    ],
)
async def test_another_site_writes_nothing(home: House, headers: dict[str, str]) -> None:
    cookies = (await home.enter("ada")).cookies
    client = home.client(**headers)
    client.cookies = cookies
    for path in ("/write", "/salir", "/api/v1/alarms/1/1/ack", "/ingresar"):
        assert (await client.post(path)).status_code == 403, path


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://evil.example"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, 403),
        ({"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"}, 403),
        (
            {
                "sec-fetch-site": "cross-site",
                "sec-fetch-mode": "navigate",
                "sec-fetch-dest": "iframe",
            },
            403,
        ),
        (
            {
                "sec-fetch-site": "cross-site",
                "sec-fetch-mode": "navigate",
                "sec-fetch-dest": "document",
            },
            200,
        ),
        ({"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}, 200),
    ],
)
async def test_another_site_reads_nothing_but_may_lead_here(
    home: House, headers: dict[str, str], status: int
) -> None:
    cookies = (await home.enter("ada")).cookies
    client = home.client(**headers)
    client.cookies = cookies
    assert (await client.get("/")).status_code == status


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost.evil.example:80", 421),
        ("", 421),
        ("celador.example", 200),
        ("CELADOR.example.:8080", 200),
        ("localhost:1", 200),
        ("192.168.7.7", 200),
        ("[::1]:8080", 200),
    ],
)
async def test_a_name_that_is_not_ours_is_not_answered(home: House, host: str, status: int) -> None:
    answer = await home.client(host=host).get("/ingresar")
    assert answer.status_code == status


async def test_a_websocket_needs_a_session_and_our_own_page(home: House) -> None:
    url = home.url.replace("http", "ws") + "/_nicegui_ws/socket.io/"
    cookie = {"cookie": f"celador={(await home.enter('vera')).cookies['celador']}"}
    for origin, headers in (
        (home.url, {}),
        ("https://evil.example", cookie),
        ("null", cookie),
        (None, cookie),
    ):
        with pytest.raises(InvalidStatus, match="403"):
            await connect(
                url, origin=None if origin is None else Origin(origin), additional_headers=headers
            )
    async with connect(url, origin=Origin(home.url), additional_headers=cookie) as socket:
        await socket.send("hello")
        assert await socket.recv() == "hello"


@pytest.mark.parametrize("end", ["role", "password", "removal", "time"])
async def test_what_is_under_way_ends_with_the_session(
    home: House, clock: TurnedClock, end: str
) -> None:
    client = await home.enter("omar")
    cookie = {"cookie": f"celador={client.cookies['celador']}"}
    url = home.url.replace("http", "ws") + "/_nicegui_ws/socket.io/"
    async with (
        connect(url, origin=Origin(home.url), additional_headers=cookie) as socket,
        client.stream("GET", "/vivo") as stream,
    ):
        lines = stream.aiter_lines()
        assert await anext(lines) == "data:1"
        if end == "role":
            home.access.users.set_role("omar", Role.VIEWER, CONSOLE)
        elif end == "password":
            home.access.users.set_password("omar", "otra frase muy larga", CONSOLE)
        elif end == "removal":
            home.access.users.remove("omar", CONSOLE)
        clock.spend(3.0 if end != "time" else 80 * 3600.0)
        async with asyncio.timeout(20):
            async for _ in lines:
                pass
            with pytest.raises(ConnectionClosed):
                await socket.recv()
    assert (await client.get("/")).status_code == 401


async def test_a_stream_goes_on_while_the_session_lasts(home: House, clock: TurnedClock) -> None:
    client = await home.enter("omar")
    async with client.stream("GET", "/vivo") as stream:
        lines = stream.aiter_lines()
        for _ in range(20):
            clock.spend(3600.0)  # more than the idle time together: looking on is use
            for _ in range(4):
                await anext(lines)
    assert (await client.get("/")).status_code == 200


async def test_guessing_is_slowed_down_and_the_clock_lets_in_again(
    home: House, clock: TurnedClock
) -> None:
    client = home.client(**home.origin)
    for _ in range(3):
        assert (await attempt(client, "omar", GUESS)).status_code == 401
    waiting = await attempt(client, "omar", PASSWORD)  # the right one does not help now
    assert (waiting.status_code, waiting.headers["retry-after"]) == (429, "1")
    clock.spend(1.01)
    assert (await attempt(client, "omar", GUESS)).status_code == 401
    assert (await attempt(client, "omar", GUESS)).headers["retry-after"] == "2"
    clock.spend(2.01)
    assert (await attempt(client, "omar", PASSWORD)).status_code == 303


async def test_forwarded_addresses_are_not_believed(home: House) -> None:
    answers = []
    for n in range(12):
        client = home.client(**home.origin, **{"x-forwarded-for": f"10.0.0.{n}"})
        answers.append((await attempt(client, f"user{n}", GUESS)).status_code)
    assert answers == [401] * 10 + [429] * 2


async def test_unknown_and_known_users_get_the_same_answer(home: House) -> None:
    known = await attempt(home.client(**home.origin), "omar", GUESS)
    unknown = await attempt(home.client(**home.origin), "olga", GUESS)
    blank = [form_token(each.text) for each in (known, unknown)]
    texts = [
        each.text.replace(token, "").replace(name, "")
        for each, token, name in ((known, blank[0], "omar"), (unknown, blank[1], "olga"))
    ]
    assert known.status_code == unknown.status_code == 401
    assert texts[0] == texts[1]


async def test_ones_own_password_is_changed_and_other_browsers_are_out(home: House) -> None:
    here, there = await home.enter("vera"), await home.enter("vera")
    form = {
        "ficha": form_token((await here.get("/cuenta")).text),
        "clave": PASSWORD,
        "nueva": "cuatro elefantes se balanceaban",
        "otra_vez": "cuatro elefantes se balanceaban",
    }
    assert (await here.post("/cuenta/clave", data=form | {"clave": GUESS})).status_code == 401
    assert (await here.post("/cuenta/clave", data=form | {"otra_vez": "x"})).status_code == 400
    weak = {"nueva": "password1234", "otra_vez": "password1234"}
    assert (await here.post("/cuenta/clave", data=form | weak)).status_code == 400
    assert (await here.post("/cuenta/clave", data=form)).status_code == 303
    assert (await there.get("/")).status_code == 401
    assert (await here.get("/")).status_code == 200
    await home.enter("vera", "cuatro elefantes se balanceaban")


async def test_a_person_ends_another_session_of_their_own_and_no_strangers(home: House) -> None:
    here, there, stranger = [await home.enter(name) for name in ("vera", "vera", "omar")]
    page = (await here.get("/cuenta")).text
    token = form_token(page)
    for number in range(10):
        await here.post("/cuenta/sesion", data={"ficha": token, "sesion": str(number)})
        if (await here.get("/")).status_code == 401:
            here = await home.enter("vera")
            token = form_token((await here.get("/cuenta")).text)
    assert (await there.get("/")).status_code == 401
    assert (await stranger.get("/")).status_code == 200


async def test_logging_out_ends_the_session_on_the_server(home: House) -> None:
    client = await home.enter("vera")
    kept = client.cookies["celador"]
    token = form_token((await client.get("/cuenta")).text)
    assert (await client.post("/salir", data={"ficha": token})).status_code == 303
    again = home.client()
    again.cookies.set("celador", kept)
    assert (await again.get("/")).status_code == 401


async def test_every_answer_has_the_headers(home: House) -> None:
    client = await home.enter("vera")
    stranger = home.client(accept="text/html")
    answers = [
        await client.get("/"),
        await client.get("/cuenta"),
        await client.get("/api/v1/devices"),
        await client.get("/nothing"),
        await stranger.get("/"),
        await stranger.get("/ingresar"),
        await stranger.get("/healthz"),
        await stranger.get("/api/v1/devices"),
        await home.client(host="evil.example").get("/"),
    ]
    for answer in answers:
        where = f"{answer.status_code} {answer.url}"
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy, where
        assert "frame-ancestors 'none'" in policy, where
        assert "unsafe-inline" not in policy.partition("style-src")[0], where
        assert answer.headers["x-content-type-options"] == "nosniff", where
        assert answer.headers["x-frame-options"] == "DENY", where
        assert answer.headers["referrer-policy"] == "same-origin", where
        assert answer.headers["cross-origin-opener-policy"] == "same-origin", where
        assert answer.headers["cross-origin-resource-policy"] == "same-origin", where
        assert answer.headers["cache-control"] == "no-store", where
        assert "camera=()" in answer.headers["permissions-policy"], where
        assert "server" not in answer.headers, where
        assert "access-control-allow-origin" not in answer.headers, where
        assert "strict-transport-security" not in answer.headers, where
    nonces = {(await client.get("/")).headers["content-security-policy"] for _ in range(3)}
    assert len(nonces) == 3


async def test_neither_password_nor_token_is_logged(
    home: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = await home.enter("vera")
    await attempt(home.client(**home.origin), "vera", GUESS)
    await attempt(home.client(**home.origin), GUESS, GUESS)
    program = home.program("omar")
    await program.get("/api/v1/export?from=2026-07-18T00:00Z&to=2026-07-18T00:01Z")
    secrets = [PASSWORD, GUESS, client.cookies["celador"], program.headers["authorization"][7:]]
    ours = [r.getMessage() for r in caplog.records if r.name.startswith(("celador", "uvicorn"))]
    rows = home.access.audit.read(0, 2**62)
    told = "\n".join([*ours, *(f"{row}" for row in rows)])
    assert ours
    for secret in secrets:
        assert secret not in told


async def test_a_broken_file_of_users_lets_nobody_in(home: House, tmp_path: Path) -> None:
    client = await home.enter("ada")
    with sqlite3.connect(tmp_path / "celador.db.usuarios") as other:
        other.execute("DROP TABLE sesiones")
    assert (await client.get("/")).status_code == 503
    assert (await client.get("/api/v1/devices")).status_code == 503


async def test_without_login_only_this_machine_is_answered(
    tmp_path: Path, store: Path, clock: TurnedClock
) -> None:
    access = Access(tmp_path / "open", clock, LIFETIMES, login=False)
    async with house(access, store, clock) as made:
        assert "local" in (await made.client().get("/")).text
        assert (await made.client(host="evil.example").get("/")).status_code == 421
        foreign = made.client(origin="https://evil.example")
        assert (await foreign.post("/write")).status_code == 403
        assert (await foreign.get("/api/v1/devices")).status_code == 403
    guard = Guard(pages(), doors=pages(), api=pages(), access=access)
    transport = httpx.ASGITransport(app=guard, client=("10.0.0.7", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://10.0.0.1") as far:
        assert (await far.get("/")).status_code == 403
    access.close()


@pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("10.0.0.7", {}, 401),
        ("127.0.0.1", {"x-forwarded-for": "10.0.0.7"}, 401),
        ("127.0.0.1", {"via": "1.1 proxy"}, 401),
    ],
)
async def test_figures_are_for_this_machine_where_that_is_said(
    access: Access, client: str, headers: dict[str, str], status: int
) -> None:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("figures")(scope, receive, send)

    guard = Guard(pages(), doors=pages(), api=answer, access=access, local_metrics=True)
    transport = httpx.ASGITransport(app=guard, client=(client, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as program:
        assert (await program.get("/metrics", headers=headers)).status_code == status
        assert (await program.get("/api/v1/devices", headers=headers)).status_code == 401


async def test_behind_tls_no_other_site_can_set_the_cookie(
    access: Access, store: Path, clock: TurnedClock
) -> None:
    doors = Doors(access, ZONE).app()
    guard = Guard(pages(), doors=doors, api=pages(), access=access)
    transport = httpx.ASGITransport(app=guard, client=("10.0.0.7", 1))
    headers = {"origin": "https://10.0.0.1"}
    async with httpx.AsyncClient(
        transport=transport, base_url="https://10.0.0.1", headers=headers
    ) as client:
        answer = await attempt(client, "vera", PASSWORD)
        (cookie,) = [c for c in answer.headers.get_list("set-cookie") if "__Host-" in c]
        assert cookie.startswith("__Host-celador=")
        assert "; Secure" in cookie
        assert "; Path=/" in cookie
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert (await client.get("/")).status_code == 200
        # Who holds the line can put a page of theirs under our name, without TLS.
        plain = {"origin": "http://10.0.0.1"}
        assert (await client.post("/write", headers=plain)).status_code == 403
        assert (await client.get("/", headers=plain)).status_code == 403
