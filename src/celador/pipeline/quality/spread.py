"""Figures of many windows told by their mean, their 95 % value and their largest."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from dataclasses import dataclass

from celador.domain.quality.unbalance import (
    U2_FLOOR,
    computable,
    current_unbalance,
    largest_deviation,
    pvur,
    voltage_sequences,
    voltage_unbalance,
    zero_sequence,
)
from celador.domain.quality.voltage import deviation
from celador.domain.quality.windows import Coverage, Window
from celador.pipeline.quality.cells import CURRENTS, Terminals


@dataclass(frozen=True, slots=True)
class Spread:
    """What many windows say of a percentage.

    Attributes:
        coverage: windows in which it could be told, of those that the period has.
        mean: %; None where there is none.
        p95: value that 95 % of the windows do not exceed, %.
        high: the largest, %.
        above: windows above `U2_FLOOR`.
    """

    coverage: Coverage
    mean: float | None
    p95: float | None
    high: float | None
    above: int


class Values:
    """Collects a figure of each window; a year of them is some hundred kB."""

    def __init__(self) -> None:
        self._values = array("d")

    def add(self, value: float | None) -> None:
        """Take a figure; None is none."""
        if value is not None:
            self._values.append(value)

    def spread(self, expected: float) -> Spread:
        """What they say; `expected` is how many windows the period has."""
        count = len(self._values)
        coverage = Coverage(count, expected)
        if not count:
            return Spread(coverage, None, None, None, 0)
        ranked = sorted(self._values)
        place = -(-95 * count // 100) - 1  # the smallest that 95 % do not exceed
        return Spread(
            coverage,
            sum(ranked) / count,
            ranked[place],
            ranked[-1],
            sum(value > U2_FLOOR for value in ranked),
        )


class Histogram:
    """Counts deviations in steps of half a percent; each window counts once for each phase."""

    STEP = 0.5

    def __init__(self, declared: float, names: tuple[str, ...]) -> None:
        """Begin.

        Args:
            declared: the voltage that deviations are measured from, V.
            names: the voltages that are counted.
        """
        self._declared, self._names = declared, names
        self._counts: Counter[int] = Counter()

    def add(self, window: Window) -> None:
        """Count a window; a voltage that is not valid in it counts for nothing."""
        for name in self._names:
            volts = window.rms(name)
            if volts is not None:
                self._counts[math.floor(deviation(volts, self._declared) / self.STEP)] += 1

    def counts(self) -> dict[float, int]:
        """How many by the lower edge of the step, %, rising; steps between have a 0."""
        if not self._counts:
            return {}
        places = range(min(self._counts), max(self._counts) + 1)
        return {place * self.STEP: self._counts[place] for place in places}


class UnbalanceMeter:
    """Unbalance of voltages and currents, window by window; flagged windows are left out."""

    def __init__(
        self, side: Terminals, declared: float, base: float | None, *, earthed: bool
    ) -> None:
        """Begin.

        Args:
            side: which terminals.
            declared: line to line, V.
            base: rated or usual current, A; None where it is not said.
            earthed: the neutral is earthed.
        """
        self._side = side
        self._declared = declared
        self._base = base
        self._earthed = earthed
        self.negative, self.line, self.phase = Values(), Values(), Values()
        self.zero, self.current, self.current_negative = Values(), Values(), Values()

    def add(self, window: Window) -> None:
        """Take a window."""
        if window.flagged:
            return
        self._currents(window)
        line = _three(window, self._side.line)
        if line is None or not computable(line, self._declared):
            return
        self.negative.add(voltage_unbalance(*line))
        self.line.add(largest_deviation(line))
        phase = _three(window, self._side.phase)
        if phase is None:
            return
        self.phase.add(pvur(phase, earthed_neutral=self._earthed))
        sequences = voltage_sequences(*line, sequence=_sequence(window, self._side.sequence))
        if sequences is not None:
            # With the phases named in reverse the main one is V2; u2 is told of the main one too.
            main = max(sequences.positive, sequences.negative)
            self.zero.add(100 * zero_sequence(phase, line) / main)

    def _currents(self, window: Window) -> None:
        amps = _three(window, CURRENTS)
        if amps is None:
            return
        found = current_unbalance(amps, window.rms("in_res"), self._base)
        if found is not None:
            self.current.add(found.deviation)
            self.current_negative.add(found.negative)


def _three(window: Window, names: tuple[str, str, str]) -> tuple[float, float, float] | None:
    a, b, c = (window.rms(name) for name in names)
    return None if a is None or b is None or c is None else (a, b, c)


def _sequence(window: Window, name: str) -> int:
    """The phase sequence of the whole window; 2 where it is not known or changed."""
    tally = window.tally(name)
    return int(tally.low) if window.valid(name) and tally.low == tally.high else 2
