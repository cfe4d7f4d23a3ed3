"""Where the clocks of a zone stand apart from UTC, and from when to when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

_SECOND = 1_000_000
# No zone has kept an offset for less than this; a step that were longer could jump over one.
_STEP_S = 6 * 3600
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Offset:
    """A stretch of time in which the clocks do not change.

    Attributes:
        start: first instant, UTC in microseconds since 1970.
        end: last instant, excluded.
        seconds: local time less UTC.
        text: the same as ISO 8601 writes it, such as `-03:00`.
    """

    start: int
    end: int
    seconds: int
    text: str


def offsets(zone: tzinfo, start: int, end: int) -> Iterator[Offset]:
    """The stretches of equal offset that make up [start, end), in order."""
    begin = start
    current = _offset(zone, start // _SECOND)
    second = start // _SECOND
    last = (end - 1) // _SECOND
    while second < last:
        ahead = min(second + _STEP_S, last)
        if _offset(zone, ahead) != current:
            change = _first_other(zone, second, ahead)
            yield Offset(begin, change * _SECOND, *current)
            begin, current = change * _SECOND, _offset(zone, change)
            ahead = change
        second = ahead
    if begin < end:
        yield Offset(begin, end, *current)


def _offset(zone: tzinfo, second: int) -> tuple[int, str]:
    local = (_EPOCH + timedelta(seconds=second)).astimezone(zone)
    shift = local.utcoffset() or timedelta()
    return shift.days * 86_400 + shift.seconds, local.isoformat(timespec="seconds")[19:]


def _first_other(zone: tzinfo, low: int, high: int) -> int:
    """The second in (low, high] at which the offset of `low` ends."""
    before = _offset(zone, low)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, middle) == before:
            low = middle
        else:
            high = middle
    return high
