"""Timelines of alarms that an engineer can read, and the machinery that holds the rules to them.

A file says what a recloser showed and which alarms must come of it:

    settings NAME=VALUE    what the rules are told, such as line_limit_a=400 or ar=true
    alarm CODE NAME=VALUE  what differs from the catalogue
    until 200              how long to watch, s
    polls 5                one cycle each 5 s, status and measured values (default 1)
    counters 10            the counters are read each 10 s (default 5)
    silence 20 40          nothing answers from 20 s until before 40 s; time passes each second
    unread 20 40 REGISTERS those registers are not known from 20 s until before 40 s
    restart 30             the monitor is killed and started anew with what was on its disk
    45 ack CODE            a person acknowledges; also shelve (1 h), unshelve, out, in, reset
    45 event WORD          the rules of operations say this (arranque_desestimado)
    45 10075 -10035 30001=120    points: set, clear, hold, or (30075+1) grow

It begins as `celador.sources.timeline` says: closed, live on both sides with 13.2 kV, 100 A, and
2 MW that change by 1 kW from poll to poll (`frozen 20 40`: but not then). Then follow the
expectations, one line for each change of an alarm, in order, and no other:

    34 CODE STATE          at 34 s its state becomes this (UNACK, ACK, RTNUN, LATCH_UNACK, NORM ...)
    34 CODE(subject) STATE

A word behind the state must be true of the row: priority=1, value=9.3, at_start=True, repeats=2.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import yaml

from celador.domain.alarm import Alarm, AlarmState, Priority, Signature
from celador.domain.alarms.catalogue import Latch, catalogue
from celador.domain.alarms.machine import Input
from celador.domain.blocks import Block, Table
from celador.domain.event import Event, EventKind, Origin
from celador.domain.memory import Memory
from celador.domain.sample import CounterReading, Quality, Sample, SwitchState, signed_power
from celador.pipeline.alarms.centre import AlarmCentre
from celador.pipeline.alarms.rules import AlarmRules
from celador.pipeline.alarms.settings import AlarmSettings
from celador.pipeline.alarms.status import StatusReader
from celador.pipeline.operations.settings import SequenceSettings
from celador.pipeline.watch import AlarmDesk, Watch
from celador.ports import Record
from celador.profiles.codec import Decoder
from celador.sources.timeline import Moment, ScriptedController, parse_move
from celador.sources.timeline import Timeline as Points
from tests.operations.probe import (
    ANALOG,
    COUNTERS,
    DECODE_ANALOG,
    DECODE_COUNTERS,
    DECODE_STATUS,
    EPOCH,
    RC10,
    READER,
)

FOLDER = Path(__file__).parent / "timelines"
STATUS_READER = StatusReader(RC10.group("status"), READER)
BITS, WORDS = Block(Table.DISCRETE_INPUT, 0, 190), Block(Table.INPUT_REGISTER, 0, 99)
SECOND = 1_000_000
DEEDS = {
    "ack": Input.ACKNOWLEDGE,
    "shelve": Input.SHELVE,
    "unshelve": Input.UNSHELVE,
    "out": Input.OUT,
    "in": Input.IN,
    "reset": Input.RESET,
}
NAMES = {each.name for each in fields(AlarmSettings)}
STATES = {each.value for each in AlarmState}


@dataclass
class Timeline:
    """One file."""

    settings: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    until: float = 60.0
    polls: float = 1.0
    counters: float = 5.0
    silences: list[tuple[float, float]] = field(default_factory=list)
    frozen: list[tuple[float, float]] = field(default_factory=list)
    unread: list[tuple[float, float, list[int]]] = field(default_factory=list)
    restarts: list[float] = field(default_factory=list)
    deeds: list[tuple[float, str, str]] = field(default_factory=list)
    points: list[tuple[float, list[str]]] = field(default_factory=list)
    expected: list[list[str]] = field(default_factory=list)


def parse(text: str) -> Timeline:
    """Read a file."""
    timeline = Timeline()
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if words:
            _line(timeline, words[0], words[1:])
    return timeline


def _line(timeline: Timeline, word: str, rest: list[str]) -> None:
    if word == "settings":
        for pair in rest:
            name, _, value = pair.partition("=")
            timeline.settings[name] = yaml.safe_load(value)
    elif word == "alarm":
        pairs = (pair.split("=") for pair in rest[1:])
        timeline.changes[rest[0]] = {name: yaml.safe_load(value) for name, value in pairs}
    elif word in ("until", "polls", "counters"):
        setattr(timeline, word, float(rest[0]))
    elif word in ("silence", "frozen"):
        spans = timeline.silences if word == "silence" else timeline.frozen
        spans.append((float(rest[0]), float(rest[1])))
    elif word == "unread":
        timeline.unread.append((float(rest[0]), float(rest[1]), [int(each) for each in rest[2:]]))
    elif word == "restart":
        timeline.restarts.append(float(rest[0]))
    elif rest[0] in DEEDS or rest[0] == "event":
        timeline.deeds.append((float(word), rest[0], rest[1]))
    elif len(rest) > 1 and rest[1] in STATES:
        timeline.expected.append([word, *rest])
    else:
        timeline.points.append((float(word), rest))


class Bench:
    """A scripted recloser, the monitor's rules, and the disk beside them."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        moments = [Moment(at, tuple(map(parse_move, words))) for at, words in timeline.points]
        moments.sort(key=lambda moment: moment.at)
        self.controller = ScriptedController(Points(moments=moments))
        self.disk: dict[tuple[int | None, int], Alarm] = {}
        self.history: list[tuple[float, Alarm]] = []
        self.memories: dict[str, Memory] = {}
        self.events: list[Event] = []
        self.wobble = False
        self.settings = self._settings()
        self.start()

    def _settings(self) -> AlarmSettings:
        kinds = dict(catalogue())
        for code, change in self.timeline.changes.items():
            if "latch" in change:
                change["latch"] = Latch(change["latch"])
            if "priority" in change:
                change["priority"] = Priority(change["priority"])
            kinds[code] = replace(kinds[code], **change)
        given = dict(self.timeline.settings)
        expected = {name: given.pop(name, None) for name in ("ar", "ef", "sef")}
        return AlarmSettings(
            kinds=kinds,
            expected=expected,
            analog_period_s=self.timeline.polls,
            counters_period_s=self.timeline.counters,
            status_period_s=self.timeline.polls,
            **given,
        )

    def start(self) -> None:
        """The monitor starts with what is on the disk."""
        keys: dict[int | None, int] = {}
        for device, key in self.disk:
            keys[device] = max(key, keys.get(device, 0))
        standing = [each for each in self.disk.values() if each.closed is None]
        self.centre = AlarmCentre(standing, keys, self.settings.kinds)
        memory = self.memories.get("alarmas")
        self.rules = AlarmRules(1, STATUS_READER, self.settings, self.centre.book, memory)
        self.centre.add(self.rules)
        self.watch = Watch(
            1,
            READER,
            SequenceSettings(status_period_s=self.timeline.polls),
            self.memories.get("operaciones"),
            AlarmDesk(self.rules, self.centre),
        )
        self._values: dict[str, Any] | None = None

    def run(self) -> None:
        now = 0.0
        counted = 0.0
        due = sorted(self.timeline.deeds)
        restarts = sorted(self.timeline.restarts)
        step = 0
        while now <= self.timeline.until:
            while restarts and restarts[0] <= now:
                restarts.pop(0)
                self.start()
                self.store(self.centre.start(self.at(now)), now)
            silent = any(a <= now < b for a, b in self.timeline.silences)
            extra: list[Record] = []
            while due and due[0][0] <= now:
                _, deed, code = due.pop(0)
                if deed == "event":
                    extra.append(_event(code, self.at(now)))
                else:
                    (alarm,) = [each for each in self.centre.book if each.code == code]
                    self.act(deed, alarm, now)
            if silent:
                self.store(self.watch.silent(self.at(now)), now)
            else:
                self.read(now, extra, counters=now >= counted)
                if now >= counted:
                    counted += self.timeline.counters
            self.store(self.centre.pass_time(self.at(now)), now)
            step += 1
            now = round(step * self.timeline.polls, 6)

    @staticmethod
    def at(now: float) -> int:
        return EPOCH + round(now * SECOND)

    def act(self, deed: str, alarm: Alarm, now: float) -> None:
        until = self.at(now) + 3600 * SECOND if deed == "shelve" else None
        self.centre.book.act(
            alarm, DEEDS[deed], Signature(self.at(now), "ana"), reason="prueba", until=until
        )
        self.store(self.centre.settle(self.at(now)), now)

    def read(self, now: float, extra: list[Record], *, counters: bool) -> None:
        at = self.at(now)
        bits = self.controller.show(BITS, now)
        registers = self.controller.show(WORDS, now)
        self.wobble ^= not any(a <= now < b for a, b in self.timeline.frozen)
        registers[27] = (registers[27] or 0) + self.wobble
        status = DECODE_STATUS.decode(bits).values
        if status != self._values:
            self._values = dict(status)
        analog = self._decode(DECODE_ANALOG, registers, ANALOG.block.address, ANALOG.block.count)
        analog["p_act"], _ = signed_power(analog.get("p_act"), analog.get("dir_oc"))
        for a, b, references in self.timeline.unread:
            for point in RC10.points:
                if a <= now < b and point.reference in references:
                    analog.pop(point.quantity or "", None)
        records: list[Record] = [*extra]
        records.append(Sample(1, at, analog, SwitchState.CLOSED, Quality.GOOD))
        if counters:
            block = COUNTERS.block
            values = self._decode(DECODE_COUNTERS, registers, block.address, block.count)
            records.append(CounterReading(1, at, values, Quality.GOOD))
        self.watch.conclude(records, self._values, at)
        self.store(records, now)

    @staticmethod
    def _decode(
        decoder: Decoder, registers: list[int | None], first: int, count: int
    ) -> dict[str, Any]:
        return dict(decoder.decode(registers[first : first + count]).values)

    def store(self, records: list[Record], now: float) -> None:
        for record in records:
            if isinstance(record, Alarm):
                self._keep(record, now)
            elif isinstance(record, Memory):
                self.memories[record.subject] = record
            elif isinstance(record, Event):
                self.events.append(record)

    def _keep(self, alarm: Alarm, now: float) -> None:
        before = self.disk.get((alarm.device_id, alarm.key))
        self.disk[alarm.device_id, alarm.key] = alarm
        if before is None or before.state is not alarm.state:
            self.history.append((now, alarm))
        places = [
            (each.device_id, each.code, each.subject)
            for each in self.disk.values()
            if each.closed is None
        ]
        assert len(places) == len(set(places)), "two open lives at one place"


