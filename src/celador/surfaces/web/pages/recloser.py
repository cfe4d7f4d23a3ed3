"""One recloser: what it is doing, and what it did last."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from nicegui import ui

from celador.domain.alarm import Priority
from celador.domain.event import Event, EventKind
from celador.domain.operation import Operation, RecordQuality
from celador.domain.operation_text import told
from celador.surfaces.live import DeviceLive
from celador.surfaces.web.format import uncertainty
from celador.surfaces.web.hours import recall_hour
from celador.surfaces.web.layout import live
from celador.surfaces.web.page import Page, PageContext, whole_number
from celador.surfaces.web.parts.markup import tag, text
from celador.surfaces.web.parts.priority import priority_symbol
from celador.surfaces.web.parts.recloser_pictures import picture_cells
from celador.surfaces.web.parts.recloser_view import magnitudes, operation_path, recloser_cells
from celador.surfaces.web.parts.scene import Scene
from celador.surfaces.web.services import History
from celador.surfaces.web.stream import Cell, Moment
from celador.surfaces.web.viewer import View

_TOPIC = "reconectador"
_STORY = 12  # lines
_DAYS = 30
_DAY = 86_400_000_000  # µs
_GRAVE = ("open_prot", "lockout", "osm_disconnected", "malfunction")
_ONE_WAY = frozenset((*_GRAVE, "open", "closed"))
_BOTH_WAYS = frozenset(("ac_off", "battery_off", "ll_on", "prot_on", "local_control"))


def recloser_topic(moment: Moment) -> Mapping[str, Cell]:
    """Everything that changes on the page of one recloser; nothing for one that is not there."""
    known = _device(moment.live.devices, moment.argument)
    if known is None:
        return {}
    known.shown_at = moment.now
    scene = Scene(known, moment.now)
    story = Cell(html=_story(known, moment.view))
    cells = recloser_cells(scene, moment.view)
    return {**cells, **picture_cells(scene, moment.view), "story": story}


def _device(devices: Mapping[int, DeviceLive], number: str) -> DeviceLive | None:
    found = whole_number(number)
    return None if found is None else devices.get(found)


def heading(context: PageContext) -> str:
    """The recloser's name."""
    known = _device(context.services.live.devices, context.parameters.get("id", ""))
    return context.viewer.t("Recloser") if known is None else known.device.name


async def build(context: PageContext) -> None:
    """The cards as they are now; the stream keeps them so."""
    services, view = context.services, context.viewer.view
    number = context.parameters.get("id", "")
    known = _device(services.live.devices, number)
    if known is None:
        said = view.t("There is no recloser with this number.")
        back = tag("a", text(view.t("Fleet")), href="/", class_="plain")
        ui.html(tag("p", text(said)) + back, sanitize=False).classes("card")
        return
    now = services.clock.now()
    operations = await recall(services.history, known, now)
    cells = recloser_topic(Moment(services.live, view, now, number))
    head = _who(known, cells, view)
    cards = _cards(known, cells, view, operations)
    ui.html(
        tag("div", head, tag("section", cards, class_="rec"), data_topic=f"{_TOPIC}/{number}"),
        sanitize=False,
    ).classes("contents")


async def recall(history: History, known: DeviceLive, now: int) -> list[Operation]:
    """Let a recloser know its last hour; its latest operations, newest first."""
    await recall_hour(history, known, now)
    number = known.device.id
    found = await history(
        lambda reader: list(reader.operations(now - _DAYS * _DAY, now, (number,)))
    )
    return found[-_STORY:][::-1]


def _who(known: DeviceLive, cells: Mapping[str, Cell], view: View) -> str:
    device = known.device
    kilovolts = f"{view.number(device.nominal_voltage / 1000, 1)} kV"
    served = (
        ""
        if device.customers is None
        else view.t("{count} customers", count=view.number(device.customers))
    )
    said = " · ".join(each for each in (device.place, kilovolts, served) if each)
    links = "".join(
        tag("a", text(view.t(title)), href=f"{path}?equipo={device.id}", class_="plain")
        for path, title in (
            ("/tendencias", "Trends"),
            ("/eventos", "Events"),
            ("/operaciones", "Operations"),
            ("/alarmas", "Alarms"),
            ("/calidad", "Quality"),
        )
    )
    return tag(
        "div",
        tag("span", text(said)),
        live("who", cells, "span"),
        tag("span", links, class_="links"),
        class_="who",
    )


def _card(title: str, *inside: str, note: str = "", css: str = "") -> str:
    more = tag("span", text(note)) if note else ""
    head = tag("h2", text(title), more)
    return tag("div", head, *inside, class_=f"card {css}".rstrip())


