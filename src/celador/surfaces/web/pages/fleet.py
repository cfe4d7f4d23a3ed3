"""The fleet: one row per recloser, the ones that ask for somebody first."""

from __future__ import annotations

from collections.abc import Mapping

from nicegui import ui

from celador.surfaces.live import DeviceLive
from celador.surfaces.web.layout import live
from celador.surfaces.web.page import Page, PageContext
from celador.surfaces.web.parts.fleet_view import RANK, cells_of, counts, facts_of
from celador.surfaces.web.parts.markup import tag, text
from celador.surfaces.web.parts.switch import Shown, Switch, symbol, word
from celador.surfaces.web.stream import Cell, Moment
from celador.surfaces.web.viewer import View

_TOPIC = "flota"
_COLUMNS = (
    ("rank", "State", ""),
    ("name", "Recloser", ""),
    ("prio", "Worst alarm", ""),
    ("amps", "Load", "r"),
    ("kw", "Power", "r"),
    ("volts", "Voltage", "r"),
    ("", "Last hour", "only-wide"),
    ("age", "Age of the data", "r"),
)


def fleet_topic(moment: Moment) -> Mapping[str, Cell]:
    """Every cell of every row, and how many reclosers are in each state."""
    devices = moment.live.devices
    rows = {number: facts_of(known, moment.now) for number, known in devices.items()}
    cells: dict[str, Cell] = {}
    for number, facts in rows.items():
        for key, cell in cells_of(facts, moment.view).items():
            cells[f"{number}.{key}"] = cell
    for shown, count in counts(list(rows.values())).items():
        cells[f"count.{shown.value}"] = Cell(str(count), css="count" if count else "count none")
    ill = sum(1 for facts in rows.values() if facts.alarm is not None)
    cells["count.alarm"] = Cell(str(ill), css="count" if ill else "count none")
    return cells


async def build(context: PageContext) -> None:
    """The table as it is now; the stream keeps it so, and a small script sorts and filters it."""
    services, view = context.services, context.viewer.view
    devices = services.live.devices
    cells = fleet_topic(Moment(services.live, view, services.clock.now()))
    ordered = sorted(devices.values(), key=lambda known: _urgency(known, cells))
    rows = "".join(_row(known, cells, view) for known in ordered)
    table = tag("table", _head(view), tag("tbody", rows), class_="list fleet")
    nothing = tag(
        "p", text(view.t("No recloser matches the filter.")), class_="nothing", hidden=True
    )
    ui.add_head_html('<script type="module" src="/estatico/flota.js"></script>')
    ui.html(
        tag("div", _tools(view, cells, len(devices)), data_topic=_TOPIC, data_fleet=True)
        + tag("div", table, nothing, class_="card scroll"),
        sanitize=False,
    ).classes("contents")


def _urgency(known: DeviceLive, cells: Mapping[str, Cell]) -> tuple[int, int, str]:
    said = cells[f"{known.device.id}.row"].attributes or {}
    return int(said["data-prio"] or 9), int(said["data-rank"] or 9), known.device.name


def _tools(view: View, cells: Mapping[str, Cell], total: int) -> str:
    t = view.t
    search = tag(
        "input",
        type="search",
        placeholder=t("Search by name or place  ( / )"),
        aria_label=t("Search by name or place"),
        data_search=True,
    )
    every = _filter(
        "all", tag("span", text(t("All"))), tag("b", text(total), class_="count"), on=True
    )
    states = "".join(
        _filter(
            shown.value,
            symbol(Switch(shown), 16) + tag("span", text(word(Switch(shown), t))),
            live(f"count.{shown.value}", cells, "b"),
        )
        for shown in sorted(Shown, key=lambda each: -RANK[each])
    )
    alarm = _filter("alarm", tag("span", text(t("With alarm"))), live("count.alarm", cells, "b"))
    group = tag("div", every, states, alarm, class_="filters", role="group", aria_label=t("Filter"))
    return tag("div", group, search, class_="tools")


def _filter(name: str, said: str, count: str, *, on: bool = False) -> str:
    return tag(
        "button",
        said,
        count,
        type="button",
        data_filter=name,
        aria_pressed="true" if on else "false",
        class_=f"filter sw-{name}",
    )


def _head(view: View) -> str:
    cells = []
    for key, title, css in _COLUMNS:
        said = text(view.t(title))
        inside = tag("button", said, type="button", data_sort=key) if key else said
        cells.append(tag("th", inside, scope="col", class_=css or None))
    return tag("thead", tag("tr", *cells))


def _row(known: DeviceLive, cells: Mapping[str, Cell], view: View) -> str:
    device, number = known.device, known.device.id

    def cell(key: str, css: str, label: str) -> str:
        inside = live(f"{number}.{key}", cells)
        return tag("td", inside, class_=css, data_label=view.t(label))

    name = tag("a", text(device.name), href=f"/reconectador/{number}")
    place = tag("small", text(device.place)) if device.place else ""
    row = cells[f"{number}.row"].attributes or {}
    return tag(
        "tr",
        cell("state", "f-state", "State"),
        tag("td", name, place, class_="f-name"),
        cell("alarm", "f-alarm", "Worst alarm"),
        cell("amps", "r f-amps", "Load"),
        cell("kw", "r f-kw", "Power"),
        cell("volts", "r f-volts", "Voltage"),
        cell("trend", "f-trend", "Last hour"),
        cell("age", "r f-age", "Age of the data"),
        data_live=f"{number}.row",
        data_name=device.name.lower(),
        data_text=f"{device.name} {device.place}".lower(),
        **{key.replace("-", "_"): value for key, value in row.items()},
    )


PAGE = Page(
    "/",
    "Fleet",
    '<path d="M3 4h7v7H3zM14 4h7v7h-7zM3 14h7v7H3zM14 14h7v7h-7z"/>',
    build,
    topics={_TOPIC: fleet_topic},
)
