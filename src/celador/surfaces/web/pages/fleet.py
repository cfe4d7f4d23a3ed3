"""The fleet: one row per recloser, the ones that ask for somebody first.

HTML and no more (decision 0043): 500 rows are on the screen before NiceGUI would have begun.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256

from celador.domain.device import Device
from celador.surfaces.web.layout import live
from celador.surfaces.web.page import Page, PageContext
from celador.surfaces.web.parts.fleet_view import RANK, cells_of, counts, facts_of
from celador.surfaces.web.parts.markup import tag, text
from celador.surfaces.web.parts.natural import natural_key
from celador.surfaces.web.parts.switch import Shown, Switch, symbol, word
from celador.surfaces.web.stream import Cell, Moment
from celador.surfaces.web.viewer import View

_TOPIC = "flota"
_COLUMNS = (
    ("rank", "State", "f-state"),
    ("name", "Recloser", "f-name"),
    ("prio", "Worst alarm", "f-alarm"),
    ("amps", "Load", "f-amps r"),
    ("kw", "Power", "f-kw r"),
    ("volts", "Voltage", "f-volts r"),
    ("", "Last hour", "f-trend"),
    ("age", "Age of the data", "f-age r"),
)


def fleet_topic(moment: Moment) -> Mapping[str, Cell]:
    """Every cell of every row, how many reclosers are in each state, and which there are."""
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
    cells["count.all"] = Cell(str(len(rows)), css="count")
    cells["known"] = Cell(
        attributes={"data-known": _known(each.device for each in devices.values())}
    )
    return cells


def _known(devices: Iterable[Device]) -> str:
    """Another text as soon as a row is missing, too much or has another name."""
    said = sorted((each.id, each.name, each.place) for each in devices)
    return sha256(repr(said).encode()).hexdigest()[:12]


def html(context: PageContext) -> str:
    """The table as it is now; the stream keeps it so, and a small script sorts and filters it.

    The styles lay the table out as blocks, so that a browser passes over the rows that are out of
    sight; the roles say to who does not see it that it is a table all the same.
    """
    services, view = context.services, context.viewer.view
    devices = services.live.devices
    cells = fleet_topic(Moment(services.live, view, services.clock.now()))
    named = sorted(
        (known.device for known in devices.values()),
        key=lambda device: (natural_key(device.name), device.id),
    )
    placed = sorted(enumerate(named), key=lambda each: (_urgency(each[1].id, cells), each[0]))
    rows = "".join(_row(device, place, cells) for place, device in placed)
    drawn = (cells["known"].attributes or {})["data-known"]
    body = tag("tbody", rows, role="rowgroup", data_drawn=drawn)
    table = tag(
        "table", _head(view), body, class_="fleet", role="table", aria_label=view.t("Fleet")
    )
    none, unfit = (
        view.t("No recloser has been read yet."),
        view.t("No recloser matches the filter."),
    )
    said = "" if devices else text(none)
    nothing = tag("p", said, class_="nothing", role="status", data_none=none, data_unfit=unfit)
    return tag(
        "div",
        tag("div", _tools(view, cells), live("known", cells), data_topic=_TOPIC),
        tag("div", table, nothing, class_="card fleet-card"),
    )


def _urgency(number: int, cells: Mapping[str, Cell]) -> tuple[int, int]:
    said = cells[f"{number}.row"].attributes or {}
    return int(said["data-prio"] or 9), int(said["data-rank"] or 9)


def _tools(view: View, cells: Mapping[str, Cell]) -> str:
    t = view.t
    search = tag(
        "input",
        type="search",
        placeholder=t("Search by name or place  ( / )"),
        aria_label=t("Search by name or place"),
        data_search=True,
    )
    every = _filter("all", tag("span", text(t("All"))), live("count.all", cells, "b"), on=True)
    states = "".join(
        _filter(
            shown.value,
            symbol(Switch(shown), 16) + tag("span", text(_state_name(shown, view))),
            live(f"count.{shown.value}", cells, "b"),
        )
        for shown in sorted(Shown, key=lambda each: -RANK[each])
    )
    alarm = _filter("alarm", tag("span", text(t("With alarm"))), live("count.alarm", cells, "b"))
    group = tag("div", every, states, alarm, class_="filters", role="group", aria_label=t("Filter"))
    return tag("div", group, search, class_="tools")


def _state_name(shown: Shown, view: View) -> str:
    """As the rows say it; a row's "?" has the last known state beside it, a button has nothing."""
    return view.t("UNKNOWN") if shown is Shown.UNKNOWN else word(Switch(shown), view.t)


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
        cells.append(tag("th", inside, scope="col", role="columnheader", class_=css))
    return tag("thead", tag("tr", *cells, role="row"), role="rowgroup")


def _row(device: Device, nth: int, cells: Mapping[str, Cell]) -> str:
    number = device.id
    name = tag("a", text(device.name), href=f"/reconectador/{number}")
    place = tag("small", text(device.place)) if device.place else ""
    return live(
        f"{number}.row",
        cells,
        "tr",
        inside=_cell(f"{number}.state", cells)
        + tag(
            "th",
            name,
            place,
            scope="row",
            role="rowheader",
            class_="f-name",
            data_nth=nth,
        )
        + "".join(
            _cell(f"{number}.{key}", cells)
            for key in ("alarm", "amps", "kw", "volts", "trend", "age")
        ),
        role="row",
    )


def _cell(key: str, cells: Mapping[str, Cell]) -> str:
    return live(key, cells, "td", role="cell")


PAGE = Page(
    "/",
    "Fleet",
    '<path d="M3 4h7v7H3zM14 4h7v7h-7zM3 14h7v7H3zM14 14h7v7h-7z"/>',
    html=html,
    modules=("flota.js",),
    topics={_TOPIC: fleet_topic},
)
