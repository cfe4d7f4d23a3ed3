"""The room as others reach it: over TLS of its own, and behind a proxy that says who asks."""

from __future__ import annotations

import json
import re
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from celador.clock import SystemClock
from celador.surfaces.web.access.access import Access
from celador.surfaces.web.access.audit import Action
from celador.surfaces.web.access.file import path_beside
from celador.surfaces.web.access.roles import Role
from celador.surfaces.web.access.sessions import Lifetimes
from tests.access.conftest import CONSOLE, PASSWORD
from tests.access.house import form_token
from tests.support.certificates import Certificate, make_certificate
from tests.web.conftest import Watcher
from tests.web.quiet import make_store
from tests.web.served import served

GUESS = "una frase equivocada"


@contextmanager
def celador_web(folder: Path, settings: str, *, user: bool = True) -> Iterator[str]:
    """`celador web` with a configuration file, over a small store; gives its address."""
    store = folder / "room.db"
    make_store(store, 2)
    if user:
        access = Access(path_beside(store), SystemClock(), Lifetimes(1.0, 1.0))
        access.users.add("ana", Role.VIEWER, PASSWORD, CONSOLE)
        access.close()
    config = folder / "celador.toml"
    text = f"[store]\npath = {json.dumps(str(store))}\n[web]\n{settings}"
    config.write_text(text, encoding="utf-8")
    with served("--config", str(config)) as address:
        yield address.rstrip("/")


def attempt(client: httpx.Client, name: str, password: str) -> httpx.Response:
    """Open the login page and send its form, with its cookie even where it is for TLS alone."""
    page = client.get("/ingresar")
    cookie = page.headers["set-cookie"].partition(";")[0]
    form = {"ficha": form_token(page.text), "usuario": name, "clave": password, "ir": "/"}
    return client.post("/ingresar", data=form, headers={"cookie": cookie})


def places(folder: Path) -> list[str | None]:
    """Where the failed logins came from, as the limiter counts them, oldest first."""
    access = Access(path_beside(folder / "room.db"), SystemClock(), Lifetimes(1.0, 1.0))
    try:
        rows = access.audit.read(0, SystemClock().now() + 1)
    finally:
        access.close()
    return [row.address for row in sorted(rows, key=lambda row: row.at) if row.user is None
            and row.action == Action.LOGIN.stored]  # fmt: skip


# ---- TLS ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def safe(tmp_path_factory: pytest.TempPathFactory, certificate: Certificate) -> Iterator[str]:
    """A room with a certificate of its own."""
    files = f'certificate = "{certificate.cert}"\nkey = "{certificate.key}"\n'
    with celador_web(tmp_path_factory.mktemp("safe"), files) as url:
        yield url


def test_over_tls_the_cookie_is_secure_and_the_browser_shall_remember_tls(
    safe: str, certificate: Certificate
) -> None:
    trust = ssl.create_default_context(cafile=str(certificate.cert))
    with httpx.Client(base_url=safe, verify=trust, headers={"origin": safe}) as client:
        assert safe.startswith("https://")
        answer = attempt(client, "ana", PASSWORD)
        assert answer.status_code == 303
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-")
        for flag in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
            assert flag.lower() in cookie.lower().split("; ")
        page = client.get("/eventos")
        assert page.status_code == 200
        assert page.headers["strict-transport-security"] == "max-age=31536000"


def test_nobody_is_served_in_plain_where_there_is_a_certificate(safe: str) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.get(safe.replace("https://", "http://"))


def test_pages_live_over_tls_in_a_browser(safe: str, browser: Browser, watcher: Watcher) -> None:
    context = browser.new_context(ignore_https_errors=True)  # made by itself; nobody vouches for it
    context.on("page", watcher.watch)
    page = context.new_page()
    page.goto(safe)
    page.get_by_label("Usuario").fill("ana")
    page.get_by_label("Clave").fill(PASSWORD)
    with page.expect_response(re.compile("/vivo/")) as stream:
        page.get_by_role("button", name="Ingresar").click()
    assert stream.value.ok
    expect(page.locator("#contenido")).to_contain_text("R-001")
    with page.expect_websocket() as talk:  # the fleet needs none
        page.goto(f"{safe}/tendencias")
    assert talk.value.url.startswith("wss://")
    expect(page.locator("h1")).to_have_text("Tendencias")
    context.close()


