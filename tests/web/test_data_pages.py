"""Trends, events, operations, reports and the export, in a real browser and against the store."""

from __future__ import annotations

import csv
import re
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from celador.surfaces.record_rows import EVENT_COLUMNS, OPERATION_COLUMNS
from tests.support.clock import MIDNIGHT
from tests.web.conftest import Room
from tests.web.quiet import SECOND, TRIP, amps


def wait_for_rows(
    room: Room, sql: str, count: int = 1, seconds: float = 40.0
) -> list[tuple[int, ...]]:
    """What a query of the store gives, once it gives enough."""
    deadline = time.monotonic() + seconds
    while True:
        with closing(sqlite3.connect(f"file:{room.store}?mode=ro", uri=True)) as database:
            rows = database.execute(sql).fetchall()
        if len(rows) >= count:
            return rows
        assert time.monotonic() < deadline, f"the store never had {count} rows of {sql}"
        time.sleep(0.2)  # a look at another process's file; the deadline ends it


def test_an_exported_range_is_what_the_store_holds(room: Room, page: Page, tmp_path: Path) -> None:
    wait_for_rows(room, "SELECT 1 FROM mediciones WHERE equipo_id = 1", 3)
    address = "/exportar?equipo=1&rango=1h&cada=&c=ia&c=va&decimal=punto"
    page.goto(room.url + address)
    expect(page.locator("table.list thead")).to_contain_text("ia")
    with page.expect_download() as got:
        page.get_by_role("link", name=re.compile("Descargar")).click()
    target = tmp_path / "export.csv"
    got.value.save_as(target)
    with target.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    sql = f"SELECT ia, va FROM mediciones WHERE equipo_id = 1 ORDER BY fecha_hora LIMIT {len(rows)}"
    stored = wait_for_rows(room, sql)
    assert len(rows) >= 3
    told = [tuple(float(row[name]) if row[name] else None for name in ("ia", "va")) for row in rows]
    assert told == stored
    expect(page.get_by_text(re.compile("Descargado"))).to_be_visible()


def test_an_export_has_the_range_columns_windows_and_commas_that_were_asked_for(quiet: str) -> None:
    """The first three minutes of R-001 by the minute, as a spreadsheet in Spanish reads them."""
    asked_for = {
        "from": "2026-07-18T00:00:00+00:00",
        "to": "2026-07-18T00:03:00+00:00",
        "device": "R-001",
        "columns": "ia,va",
        "every": "1min",
        "decimal": "comma",
        "timezone": "UTC",
    }
    told = httpx.get(f"{quiet}/exportar/archivo.csv", params=asked_for).content.decode("utf-8-sig")
    rows = list(csv.DictReader(told.splitlines(), delimiter=";"))
    assert [row["equipo"] for row in rows] == ["R-001"] * 3
    assert [float(row["va"].replace(",", ".")) for row in rows] == [7621.0] * 3
    means = [sum(map(amps, range(60 * n, 60 * n + 60))) / 60 for n in range(3)]
    assert [float(row["ia"].replace(",", ".")) for row in rows] == pytest.approx(means, abs=0.001)
    assert "," in rows[0]["ia"]
    assert [row["muestras"] for row in rows] == ["60"] * 3


def test_without_a_simulator_in_the_process_there_is_no_page_of_it(quiet: str) -> None:
    assert httpx.get(f"{quiet}/simulador").status_code == 404
    assert "/simulador" not in httpx.get(quiet, follow_redirects=True).text


@pytest.mark.parametrize(
    ("path", "columns"), [("/eventos", EVENT_COLUMNS), ("/operaciones", OPERATION_COLUMNS)]
)
def test_a_file_without_rows_has_its_head_and_one_with_rows_the_same(
    quiet: str, path: str, columns: Sequence[str]
) -> None:
    def file(start: str, end: str) -> list[str]:
        asked_for = {"rango": "fechas", "desde": f"{start}T00:00", "hasta": f"{end}T00:00"}
        return httpx.get(f"{quiet}{path}/archivo.csv", params=asked_for).text.splitlines()

    assert file("2001-01-01", "2001-01-02") == [",".join(columns)]
    head, row = file("2026-07-17", "2026-07-19")
    assert head == ",".join(columns)
    assert row.count("R-001") == 1


def test_an_operation_is_told_with_its_distance_from_utc_and_drawn_with_names(
    quiet: str, page: Page
) -> None:
    page.goto(f"{quiet}/operaciones/1/{MIDNIGHT + TRIP * SECOND}")
    expect(page.locator(".sentence")).to_contain_text("18/07 00:07:30 +00 OC3+ A,B 1.657 A")
    names = page.locator("svg.timeline .key")
    expect(names.first).to_have_text("corriente de fase AIa")  # the first for who points at it
    expect(names.last).to_have_text("tensión fase-tierra CVc")


