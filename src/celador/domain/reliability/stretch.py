"""Stretches without supply, whose ends are known to lie in intervals, and their union.

Customers behind several reclosers are without supply while any of them keeps it away. Stretches of
different reclosers that surely overlap are one interruption; those that may overlap are one or
several, and both are told.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from celador.domain.operation import Span
from celador.domain.reliability.bounds import Bounds

_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time without supply; instants in µs since 1970, UTC.

    Attributes:
        device_id: the recloser that kept it away.
        begins: after this, minus infinity where the beginning was not seen.
        begun: at the latest then; it decides to which period the stretch belongs.
        ends: not before this.
        ended: at the latest then, infinite while it lasts.
    """

    device_id: int
    begins: float
    begun: float
    ends: float
    ended: float

    @staticmethod
    def between(device_id: int, start: Span, end: Span | None, now: int) -> Stretch:
        """The stretch of an interruption.

        Args:
            device_id: the recloser.
            start: when the supply went.
            end: when it came back; None while it is away.
            now: the present; what is under way lasts at least until then.
        """
        begins = -math.inf if start.lo is None else start.lo
        if end is None:
            return Stretch(device_id, begins, start.hi, max(start.hi, now), math.inf)
        ends = start.hi if end.lo is None else end.lo
        return Stretch(device_id, begins, start.hi, ends, end.hi)

    @property
    def least(self) -> float:
        """Shortest possible duration, s."""
        return max(0.0, self.ends - self.begun) / _SECOND

    @property
    def most(self) -> float:
        """Longest possible duration, s; infinite where an end is not known."""
        return max(0.0, self.ended - self.begins) / _SECOND

    def may_meet(self, other: Stretch) -> bool:
        """Whether the two can have been at the same time."""
        return self.begins < other.ended and other.begins < self.ended

    def surely_meets(self, other: Stretch) -> bool:
        """Whether the two were at the same time, however their ends lie."""
        return max(self.begun, other.begun) < min(self.ends, other.ends)


def hull(stretches: Sequence[Stretch]) -> Stretch:
    """One stretch from where the first begins to where the last ends."""
    return Stretch(
        stretches[0].device_id,
        min(each.begins for each in stretches),
        min(each.begun for each in stretches),
        max(each.ends for each in stretches),
        max(each.ended for each in stretches),
    )


@dataclass(frozen=True, slots=True)
class Interruption:
    """What a group of customers lived through: one interruption, or several that may be one.

    Attributes:
        parts: in order of their beginnings; each is surely without a break.
        whole: from the beginning of the first to the end of the last.
    """

    parts: tuple[Stretch, ...]
    whole: Stretch

    def sustained(self, limit: float) -> Bounds:
        """How many interruptions of more than `limit` seconds these are."""
        long = sum(part.most > limit for part in self.parts)
        # Two short ones make a long one where they were one.
        joined = (len(self.parts) - long) // 2 if self.whole.most > limit else 0
        return Bounds(float(any(part.least > limit for part in self.parts)), float(long + joined))

    def momentary(self, limit: float) -> Bounds:
        """How many of at most `limit` seconds."""
        short = sum(part.least <= limit for part in self.parts)
        return Bounds(float(self.whole.most <= limit), float(short))

    def time(self, limit: float) -> Bounds:
        """Seconds without supply in interruptions of more than `limit` seconds."""
        least = sum(part.least for part in self.parts if part.least > limit)
        if not self.sustained(limit).high:
            return Bounds(0.0, 0.0)
        return Bounds(least, min(self.whole.most, sum(part.most for part in self.parts)))


class _Sets:
    """Disjoint sets of the numbers below a count."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def find(self, one: int) -> int:
        while self._parent[one] != one:
            self._parent[one] = self._parent[self._parent[one]]
            one = self._parent[one]
        return one

    def join(self, one: int, other: int) -> None:
        self._parent[self.find(one)] = self.find(other)


def unite(stretches: Iterable[Stretch]) -> list[Interruption]:
    """The interruptions of customers that any of these stretches kept without supply.

    Two stretches of one recloser are two: it closed in between, seen or counted.

    Returns:
        In order of their beginnings.
    """
    line = sorted(stretches, key=lambda each: (each.begins, each.begun))
    surely, perhaps = _Sets(len(line)), _Sets(len(line))
    near: list[int] = []
    for index, each in enumerate(line):
        near = [other for other in near if line[other].ended > each.begins]
        for other in near:
            _compare(line, index, other, surely, perhaps)
        near.append(index)
    found = []
    for members in _collect(perhaps, range(len(line))):
        parts = [hull([line[index] for index in part]) for part in _collect(surely, members)]
        parts.sort(key=lambda part: part.begun)
        found.append(Interruption(tuple(parts), hull(parts)))
    return sorted(found, key=lambda each: each.whole.begun)


def _compare(
    line: Sequence[Stretch], index: int, other: int, surely: _Sets, perhaps: _Sets
) -> None:
    one, two = line[index], line[other]
    if one.device_id == two.device_id or not one.may_meet(two):
        return
    perhaps.join(index, other)
    if one.surely_meets(two):
        surely.join(index, other)


def _collect(sets: _Sets, members: Iterable[int]) -> list[list[int]]:
    by_root: dict[int, list[int]] = {}
    for index in members:
        by_root.setdefault(sets.find(index), []).append(index)
    return list(by_root.values())
