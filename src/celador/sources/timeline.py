"""Timelines: what a recloser showed and what must be on record, as text that an engineer reads.

docs/repeticion.md describes the format for people.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import starmap
from pathlib import Path

from celador.domain.blocks import Block, Table
from celador.domain.errors import TimelineError

DEFAULT_BEGIN = datetime(2026, 7, 18, 13, 0, tzinfo=timezone(timedelta(hours=-3)))
"""The instant 0 of a file that does not say when it was."""

EXPECTATIONS = ("operation", "outage", "event", "alarm", "state", "difference")
Setting = bool | float | int | str

_TABLES = {
    "0": Table.COIL,
    "1": Table.DISCRETE_INPUT,
    "3": Table.INPUT_REGISTER,
    "4": Table.HOLDING_REGISTER,
}
_DIGITS = {table: digit for digit, table in _TABLES.items()}
_BIT = re.compile(r"(-?)([01])(\d{4,5})")
_WHOLE = re.compile(r"[-+]?\d+")
_TIMES = ("start", "end", "began", "ended")
_WHEN = re.compile(r"-|\??-?\d+(\.\d+)?(/\d+(\.\d+)?)?(~\d+(\.\d+)?)?")
_WORD = re.compile(r"([0134])(\d{4,5})([=+])(\d+|\?)")
_MOST = 0xFFFF
_ABC, _NO_SEQUENCE = 1, 2  # registers 30063 and 30064, as the device's guide has them
_FIFTY_HERTZ, _NOT_COMPUTABLE = 5000, 0x7FFF  # registers 30061 and 30062

Cell = tuple[Table, int]


@dataclass(frozen=True, slots=True)
class Move:
    """One cell that changes.

    Attributes:
        cell: table and PDU address.
        value: what it holds from then on; None for a cell that the device refuses to give.
        adds: the value is added to what is there.
    """

    cell: Cell
    value: int | None
    adds: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of points.

    Attributes:
        at: s since the instant 0.
        moves: what changes then.
    """

    at: float
    moves: tuple[Move, ...]


@dataclass
class Timeline:
    """One file.

    Attributes:
        name: of the file, for messages.
        scenario: what the simulator plays; None where the file itself says what is shown.
        begins: the instant 0 of a file of points; when watching begins before a scenario.
        start: s between a poll and the beginning of the scenario.
        until: how long to watch, s.
        device: how the simulated controller is built.
        rules: what the rules are told of the recloser.
        restarts: instants at which the monitor is stopped and started anew, s.
        silences: spans in which nothing answers, s.
        coarse: spans in which a poll every 5 s is enough, s.
        blank: a controller shows nothing but what the file says; else a closed recloser under load.
        moments: what changes when, in the order of time.
        expected: lines of what must be on record, by polling period, s.
    """

    name: str = ""
    scenario: str | None = None
    begins: datetime = DEFAULT_BEGIN
    start: float = 0.1
    until: float | None = None
    device: dict[str, Setting] = field(default_factory=dict)
    rules: dict[str, Setting] = field(default_factory=dict)
    restarts: list[float] = field(default_factory=list)
    silences: list[tuple[float, float]] = field(default_factory=list)
    coarse: list[tuple[float, float]] = field(default_factory=list)
    blank: bool = False
    moments: list[Moment] = field(default_factory=list)
    expected: dict[float, list[str]] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """How long to watch, s: as the file says, else a minute beyond its last line."""
        if self.until is not None:
            return self.until
        last = self.moments[-1].at if self.moments else 0.0
        return max(last, *(end for _, end in self.silences), 0.0) + 60.0


