"""Envelopes: what a quantity was over many samples, told by its least, its mean and its most.

A curve of a year has some hundred points for each pixel of a screen; a mean alone would hide every
dip. An envelope keeps both edges, and says of each stretch how many samples it rests on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

SECOND = 1_000_000
SUMMARY = 900 * SECOND
"""Width of the windows that stores sum up in advance, µs: the quarter of an hour of demand."""

_NICE = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200)
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Band:
    """What some samples say of one quantity; there is none where no sample had a value.

    Attributes:
        low: the least.
        mean: arithmetic mean.
        high: the most.
        count: samples that had a value, 1 or more.
    """

    low: float
    mean: float
    high: float
    count: int

    def __add__(self, other: Band) -> Band:
        count = self.count + other.count
        return Band(
            min(self.low, other.low),
            (self.mean * self.count + other.mean * other.count) / count,
            max(self.high, other.high),
            count,
        )


@dataclass(frozen=True, slots=True)
class EnvelopeRow:
    """One stretch of time, or one sample.

    Attributes:
        at: when it begins, or the sample's instant; UTC in microseconds since 1970.
        count: samples in it, 1 or more.
        bands: one per quantity asked for; None where no sample had a value.
    """

    at: int
    count: int
    bands: tuple[Band | None, ...]


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a device's samples were in a range.

    Attributes:
        width: of each stretch, µs; 0 where the rows are the samples themselves.
        rows: by instant; a stretch without samples has none.
    """

    width: int
    rows: Sequence[EnvelopeRow]


def nice_width(span: int, points: int, multiple: int = SECOND) -> int:
    """A width that people can read and that fits a range with about so many points.

    Args:
        span: length of the range, µs.
        points: most stretches wanted, 1 or more.
        multiple: the width is a multiple of this, µs.
    """
    needed = span / max(1, points)
    for seconds in _NICE:
        width = seconds * SECOND
        if width >= needed and width % multiple == 0:
            return width
    days = max(1, -(-span // (max(1, points) * _DAY * SECOND)))
    return days * _DAY * SECOND


def seen_share(envelope: Envelope, start: int, end: int, period: int) -> float:
    """Share of a range in which samples came as often as they were due, 0 to 1.

    Samples that came faster make up for none that is missing elsewhere: each counts until the next
    one, at most for its period, and a stretch is never more than whole.

    Args:
        envelope: of the range.
        start: of the range; UTC in microseconds since 1970.
        end: likewise, later.
        period: between two samples, µs.
    """
    rows = envelope.rows
    if envelope.width:
        inside = (min(row.at + envelope.width, end) - max(row.at, start) for row in rows)
        seen = sum(min(row.count * period, most) for row, most in zip(rows, inside, strict=True))
    else:
        instants = [row.at for row in rows]
        steps = [after - at for at, after in pairwise([*instants, end])]
        late = period * 3 // 2  # a poll that comes a little late is no gap
        seen = sum(step if step <= late else period for step in steps)
        if instants and instants[0] - start <= late:
            seen += instants[0] - start
    return min(1.0, seen / (end - start))


def joined(one: Sequence[Band | None], other: Sequence[Band | None]) -> tuple[Band | None, ...]:
    """What two groups of samples say together, quantity by quantity."""
    return tuple(
        mine if theirs is None else theirs if mine is None else mine + theirs
        for mine, theirs in zip(one, other, strict=True)
    )


def united(parts: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches of time without overlaps, in order; each as (start, end)."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(parts):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def cut(start: int, end: int, parts: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, bool]]:
    """A stretch, cut where others begin and end.

    Args:
        start: of the stretch.
        end: of it.
        parts: others, as `united` gives them.

    Yields:
        Start and end of each piece, and whether it lies in one of the others.
    """
    at = start
    for first, last in parts:
        if last <= at:
            continue
        if first >= end:
            break
        if first > at:
            yield at, first, False
        yield max(first, at), min(last, end), True
        at = min(last, end)
    if at < end:
        yield at, end, False
