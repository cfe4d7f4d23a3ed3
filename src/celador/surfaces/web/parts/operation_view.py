"""An operation made ready for the eye: its facts, and the picture's model, from what is stored."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from celador.domain.alarm import Alarm
from celador.domain.event import Event, EventKind
from celador.domain.operation import Operation, RecordQuality, Span, least, most
from celador.domain.operation_facts import facts as all_facts
from celador.domain.outage import Outage, OutageOrigin
from celador.domain.quantities import Role
from celador.domain.writing import Text
from celador.ports import SampleRow
from celador.surfaces.web.format import duration, uncertainty
from celador.surfaces.web.parts.priority import priority_symbol
from celador.surfaces.web.parts.timeline import Bit, Change, Line, Mark, Timeline
from celador.surfaces.web.viewer import View

_ROOM = 34  # letters of a point's name
_TAIL = re.compile(r"[,:]| \(")  # where the explanation begins


GRAPHS: Sequence[tuple[str, Sequence[str]]] = (
    ("A", ("ia", "ib", "ic")),
    ("V", ("va", "vb", "vc")),
)
COLUMNS = tuple(name for _, names in GRAPHS for name in names)
_MOST_BITS = 16
_SECOND = 1_000_000
_LONGEST = 1200 * _SECOND
_ORDER = (Role.PICKUP, Role.CLOSED, Role.OPEN, Role.TRIPPED, Role.RECLOSING, Role.LOCKOUT)

QUALITIES: Mapping[RecordQuality, str] = {
    RecordQuality.OBSERVED: "Observed",
    RecordQuality.RECONSTRUCTED: "Reconstructed",
    RecordQuality.ESTIMATED: "Estimated",
}
_ORIGINS = {
    OutageOrigin.OWN_FAULT: "own, fault",
    OutageOrigin.OWN_ORDER: "own, switching",
    OutageOrigin.EXTERNAL: "external",
    OutageOrigin.UNKNOWN: "unknown origin",
}


@dataclass(frozen=True, slots=True)
class Named:
    """A point of a profile, as far as a picture needs it.

    Attributes:
        description: what it is.
        role: what it means to the rules; None for nothing.
    """

    description: Text
    role: Role | None


def around(operation: Operation, now: int) -> tuple[int, int]:
    """The stretch of time that the picture shows, µs."""
    first = operation.start.hi if operation.start.lo is None else operation.start.lo
    last = now if operation.end is None else operation.end.hi
    last = min(last, first + _LONGEST)
    margin = max(4 * _SECOND, (last - first) // 6)
    return first - margin, min(now, last + margin)


def model_of(
    view: View,
    operation: Operation,
    ends: tuple[int, int],
    rows: Iterable[SampleRow],
    events: Sequence[Event],
    points: Mapping[str, Named],
    outages: Sequence[Outage],
    period_s: float,
) -> Timeline:
    """The picture's model.

    Args:
        view: whose language.
        operation: what happened.
        ends: of the picture, µs.
        rows: samples in it, with COLUMNS.
        events: those of this recloser in it, oldest first.
        points: those of the profile that are known, by key.
        outages: the interruptions that it caused.
        period_s: of the poll of the samples, s.
    """
    roles = {key: each.role for key, each in points.items() if each.role is not None}
    bits = _bits(view, events, points)
    return Timeline(
        ends[0],
        ends[1],
        bits,
        _graphs(list(rows), period_s),
        _moves(view, operation, events, roles),
        [_gap(each) for each in outages],
    )


def _gap(outage: Outage) -> tuple[int | None, int, int | None, int | None]:
    end = outage.end
    return (
        outage.start.lo,
        outage.start.hi,
        None if end is None else end.lo,
        None if end is None else end.hi,
    )


def _bits(view: View, events: Sequence[Event], points: Mapping[str, Named]) -> list[Bit]:
    found: dict[str, list[Event]] = {}
    for event in events:
        if event.kind is EventKind.POINT:
            found.setdefault(event.point, []).append(event)
    places = {role: place for place, role in enumerate(_ORDER)}

    def place(key: str) -> tuple[int, int]:
        role = points[key].role if key in points else None
        return 8 if role is None else places.get(role, 7), found[key][0].at

    return [
        Bit(
            *_called(view, key, points),
            _on(found[key][0].old),
            [Change(each.since, each.at, _on(each.new)) for each in found[key]],
        )
        for key in sorted(found, key=place)[:_MOST_BITS]
    ]


def _called(view: View, key: str, points: Mapping[str, Named]) -> tuple[str, str]:
    """A point's short name and the whole of it; the key where the profile is not there."""
    if key not in points:
        return key, key
    whole = points[key].description.pick(view.language)
    short = _TAIL.split(whole, maxsplit=1)[0]
    return short if len(short) <= _ROOM else short[: _ROOM - 1] + "…", f"{whole} [{key}]"


