"""Timelines that an engineer can read, and the machinery that holds the rules to them.

A file says what a recloser did and what must be on record. It begins with one of

    scenario S2           the simulator plays it; all times count from its start
    points                the file itself says what the controller shows

and may go on with

    start 0.1             the scenario begins this long after a poll (default 0.1 s)
    until 80              how long to watch, s
    device NAME=VALUE     how the simulated controller is built
    rules NAME=VALUE      what the rules are told of the recloser
    restart 30            the monitor is killed and started anew with what was on its disk
    silence 20 40         nothing answers from 20 s until before 40 s
    coarse 200 28000      polls of 5 s are enough from 200 s until before 28000 s

In a file of points, lines of a time and points follow: `10075` is set from then on, `-10075` clear,
`30072=5` holds 5, `30075+1` has grown by 1. The rest are expectations; `at 0.2 1:` says that those
below hold for polls of 0.2 s and 1 s. Each record must be there, in this order, and no other:

    operation secuencia OC3+ bloqueo observada start=0.09 end=16.3 trips=3 dead=0.56,? ...
    outage propia-falla observada start=0.09 end=0.65
    event arranque 0.0
    state OPEN_LOCKOUT
    difference 0

A time is the true one: it must lie in the recorded span, and the span may not be wider than one
poll, or than what `~5` behind it says; `36.4/0.2` is a time that is itself known to 0.2 s only.
`end=-` is a record without an end, `start=?5` one whose beginning is not known and that was first
seen at 5 s (within a poll).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from celador.domain.event import Event
from celador.domain.memory import dump, load
from celador.domain.operation import Operation, Span
from celador.domain.outage import FIVE_MINUTES, THREE_MINUTES, Outage
from celador.pipeline.operations.context import Context
from celador.pipeline.operations.settings import SequenceSettings
from celador.simulator.settings import ControllerSettings
from tests.operations.probe import EPOCH, Probe, polls
from tests.operations.script import ScriptedController

FOLDER = Path(__file__).parent / "timelines"
BEFORE = 100.0
"""Seconds of quiet before a scenario, for the load before the fault."""


@dataclass
class Timeline:
    """One file."""

    scenario: str | None = None
    start: float = 0.1
    until: float = 60.0
    device: dict[str, Any] = field(default_factory=dict)
    rules: dict[str, Any] = field(default_factory=dict)
    restarts: list[float] = field(default_factory=list)
    silences: list[tuple[float, float]] = field(default_factory=list)
    coarse: list[tuple[float, float]] = field(default_factory=list)
    points: list[tuple[float, list[str]]] = field(default_factory=list)
    expected: dict[float, list[str]] = field(default_factory=dict)


def parse(path: Path) -> Timeline:
    """Read a file."""
    timeline = Timeline()
    periods: list[float] = []
    for text in path.read_text(encoding="utf-8").splitlines():
        line = text.partition("#")[0].strip()
        words = line.split()
        if not words:
            continue
        if words[0] == "at":
            periods = [float(word.rstrip(":")) for word in words[1:]]
            for period in periods:
                timeline.expected.setdefault(period, [])
        elif words[0] in ("operation", "outage", "event", "state", "difference"):
            for period in periods:
                timeline.expected[period].append(line)
        else:
            _setting(timeline, words)
    assert timeline.expected, f"{path.name} expects nothing"
    return timeline


def _setting(timeline: Timeline, words: list[str]) -> None:
    word, rest = words[0], words[1:]
    if word == "scenario":
        timeline.scenario = rest[0]
    elif word in ("start", "until"):
        setattr(timeline, word, float(rest[0]))
    elif word in ("device", "rules"):
        pairs = (pair.split("=") for pair in rest)
        getattr(timeline, word).update({name: yaml.safe_load(value) for name, value in pairs})
    elif word == "restart":
        timeline.restarts.append(float(rest[0]))
    elif word in ("silence", "coarse"):
        spans = timeline.silences if word == "silence" else timeline.coarse
        spans.append((float(rest[0]), float(rest[1])))
    elif word != "points":
        timeline.points.append((float(word), rest))


def run(timeline: Timeline, period: float) -> tuple[Probe, float]:
    """Watch it at this period; returns the probe and the true zero of its times."""
    rules = SequenceSettings(**{"status_period_s": period, **timeline.rules})
    if timeline.scenario is None:
        probe = Probe(rules=rules, controller=ScriptedController(timeline.points))
        zero = 0.0
    else:
        probe = Probe(ControllerSettings(**timeline.device), rules)
        zero = BEFORE + timeline.start
        for now in polls(0.0, BEFORE, 1.0):
            probe.read(now)
        probe.controller.play(timeline.scenario, zero)
    restarts = [zero + at for at in timeline.restarts]
    first = BEFORE + period if timeline.scenario else 0.0
    for now in polls(first, zero + timeline.until, period):
        while restarts and restarts[0] <= now:
            restarts.pop(0)
            probe.restart(load(Context, dump(probe.tracker.context)))
        if round(now / 5.0, 6) % 1 and any(a <= now - zero < b for a, b in timeline.coarse):
            continue
        if any(a <= now - zero < b for a, b in timeline.silences):
            probe.tracker.silent(EPOCH + round(now * 1e6))
        else:
            probe.read(now)
    return probe, zero


def differences(timeline: Timeline, period: float) -> list[str]:
    """What is not as the file says, one line each."""
    probe, zero = run(timeline, period)
    check = _Check(period, zero)
    lines = timeline.expected[period]
    ledger = probe.ledger
    operations = sorted(ledger.operations.values(), key=_order)
    outages = sorted(ledger.outages.values(), key=_order)
    events = [e for e in ledger.events if e.point != "inicio_de_supervision"]
    wrong: list[str] = []
    kinds: dict[str, Sequence[Operation | Outage | Event]]
    kinds = {"operation": operations, "outage": outages, "event": events}
    for kind, records in kinds.items():
        wanted = [line.split()[1:] for line in lines if line.split()[0] == kind]
        if kind == "event" and not wanted:
            continue
        if wanted == [["none"]]:
            wanted = []
        if len(wanted) != len(records):
            wrong.append(f"{len(wanted)} x {kind} expected, there are {len(records)}: {records}")
            continue
        for words, record in zip(wanted, records, strict=True):
            found = (check.word(record, word) for word in words)
            wrong += [f"{kind} {' '.join(words)}: {text}" for text in found if text]
    for line in lines:
        words = line.split()
        if words[0] == "state" and probe.tracker.context.state.value != words[1]:
            wrong.append(f"state is {probe.tracker.context.state.value}, not {words[1]}")
    wanted_difference = next((int(line.split()[1]) for line in lines if "difference" in line), 0)
    if probe.tracker.audit.difference != wanted_difference:
        wrong.append(f"the audit is {probe.tracker.audit}")
    return wrong


def _order(record: Operation | Outage) -> tuple[int, float, int]:
    return (record.start.hi, math.inf if record.end is None else record.end.hi, record.key)


class _Check:
    """Compares one word of an expectation with a record."""

    def __init__(self, period: float, zero: float) -> None:
        self._period = period
        self._zero = zero

    def word(self, record: Operation | Outage | Event, word: str) -> str | None:
        """Why the word does not hold, or None."""
        name, sign, value = word.partition("=")
        if not sign:
            return self._bare(record, word)
        if name in ("start", "end"):
            span: Span | None = getattr(record, name)
            return self._span(name, span, value)
        if name == "dead":
            assert isinstance(record, Operation)
            return _dead(record, value)
        found = _value(record, name)
        if isinstance(found, float) and value not in ("None", ""):
            close = abs(found - float(value)) <= max(2.0, 0.02 * abs(float(value)))
            return None if close else f"{name} is {found}"
        return None if str(found) == value else f"{name} is {found}"

    def _bare(self, record: Operation | Outage | Event, word: str) -> str | None:
        if isinstance(record, Event):
            if re.fullmatch(r"\??-?[\d.]+(/[\d.]+)?(~[\d.]+)?", word):
                since = None if record.since is None else record.since
                return self._span("the event", Span(since, record.at), word)
            return None if word == record.point else f"it is {record.point}"
        words = {record.quality.value}
        if isinstance(record, Operation):
            result = "" if record.result is None else record.result.value.replace(" ", "-")
            words |= {record.kind.value, result, str(record.cause)}
        else:
            words |= {record.origin.value}
        return None if word in words else f"{word} is not among {sorted(words)}"

    def _span(self, name: str, span: Span | None, value: str) -> str | None:
        if value == "-" or span is None:
            return None if span is None and value == "-" else f"{name} is {span}"
        text, _, wide = value.partition("~")
        text, _, loose = text.partition("/")
        slack = float(loose or 1e-6)
        width = float(wide) if wide else self._period
        lo = None if span.lo is None else (span.lo - EPOCH) / 1e6 - self._zero
        hi = (span.hi - EPOCH) / 1e6 - self._zero
        at = float(text.lstrip("?"))
        if text.startswith("?"):
            return None if lo is None and at <= hi <= at + width else f"{name} is {lo} to {hi}"
        if lo is None or not (lo - slack < at <= hi + slack) or hi - lo > width + 1e-6:
            return f"{name} is {lo} to {hi}"
        return None


def _dead(record: Operation, value: str) -> str | None:
    wanted = [] if value == "-" else value.split(",")
    if len(wanted) != len(record.dead_times):
        return f"dead times are {record.dead_times}"
    for text, found in zip(wanted, record.dead_times, strict=True):
        if (text == "?") != (found is None):
            return f"dead times are {record.dead_times}"
        if found is not None and not found[0] - 1e-6 <= float(text) <= found[1] + 1e-6:
            return f"dead times are {record.dead_times}"
    return None


def _value(record: Operation | Outage | Event, name: str) -> object:
    if isinstance(record, Operation):
        if name in ("ia", "ib", "ic", "residual", "uv", "uf"):
            return getattr(record.extremes, name)
        if name == "own":
            return record.own_extremes
        if name == "elements":
            return ",".join(record.elements)
        if name == "direction":
            return None if record.direction is None else record.direction.value
    if isinstance(record, Outage) and name in ("class3", "class5"):
        found = record.duration(THREE_MINUTES if name == "class3" else FIVE_MINUTES)
        return None if found is None else found.value
    return getattr(record, name)
