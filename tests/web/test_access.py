"""Login, roles and content policy in a real browser, over the real room."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from celador.clock import SystemClock
from celador.surfaces.web.access.access import Access
from celador.surfaces.web.access.file import path_beside
from celador.surfaces.web.access.roles import Role
from celador.surfaces.web.access.sessions import Lifetimes
from celador.surfaces.web.pages import PAGES
from tests.access.conftest import CONSOLE, NAMES, PASSWORD
from tests.web.conftest import Watcher
from tests.web.served import serving

POLICIES = ("/", "/alarmas")
"""A plain page, and one of NiceGUI with the exceptions that it needs."""


@dataclass(frozen=True, slots=True)
class Locked:
    """A room that asks who comes.

    Attributes:
        url: where it is.
        access: its users, as the commands see them.
    """

    url: str
    access: Access


@pytest.fixture(scope="session")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Locked]:
    """A room with a user of each role."""
    store = tmp_path_factory.mktemp("locked") / "room.db"
    access = Access(path_beside(store), SystemClock(), Lifetimes(1.0, 1.0))
    for role, name in NAMES.items():
        access.users.add(name, role, PASSWORD, CONSOLE)
    with serving("tests.web.room", store, "1", "login") as (said, _):
        yield Locked(json.loads(said)["url"], access)
    access.close()


@pytest.fixture(scope="module")
def sessions(locked: Locked) -> dict[Role, str]:
    """Somebody of each role has logged in; what their cookies hold."""
    begun = {
        role: locked.access.sessions.begin(name, PASSWORD, "test", "")
        for role, name in NAMES.items()
    }
    return {role: secret for role, secret in begun.items() if secret is not None}


def visit(page: Page, url: str, session: str) -> None:
    """Open a page as somebody who has logged in before."""
    place = urlsplit(url)
    origin = f"{place.scheme}://{place.netloc}"
    page.context.add_cookies([{"name": "celador", "value": session, "url": origin}])
    page.goto(url)


def enter(page: Page, url: str, name: str, password: str = PASSWORD) -> None:
    page.goto(url)
    page.get_by_label("Usuario").fill(name)
    page.get_by_label("Clave").fill(password)
    page.get_by_role("button", name="Ingresar").click()


def test_who_has_not_logged_in_is_led_to_it_and_back(locked: Locked, page: Page) -> None:
    enter(page, f"{locked.url}/sistema", "ada")
    expect(page).to_have_url(f"{locked.url}/sistema")
    expect(page.locator("h1")).to_have_text("Sistema")


@pytest.mark.parametrize(
    ("path", "said"), [("/", "CERRADO"), ("/alarmas", "No hay alarmas en este período.")]
)
def test_pages_live_under_their_policy(
    locked: Locked, sessions: dict[Role, str], page: Page, path: str, said: str
) -> None:
    # The watcher fails on every complaint of the browser, those of the policy too.
    visit(page, locked.url + path, sessions[Role.VIEWER])
    expect(page.locator("#contenido")).to_contain_text(said)
    expect(page.locator("html")).to_have_attribute("data-vivo", "ok")


@pytest.mark.parametrize("path", POLICIES)
def test_a_script_in_the_page_does_not_run(
    locked: Locked, sessions: dict[Role, str], page: Page, watcher: Watcher, path: str
) -> None:
    visit(page, locked.url + path, sessions[Role.VIEWER])
    expect(page.locator("h1")).to_be_visible()
    watcher.allowed += ["Content Security Policy", "Refused to execute"]
    ran = page.evaluate(
        """() => {
            document.body.insertAdjacentHTML(
                "beforeend", "<img src='data:,' onerror='window.ran = 1'>");
            const script = document.createElement("script");
            script.textContent = "window.ran = 1";
            document.body.append(script);
            return new Promise(done => setTimeout(() => done(window.ran ?? 0), 300));
        }"""
    )
    assert ran == 0


def test_the_cookie_is_out_of_reach_of_scripts(locked: Locked, page: Page) -> None:
    enter(page, locked.url, "vera")
    expect(page.locator("h1")).to_be_visible()
    assert "celador=" not in page.evaluate("document.cookie")
    (cookie,) = [each for each in page.context.cookies() if each["name"] == "celador"]
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"


def test_a_wrong_password_is_told_without_saying_what_was_wrong(
    locked: Locked, page: Page, watcher: Watcher
) -> None:
    watcher.allowed.append("401")
    enter(page, locked.url, "omar", "una frase equivocada")
    expect(page.get_by_role("alert")).to_contain_text("incorrectos")
    expect(page.get_by_label("Usuario")).to_have_value("omar")
    expect(page.get_by_label("Clave")).to_have_value("")


def test_the_login_works_without_scripts_and_in_english(
    locked: Locked, context: BrowserContext
) -> None:
    browser = context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False)
    page = plain.new_page()
    page.goto(f"{locked.url}/cuenta")
    page.get_by_role("link", name="English").click()
    page.get_by_label("User").fill("vera")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("h1")).to_have_text("vera")
    page.get_by_role("button", name="Salir").click()
    expect(page).to_have_url(f"{locked.url}/ingresar")
    plain.close()


def test_an_open_page_leads_to_the_login_and_back_when_its_session_ends(
    locked: Locked, page: Page, watcher: Watcher
) -> None:
    locked.access.users.add("eva", Role.VIEWER, PASSWORD, CONSOLE)
    enter(page, f"{locked.url}/?filtro=closed", "eva")
    expect(page.locator("#contenido")).to_contain_text("sim-001")
    watcher.allowed += ["401", "403", "WebSocket", "EventSource", "ERR_"]
    locked.access.users.remove("eva", CONSOLE)
    expect(page.get_by_label("Clave")).to_be_visible(timeout=60_000)
    locked.access.users.add("eva", Role.VIEWER, PASSWORD, CONSOLE)
    page.get_by_label("Usuario").fill("eva")
    page.get_by_label("Clave").fill(PASSWORD)
    page.get_by_role("button", name="Ingresar").click()
    expect(page).to_have_url(f"{locked.url}/?filtro=closed")
    expect(page.locator("html")).to_have_attribute("data-vivo", "ok", timeout=30_000)


@pytest.mark.parametrize(
    ("path", "title", "said"),
    [
        ("/simulador", "Sin permiso", "Su rol no permite ver esta página"),
        ("/no/hay", "No encontrada", "Esa página no existe"),
        (f"/operaciones/1/{'9' * 4500}", "Operación", "No existe esa operación"),
        (f"/reconectador/{'9' * 4500}", "Reconectador", "No hay un reconectador con ese número"),
        ("/confiabilidad?periodo=9999-12", "Confiabilidad", "se muestra el mes en curso"),
    ],
)
def test_what_cannot_be_shown_is_told_in_the_readers_language_within_the_frame(
    locked: Locked,
    sessions: dict[Role, str],
    page: Page,
    watcher: Watcher,
    path: str,
    title: str,
    said: str,
) -> None:
    watcher.allowed += ["403", "404"]
    visit(page, locked.url + path, sessions[Role.VIEWER])
    expect(page.locator("h1")).to_have_text(title)
    expect(page.locator("#contenido")).to_contain_text(said)
    expect(page.get_by_role("navigation").get_by_role("link", name="Flota")).to_be_visible()


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(
    ("path", "needs"),
    [
        ("/", Role.VIEWER),
        ("/alarmas", Role.VIEWER),
        ("/tendencias", Role.VIEWER),
        ("/sistema", Role.VIEWER),
        ("/simulador", Role.OPERATOR),
    ],
)
def test_the_matrix_of_roles_and_pages(
    locked: Locked, sessions: dict[Role, str], role: Role, path: str, needs: Role
) -> None:
    answer = httpx.get(locked.url + path, cookies={"celador": sessions[role]}, timeout=30)
    assert answer.status_code == (200 if role >= needs else 403)


def test_every_file_of_a_page_gets_its_row_in_the_audit_trail(
    locked: Locked, sessions: dict[Role, str]
) -> None:
    cookies = {"celador": sessions[Role.VIEWER]}
    files = [path.replace("{kind}", "csv") for page in PAGES for path in page.files]
    assert {"/exportar/archivo.csv", "/eventos/archivo.csv"} < set(files)
    with httpx.Client(base_url=locked.url, cookies=cookies, timeout=60) as client:
        for path in files:
            assert client.get(path, params={"from": "-1h"}).status_code == 200
            row = locked.access.audit.read(0, 2**62)[0]
            assert (row.user, row.action, row.thing) == ("vera", "exportar", path)
            assert row.detail == "from=-1h"


@pytest.mark.parametrize("role", list(Role))
def test_only_an_administrator_sees_where_things_are_and_what_is_logged(
    locked: Locked, sessions: dict[Role, str], page: Page, role: Role
) -> None:
    visit(page, f"{locked.url}/sistema", sessions[role])
    content = page.locator("#contenido")
    expect(content).to_contain_text("Espacio libre")  # how the watch goes, for everybody
    expect(content).to_contain_text("sim-001")
    inside = role is Role.ADMINISTRATOR
    for secret in ("room.db", "Registro", "store.path"):
        assert (secret in content.inner_text() or secret in content.inner_html()) == inside, secret
