"""Trends in a real browser, against what is known to be in the store."""

from __future__ import annotations

import base64
import csv
import re
import struct
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from celador.surfaces.web.parts.plots import moment_script
from celador.surfaces.web.viewer import View
from tests.support.clock import MIDNIGHT
from tests.web.quiet import HOLE, LENGTH, TRIP, amps

# Ten minutes around midnight in UTC, as Buenos Aires writes them.
RANGE = "rango=fechas&desde=2026-07-17T21:00:00&hasta=2026-07-17T21:10:00"
EDGES = (64, 18)  # px left and right of the plane of the chart


@pytest.fixture
def chart(quiet: str, context: BrowserContext, page: Page) -> Page:
    """The page with the current of R-001."""
    wanted = "es|light|utilitaria|America/Argentina/Buenos_Aires"
    context.add_cookies([{"name": "celador_vista", "value": wanted, "url": quiet}])
    page.goto(f"{quiet}/tendencias?equipo=1&m=ia&{RANGE}")
    page.wait_for_function(
        "document.querySelector('#tendencia svg path[stroke*=\"--phase-a\"]') !== null"
    )
    return page


def at(page: Page, second: float, *, height: float = 0.3) -> tuple[float, float]:
    """Where an instant is on the screen, with the whole range in sight."""
    box = page.locator("#tendencia svg").bounding_box()
    assert box is not None
    left, right = EDGES
    wide = box["width"] - left - right
    return box["x"] + left + wide * second / LENGTH, box["y"] + box["height"] * height


def tooltip(page: Page) -> Locator:
    """What the chart says beside the cursor."""
    return page.locator("#tendencia div", has_text="corriente de fase A").last


def strokes(page: Page) -> int:
    """How many lines in the colour of phase A can be seen."""
    found: int = page.evaluate(
        """() => [...document.querySelectorAll('#tendencia svg path[stroke*="--phase-a"]')]
            .filter((path) => path.getAttribute("stroke-opacity") !== "0"
                && path.getAttribute("d").length > 200).length"""
    )
    return found


def seen(page: Page) -> tuple[float, float]:
    """From when to when what is shown goes, s after midnight, as the link to its file says."""
    address = page.get_by_role("link", name="Estos datos en CSV").get_attribute("href") or ""
    asked = parse_qs(urlsplit(address).query)
    start, end = (
        datetime.fromisoformat(asked[name][0]).astimezone(UTC).timestamp() - MIDNIGHT / 1e6
        for name in ("from", "to")
    )
    return start, end


def wait_until_seen(page: Page, fits: Callable[[tuple[float, float]], bool]) -> tuple[float, float]:
    """What is shown, once it is so and stays."""
    before, calm = seen(page), 0
    for _ in range(200):
        page.wait_for_timeout(100)  # the browser goes on meanwhile; the count ends it
        found = seen(page)
        calm = calm + 1 if found == before and fits(found) else 0
        if calm == 10:
            return found
        before = found
    raise AssertionError(before)


def test_the_cursor_says_what_the_store_holds(chart: Page) -> None:
    assert strokes(chart) == 1
    chart.mouse.move(*at(chart, 100))
    told = tooltip(chart)
    expect(told).to_be_visible()
    text = told.inner_text()
    found = re.search(r"17/07/2026 a las 21:0(\d):(\d\d) \N{MINUS SIGN}03:00", text)
    assert found is not None, text
    second = 60 * int(found[1]) + int(found[2])
    assert abs(second - 100) <= 2
    assert f"{amps(second):.0f} A" in text.replace("\xa0", " ")
    assert strokes(chart) == 1  # what is pointed at stays in sight
    marks = chart.locator("#tendencia svg text").all_text_contents()
    assert [each for each in marks if each.startswith("21:0")] == [
        f"21:0{minute}" for minute in range(10)
    ]
    # The night in which the clocks of Madrid went back from 03:00 +02 to 02:00 +01.
    write = moment_script(View("es", "Europe/Madrid"))
    for hour, said in ((0, "02:30:00 +02:00"), (1, "02:30:00 +01:00")):
        instant = datetime(2026, 10, 25, hour, 30, tzinfo=UTC).timestamp() * 1000
        assert chart.evaluate(f"({write})({instant})") == f"25/10/2026 a las {said}"
    assert chart.evaluate(f"({moment_script(View('en', 'UTC'))})(0)").endswith(" 00:00:00 +00:00")


def test_the_cursor_tells_of_what_happened_beside_its_mark(chart: Page) -> None:
    chart.mouse.move(*at(chart, TRIP))
    told = tooltip(chart)
    expect(told).to_contain_text("OC3+ A,B 1.657 A, 1 disparo, BLOQUEO")
    chart.mouse.move(*at(chart, 100))
    expect(told).not_to_contain_text("OC3+")
    # Two lines across: the trip, and the loss of the link where the hole begins.
    expect(chart.get_by_text("17/07 21:07:30 \N{MINUS SIGN}03 OC3+ A,B 1.657 A")).to_be_visible()