def _event(word: str, at: int) -> Event:
    return Event(1, at, None, EventKind.DERIVED, word, None, None, "", "", Origin.DEVICE)


def differences(timeline: Timeline) -> list[str]:
    """What is not as the file says, one line each."""
    bench = Bench(timeline)
    bench.run()
    found = [(now, _name(alarm), alarm) for now, alarm in bench.history]
    said = [f"{now:g} {name} {alarm.state.value}" for now, name, alarm in found]
    wanted = [f"{float(each[0]):g} {each[1]} {each[2]}" for each in timeline.expected]
    if said != wanted:
        return ["expected:", *wanted, "found:", *said]
    return [
        f"{' '.join(words)}: {word} is {getattr(alarm, word.partition('=')[0])}"
        for words, (_, _, alarm) in zip(timeline.expected, found, strict=True)
        for word in words[3:]
        if not _holds(alarm, word)
    ]


def _name(alarm: Alarm) -> str:
    return f"{alarm.code}({alarm.subject})" if alarm.subject else alarm.code


def _holds(alarm: Alarm, word: str) -> bool:
    name, _, value = word.partition("=")
    found, wanted = getattr(alarm, name), yaml.safe_load(value)
    if isinstance(found, float):
        return abs(found - float(wanted)) <= max(0.005, 0.001 * abs(found))
    return bool(found == wanted)
