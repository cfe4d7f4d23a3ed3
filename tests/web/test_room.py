"""System, simulator and what every page has, in a real browser."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.web.conftest import Room, Watcher
from tests.web.served import served

CELADOR = (sys.executable, "-m", "celador")
PASSWORD = "cuatro caballos en la ruta 9"
MENU = ("/", "/sistema", "/simulador")


@pytest.mark.usefixtures("calm")
def test_a_button_of_the_simulator_acts_and_is_written_down(room: Room, page: Page) -> None:
    page.goto(f"{room.url}/simulador?equipo=2")
    state = page.locator('[data-live="sim.state"]')
    expect(state).to_contain_text("CERRADO")
    page.get_by_role("button", name=re.compile("S11$")).click()
    expect(page.locator(".q-notification")).to_contain_text("S11 empieza en sim-002")
    expect(state).to_contain_text("ABIERTO", timeout=40_000)
    said = subprocess.run(
        [sys.executable, "-m", "celador", "users", "audit", "--store", str(room.store), "--json"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "sim-002 S11" in said
    assert "manejar simulador" in said


def test_the_system_page_counts_what_the_pollers_do(room: Room, page: Page) -> None:
    page.goto(f"{room.url}/sistema")
    row = page.get_by_role("row", name=re.compile("^sim-001"))
    expect(row).to_contain_text("arriba")
    reads = row.locator("td").nth(4)
    before = int(reads.inner_text().replace(".", ""))
    expect(reads).not_to_have_text(str(before))  # it is drawn anew by itself
    assert int(reads.inner_text().replace(".", "")) > before
    expect(row.locator("td").last).to_have_text(re.compile(r" m?s$"))  # how late its reads were
    for card, said in (
        ("Estado", "Tamaño del almacén"), ("Registro", "lo más nuevo primero"),
        ("Versiones", "pymodbus"), ("Configuración", "store.path"),
    ):  # fmt: skip
        found = page.locator("#contenido .card").filter(has_text=re.compile(f"^{card}"))
        expect(found).to_contain_text(said)


@pytest.mark.parametrize("path", MENU)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_takes_theme_and_palette_and_fits_a_phone(
    room: Room, context: BrowserContext, page: Page, path: str, theme: str
) -> None:
    wanted = f"en|{theme}|gris|UTC"
    context.add_cookies([{"name": "celador_vista", "value": wanted, "url": room.url}])
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{room.url}{path}")
    expect(page.locator("h1")).to_be_visible()
    html = page.locator("html")
    expect(html).to_have_attribute("data-theme", theme)
    expect(html).to_have_attribute("data-palette", "gris")
    expect(page.locator('.top [data-live="clock"]')).to_contain_text("+00:00")
    too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert too_wide <= 0


def test_the_language_is_remembered(room: Room, page: Page) -> None:
    page.goto(room.url)
    expect(page.locator("h1")).to_have_text("Flota")
    page.locator("details.view summary").click()
    page.locator("select[name=language]").select_option("en")
    expect(page.locator("h1")).to_have_text("Fleet")
    page.reload()
    expect(page.locator("h1")).to_have_text("Fleet")
    assert page.locator("html").get_attribute("lang") == "en-GB"


def test_the_keyboard_skips_to_the_content(room: Room, page: Page) -> None:
    page.goto(room.url)
    expect(page.locator("h1")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "contenido"


def test_what_the_browser_cannot_follow_any_more_says_so(
    room: Room, context: BrowserContext, page: Page, watcher: Watcher
) -> None:
    watcher.allowed.append("ERR_FAILED")
    context.route("**/vivo/**", lambda route: route.abort())
    page.goto(room.url)
    expect(page.locator("html")).to_have_attribute("data-vivo", "lost", timeout=30_000)
    expect(page.locator(".offline")).to_be_visible()


def test_a_topic_that_does_not_exist_is_not_found(room: Room) -> None:
    assert httpx.get(f"{room.url}/vivo/nonsense").status_code == 404


def test_the_room_beside_a_busy_port_never_stops_the_reading(tmp_path: Path, room: Room) -> None:
    """The reading goes on while the pages cannot have their port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config = tmp_path / "celador.toml"
        config.write_text(
            f"[store]\npath = 'x.db'\n[web]\nenabled = true\nport = {port}\n"
            "[[devices]]\nid = 1\nname = 'a'\nhost = '127.0.0.1:1'\n",
            encoding="utf-8",
        )
        process = subprocess.Popen(
            [*CELADOR, "run", "--config", str(config)], stderr=subprocess.PIPE, text=True
        )
        try:
            assert process.stderr is not None
            said = line = process.stderr.readline()
            while line and "the control room cannot open" not in line:
                said += (line := process.stderr.readline())
            assert process.poll() is None, said
        finally:
            process.terminate()
            _, rest = process.communicate(timeout=30)
    assert process.returncode == 0, said + rest
    assert "is taken; stop the program that has it" in said


@pytest.fixture
def alone(room: Room, tmp_path: Path) -> Iterator[str]:
    """`celador web` over the store of another process, where one user may enter."""
    secret = tmp_path / "clave"
    secret.write_text(f"{PASSWORD}\n", encoding="utf-8")
    subprocess.run(
        [
            *(*CELADOR, "users", "add", "ana", "--role", "viewer"),
            *("--store", str(room.store), "--password-file", str(secret)),
        ],
        check=True,
        capture_output=True,
    )
    with served("--store", str(room.store)) as address:
        yield address


def test_the_room_alone_follows_a_store_that_another_process_writes(alone: str, page: Page) -> None:
    page.goto(alone)
    page.locator("input[type=text], input[name=usuario], input[autocomplete=username]").first.fill(
        "ana"
    )
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("tr", has_text="sim-001")).to_contain_text(
        re.compile("CERRADO|BLOQUEADO|DISPARADO|RECERRANDO|ABIERTO")
    )
    page.goto(f"{alone}sistema")
    row = page.get_by_role("row", name=re.compile("^sim-001"))
    expect(row).to_contain_text("arriba")
    expect(row.locator("td").nth(3)).to_contain_text(re.compile(r"^[0-4],\d s$"))
    page.goto("about:blank")
