"""The sequence of events as a table: each with its uncertainty, never with false milliseconds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from html import escape

from celador.domain.event import Event, EventKind, Origin
from celador.domain.operation import Operation, RecordQuality
from celador.ports import FoundEvent
from celador.surfaces.web.format import uncertainty
from celador.surfaces.web.viewer import View

KINDS: Mapping[EventKind, str] = {
    EventKind.POINT: "Status point",
    EventKind.LINK: "Link",
    EventKind.GAP: "Gap",
    EventKind.SYSTEM: "System",
    EventKind.DERIVED: "Concluded",
}
_ORIGINS = {
    Origin.DEVICE: "device",
    Origin.ESTIMATED: "estimated",
    Origin.OPERATOR: "operator",
    Origin.SYSTEM: "system",
}
_QUALITIES = {
    RecordQuality.OBSERVED: "observed",
    RecordQuality.RECONSTRUCTED: "reconstructed",
    RecordQuality.ESTIMATED: "estimated",
}
_STATES = {
    "arriba": "up",
    "abajo": "down",
    "abierto": "open",
    "cerrado": "closed",
    "intermedio": "in between",
    "inválido": "invalid",
}
"""What is stored of links and positions, in Spanish, in English."""

_HEADS = ("Time", "Recloser", "Kind", "Change", "What happened", "Origin", "Operation")


def soe_table(
    view: View,
    found: Sequence[FoundEvent],
    names: Mapping[int, str],
    operations: Sequence[Operation],
    fresh: Collection[int] = (),
) -> str:
    """The list, newest first, a line for each day.

    Args:
        view: whose language and clock.
        found: the events.
        names: of the reclosers, by id.
        operations: those that events may belong to.
        fresh: ids of the events that have just come.
    """
    head = "".join(f'<th scope="col">{escape(view.t(each))}</th>' for each in _HEADS)
    rows: list[str] = []
    day = ""
    for each in found:
        today = f"{view.date(each.event.at)} {view.offset(each.event.at)}"
        if today != day:
            day = today
            rows.append(f'<tr class="day"><th colspan="7" scope="rowgroup">{escape(day)}</th></tr>')
        rows.append(_row(view, each, names, operations, fresh))
    return (
        f'<table class="list soe events"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _row(
    view: View,
    found: FoundEvent,
    names: Mapping[int, str],
    operations: Sequence[Operation],
    fresh: Collection[int],
) -> str:
    event = found.event
    css = [
        *(["guessed"] if event.origin is Origin.ESTIMATED else []),
        *(["fresh"] if found.id in fresh else []),
    ]
    name = "" if event.device_id is None else names.get(event.device_id, str(event.device_id))
    origin = f"{view.t(_ORIGINS[event.origin])}, {view.t(_QUALITIES[event.quality])}"
    change = "" if event.new is None else f"{_state(view, event.old)} → {_state(view, event.new)}"
    cells = (
        f'<td class="time">{view.time(event.at)}<small>{escape(_precise(view, event))}</small></td>'
        f"<td>{escape(name)}</td>"
        f'<td><span class="kind">{escape(view.t(KINDS[event.kind]))}</span></td>'
        f'<td class="num change">{escape(change)}</td>'
        f'<td class="wide">{escape(_text(view, event))}</td>'
        f'<td class="muted">{escape(origin)}</td>'
        f"<td>{_operation(view, event, operations)}</td>"
    )
    return f'<tr data-event="{found.id}" class="{" ".join(css)}">{cells}</tr>'


def _precise(view: View, event: Event) -> str:
    """What the time of day leaves open: its distance from UTC, and how well it is known."""
    offset = view.short_offset(event.at)
    if event.kind is EventKind.SYSTEM:
        return offset
    return f"{offset} {uncertainty(view, event.uncertainty)}"


def _state(view: View, stored: str | None) -> str:
    """A state as the reader's language calls it; keys of points and numbers are the same in all."""
    if stored is None:
        return "?"
    return stored if view.language == "es" else _STATES.get(stored, stored)


def _text(view: View, event: Event) -> str:
    """The sentence; its last words say the change, which has a column of its own."""
    text = view.pick(event.text_es, event.text_en)
    return text.removesuffix(f": {event.old} → {event.new}")


def _operation(view: View, event: Event, operations: Sequence[Operation]) -> str:
    for each in operations:
        if each.device_id != event.device_id:
            continue
        start = each.start.hi if each.start.lo is None else each.start.lo
        if start <= event.at and (each.end is None or event.at <= each.end.hi):
            where = f"/operaciones/{each.device_id}/{each.key}"
            return f'<a href="{where}">{escape(view.t("see"))}</a>'
    return ""
