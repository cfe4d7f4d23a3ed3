"""Every page at every width: nothing sticks out of its card, its cell, or the window."""

from __future__ import annotations

from importlib.resources import files

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from celador.surfaces.web.parts.energised import Supply
from celador.surfaces.web.parts.mimic import Flow, Mimic, Terminal, mimic
from celador.surfaces.web.parts.switch import Shown, Switch
from tests.web.conftest import Room, Watcher
from tests.web.test_data_pages import wait_for_rows

PAGES = ("/reconectador/1", "/alarmas", "/tendencias", "/eventos", "/operaciones", "/calidad",
         "/confiabilidad", "/exportar", "/sistema", "/simulador")  # fmt: skip
WIDTHS = (360, 390, 640, 641, 760, 820, 900, 1024, 1101, 1181, 1280, 1440, 1920)

# Words beyond the edge of their card or cell, but for those that one can push along.
_OUT = """() => {
    const words = document.createTreeWalker(document.querySelector(".main"), NodeFilter.SHOW_TEXT);
    const range = document.createRange(), out = [];
    while (words.nextNode()) {
        const element = words.currentNode.parentElement;
        if (!words.currentNode.data.trim() || !element.checkVisibility()) continue;
        if (element.closest(".sr, svg, select, .scroll, .filters, .tail")) continue;
        range.selectNodeContents(words.currentNode);
        const here = range.getBoundingClientRect();
        for (const around of [element.closest("td, th"), element.closest(".card")]) {
            const edge = around?.getBoundingClientRect();
            if (!edge || (here.left >= edge.left - 1 && here.right <= edge.right + 1)) continue;
            out.push([element.textContent.slice(0, 40), around.localName, around.className]);
        }
    }
    return out;
}"""

_FITS = "() => document.documentElement.scrollWidth <= innerWidth"


@pytest.mark.parametrize("path", PAGES)
def test_nothing_sticks_out_at_any_width(room: Room, page: Page, path: str) -> None:
    if room.closed(2):
        room.play("S2", device=2)
    wait_for_rows(room, "SELECT 1 FROM operaciones WHERE equipo_id = 2")
    page.goto(room.url + path)
    page.locator("h1").wait_for()
    if path == "/reconectador/1":
        expect(page.locator("[data-live='q.vab']")).to_contain_text("13.")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_function(_FITS)  # a chart takes its new width a moment later
        assert page.evaluate(_OUT) == [], width


_STATIC = files("celador.surfaces.web") / "static"


@pytest.mark.parametrize("word", ["CERRADO", "DESCONOCIDO", "RECERRANDO 2/3", "RECLOSING 3/4"])
def test_the_state_has_room_in_the_scheme(page: Page, word: str) -> None:
    side = Terminal("FUENTE (ABC)", "13.214 V", (), Supply.LIVE)
    picture = mimic(
        Mimic(
            source=side,
            load=side,
            switch=Switch(Shown.RECLOSING),
            word=word,
            notes=(),
            flow=Flow.NONE,
            power=("0 kW", "0 kvar", "sin flujo"),
            label="",
        )
    )
    page.goto("about:blank")
    styles = "".join((_STATIC / name).read_text("utf-8") for name in ("celador.css", "equipos.css"))
    page.set_content(f"<style>{styles}</style>{picture}")
    box = page.locator(".m-word").evaluate("word => [word.getBBox().x, word.getBBox().width]")
    assert 200 < sum(box) <= 340, word  # the picture's width


@pytest.mark.parametrize("width", [390, 640])
def test_the_phones_navigation_shows_the_page_that_is_open(
    room: Room, page: Page, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for path in ("/alarmas", "/sistema"):
        page.goto(room.url + path)
        expect(page.locator(".nav [aria-current]")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("path", ["/", "/alarmas"])
def test_who_has_scrolled_down_sees_that_it_is_dead(
    quiet: str, context: BrowserContext, page: Page, watcher: Watcher, path: str
) -> None:
    watcher.allowed.append("ERR_FAILED")
    context.route("**/vivo/**", lambda route: route.abort())
    page.set_viewport_size({"width": 390, "height": 300})
    page.goto(quiet + path)
    page.locator("h1").wait_for()
    said = page.get_by_role("alert")
    for width in (390, 900, 1440):
        page.set_viewport_size({"width": width, "height": 300})
        page.evaluate("scrollTo(0, 1e6)")
        assert page.evaluate("scrollY") > 300
        expect(said).to_be_in_viewport(ratio=1, timeout=30_000)
        expect(said).to_contain_text("lo que ve es viejo")
        expect(said.locator("time")).to_contain_text("2026")  # of when
        if path == "/" and width > 640:  # the headings stay too, and neither lies over the other
            top = page.get_by_role("columnheader", name="Estado").bounding_box()
            box = said.bounding_box()
            assert top is not None
            assert box is not None
            assert box["y"] + box["height"] <= top["y"] < 150