def _cards(
    known: DeviceLive, cells: Mapping[str, Cell], view: View, operations: list[Operation]
) -> str:
    t = view.t
    diagram = _card(
        t("Single line"),
        live("mimic", cells, "div"),
        live("seq", cells, "div", "seq"),
        live("protection", cells, "div", "chips"),
        css="tall",
    )
    phasors = _card(
        t("Phasors"),
        live("phasors", cells, "div"),
        live("unbalance", cells, "div", "facts"),
        live("angles", cells, "p", "note"),
    )
    hour = _card(
        t("Last hour"),
        live("hour", cells, "div"),
        note=t("smallest to largest and mean of each minute"),
    )
    done = _card(
        t("Operations and events"),
        live("last", cells, "p", "last"),
        live("story", cells, "ol", "story"),
        _earlier(operations, view),
        css="wide",
    )
    body = _card(
        t("Switch and controller"),
        live("counters", cells, "div"),
        live("audit", cells, "p", "audit"),
        live("ills", cells, "div"),
        live("supply", cells, "div", "chips"),
    )
    return (
        diagram
        + _magnitudes(known, cells, view)
        + phasors
        + hour
        + _card(t("Power"), live("net", cells, "div"))
        + done
        + body
    )


def _magnitudes(known: DeviceLive, cells: Mapping[str, Cell], view: View) -> str:
    heads = ["", "A", "B", "C", view.t("N / total")]
    head = tag("tr", *(tag("th", text(each), scope="col") for each in heads))
    rows = "".join(
        tag(
            "tr",
            tag("th", text(view.t(title)), tag("small", text(f" {unit}")), scope="row"),
            *(live(f"q.{name}", cells, "td") for name in names),
            live(f"q.{total}", cells, "td") if total else tag("td"),
        )
        for title, unit, _, names, total in magnitudes(known.outlook.source_side)
    )
    table = tag("table", tag("thead", head), tag("tbody", rows), class_="three")
    band = view.t("bars: rated ±{band} %", band=view.number(known.outlook.band_percent))
    amps = known.outlook.base_current
    if amps is not None:
        band += " · " + view.t("mark: {amps} A", amps=view.number(amps))
    return _card(view.t("Measurements"), table, note=band, css="mags")


def _story(known: DeviceLive, view: View) -> str:
    worth = [each for each in known.events if _worth_telling(each)][:_STORY]
    if not worth:
        return tag("li", tag("span"), tag("span"), tag("span", text(view.t("No events yet."))))
    return "".join(_event(each, view) for each in worth)


def _worth_telling(event: Event) -> bool:
    """What a person wants to read: not the bits that go back with every move."""
    if event.kind is not EventKind.POINT:
        return True
    return event.point in _BOTH_WAYS or (event.point in _ONE_WAY and event.new == "1")


def _event(event: Event, view: View) -> str:
    doubt = tag("small", text(f" {uncertainty(view, event.uncertainty)}"))
    return tag(
        "li",
        tag("time", text(view.when(event.at)), doubt),
        priority_symbol(_gravity(event), view.t, size=11),
        tag("span", text(_said(event, view))),
    )


def _said(event: Event, view: View) -> str:
    said = view.pick(event.text_es, event.text_en)
    return said.removesuffix(": 0 → 1") if event.point in _ONE_WAY else said


def _gravity(event: Event) -> Priority:
    if event.kind is EventKind.LINK:
        return Priority.HIGH if event.new == "abajo" else Priority.LOG
    grave = event.point in _GRAVE and event.new == "1"
    return Priority.HIGH if grave else Priority.LOG


def _earlier(operations: list[Operation], view: View) -> str:
    """The operations of the last month, folded away below the events."""
    if not operations:
        return ""
    rows = "".join(
        tag(
            "li",
            tag("time", text(view.when(each.at))),
            tag("span"),
            tag("a", text(told(each, view.language)), href=operation_path(each)),
            class_="rebuilt" if each.quality is not RecordQuality.OBSERVED else None,
        )
        for each in operations
    )
    title = view.t("Operations of the last {days} days", days=timedelta(days=_DAYS).days)
    return tag(
        "details", tag("summary", text(title)), tag("ol", rows, class_="story"), class_="fold"
    )


PAGE = Page(
    "/reconectador/{id}",
    "Recloser",
    '<path d="M12 2v6M12 16v6"/><rect x="7" y="8" width="10" height="8"/>',
    build,
    in_menu=False,
    topics={_TOPIC: recloser_topic},
    heading=heading,
)