def _on(value: str | None) -> bool | None:
    return {"1": True, "0": False}.get(value or "")


def _graphs(rows: Sequence[SampleRow], period_s: float) -> list[tuple[str, list[Line]]]:
    graphs = []
    for unit, names in GRAPHS:
        lines = []
        for name in names:
            points: list[tuple[int, float | None]] = []
            last: int | None = None
            for row in rows:
                if last is not None and row.at - last > 3 * period_s * _SECOND:
                    points.append((last + 1, None))
                points.append((row.at, row.values[COLUMNS.index(name)]))
                last = row.at
            lines.append(Line(name, points))
        graphs.append((unit, lines))
    return graphs


def _moves(
    view: View, operation: Operation, events: Sequence[Event], roles: Mapping[str, Role]
) -> list[Mark]:
    """Trips and closings that were seen."""
    marks, trips, closes = [], 0, 0
    last = operation.end.hi if operation.end is not None else None
    for event in events:
        inside = event.at >= operation.start.hi and (last is None or event.at <= last)
        if event.kind is not EventKind.POINT or event.new != "1" or not inside:
            continue
        role = roles.get(event.point)
        if role is Role.TRIPPED:
            trips += 1
            marks.append(Mark(event.since, event.at, view.t("trip {number}", number=trips)))
        elif role is Role.CLOSED:
            closes += 1
            marks.append(Mark(event.since, event.at, view.t("close {number}", number=closes)))
        elif role is Role.LOCKOUT:
            marks.append(Mark(event.since, event.at, view.t("lockout")))
    if not marks:
        marks.append(Mark(operation.start.lo, operation.start.hi, view.t("begins")))
    return marks


def instant(view: View, span: Span) -> str:
    """An instant with what is not known of it, as HTML."""
    within = None if span.lo is None else (span.hi - span.lo) / _SECOND
    return (
        f"{view.date(span.hi)} {view.time(span.hi)} {view.offset(span.hi)}"
        f" <small>{escape(uncertainty(view, within))}</small>"
    )


def facts(view: View, operation: Operation) -> str:
    """All that is known of an operation, as HTML."""

    def when(at: int | None) -> str:
        return "" if at is None else f"{view.date(at)} {view.time(at)} {view.offset(at)}"

    cells = "".join(
        f"<div><dt>{escape(title[:1].upper() + title[1:])}</dt><dd>{escape(said)}</dd></div>"
        for title, said in all_facts(operation, view.language, when)
    )
    return f'<dl class="facts">{cells}</dl>'


def outage_sentence(view: View, outage: Outage) -> str:
    """An interruption in one sentence, as text."""
    origin = view.t(_ORIGINS[outage.origin])
    if outage.end is None:
        return view.t(
            "No supply since {at} ({origin}); it lasts.",
            at=view.when(outage.start.hi),
            origin=origin,
        )
    low, high = least(outage.start, outage.end), most(outage.start, outage.end)
    span = (
        view.t("at least {low}", low=duration(view, low))
        if high is None
        else duration(view, low)
        if duration(view, low) == duration(view, high)
        else view.t("{low} to {high}", low=duration(view, low), high=duration(view, high))
    )
    return view.t("No supply for {span} ({origin}).", span=span, origin=origin)


def alarm_list(view: View, alarms: Sequence[Alarm]) -> str:
    """The alarms that an operation raised, as HTML."""
    items = "".join(
        f"<li>{priority_symbol(each.priority, view.t)} {view.when(each.began)}"
        f" {escape(view.pick(each.text_es, each.text_en))}</li>"
        for each in alarms
    )
    return f'<ul class="plainlist">{items}</ul>'
