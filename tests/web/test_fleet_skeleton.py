"""The skeleton stands: a trip is seen on the screen without anybody touching it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import Room


@pytest.mark.usefixtures("calm")
def test_a_trip_is_seen_on_the_fleet_page(room: Room, page: Page) -> None:
    page.goto(room.url)
    row = page.locator("tr", has_text="sim-001")
    expect(row).to_contain_text("CERRADO")
    room.play("S2")
    expect(row).to_contain_text("BLOQUEADO", timeout=40_000)


def test_the_language_is_remembered(room: Room, page: Page) -> None:
    page.goto(room.url)
    expect(page.locator("h1")).to_have_text("Flota")
    page.locator("details.view summary").click()
    page.locator("select[name=language]").select_option("en")
    expect(page.locator("h1")).to_have_text("Fleet")
    page.reload()
    expect(page.locator("h1")).to_have_text("Fleet")
    assert page.locator("html").get_attribute("lang") == "en-GB"
