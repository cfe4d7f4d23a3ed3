"""Choosing among 500 reclosers: the control stays small, and the keyboard is enough."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

PAGES = ("/tendencias", "/eventos", "/operaciones", "/calidad", "/exportar")


def test_reclosers_are_found_and_chosen_with_the_keyboard(quiet: str, page: Page) -> None:
    page.goto(f"{quiet}/exportar")
    summary = page.locator("[data-finder] summary")
    expect(summary).to_have_text("todos")
    summary.focus()
    page.keyboard.press("Enter")
    search = page.get_by_role("searchbox", name="Nombre o lugar")
    expect(search).to_be_focused()
    page.keyboard.type("CORDOBA 07")  # without its accent, and two words
    shown = page.locator("[data-finder] li:visible")
    expect(shown).to_have_count(1)
    expect(shown).to_contain_text("R-070")
    page.keyboard.press("Enter")
    expect(summary).to_have_text("R-070")
    search.fill("R-12")
    expect(page.get_by_text("10 coinciden")).to_be_visible()
    for key in ("ArrowDown", "ArrowDown", "Space"):  # the second of the list
        page.keyboard.press(key)
    expect(summary).to_have_text("R-070, R-121")
    page.keyboard.press("Escape")
    expect(search).to_be_hidden()
    expect(summary).to_be_focused()
    page.get_by_role("button", name="Vista previa").click()
    expect(page).to_have_url(re.compile("equipo=70&equipo=121&"))
    expect(summary).to_have_text("R-070, R-121")
    summary.click()
    assert page.locator("[data-finder] li").first.inner_text().startswith("R-070")


def test_all_that_fit_are_chosen_at_once_and_counted(quiet: str, page: Page) -> None:
    page.goto(f"{quiet}/eventos")
    summary = page.locator("[data-finder] summary")
    summary.click()
    page.get_by_role("searchbox", name="Nombre o lugar").fill("córdoba")
    page.get_by_role("button", name="Elegir los que coinciden").click()
    expect(summary).to_have_text("50 de 500")
    page.get_by_role("heading", name="Eventos").click()  # beside it
    expect(page.locator("[data-finder] ul")).to_be_hidden()
    page.get_by_role("button", name="Buscar").click()
    expect(summary).to_have_text("50 de 500")
    summary.click()
    page.get_by_role("button", name="No elegir ninguno").click()
    expect(summary).to_have_text("todos")


def test_one_recloser_is_chosen_and_shown(quiet: str, page: Page) -> None:
    page.goto(f"{quiet}/calidad")
    summary = page.locator("[data-finder] summary")
    expect(summary).to_have_text("R-001")
    summary.click()
    page.get_by_role("searchbox", name="Nombre o lugar").fill("499")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("equipo=499"))
    expect(summary).to_have_text("R-499")


def test_more_curves_than_fit_are_told(quiet: str, page: Page) -> None:
    asked = "&".join(f"equipo={n}" for n in range(1, 15))
    page.goto(f"{quiet}/tendencias?{asked}")
    expect(page.get_by_role("alert").filter(has_text="12 curvas")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 390])
def test_the_control_stays_small(quiet: str, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    for path in PAGES:
        page.goto(quiet + path)
        box = page.locator(".controls .finder").bounding_box()
        assert box is not None
        assert box["height"] < 70, path
        page.locator("[data-finder] summary").click()
        expect(page.locator("[data-finder] li").first).to_be_visible()
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{path}: {wide} px too wide"
