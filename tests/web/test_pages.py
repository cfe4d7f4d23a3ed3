"""Fleet, recloser and alarms in a real browser, with simulated reclosers behind the monitor."""

from __future__ import annotations

import sqlite3
import time

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.conftest import Room

_SOON = 2_000  # ms from the move of the switch to the screen
_PATIENCE = 60.0  # s for a scenario to come to its end


def _until_open(room: Room, device: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while room.closed(device):
        assert time.monotonic() < deadline, "the scenario never opened the switch"
        time.sleep(0.02)


def _row(page: Page, device: int) -> Locator:
    return page.locator("table.fleet tbody tr", has_text=f"sim-{device:03d}")


@pytest.mark.usefixtures("calm")
def test_a_trip_is_on_the_fleet_page_within_two_seconds(room: Room, page: Page) -> None:
    page.goto(room.url)
    expect(_row(page, 1)).to_contain_text("CERRADO")
    room.act(device=1, do="times", first=4.0)  # s; the dead time of the library ends in a blink
    room.play("S1", device=1)
    _until_open(room, 1)
    expect(_row(page, 1)).to_contain_text("RECERRANDO", timeout=_SOON)
    expect(_row(page, 1)).to_contain_text("CERRADO", timeout=30_000)


@pytest.mark.usefixtures("calm")
def test_a_lockout_is_on_the_recloser_page_and_its_load_is_dead(room: Room, page: Page) -> None:
    page.goto(f"{room.url}/reconectador/2")
    mimic = page.locator("svg.mimic")
    expect(mimic).to_contain_text("CERRADO")
    expect(mimic.locator(".wire-dead")).to_have_count(0)
    room.act(device=2, do="times", first=4.0)
    room.play("S2", device=2)
    _until_open(room, 2)
    expect(mimic).to_contain_text("RECERRANDO", timeout=_SOON)
    expect(mimic).to_contain_text("BLOQUEADO", timeout=60_000)
    expect(mimic.locator(".wire-dead")).to_have_count(2)
    expect(mimic.locator(".wire-live")).to_have_count(2)
    expect(page.locator("[data-live=last]")).to_contain_text("BLOQUEO")
    page.locator("[data-live=last] a").click()  # the sentence opens as a picture
    expect(page.locator("svg.timeline")).to_contain_text("disparo 1")


def test_an_alarm_is_acknowledged(room: Room, page: Page) -> None:
    """Goes on from the lockout of the test before; raises one of its own when run alone."""
    if room.closed(2):
        room.play("S2", device=2)
    page.goto(f"{room.url}/alarmas")
    alarm = page.locator("li.al.prio-1", has_text="sim-002").first
    expect(alarm).to_contain_text("sin reconocer", timeout=60_000)
    expect(alarm.locator(".blink")).to_have_count(1)
    alarm.get_by_role("button", name="Reconocer").click()
    expect(page.locator("[data-asked]")).to_have_text("Hecho.")
    expect(alarm).to_contain_text("activa, reconocida")
    expect(alarm.locator(".blink")).to_have_count(0)
    with sqlite3.connect(room.store) as store:
        found = store.execute(
            "SELECT reconocida_por FROM alarmas WHERE codigo = 'LOCKOUT_FALLA' AND equipo_id = 2"
        ).fetchall()
    assert ("local",) in found


def test_alarms_are_shelved_with_a_reason_by_keyboard(room: Room, page: Page) -> None:
    if room.closed(2):
        room.play("S2", device=2)
    page.goto(f"{room.url}/alarmas")
    alarm = page.locator("li.al.prio-1", has_text="sim-002").first
    expect(alarm).to_be_visible(timeout=60_000)
    alarm.focus()
    page.keyboard.press("a")
    page.get_by_role("button", name="Confirmar").click()
    expect(page.locator(".dialog")).to_contain_text("Escriba el motivo.")
    page.get_by_label("Motivo").fill("cuadrilla en el lugar")
    page.get_by_role("button", name="Confirmar").click()
    expect(page.locator("[data-asked]")).to_have_text("Hecho.")
    page.locator(".quiet-ones summary").click()
    quiet = page.locator(".quiet-ones li.al", has_text="cuadrilla en el lugar")
    expect(quiet).to_contain_text("apartada por local")
    quiet.get_by_role("button", name="Reponer").click()
    expect(quiet).to_have_count(0)


def test_the_fleet_is_filtered_searched_and_walked_by_keyboard(room: Room, page: Page) -> None:
    page.goto(room.url)
    rows = page.locator("table.fleet tbody tr:visible")
    expect(rows).to_have_count(2)
    page.keyboard.press("/")
    page.keyboard.type("002")
    expect(rows).to_have_count(1)
    page.keyboard.press("Escape")
    expect(rows).to_have_count(2)
    page.locator("[data-filter=unknown]").click()
    expect(rows).to_have_count(0)
    expect(page.locator(".nothing")).to_be_visible()
    page.locator("[data-filter=all]").click()
    page.locator("[data-sort=name]").click()
    expect(rows.first).to_contain_text("sim-001")
    page.locator("[data-sort=name]").click()
    expect(rows.first).to_contain_text("sim-002")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("sim-002")


@pytest.mark.usefixtures("calm")
def test_a_lost_link_leaves_nothing_that_looks_like_now(room: Room, page: Page) -> None:
    page.goto(f"{room.url}/reconectador/1")
    mimic = page.locator("svg.mimic")
    expect(mimic).to_contain_text("CERRADO", timeout=30_000)
    faults = f"{room.simulator}/devices/sim-001/faults"
    httpx.post(faults, json={"kind": "silent"}).raise_for_status()
    try:
        expect(mimic).to_contain_text("era CERRADO", timeout=60_000)
        expect(mimic.locator(".wire")).to_have_count(0)
        expect(mimic.locator(".hatched")).to_have_count(4)
        expect(page.locator("[data-live='q.ia'] .bad")).to_contain_text("✕")
        expect(page.locator("[data-live='q.ia']")).not_to_have_text("0A✕")
    finally:
        httpx.delete(faults).raise_for_status()
    expect(mimic.locator(".wire-live")).not_to_have_count(0, timeout=90_000)


@pytest.mark.parametrize("path", ["/", "/reconectador/1", "/alarmas"])
def test_a_phone_needs_no_scrolling_to_the_side(room: Room, page: Page, path: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{room.url}{path}")
    expect(page.locator("[data-topic]").nth(1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_pages_speak_the_language(room: Room, page: Page, language: str) -> None:
    page.context.add_cookies(
        [{"name": "celador_vista", "value": f"{language}|dark|gris|UTC", "url": room.url}]
    )
    page.goto(f"{room.url}/reconectador/1")
    said = {"es": "Magnitudes", "en": "Measurements"}[language]
    expect(page.locator(".card h2", has_text=said)).to_be_visible()
    assert page.locator("html").get_attribute("data-palette") == "gris"


def test_the_fleet_remembers_how_it_is_looked_at(room: Room, page: Page) -> None:
    page.goto(room.url)
    rows = page.locator("table.fleet tbody tr:visible")
    expect(rows).to_have_count(2)
    name = page.locator("[data-sort=name]")
    name.click()
    name.click()
    expect(page.get_by_role("columnheader", name="Reconectador")).to_have_attribute(
        "aria-sort", "descending"
    )
    page.locator("[data-search]").fill("sim-00")
    page.reload()
    expect(rows.first).to_contain_text("sim-002")
    expect(page.locator("[data-search]")).to_have_value("sim-00")
    page.goto(f"{room.url}/?filtro=unknown")
    expect(page.locator("[data-filter=unknown]")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("status")).to_have_text("Ningún reconectador coincide con el filtro.")


def test_who_does_not_see_the_fleet_is_told_that_it_is_a_table(room: Room, page: Page) -> None:
    page.goto(room.url)
    table = page.get_by_role("table", name="Flota")
    expect(table.get_by_role("columnheader")).to_have_count(8)
    row = table.get_by_role("row").filter(has=page.get_by_role("rowheader", name="sim-001"))
    expect(row.get_by_role("cell")).to_have_count(7)
    # The elements alone would not do: laid out as a grid, they are no table to every browser.
    said = {
        "table.fleet": "table",
        "table.fleet > *": "rowgroup",
        "table.fleet tr": "row",
        "table.fleet thead th": "columnheader",
        "table.fleet tbody th": "rowheader",
        "table.fleet td": "cell",
    }
    for which, role in said.items():
        parts = page.locator(which).all()
        assert parts
        assert [each.get_attribute("role") for each in parts] == [role] * len(parts)


def test_the_fleet_waits_for_nothing_of_nicegui(room: Room, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(room.url)))
    answer = page.goto(room.url)
    assert answer is not None
    expect(page.locator("html")).to_have_attribute("data-vivo", "ok")
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert [each for each in asked if "nicegui" in each or "socket" in each] == []
    kept = [each for each in asked if each.startswith("/estatico/")]
    assert kept
    for each in kept:
        assert "immutable" in httpx.get(room.url + each).headers["cache-control"]
