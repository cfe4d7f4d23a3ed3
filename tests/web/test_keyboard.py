"""Every page without a mouse, and on paper."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import Room
from tests.web.test_data_pages import wait_for_rows

PAGES = ("/", "/alarmas", "/tendencias", "/eventos", "/operaciones", "/calidad", "/confiabilidad",
         "/exportar", "/sistema", "/simulador", "/reconectador/1", "/cuenta")  # fmt: skip
STOPS = 24

# What has the focus, and whether one sees that it has.
_FOCUS = """() => {
    const it = document.activeElement;
    if (!it || it === document.body) return null;
    const seen = (each, pseudo) => {
        const style = getComputedStyle(each, pseudo);
        return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1)
            || style.boxShadow !== "none";
    };
    const near = [it, it.nextElementSibling, it.closest("label")].filter(Boolean);
    const box = it.getBoundingClientRect();
    return {
        what: it.outerHTML.slice(0, 100),
        place: [...document.querySelectorAll("*")].indexOf(it),
        seen: near.some((each) => seen(each)) || seen(it, "::before") || seen(it, "::after"),
        sized: box.width > 0 && box.height > 0,
    };
}"""


@pytest.mark.parametrize("path", PAGES)
def test_tab_goes_through_the_page_in_order_and_is_seen(room: Room, page: Page, path: str) -> None:
    page.goto(room.url + path)
    page.locator("h1, h2").first.wait_for()
    page.wait_for_timeout(300)  # the page's elements have come; what follows waits for nothing
    stops = []
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        found = page.evaluate(_FOCUS)
        if found is None:  # past the last one
            break
        stops.append(found)
    assert len(stops) >= 3
    unseen = [each["what"] for each in stops if not (each["seen"] and each["sized"])]
    assert not unseen, f"{path}: {unseen}"
    places = [each["place"] for each in stops]
    back = sum(1 for one, other in pairwise(places) if other <= one)
    assert back <= 1, f"{path}: {places}"  # once round, where it is short


def test_the_first_tab_leads_past_the_navigation(room: Room, page: Page) -> None:
    page.goto(f"{room.url}/eventos")
    page.locator("table.soe").wait_for()
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    expect(page.locator("a.skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    inside = "document.querySelector('#contenido').contains(document.activeElement)"
    page.wait_for_function(inside)


def test_a_dialog_is_opened_and_left_without_a_mouse(room: Room, page: Page) -> None:
    room.act(1, do="clear")
    room.play("S2", device=1)
    wait_for_rows(room, "SELECT 1 FROM alarmas WHERE equipo_id = 1 AND prioridad = 1")
    page.goto(f"{room.url}/alarmas")
    button = page.get_by_role("button", name=re.compile("^Apartar")).nth(1)
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


@pytest.mark.parametrize(("path", "words"), [
    ("/calidad?equipo=1", ("sim-001", "disponibilidad de datos")),
    ("/confiabilidad", ("SAIDI", "Flota")),
])  # fmt: skip
def test_a_report_on_paper_has_its_figures_and_no_controls(
    room: Room, page: Page, path: str, words: tuple[str, ...]
) -> None:
    page.emulate_media(media="print", color_scheme="dark")
    page.goto(room.url + path)
    page.locator("table.list").first.wait_for(state="attached")
    for word in words:
        expect(page.locator(".card:not(.controls)").get_by_text(word).first).to_be_visible()
    for control in (".nav", ".controls", "[data-print]", ".view", ".banner"):
        for each in page.locator(control).all():
            expect(each).to_be_hidden()
    # Black on white, whatever the screen has.
    light = """() => {
        const channels = (text) => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
        const sum = (text) => channels(text).reduce((a, b) => a + b, 0);
        const card = document.querySelector(".card:not(.controls)");
        return [sum(getComputedStyle(card).backgroundColor), sum(getComputedStyle(card).color)];
    }"""
    ground, ink = page.evaluate(light)
    assert ground > 700
    assert ink < 200
    paper = page.pdf(format="A4")
    assert paper.startswith(b"%PDF-")
    assert len(paper) > 10_000
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
