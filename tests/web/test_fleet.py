"""The fleet's rows: their order, how they are found, how they fit, and one that comes later."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from celador.domain.alarm import Priority
from celador.surfaces.web.parts.fleet_view import AlarmFact, RowFacts, cells_of
from celador.surfaces.web.parts.natural import natural_key
from celador.surfaces.web.parts.switch import Shown
from celador.surfaces.web.viewer import View
from tests.support.edge_store import write_store
from tests.web.conftest import quiet_room
from tests.web.quiet import device

# Phones, tablets on both sides of every breakpoint, desks; with and without a row's own room.
WIDTHS = (320, 390, 640, 641, 757, 759, 820, 901, 940, 985, 1024, 1181, 1195, 1240, 1280, 1440)

_WIDEST = RowFacts(
    shown=Shown.RECLOSING,
    trips=2,
    trips_to_lockout=3,
    was=None,
    amps=1234.0,
    kw=-12_345.0,
    volts=38_120.0,
    nominal=33_000.0,
    band=8.0,
    stale=False,
    age=15,
    alarm=AlarmFact(
        Priority.CRITICAL, True, "Recierre bloqueado por falla permanente entre A y B", "-", 3
    ),
    trend=tuple(float(n % 7) for n in range(60)),
)
_LOST = RowFacts(
    shown=Shown.UNKNOWN,
    trips=0,
    trips_to_lockout=None,
    was=Shown.RECLOSING,
    amps=1234.0,
    kw=-12_345.0,
    volts=38_120.0,
    nominal=33_000.0,
    band=8.0,
    stale=True,
    age=86_400 * 127 + 3600 * 21,
    alarm=_WIDEST.alarm,
    trend=_WIDEST.trend,
)

# The stream sends everything first, and over what a test has put there.
_HEARD = "new Promise((done) => document.addEventListener('celador:vivo', () => done(1)))"

_PUT = """([number, cells]) => {
    for (const [key, cell] of Object.entries(cells)) {
        const at = document.querySelector(`[data-live="${number}.${key}"]`);
        if (cell.c) at.setAttribute("class", cell.c);
        if (cell.h !== undefined) at.innerHTML = cell.h;
        if (cell.t !== undefined) at.textContent = cell.t;
        for (const [name, value] of Object.entries(cell.a ?? {})) at.setAttribute(name, value);
    }
}"""

# Of a row: which columns are seen, which stick out of their cell, which lie over one another.
_LAID = """(number) => {
    const row = document.querySelector(`[data-live="${number}.row"]`);
    const edge = row.closest(".card").getBoundingClientRect();
    const name = (each) => each.className.match(/f-\\w+/)[0];
    const range = document.createRange();
    const boxes = [...row.children].map((each) => {
        range.selectNodeContents(each);
        const inside = range.getBoundingClientRect(), cell = each.getBoundingClientRect();
        return { name: name(each), inside, cell, shown: cell.width > 0 && cell.height > 0 };
    }).filter((each) => each.shown);
    const over = (a, b) => a.left < b.right - 1 && b.left < a.right - 1
        && a.top < b.bottom - 1 && b.top < a.bottom - 1;
    const heads = [...document.querySelectorAll(".fleet thead th")];
    const alarm = row.querySelector(".f-alarm"), more = alarm.querySelector("small");
    const told = more.getBoundingClientRect(), room = alarm.getBoundingClientRect();
    return {
        shown: boxes.map((each) => each.name).sort(),
        heads: heads.filter((each) => each.getClientRects().length).map(name).sort(),
        out: boxes.filter(({ name, inside, cell }) => name !== "f-alarm" && name !== "f-name"
            && (inside.left < cell.left - 1 || inside.right > cell.right + 1)).map((b) => b.name),
        beyond: boxes.filter(({ cell }) => cell.right > edge.right).map((b) => b.name),
        over: boxes.flatMap((a, n) => boxes.slice(n + 1).filter((b) => over(a.cell, b.cell))
            .map((b) => `${a.name} ${b.name}`)),
        more: more.closest(".said") === null && told.width > 0 && told.right <= room.right + 1,
        name: boxes.find((each) => each.name === "f-name").cell.width,
    };
}"""


def _put(page: Page, number: int, facts: RowFacts) -> None:
    cells = {key: cell.compact() for key, cell in cells_of(facts, View("es", "UTC")).items()}
    page.evaluate(_PUT, [number, cells])


def _laid(page: Page, number: int) -> Mapping[str, Any]:
    found: Mapping[str, Any] = page.evaluate(_LAID, number)
    return found


def test_the_widest_rows_fit_every_screen(quiet: str, page: Page) -> None:
    page.goto(quiet)
    page.evaluate(_HEARD)
    _put(page, 2, _WIDEST)  # nobody ever read: the stream leaves their cells alone
    _put(page, 3, _LOST)
    columns = {"f-state", "f-name", "f-alarm", "f-amps", "f-kw", "f-volts", "f-trend", "f-age"}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        sideways = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert sideways <= 0, f"{width}: {sideways} px too wide"
        for number in (2, 3):
            laid = _laid(page, number)
            where = f"R-00{number} at {width} px: {laid}"
            shown = set(laid["shown"])
            assert columns - shown <= {"f-trend"}, where
            # No heading sorts by what nobody sees; on the phone the trend needs no word.
            assert set(laid["heads"]) | {"f-trend"} == shown | {"f-trend"}, where
            assert laid["out"] == [], where
            assert laid["beyond"] == [], where
            assert laid["over"] == [], where
            assert laid["more"], where
            assert laid["name"] >= 80, where


def test_the_filters_say_their_states_and_take_two_lines_at_most(quiet: str, page: Page) -> None:
    page.goto(quiet)
    expect(page.locator("[data-filter=unknown]")).to_have_text("?DESCONOCIDO500")
    lines = """() => {
        const all = [...document.querySelectorAll(".tools :is(.filter, input)")];
        const boxes = all.map((each) => each.getBoundingClientRect());
        const cut = boxes.filter((each) => each.right > innerWidth).length;
        return [new Set(boxes.map((each) => Math.round(each.top))).size, cut];
    }"""
    for width in [each for each in WIDTHS if each > 760]:
        page.set_viewport_size({"width": width, "height": 800})
        found, cut = page.evaluate(lines)
        assert (found <= 2, cut) == (True, 0), f"{width}: {found} lines, {cut} cut off"


@pytest.mark.parametrize("width", [390, 820, 1024, 1440])
def test_going_back_with_the_keyboard_leaves_nothing_under_the_headings(
    quiet: str, page: Page, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 600})
    page.goto(quiet)
    page.locator("tr[data-live='80.row'] a").focus()
    seen = """() => {
        const it = document.activeElement, box = it.getBoundingClientRect();
        const at = (y) => document.elementFromPoint(box.left + box.width / 2, y);
        return it.closest("tr") && it.contains(at(box.top + 1)) && it.contains(at(box.bottom - 1));
    }"""
    for _ in range(24):
        page.keyboard.press("Shift+Tab")
        assert page.evaluate(seen), page.evaluate("document.activeElement.textContent")
    for _ in range(24):
        page.keyboard.press("Tab")
        assert page.evaluate(seen), page.evaluate("document.activeElement.textContent")


def test_a_place_is_found_without_its_accents(quiet: str, page: Page) -> None:
    page.goto(quiet)
    rows = page.locator("table.fleet tbody tr:not([hidden])")
    expect(rows).to_have_count(500)
    search = page.locator("[data-search]")
    for typed in ("cordoba", "CÓRDOBA", "córdoba r-"):
        search.fill(typed)
        expect(rows).to_have_count(50)
    search.fill("cordoba 07")
    expect(rows).to_have_count(1)


@pytest.mark.parametrize(
    "names",
    [
        ["R-1", "R-2", "R-10", "R-100"],
        ["Anta 2", "Ánta 3", "anta 10", "Antes", "Añelo"],
        ["1", "2 b", "10 a", "R", "R 1", "R 1 b"],
    ],
)
def test_names_are_sorted_as_people_look_for_them(names: list[str]) -> None:
    assert sorted(set(names), key=natural_key) == names


# Counts rows that a script puts anywhere once the page has been read; the parser's are over then.
_COUNT_MOVES = """
window.moved = 0;
document.addEventListener("readystatechange", () => {
    const body = document.querySelector("tbody");
    if (document.readyState !== "interactive" || !body) return;
    const count = (list) => list.forEach((each) => (window.moved += each.addedNodes.length));
    new MutationObserver(count).observe(body, { childList: true });
});
"""


def test_a_fleet_that_grows_is_drawn_without_anybody_doing_anything(
    tmp_path: Path, context: BrowserContext
) -> None:
    """From no recloser at all to twelve, the last of them found by what was typed before."""
    store = tmp_path / "young.db"
    with quiet_room(store, 0) as url:
        page = context.new_page()
        page.add_init_script(_COUNT_MOVES)
        page.goto(url)
        rows = page.locator("table.fleet tbody tr:visible")
        said = page.get_by_role("status")
        every, unknown = page.locator("[data-filter=all] b"), page.locator("[data-filter=unknown]")
        expect(every).to_have_text("0")
        expect(said).to_have_text("Todavía no se leyó ningún reconectador.")
        unknown.click()
        expect(said).to_have_text("Todavía no se leyó ningún reconectador.")

        write_store(store, [device(n, f"R-{n}") for n in range(1, 12)])
        expect(rows).to_have_count(11)
        expect(every).to_have_text("11")
        expect(said).to_be_empty()
        page.locator("[data-search]").fill("cañada")
        expect(rows).to_have_count(0)
        expect(said).to_have_text("Ningún reconectador coincide con el filtro.")

        page.evaluate("window.same = true")  # gone if the page were loaded anew
        write_store(store, [device(12, "R-12", "Cañada"), device(3, "R-3 norte")])
        expect(rows).to_have_text(["??R-12Cañada———sin datos"])
        expect(page.locator("[data-search]")).to_be_focused()
        assert page.evaluate("window.same")
        page.locator("[data-search]").fill("")
        names = page.locator("table.fleet tbody tr:visible .f-name")
        expected = ["R-1", "R-2", "R-3 norte", *(f"R-{n}" for n in range(4, 12)), "R-12Cañada"]
        expect(names).to_have_text(expected)

        page.goto(url)  # what the server drew needs no sorting, and jumps under no finger
        expect(page.locator("html")).to_have_attribute("data-vivo", "ok")
        expect(names).to_have_text(expected)
        assert page.evaluate("window.moved") == 0
        page.goto("about:blank")