def test_a_key_of_another_certificate_is_told_in_a_sentence(
    tmp_path: Path, certificate: Certificate
) -> None:
    other = make_certificate(tmp_path)
    config = tmp_path / "celador.toml"
    config.write_text(
        f'[store]\npath = "{tmp_path / "room.db"}"\n[web]\n'
        f'certificate = "{certificate.cert}"\nkey = "{other.key}"\n',
        encoding="utf-8",
    )
    make_store(tmp_path / "room.db", 1)
    done = subprocess.run(
        [sys.executable, "-m", "celador", "web", "--port", "0", "--config", str(config)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0
    assert "give a PEM certificate and its own key" in done.stderr
    assert "Traceback" not in done.stderr


ENDING = """
import sys
from celador.cli.main import main
from celador.surfaces.web.stream import LiveStream

def broken(self):
    raise RuntimeError("nobody foresaw this")

LiveStream.tick = broken
sys.argv = ["celador", "web", "--port", "0", "--store", sys.argv[1]]
main()
"""


def test_a_room_that_ends_by_itself_ends_the_command_too(tmp_path: Path) -> None:
    """Whoever supervises it starts it anew only then."""
    make_store(tmp_path / "room.db", 1)
    done = subprocess.run(
        [sys.executable, "-c", ENDING, str(tmp_path / "room.db")],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "RuntimeError: nobody foresaw this" in done.stderr
    assert done.stderr.splitlines()[-1] == (
        "celador: the control room ended by itself; look at the log and start it again"
    )


# ---- behind a proxy ----------------------------------------------------------------------------

NAME = "celador.example.org"
PROXY = f'behind_proxy = true\naccess.names = ["{NAME}"]\n'


def through_proxy(url: str, forwarded_for: str) -> httpx.Client:
    """As a proxy on this machine passes a browser's requests on."""
    headers = {"host": NAME, "origin": f"https://{NAME}", "x-forwarded-proto": "https",
               "x-forwarded-for": forwarded_for}  # fmt: skip
    return httpx.Client(base_url=url, headers=headers, timeout=30)


def test_a_proxy_on_this_machine_says_who_asks_and_how(tmp_path: Path) -> None:
    with celador_web(tmp_path, PROXY) as url:
        with through_proxy(url, "203.0.113.7") as client:
            answer = attempt(client, "ana", PASSWORD)
            assert answer.status_code == 303
            assert answer.headers["set-cookie"].startswith("__Host-")
            assert "strict-transport-security" in answer.headers
        # What a browser puts before the proxy's own word is not believed.
        for said in ("198.51.100.1", "192.0.2.1, 198.51.100.2", "127.0.0.1, 198.51.100.3"):
            with through_proxy(url, said) as client:
                assert attempt(client, said[-1], GUESS).status_code == 401
    assert places(tmp_path) == ["198.51.100.1", "198.51.100.2", "198.51.100.3"]


def test_without_that_setting_nobody_is_believed(tmp_path: Path) -> None:
    with celador_web(tmp_path, f'access.names = ["{NAME}"]\n') as url:
        headers = {"origin": url, "x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https"}
        with httpx.Client(base_url=url, headers=headers, timeout=30) as client:
            answer = attempt(client, "ana", GUESS)
            assert answer.status_code == 401
            assert "strict-transport-security" not in answer.headers
    assert places(tmp_path) == ["127.0.0.1"]


def own_address() -> str:
    """An address of this machine that is not its loopback; skips where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            pytest.skip("this machine has no address but its loopback")
        found = str(probe.getsockname()[0])
    if found.startswith("127."):
        pytest.skip("this machine has no address but its loopback")
    return found


def test_who_is_no_proxy_of_this_machine_is_not_believed(tmp_path: Path) -> None:
    own = own_address()
    with celador_web(tmp_path, 'host = "0.0.0.0"\n' + PROXY) as url:
        at = f"http://{own}:{url.rpartition(':')[2]}"
        headers = {"origin": at, "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "https"}
        with httpx.Client(base_url=at, headers=headers, timeout=30) as client:
            answer = attempt(client, "ana", GUESS)
            assert answer.status_code == 401
            assert "strict-transport-security" not in answer.headers
    assert places(tmp_path) == [own]
