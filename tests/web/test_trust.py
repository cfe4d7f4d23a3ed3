"""What is old never looks new: a server that stands still, a store that cannot be read.

Most tests share a server over a store that nobody writes, which they stop and break and mend again.
"""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.web.conftest import Watcher
from tests.web.painted import painted, too_faint
from tests.web.quiet import make_store
from tests.web.served import serving

SILENT = 30_000  # ms; five seconds of silence, and what a loaded machine adds to it
AGAIN = 90_000  # ms; a connection that was opened meanwhile is given up to a minute
SHOW = """hidden => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
    return document.documentElement.dataset.vivo;
}"""
CELLS = "table.fleet tbody tr:nth-child(-n+12) td"


@dataclass(frozen=True, slots=True)
class Still:
    """A server over a store with two reclosers that nobody writes."""

    url: str
    process: int
    store: Path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Still]:
    """One for all who mend again what they have broken."""
    store = tmp_path_factory.mktemp("still") / "room.db"
    make_store(store, 2)
    with serving("tests.web.quiet", store) as (url, process):
        yield Still(url, process, store)


@pytest.fixture
def still(server: Still) -> Iterator[Still]:
    """That server, which goes on afterwards whatever has happened."""
    yield server
    os.kill(server.process, signal.SIGCONT)


def test_a_server_that_stands_still_is_told_and_followed_again(page: Page, still: Still) -> None:
    html, offline = page.locator("html"), page.locator(".offline")
    page.goto(still.url)
    expect(html).to_have_attribute("data-vivo", "ok", timeout=SILENT)
    expect(offline).to_be_hidden()
    os.kill(still.process, signal.SIGSTOP)
    expect(html).to_have_attribute("data-vivo", "lost", timeout=SILENT)
    expect(offline).to_be_visible()
    then = page.locator('.top [data-live="clock"]').inner_text()
    os.kill(still.process, signal.SIGCONT)
    expect(html).to_have_attribute("data-vivo", "ok", timeout=AGAIN)
    expect(offline).to_be_hidden()
    expect(page.locator('.top [data-live="clock"]')).not_to_have_text(then)


def test_who_comes_back_to_the_page_sees_that_it_is_old_until_there_is_news(
    page: Page, still: Still
) -> None:
    html = page.locator("html")
    page.goto(still.url)
    expect(html).to_have_attribute("data-vivo", "ok", timeout=SILENT)
    page.evaluate(SHOW, arg=True)
    os.kill(still.process, signal.SIGSTOP)
    assert page.evaluate(SHOW, arg=False) == "waiting"
    expect(page.locator("td.f-state").first).to_have_css("font-style", "italic")
    expect(page.locator(".offline")).to_be_hidden()  # it may be there in a moment
    expect(page.locator(".offline")).to_be_visible(timeout=SILENT)
    os.kill(still.process, signal.SIGCONT)
    expect(html).to_have_attribute("data-vivo", "ok", timeout=AGAIN)


def test_what_is_old_looks_old_and_can_be_read(
    quiet: str, context: BrowserContext, page: Page, watcher: Watcher
) -> None:
    watcher.allowed.append("ERR_FAILED")
    page.goto(quiet)
    expect(page.locator("html")).to_have_attribute("data-vivo", "ok", timeout=SILENT)
    fresh = painted(page, CELLS)
    assert "normal" in {each["style"] for each in fresh}
    context.route("**/vivo/**", lambda route: route.abort())
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-vivo", "lost", timeout=SILENT)
    for theme in ("light", "dark"):
        page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        old = painted(page, CELLS)
        assert len(old) > 20
        assert [each for each in old if each["style"] != "italic" or each["opacity"] != 1] == []
        assert too_faint(old) == [], theme


def test_an_empty_store_file_does_not_look_like_a_healthy_fleet(tmp_path: Path, page: Page) -> None:
    empty = tmp_path / "room.db"
    empty.touch()
    with serving("tests.web.quiet", empty) as (url, _):
        page.goto(url)
        expect(page.locator("html")).to_have_attribute("data-vivo", "blind", timeout=SILENT)
        expect(page.locator(".blind")).to_contain_text("No se puede leer lo guardado")
        expect(page.locator('[data-live="links"] .dot')).to_have_class("dot none")
        page.goto(f"{url}/alarmas")
        expect(page.locator(".blind").first).to_contain_text("no se sabe nada de los")
        expect(page.locator(".blind").last).to_contain_text("Esta página no se puede mostrar")
        page.goto("about:blank")


def test_a_store_that_breaks_is_told_on_the_open_page_until_it_is_mended(
    page: Page, still: Still
) -> None:
    html, blind = page.locator("html"), page.locator(".blind")
    page.set_viewport_size({"width": 390, "height": 300})
    page.goto(still.url)
    expect(html).to_have_attribute("data-vivo", "ok", timeout=SILENT)
    expect(blind).to_be_hidden()
    page.evaluate("scrollTo(0, 1e6)")
    assert page.evaluate("scrollY") > 100
    _rename(still.store, "equipos", "equipos_perdidos")
    expect(blind).to_contain_text("lo que ve es viejo", timeout=SILENT)
    expect(blind).to_be_in_viewport(ratio=1)  # though one has scrolled down
    expect(html).to_have_attribute("data-vivo", "blind", timeout=SILENT)
    expect(page.locator('[data-live="links"] .dot')).to_have_class("dot none")
    expect(page.locator("td.f-state").first).to_have_css("font-style", "italic")
    _rename(still.store, "equipos_perdidos", "equipos")
    expect(html).to_have_attribute("data-vivo", "ok", timeout=SILENT)
    expect(blind).to_be_hidden()


def _rename(store: Path, old: str, new: str) -> None:
    with sqlite3.connect(store) as connection:
        connection.execute("PRAGMA legacy_alter_table = ON")
        connection.execute(f"ALTER TABLE {old} RENAME TO {new}")
    connection.close()
