"""Stored samples as cells of five minutes, and cells as windows."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from celador.domain.quality.dips import HIGH, HYSTERESIS, LOW, EventFinder, VoltageEvent
from celador.domain.quality.windows import CELL_S, Tally, Window, join
from celador.domain.sample import Value
from celador.ports import SampleRow

_CELL = CELL_S * 1_000_000


@dataclass(frozen=True, slots=True)
class Terminals:
    """The quantities of one side of a recloser.

    Attributes:
        phase: phase-to-earth voltages.
        line: line-to-line voltages.
        frequency: Hz.
        sequence: phase sequence, 1 direct and 0 reverse.
    """

    phase: tuple[str, str, str]
    line: tuple[str, str, str]
    frequency: str
    sequence: str


SIDES = {
    "abc": Terminals(("va", "vb", "vc"), ("vab", "vbc", "vca"), "frec", "sec_abc"),
    "rst": Terminals(("vr", "vs", "vt"), ("vrs", "vst", "vtr"), "frec_rst", "sec_rst"),
}

CURRENTS = ("ia", "ib", "ic")
POWERS = ("p_act", "s_apar", "fp")


def columns_of(side: Terminals) -> tuple[str, ...]:
    """Everything that the figures of one side need, with the marks last."""
    voltages = (*side.phase, *side.line)
    return (
        *voltages, side.frequency, side.sequence, *CURRENTS, "in_res", *POWERS, "calidad"
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """Five minutes of samples.

    Attributes:
        window: their tallies.
        at: instants of the samples, µs.
        values: the values of each quantity, in the same order.
        events: voltage events that ended here.
    """

    window: Window
    at: Sequence[int]
    values: dict[str, tuple[Value, ...]]
    events: Sequence[VoltageEvent]


def cells(
    rows: Iterable[SampleRow],
    names: Sequence[str],
    period_s: float,
    finder: EventFinder,
    watched: Sequence[str],
) -> Iterator[Cell]:
    """Samples by cells; a cell without samples does not come.

    Args:
        rows: samples of one recloser as stored, by instant.
        names: the columns of the rows.
        period_s: of the poll, s.
        finder: finds the voltage events.
        watched: the three voltages in which it looks for them.
    """
    for number, group in itertools.groupby(rows, key=lambda row: row.at // _CELL):
        batch = list(group)
        at = [row.at for row in batch]
        columns = zip(*(row.values for row in batch), strict=True)
        values: dict[str, tuple[Value, ...]] = dict(zip(names, columns, strict=True))
        tallies = {name: Tally.of(column) for name, column in values.items()}
        if not finder.disturbed and _calm(finder.declared, [tallies[name] for name in watched], at):
            finder.sound_at = at[-1]
            events: list[VoltageEvent] = []
            flagged = False
        else:
            events, flagged = _look(finder, at, [values[name] for name in watched])
        window = Window(number * _CELL, CELL_S, CELL_S / period_s, tallies, flagged)
        yield Cell(window, at, values, events)


def _calm(declared: float, tallies: Sequence[Tally], at: Sequence[int]) -> bool:
    """Whether nothing at all happened: true of nearly every cell of a year, and cheap to say."""
    return all(
        tally.count == len(at)
        and tally.low >= (LOW + HYSTERESIS) * declared
        and tally.high <= (HIGH - HYSTERESIS) * declared
        for tally in tallies
    )


def _look(
    finder: EventFinder, at: Sequence[int], volts: Sequence[tuple[Value, ...]]
) -> tuple[list[VoltageEvent], bool]:
    """The events that end in some samples, and whether any event touches them."""
    flagged = finder.disturbed
    found: list[VoltageEvent] = []
    for instant, sample in zip(at, zip(*volts, strict=True), strict=True):
        found += finder.add(instant, sample)
        flagged = flagged or finder.disturbed
    return found, flagged


class WindowMaker:
    """Joins cells to windows of a multiple of their length, aligned to the clock."""

    def __init__(self, length_s: int) -> None:
        self._length_s = length_s
        self._width = length_s * 1_000_000
        self._cells: list[Window] = []

    def add(self, cell: Window) -> Iterator[Window]:
        """Take the next cell; yields the window that ended before it."""
        if self._cells and self._number(cell) != self._number(self._cells[0]):
            yield from self.finish()
        self._cells.append(cell)

    def finish(self) -> Iterator[Window]:
        """The window that no cell will be added to."""
        if self._cells:
            start = self._number(self._cells[0]) * self._width
            yield join(self._cells, start, self._length_s)
            self._cells = []

    def _number(self, cell: Window) -> int:
        return cell.start // self._width
