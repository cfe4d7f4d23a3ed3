"""Contrast of all that is really painted, in both themes and in the three palettes."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import Room
from tests.web.painted import painted, too_faint

PAGES = ("/", "/reconectador/2", "/alarmas", "/tendencias", "/eventos", "/operaciones", "/calidad",
         "/confiabilidad", "/exportar", "/sistema", "/simulador", "/cuenta")  # fmt: skip
THEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")
LOOKS = [(theme, palette) for theme in THEMES for palette in ("utilitaria", "iec", "gris")]
SIGNS = ".shape, .prio path, .prio rect, .tag, .word, .dot, .chip.mind"
_LOOK = """([theme, palette]) => {
    document.documentElement.dataset.theme = theme;
    document.documentElement.dataset.palette = palette;
    for (const each of document.querySelectorAll("details")) each.open = true;
}"""


def test_the_formula_gives_the_known_figures_through_mixtures_too(page: Page) -> None:
    page.goto("about:blank")
    page.set_content(
        "<body style='background:#fff'><p style='color:#767676'>grey</p>"
        "<div style='background:rgb(0 0 0 / 50%)'><p style='color:#fff'>mixed</p></div>"
        "<p style='color:#000;opacity:.5'>faint</p>"
        "<p style='background:color-mix(in srgb, #000 50%, #fff);color:#fff'>mixed</p>"
    )
    grey, mixed, faint, other = painted(page)
    assert grey["contrast"] == pytest.approx(4.54, abs=0.01)
    # White on the grey half way between black and white, and that grey on white: by hand 3.98.
    assert [each["contrast"] for each in (mixed, faint, other)] == pytest.approx(
        [3.98] * 3, abs=0.06
    )


@pytest.mark.parametrize("path", PAGES)
def test_all_that_is_painted_can_be_told_from_its_ground(room: Room, page: Page, path: str) -> None:
    if room.closed(2):
        room.play("S2", device=2)
    page.emulate_media(reduced_motion="reduce")  # a sign that blinks is told at its brighter half
    page.goto(room.url + path)
    if path != "/cuenta":  # it has no frame
        expect(page.locator(".banner .tag")).to_be_visible(timeout=60_000)  # nobody has seen it
    if path == "/alarmas":
        expect(page.locator("li.al.unseen").first).to_be_visible()
    for look in LOOKS:
        page.emulate_media(color_scheme=look[0])
        page.evaluate(_LOOK, look)
        found = painted(page, signs=SIGNS)
        assert len(found) > 10
        assert too_faint(found) == [], look