def test_a_hole_is_no_line(chart: Page) -> None:
    # As drawn: two strokes, none of which crosses the hole.
    strokes = chart.evaluate(
        """() => [...document.querySelectorAll('#tendencia svg path[stroke*="--phase-a"]')]
            .flatMap((path) => path.getAttribute('d').split(/(?=M)/))
            .map((stroke) => [...stroke.matchAll(/(-?[\\d.]+)[ ,](-?[\\d.]+)/g)]
                .map((point) => Number(point[1])))
            .filter((xs) => xs.length > 1).map((xs) => [Math.min(...xs), Math.max(...xs)])"""
    )
    box = chart.locator("#tendencia svg").bounding_box()
    assert box is not None
    wide = box["width"] - sum(EDGES)
    edges = [EDGES[0] + wide * second / LENGTH for second in (HOLE.start + 5, HOLE.stop - 5)]
    assert len(strokes) >= 2
    assert not [each for each in strokes if each[0] < edges[0] and each[1] > edges[1]]


def test_zoomed_and_moved_the_file_is_what_is_seen(chart: Page, tmp_path: Path) -> None:
    assert seen(chart) == (0, LENGTH)
    chart.mouse.move(*at(chart, 500))
    for _ in range(4):
        chart.mouse.wheel(0, -240)
    near = wait_until_seen(chart, lambda found: found[1] - found[0] < 0.8 * LENGTH)
    assert near[0] < 500 < near[1]
    x, y = at(chart, 300)
    chart.mouse.move(x, y)
    chart.wait_for_timeout(300)  # a hand's speed
    chart.mouse.down()
    for step in range(1, 11):
        chart.mouse.move(x + 15 * step, y)
        chart.wait_for_timeout(40)
    chart.mouse.up()
    moved = wait_until_seen(chart, lambda found: found[1] < near[1] - 1)
    assert moved[1] - moved[0] == pytest.approx(near[1] - near[0], abs=2)
    with chart.expect_download() as got:
        chart.get_by_role("link", name="Estos datos en CSV").click()
    target = tmp_path / "seen.csv"
    got.value.save_as(target)
    with target.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    start, end = seen(chart)
    stored = [s for s in range(LENGTH) if s not in HOLE and start <= s < end]
    told = [(datetime.fromisoformat(row["fecha_hora"]).timestamp(), row["ia"]) for row in rows]
    assert told == [(MIDNIGHT / 1e6 + s, f"{amps(s):.0f}") for s in stored]
    assert len(stored) > 10


def test_on_paper_a_chart_is_drawn_smaller_not_cut_off(chart: Page) -> None:
    svg = chart.locator(".nicegui-echart svg")
    width = svg.get_attribute("width")
    chart.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert (svg.get_attribute("viewBox") or "").split()[2] == width
    chart.evaluate("dispatchEvent(new Event('afterprint'))")
    assert svg.get_attribute("viewBox") is None


def test_quantities_are_chosen_by_their_names_and_show_their_keys(chart: Page) -> None:
    box = chart.locator("label.pick[title=p_act]")
    expect(box).to_have_text("potencia activa total (kW)")  # without the remark on its sign


def test_the_picture_is_a_picture_with_curves_and_a_title(chart: Page, tmp_path: Path) -> None:
    button = chart.get_by_role("button", name="Imagen")
    title = button.get_attribute("data-title") or ""
    days = "del 17/07/2026 21:00:00 al 17/07/2026 21:10:00 \N{MINUS SIGN}03:00"
    assert title == f"R-001: corriente de fase A {days}"
    with chart.expect_download() as got:
        button.click()
    target = tmp_path / "picture.png"
    got.value.save_as(target)
    data = target.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    wide, high = struct.unpack(">II", data[16:24])
    box = chart.locator("#tendencia svg").bounding_box()
    assert box is not None
    assert wide == 2 * int(box["width"])
    assert high > 2 * box["height"]  # the title stands above
    encoded = base64.b64encode(data).decode()
    # Drawn by a second hand: how many points have the ink of the title, and the colour of phase A.
    inked, curve = chart.evaluate(
        """async (encoded) => {
            const image = new Image();
            image.src = "data:image/png;base64," + encoded;
            await image.decode();
            const canvas = new OffscreenCanvas(image.width, image.height);
            const pen = canvas.getContext("2d");
            pen.drawImage(image, 0, 0);
            const style = getComputedStyle(document.documentElement);
            const rgb = (name) => style.getPropertyValue(name).trim().match(/[0-9a-f]{2}/gi)
                .map((each) => parseInt(each, 16));
            const count = (name, top, height) => {
                const [r, g, b] = rgb(name);
                const data = pen.getImageData(0, top, image.width, height).data;
                let found = 0;
                for (let i = 0; i < data.length; i += 4)
                    if (Math.abs(data[i] - r) + Math.abs(data[i + 1] - g)
                        + Math.abs(data[i + 2] - b) < 30) found += 1;
                return found;
            };
            return [count("--ink", 0, 72), count("--phase-a", 72, image.height - 72)];
        }""",
        encoded,
    )
    assert inked > 300
    assert curve > 1000
