"""Compares the records of a replay with the expectations of its timeline.

An expectation is a line: its kind, and words that must hold of one record. A time is the true one:
it must lie in the recorded span, and the span may not be wider than one polling period, or than
what `~5` behind it says; `36.4/0.2` is a time that is itself known to 0.2 s only. `end=-` is a
record without an end, `start=?5` one whose beginning is not known and that was first seen at 5 s.
An event has one time; or the `start` and `end` of what lasted, such as a silence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from celador.domain.alarm import Alarm
from celador.domain.event import Event, EventKind
from celador.domain.operation import Operation, Span
from celador.domain.outage import FIVE_MINUTES, THREE_MINUTES, Outage

Expected = Operation | Outage | Event | Alarm

_ROUNDING = 1e-4  # s
_TIME = re.compile(r"\??-?[\d.]+(/[\d.]+)?(~[\d.]+)?")
_REGISTERS = frozenset(("ia", "ib", "ic", "residual", "uv", "uf"))


@dataclass(frozen=True, slots=True)
class Found:
    """What a replay brought.

    Attributes:
        operations: in any order.
        outages: likewise.
        events: likewise; only what rules concluded is compared.
        alarms: likewise.
        state: of the state machine at the end.
        difference: cycles that the device counted less those recorded.
    """

    operations: Sequence[Operation] = ()
    outages: Sequence[Outage] = ()
    events: Sequence[Event] = ()
    alarms: Sequence[Alarm] = ()
    state: str = ""
    difference: int = 0

    def in_order(self) -> Found:
        """The same as lines speak of it: in order, and of the events only what rules concluded."""
        return replace(
            self,
            operations=sorted(self.operations, key=_order),
            outages=sorted(self.outages, key=_order),
            events=[event for event in self.events if _concluded(event)],
            alarms=sorted(self.alarms, key=lambda alarm: (alarm.began, alarm.code)),
        )


def _order(record: Operation | Outage) -> tuple[int, float, int]:
    return (record.start.hi, math.inf if record.end is None else record.end.hi, record.key)


def _concluded(event: Event) -> bool:
    return event.kind is EventKind.DERIVED or event.point == "hueco_de_datos"


def differences(lines: Sequence[str], found: Found, *, period: float, zero: int) -> list[str]:
    """What is not as the lines say, one sentence each.

    Args:
        lines: of one polling period.
        found: the records.
        period: s between two polls.
        zero: the instant 0 of the file, UTC in microseconds since 1970.
    """
    wrong: list[str] = []
    for kind in ("operation", "outage", "event", "alarm"):
        wanted = [line.partition(" ")[2] for line in lines if line.split()[0] == kind]
        if wanted or kind in ("operation", "outage"):
            compared = line_by_line(kind, wanted, found, period=period, zero=zero)
            wrong += [f"{kind} {text}" for failed in compared for text in failed]
    difference = 0
    for line in lines:
        words = line.split()
        if words[0] == "state" and found.state != words[1]:
            wrong.append(f"state is {found.state}, not {words[1]}")
        if words[0] == "difference":
            difference = int(words[1])
    if found.difference != difference:
        wrong.append(f"the difference to the device's counter is {found.difference}")
    return wrong


def line_by_line(
    kind: str, wanted: Sequence[str], found: Found, *, period: float, zero: int
) -> list[list[str]]:
    """What is wrong with each line of one kind; the records stand in the order of the lines.

    Args:
        kind: "operation", "outage", "event" or "alarm".
        wanted: the lines without their kind; "none" alone says that there is no record.
        found: the records.
        period: s between two polls.
        zero: the instant 0, UTC in microseconds since 1970.

    Returns:
        One list of sentences per line; with other numbers of lines and records, that alone.
    """
    check, there = _Check(period, zero), found.in_order()
    kinds: dict[str, Sequence[Expected]] = {
        "operation": there.operations,
        "outage": there.outages,
        "event": there.events,
        "alarm": there.alarms,
    }
    records = kinds[kind]
    count = 0 if list(wanted) == ["none"] else len(wanted)
    if count != len(records):
        return [[f"{count} x {kind} expected, there are {len(records)}: {records}"]] * max(
            1, len(wanted)
        )
    if not count:
        return [[] for _ in wanted]
    return [
        [f"{line}: {text}" for word in line.split() if (text := check.word(record, word))]
        for line, record in zip(wanted, records, strict=True)
    ]


class _Check:
    """Compares one word of an expectation with a record."""

    def __init__(self, period: float, zero: int) -> None:
        self._period = period
        self._zero = zero

    def word(self, record: Expected, word: str) -> str | None:
        """Why the word does not hold, or None."""
        name, sign, value = word.partition("=")
        if not sign:
            return self._bare(record, word)
        if name in ("start", "end", "began", "ended"):
            return self._span(name, self._span_of(record, name), value)
        if name == "dead":
            return _dead(record, value)
        found = _value(record, name)
        if isinstance(found, float) and value not in ("None", ""):
            wanted = _number(value)
            close = abs(found - wanted) <= max(2.0, 0.02 * abs(wanted))
            return None if close else f"{name} is {found}"
        return None if str(found) == value else f"{name} is {found}"

    def _bare(self, record: Expected, word: str) -> str | None:
        if isinstance(record, Event):
            if _TIME.fullmatch(word):
                since = record.at if record.since is None else record.since
                return self._span("the event", Span(since, record.at), word)
            return None if word == record.point else f"it is {record.point}"
        words = _words(record)
        return None if word in words else f"{word} is not among {sorted(words)}"

    def _span_of(self, record: Expected, name: str) -> Span | None:
        if isinstance(record, Event):
            return self._reach(record, name)
        if isinstance(record, Alarm):
            at = record.began if name == "began" else record.ended
            return None if at is None else Span(at, at)
        span: Span | None = getattr(record, name)
        return span

    def _reach(self, event: Event, name: str) -> Span | None:
        """What lasted began after the poll at one end, and was over by that at the other."""
        period = round(self._period * 1e6)
        if name == "end":
            return Span(event.at - period, event.at)
        return None if event.since is None else Span(event.since, event.since + period)

    def _span(self, name: str, span: Span | None, value: str) -> str | None:
        if value == "-" or span is None:
            return None if span is None and value == "-" else f"{name} is {span}"
        text, _, wide = value.partition("~")
        text, _, loose = text.partition("/")
        slack = float(loose or _ROUNDING)
        width = float(wide) if wide else self._period
        lo = None if span.lo is None else (span.lo - self._zero) / 1e6
        hi = (span.hi - self._zero) / 1e6
        at = float(text.lstrip("?"))
        if text.startswith("?"):
            early = lo is None and at <= hi + _ROUNDING and hi <= at + width + _ROUNDING
            return None if early else f"{name} is {lo} to {hi}"
        if span.lo == span.hi:  # an instant: it is seen at the next poll at the latest
            lo = hi - width
        if lo is None or not (lo - slack < at <= hi + slack) or hi - lo > width + _ROUNDING:
            return f"{name} is {lo} to {hi}"
        return None


def _words(record: Operation | Outage | Alarm) -> set[str]:
    if isinstance(record, Operation):
        result = "" if record.result is None else record.result.value.replace(" ", "-")
        return {record.quality.value, record.kind.value, result, str(record.cause)}
    if isinstance(record, Outage):
        return {record.quality.value, record.origin.value}
    return {record.code, record.state.value}


def _dead(record: Expected, value: str) -> str | None:
    wanted = [] if value == "-" else value.split(",")
    found = record.dead_times if isinstance(record, Operation) else ()
    if len(wanted) != len(found):
        return f"dead times are {found}"
    for text, each in zip(wanted, found, strict=True):
        known = each is not None and each[0] - _ROUNDING <= _number(text) <= each[1] + _ROUNDING
        if not (known or (text == "?" and each is None)):
            return f"dead times are {found}"
    return None


def _number(text: str) -> float:
    """The number of a word; what is none equals nothing."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def _value(record: Expected, name: str) -> object:
    if isinstance(record, Operation):
        found = _value_of_operation(record, name)
    elif isinstance(record, Outage) and name in ("class3", "class5"):
        duration = record.duration(THREE_MINUTES if name == "class3" else FIVE_MINUTES)
        found = None if duration is None else duration.value
    elif isinstance(record, Alarm) and name in ("priority", "state"):
        found = int(record.priority) if name == "priority" else record.state.value
    else:
        found = getattr(record, name, "no word for such a record")
    return found


def _value_of_operation(record: Operation, name: str) -> object:
    if name in _REGISTERS:
        return getattr(record.extremes, name)
    if name == "own":
        return record.own_extremes
    if name == "elements":
        return ",".join(record.elements)
    if name == "direction":
        return None if record.direction is None else record.direction.value
    return getattr(record, name, "no word for such a record")
