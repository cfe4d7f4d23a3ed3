"""The recloser page as live cells: every card is made here from what is known now."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from celador.domain.operation import Operation
from celador.domain.operation_text import told
from celador.domain.sample import Quality
from celador.surfaces.web.format import age, duration, quantity, uncertainty
from celador.surfaces.web.parts.bars import deviation_bar, limit_bar
from celador.surfaces.web.parts.energised import LINES, OTHER, TERMINALS, Side, Supply, side
from celador.surfaces.web.parts.markup import tag, text
from celador.surfaces.web.parts.mimic import Flow, Mimic, Terminal, mimic
from celador.surfaces.web.parts.scene import Figure, Scene
from celador.surfaces.web.parts.status import (
    Chip,
    malfunctions,
    protection_chips,
    supply_chips,
)
from celador.surfaces.web.parts.switch import Shown, word
from celador.surfaces.web.stream import Cell
from celador.surfaces.web.viewer import View

_FLOWS = {
    Flow.FORWARD: "towards the load",
    Flow.REVERSE: "towards the source",
    Flow.NONE: "no flow",
    Flow.UNKNOWN: "direction unknown",
}
_SUPPLIES = {
    Supply.LIVE: "live",
    Supply.LOW: "in part live",
    Supply.DEAD: "dead",
    Supply.UNKNOWN: "not known",
}
Row = tuple[str, str, int, tuple[str, ...], str]
"""Of the table of magnitudes: title, unit, decimals, the three phases, the total or neutral."""


def magnitudes(source_side: str) -> Sequence[Row]:
    """The rows of the table, for the terminals towards the source: "abc" or "rst"."""
    return (
        ("Current", "A", 0, ("ia", "ib", "ic"), "in_res"),
        ("Voltage to earth, source", "V", 0, TERMINALS[source_side], ""),
        ("Voltage to earth, load", "V", 0, TERMINALS[OTHER[source_side]], ""),
        ("Line voltage", "V", 0, LINES[source_side], ""),
        ("Active power", "kW", 0, ("p_a", "p_b", "p_c"), "p_act"),
        ("Reactive power", "kvar", 0, ("q_a", "q_b", "q_c"), "p_react"),
        ("Power factor", "", 2, ("fp_a", "fp_b", "fp_c"), "fp"),
    )


def figure(view: View, value: Figure, unit: str, decimals: int, now: int) -> str:
    """A figure; one that is not from now or not sound keeps its value, dimmed, with its age."""
    said = quantity(view, value.value, unit, decimals)
    if not value.mark:
        return said
    mark = tag("sup", text(value.mark)) if value.value is not None else ""
    old = view.t("{age} ago", age=age(view, value.at, now)) if value.at is not None else None
    return tag("i", said, mark, class_="bad", title=old)


def recloser_cells(scene: Scene, view: View) -> Mapping[str, Cell]:
    """Every live cell of the page."""
    cells = {
        "who": Cell(html=_link(scene, view)),
        "mimic": Cell(html=mimic(_mimic(scene, view))),
        "seq": Cell(html=_sequence(scene, view)),
        "protection": Cell(html=chips(protection_chips(view, scene.names, scene.points), scene)),
        "supply": Cell(html=chips(supply_chips(view, scene.names, scene.points), scene)),
        "ills": Cell(html=_ills(scene, view)),
        "counters": Cell(html=_counters(scene, view)),
        "audit": Cell(html=_audit(scene, view)),
        "net": Cell(html=_net(scene, view)),
        "last": Cell(html=_last(scene, view)),
    }
    for _, unit, decimals, names, total in magnitudes(scene.known.outlook.source_side):
        for name in (*names, total):
            if name:
                cells[f"q.{name}"] = _quantity(scene, view, name, unit, decimals)
    return cells


def _quantity(scene: Scene, view: View, name: str, unit: str, decimals: int) -> Cell:
    found = scene.figure(name)
    said = figure(view, found, unit, decimals, scene.now)
    return Cell(html=said + _bar(scene, name, found))


def _bar(scene: Scene, name: str, found: Figure) -> str:
    outlook, device = scene.known.outlook, scene.known.device
    value = None if found.mark == "✕" else found.value
    if name in ("ia", "ib", "ic"):
        base = outlook.base_current
        return "" if base is None else limit_bar(value, base, tone=name[1])
    if any(name in names for names in LINES.values()):
        nominal = device.nominal_voltage
    elif any(name in names for names in TERMINALS.values()):
        nominal = device.nominal_voltage / math.sqrt(3)
    else:
        return ""
    tone = "abcabc"["abcrst".index(name[1])]
    return deviation_bar(value, nominal, outlook.band_percent, tone=tone)


def _link(scene: Scene, view: View) -> str:
    known = scene.known
    seen = age(view, scene.seen_at, scene.now)
    if known.link is None:
        said = view.t("not reached yet")
    elif known.link:
        said = view.t("data of {age} ago", age=seen)
    else:
        said = view.t("no link; last data {age} ago", age=seen)
    lost = " lost" if scene.stale else ""
    return tag("i", class_=f"dot{lost}") + text(said)


def _mimic(scene: Scene, view: View) -> Mimic:
    outlook = scene.known.outlook
    said = word(scene.switch, view.t)
    source, load = scene.source(), scene.load()
    label = view.t(
        "Recloser {state}; source side {source}, load side {load}; {flow}",
        state=said,
        source=view.t(_SUPPLIES[source.supply]),
        load=view.t(_SUPPLIES[load.supply]),
        flow=view.t(_FLOWS[scene.flow]),
    )
    return Mimic(
        source=_terminal(scene, view, outlook.source_side, source, "SOURCE"),
        load=_terminal(scene, view, OTHER[outlook.source_side], load, "LOAD"),
        switch=scene.switch,
        word=said,
        notes=_notes(scene, view),
        flow=scene.flow,
        power=_power(scene, view),
        label=label,
        stale=scene.sample_old,
    )


def _terminal(scene: Scene, view: View, terminals: str, now: Side, title: str) -> Terminal:
    sample = scene.known.sample
    values = {} if sample is None else sample.values
    # The figures are the last known ones (dimmed when old); whether it is live is said of now only.
    last = side(terminals, values, scene.known.device.nominal_voltage)
    names = terminals.upper()
    phases = tuple(
        (f"U{name.lower()}", _plain(view, volts, "V"), supply)
        for name, volts, supply in zip(names, last.volts, now.phases, strict=True)
    )
    return Terminal(f"{view.t(title)} ({names})", _plain(view, last.line, "V"), phases, now.supply)


def _plain(view: View, value: float | None, unit: str, decimals: int = 0) -> str:
    return "—" if value is None else f"{view.number(value, decimals)} {unit}".rstrip()


def _notes(scene: Scene, view: View) -> Sequence[str]:
    if scene.stale:
        last = scene.last_switch
        if last is None:
            return (view.t("never seen"),)
        was = view.t("was {state}", state=word(last, view.t))
        return was, view.t("{age} ago", age=age(view, scene.seen_at, scene.now))
    state, quality = scene.last_state
    if state is None:
        contradictory = Quality.POSITION_CONTRADICTORY in quality
        return (view.t("contacts contradict each other" if contradictory else "status not read"),)
    return [each for each in (_by(scene, view), _since(scene, view)) if each]


def _by(scene: Scene, view: View) -> str:
    context = scene.context
    if context is None or context.facts is None:
        return ""
    closed = scene.switch.shown is Shown.CLOSED
    causes = context.facts.closed_by if closed else context.facts.opened_by
    return view.t("by {cause}", cause=causes[0]) if causes else ""


def _since(scene: Scene, view: View) -> str:
    context = scene.context
    if context is None:
        return ""
    move = context.last_close if scene.switch.shown is Shown.CLOSED else context.last_open
    if move is None:
        return ""
    return view.t("for {time}", time=duration(view, max(0, scene.now - move.hi) // 1_000_000))


def _power(scene: Scene, view: View) -> Sequence[str]:
    active, reactive = scene.figure("p_act"), scene.figure("p_react")
    kw = None if active.value is None else abs(active.value)
    return (
        _plain(view, kw, "kW"),
        _plain(view, reactive.value, "kvar"),
        view.t(_FLOWS[scene.flow]),
    )


def _sequence(scene: Scene, view: View) -> str:
    context, switch = scene.context, scene.switch
    if context is None or scene.stale:
        return tag("span", text(view.t("Sequence not known")), class_="bad")
    total = scene.known.outlook.trips_to_lockout
    if not context.active:
        said = view.t("No sequence under way")
        more = view.t("{count} trips to lockout", count=total) if total else ""
        return tag("span", text(" · ".join(each for each in (said, more) if each)))
    beads = "".join(
        tag("i", class_="done" if place < context.n else "")
        for place in range(max(total or 0, context.n))
    )
    state = word(switch, view.t)
    if scene.reclaiming:
        state = view.t("CLOSED, reclaim time runs")
    count = f"{context.n}/{total}" if total else str(context.n)
    trips = view.t("trip {count}", count=count)
    return tag("span", beads, class_="beads") + tag(
        "span", tag("b", text(state)), f" · {text(trips)}"
    )


def chips(found: Sequence[Chip], scene: Scene) -> str:
    """Chips as markup: hollow and filled dots, a triangle where one should mind."""
    return "".join(_chip(each, stale=scene.stale) for each in found)


def _chip(chip: Chip, *, stale: bool) -> str:
    unknown = chip.on is None or stale
    sign = "?" if unknown else "▲" if chip.mind else "●" if chip.on else "○"
    css = "unknown" if unknown else "mind" if chip.mind else "on" if chip.on else "off"
    return tag(
        "span",
        tag("i", sign, aria_hidden="true"),
        text(chip.label),
        class_=f"chip {css}",
        title=chip.explained or None,
    )


def _ills(scene: Scene, view: View) -> str:
    found = malfunctions(view, scene.names, scene.points)
    return "".join(tag("p", "▲ ", text(each), class_="mind") for each in found)


def _tile(title: str, inside: str, css: str = "tile") -> str:
    return tag("div", tag("span", text(title)), tag("strong", inside), class_=css)


def _net(scene: Scene, view: View) -> str:
    def one(name: str, unit: str, decimals: int = 0) -> str:
        return figure(view, scene.figure(name), unit, decimals, scene.now)

    active = scene.figure("p_act")
    shown = Figure(None if active.value is None else abs(active.value), active.at, active.mark)
    flow = tag("em", text(view.t(_FLOWS[scene.flow])))
    arrow = {Flow.FORWARD: "↓ ", Flow.REVERSE: "↑ "}.get(scene.flow, "")
    big = tag(
        "div",
        tag("span", text(view.t("Active power"))),
        tag("strong", text(arrow), figure(view, shown, "kW", 0, scene.now)),
        flow,
        class_="tile big",
    )
    return tag(
        "div",
        big,
        _tile(view.t("Reactive power"), one("p_react", "kvar")),
        _tile(view.t("Apparent power"), one("s_apar", "kVA")),
        _tile(view.t("Power factor"), one("fp", "", 2)),
        _tile(view.t("Frequency"), one("frec", "Hz", 2)),
        class_="tiles",
    )


def _counters(scene: Scene, view: View) -> str:
    def one(name: str, unit: str = "", decimals: int = 0) -> str:
        return figure(view, scene.counter(name), unit, decimals, scene.now)

    return tag(
        "div",
        _tile(view.t("Close-open cycles"), one("co_total")),
        _tile(view.t("Contact wear"), one("desgaste_contacto", "%")),
        _tile(view.t("Mechanical wear"), one("desgaste_mec", "%")),
        _tile(view.t("Earth-fault trips"), one("disp_ef")),
        _tile(view.t("Overcurrent trips A · B · C"), _three(scene, view)),
        _tile(view.t("Sensitive earth-fault trips"), one("disp_sef")),
        class_="tiles",
    )


def _three(scene: Scene, view: View) -> str:
    names = ("disp_oc_a", "disp_oc_b", "disp_oc_c")
    return " · ".join(figure(view, scene.counter(name), "", 0, scene.now) for name in names)


def _audit(scene: Scene, view: View) -> str:
    context = scene.context
    if context is None or context.baseline is None:
        return text(view.t("Nothing has been counted against the operations yet."))
    missing = context.counted - context.recorded
    parts = {"counted": context.counted, "recorded": context.recorded}
    if not missing:
        return text(
            view.t("Cycles: {counted} by the device, {recorded} recorded: they agree.", **parts)
        )
    said = view.t("Cycles: {counted} by the device, {recorded} recorded: they differ.", **parts)
    return tag("span", "▲ ", text(said), class_="mind")


def operation_path(operation: Operation) -> str:
    """Where an operation is told in full."""
    return f"/operaciones/{operation.device_id}/{operation.key}"


def _last(scene: Scene, view: View) -> str:
    operation = scene.operation
    if operation is None:
        return tag("span", text(view.t("No operation has been recorded.")), class_="muted")
    at, since = operation.start.hi, operation.start.lo
    within = None if since is None else (at - since) / 1_000_000
    when = f"{view.when(at)} {uncertainty(view, within)}"
    said = told(operation, view.language)
    return tag("time", text(when)) + tag("a", text(said), href=operation_path(operation))