def test_a_gap_is_a_hole_in_the_trend(room: Room, page: Page) -> None:
    wait_for_rows(room, "SELECT 1 FROM mediciones WHERE equipo_id = 2", 3)
    with closing(sqlite3.connect(room.store, timeout=20)) as database, database:
        (first,) = database.execute(
            "SELECT min(fecha_hora) FROM mediciones WHERE equipo_id = 2"
        ).fetchone()
        for start in (first - 3_000_000_000, first - 1_200_000_000):
            database.executemany(
                "INSERT OR IGNORE INTO mediciones (fecha_hora, equipo_id, colector_id, calidad, ia)"
                " VALUES (?, 2, 1, 0, 42)",
                [(start + n * 1_000_000,) for n in range(600)],
            )
    page.goto(f"{room.url}/tendencias?equipo=2&m=ia&rango=1h")
    # A line without holes is one stroke; every hole begins another.
    strokes = """() => {
        const drawn = [...document.querySelectorAll(".nicegui-echart svg path")];
        const ours = drawn.filter((each) => each.outerHTML.includes("--phase-a"));
        const begun = ours.map((each) => each.getAttribute("d").match(/M/g) ?? []);
        return Math.max(0, ...begun.map((each) => each.length));
    }"""
    page.wait_for_function(f"({strokes})() >= 2")


@pytest.mark.usefixtures("calm")
def test_a_filter_finds_an_operation_and_it_opens(room: Room, page: Page) -> None:
    # No edge is judged before two reads have agreed on how things stand.
    wait_for_rows(room, "SELECT 1 FROM mediciones WHERE equipo_id = 2 AND estado = 1", 3)
    room.play("S2", device=2)
    found = wait_for_rows(
        room, "SELECT clave FROM operaciones WHERE equipo_id = 2 AND disparos > 0"
    )
    wait_for_rows(room, "SELECT 1 FROM eventos WHERE punto = 'open_prot' AND equipo_id = 2")
    page.goto(f"{room.url}/eventos?equipo=2&texto=disparo")
    rows = page.locator("table.soe tr[data-event]")
    expect(rows.first).to_contain_text(re.compile("disparo", re.IGNORECASE))
    texts = rows.all_inner_texts()
    assert texts
    assert all("disparo" in each.lower() for each in texts)
    assert not any(re.search(r"\d\d:\d\d:\d\d[.,]\d", each) for each in texts)
    page.get_by_label("Texto").fill("nada que se parezca")
    page.get_by_role("button", name="Buscar").click()
    expect(page.get_by_text("Ningún evento coincide.")).to_be_visible()
    page.goto(f"{room.url}/operaciones/2/{found[0][0]}")
    picture = page.locator("svg.timeline")
    expect(picture).to_be_visible()
    expect(picture).to_contain_text("disparo 1")
    assert picture.locator("rect.unsure").count() > 0


def test_a_period_is_picked_and_the_report_says_what_it_rests_on(room: Room, page: Page) -> None:
    page.goto(f"{room.url}/calidad?equipo=1")
    expect(page.get_by_text(re.compile("disponibilidad de datos")).first).to_be_visible()
    expect(page.get_by_text("indicativo, no clase A/S")).to_be_visible()
    picker = page.locator("select[name=periodo]")
    chosen = picker.locator("option").nth(1).get_attribute("value") or ""
    picker.select_option(chosen)
    page.get_by_role("button", name="Ver", exact=True).click()
    expect(page).to_have_url(re.compile(f"periodo={chosen}"))
    expect(page.get_by_text("disponibilidad de datos 0,0 %").first).to_be_visible()
    page.goto(f"{room.url}/confiabilidad")
    expect(page.get_by_role("heading", name=re.compile("Índices"))).to_be_visible()
    expect(page.locator(".tools .cover")).to_contain_text("disponibilidad de datos")
    expect(page.locator(".figures.partial")).to_be_visible()  # of half a year a minute was seen
    expect(page.locator("tr.partial")).to_have_count(6)


def test_new_events_come_by_themselves(room: Room, page: Page) -> None:
    page.goto(f"{room.url}/eventos?equipo=1&rango=1h")
    rows = page.locator("table.soe tr[data-event]")
    expect(rows.first).to_be_visible()
    before = rows.count()
    room.play("S1", device=1)
    expect(rows.nth(before)).to_be_visible(timeout=40_000)