def load_timeline(path: Path) -> Timeline:
    """Read a file.

    Raises:
        TimelineError: it cannot be read, or a line of it cannot be understood.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise TimelineError(
            f"{path}: {error.strerror or error}; give the path of a timeline"
        ) from None
    except UnicodeDecodeError:
        raise TimelineError(f"{path}: no UTF-8 text; give the path of a timeline") from None
    return parse_timeline(text, str(path))


def parse_timeline(text: str, name: str) -> Timeline:
    """Understand the text of a file; `name` is for messages.

    Raises:
        TimelineError: a line cannot be understood.
    """
    timeline = Timeline(name=name)
    periods: list[float] = []
    kind = None
    for number, whole in enumerate(text.splitlines(), start=1):
        words = whole.partition("#")[0].split()
        if not words:
            continue
        try:
            if words[0] in ("scenario", "points"):
                kind = words[0]
            if words[0] == "at":
                periods = _periods(words[1:])
                for period in periods:
                    timeline.expected.setdefault(period, [])
            elif words[0] in EXPECTATIONS:
                _expect(timeline, periods, " ".join(words))
            else:
                _take(timeline, words[0], words[1:])
        except ValueError as error:
            raise TimelineError(f"{name}:{number}: {error}") from None
    if kind is None:
        raise TimelineError(f"{name}: the file names no scenario; begin it with `points`")
    _check_kind(timeline)
    timeline.moments.sort(key=lambda moment: moment.at)
    return timeline


def _check_kind(timeline: Timeline) -> None:
    if timeline.scenario is None and timeline.device:
        raise TimelineError(
            f"{timeline.name}: `device` builds the recloser of a scenario; leave it out with points"
        )
    if timeline.scenario is not None and timeline.moments:
        raise TimelineError(
            f"{timeline.name}: lines of points go with `points`, not with a scenario; choose one"
        )


def _expect(timeline: Timeline, periods: Sequence[float], line: str) -> None:
    if not periods:
        raise ValueError("an expectation stands below the `at` of its periods; write `at 1:`")
    word, *rest = line.split()
    if word in ("state", "difference") and len(rest) != 1:
        raise ValueError(f"`{word}` takes one word, not {len(rest)}; see docs/repeticion.md")
    if word == "difference" and not _WHOLE.fullmatch(rest[0]):
        raise ValueError(f"{rest[0]!r} is no difference; write a number of cycles such as 0 or -1")
    for each in rest:
        name, _, value = each.partition("=")
        if name in _TIMES and not _WHEN.fullmatch(value):
            raise ValueError(f"{each!r} gives no time; write such as 16.3, 16.3~5, 36.4/0.2 or -")
    for period in periods:
        timeline.expected[period].append(line)


def _periods(words: Sequence[str]) -> list[float]:
    periods = [_seconds(word.rstrip(":")) for word in words]
    if not periods or 0 in periods:
        raise ValueError("`at` names the seconds between two polls; write such as `at 0.2 1:`")
    return periods


def _take(timeline: Timeline, word: str, rest: Sequence[str]) -> None:
    if word[:1].isdigit():
        timeline.moments.append(Moment(_seconds(word), tuple(map(parse_move, rest))))
        return
    if word not in _WORDS:
        raise ValueError(f"{word!r} is not known here; use a time or one of {', '.join(_WORDS)}")
    count, take = _WORDS[word]
    if count is not None and len(rest) != count:
        raise ValueError(f"`{word}` takes {count} words, not {len(rest)}; see docs/repeticion.md")
    take(timeline, rest)


def _span(rest: Sequence[str]) -> tuple[float, float]:
    first, last = map(_seconds, rest)
    if first >= last:
        raise ValueError(f"the span {first:g} to {last:g} ends before it begins; exchange them")
    return first, last


def _pairs(rest: Sequence[str]) -> dict[str, Setting]:
    found: dict[str, Setting] = {}
    for pair in rest:
        name, sign, value = pair.partition("=")
        if not sign:
            raise ValueError(f"{pair!r} is no NAME=VALUE; write it so")
        found[name] = _plain(value)
    return found


def _plain(text: str) -> Setting:
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _begin(timeline: Timeline, rest: Sequence[str]) -> None:
    try:
        begins = datetime.fromisoformat(rest[0])
    except ValueError:
        raise ValueError(
            f"{rest[0]!r} is no date and time; write such as 2026-07-18T13:00:00-03:00"
        ) from None
    if begins.tzinfo is None:
        raise ValueError(f"{rest[0]} says no time zone; end it with Z or such as -03:00")
    timeline.begins = begins


_WORDS: Mapping[str, tuple[int | None, Callable[[Timeline, Sequence[str]], None]]] = {
    "points": (0, lambda _, __: None),
    "scenario": (1, lambda t, rest: setattr(t, "scenario", rest[0])),
    "begins": (1, _begin),
    "start": (1, lambda t, rest: setattr(t, "start", _seconds(rest[0]))),
    "until": (1, lambda t, rest: setattr(t, "until", _seconds(rest[0]))),
    "blank": (0, lambda t, _: setattr(t, "blank", True)),
    "device": (None, lambda t, rest: t.device.update(_pairs(rest))),
    "rules": (None, lambda t, rest: t.rules.update(_pairs(rest))),
    "restart": (1, lambda t, rest: t.restarts.append(_seconds(rest[0]))),
    "silence": (2, lambda t, rest: t.silences.append(_span(rest))),
    "coarse": (2, lambda t, rest: t.coarse.append(_span(rest))),
}


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise ValueError(f"{text!r} is no time; write seconds, 0 or more")
    return seconds


def parse_move(text: str) -> Move:
    """What a word such as `10075`, `-10075`, `30072=5`, `30075+1` or `30088=?` says.

    Raises:
        ValueError: nothing.
    """
    if found := _BIT.fullmatch(text):
        return Move(_cell(found[2], found[3]), 0 if found[1] else 1)
    if found := _WORD.fullmatch(text):
        cell = _cell(found[1], found[2])
        if found[4] == "?":
            return Move(cell, None)
        if found[1] in "01":
            raise ValueError(
                f"{text}: a bit is written {found[1]}{found[2]} or -{found[1]}{found[2]}"
            )
        value = int(found[4])
        if value > _MOST:
            raise ValueError(f"{text}: a register holds 0 to {_MOST}; give one of them")
        return Move(cell, value, adds=found[3] == "+")
    raise ValueError(f"{text!r} is no point; write such as 10075, -10075, 30072=5 or 30075+1")


def _cell(digit: str, number: str) -> Cell:
    if int(number) == 0:
        raise ValueError(f"{digit}{number} does not exist; references begin with {digit}0001")
    return _TABLES[digit], int(number) - 1


def reference(table: Table, address: int) -> str:
    """How a cell is written in a file, such as 10075."""
    return f"{_DIGITS[table]}{address + 1:04d}"


class ScriptedController:
    """Shows what a timeline writes down, and what follows of it; a blank one shows no more."""

    def __init__(self, timeline: Timeline) -> None:
        """Begin with a closed recloser under load, or blank where the file says so."""
        self._moments = list(timeline.moments)
        self._cells: dict[Cell, int | None] = {} if timeline.blank else _under_load()
        self._sides = () if timeline.blank else _SIDES
        self._written: set[Cell] = set()
        self._follow()

    def show(self, block: Block, now: float) -> list[int | None]:
        """The cells of a block at this second of the file."""
        while self._moments and self._moments[0].at <= now + 1e-9:
            for move in self._moments.pop(0).moves:
                self._move(move)
            self._follow()
        return [
            self._cells.get((block.table, address), 0)
            for address in range(block.address, block.end)
        ]

    def _move(self, move: Move) -> None:
        value = move.value
        if move.adds and value is not None:
            value = ((self._cells.get(move.cell, 0) or 0) + value) & _MOST
        self._cells[move.cell] = value
        self._written.add(move.cell)

    def _follow(self) -> None:
        """What no line has written of a side follows its phase voltages."""
        for phases, lines, sequence, frequency in self._sides:
            volts = [self._cells.get(phase, 0) for phase in phases]
            pairs = zip(volts, (*volts[1:], volts[0]), strict=True)
            derived = dict(zip(lines, starmap(_between, pairs), strict=True))
            derived[sequence] = _ABC if any(volts) else _NO_SEQUENCE
            derived[frequency] = _FIFTY_HERTZ if any(volts) else _NOT_COMPUTABLE
            for cell in derived.keys() - self._written:
                self._cells[cell] = derived[cell]


def _between(first: int | None, second: int | None) -> int | None:
    """The voltage between two phases 120° apart, V; None where one of them is not given."""
    if first is None or second is None:
        return None
    return round(math.sqrt(first * first + second * second + first * second))


def _side(
    first_phase: int, first_line: int, sequence: int, frequency: int
) -> tuple[list[Cell], list[Cell], Cell, Cell]:
    phases, lines = (
        [_cell("3", str(first + each)) for each in range(3)] for first in (first_phase, first_line)
    )
    return phases, lines, _cell("3", str(sequence)), _cell("3", str(frequency))


_SIDES = (_side(5, 11, 63, 61), _side(8, 14, 64, 62))


def _under_load() -> dict[Cell, int | None]:
    """Closed, group 1, reclosing on, 13.2 kV on both sides, 100 A, 2 MW, 240 operations (RC10)."""
    words = "10075 10088 10089 10099 30001=100 30002=100 30003=100 30028=2000 30072=240"
    phases = " ".join(f"3{number:04d}=7621" for number in range(5, 11))
    moves = map(parse_move, f"{words} {phases}".split())
    return {move.cell: move.value for move in moves}
