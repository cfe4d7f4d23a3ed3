"""Where the reader's clock stands along a stretch of true time: the marks of an axis.

A chart's axis is true time, in which no hour falls upon another. Its marks stand where the clock of
the reader shows round times, and say which of two equal times they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from celador.surfaces.web.viewer import View

_SECOND = 1_000_000
_MINUTE, _HOUR, _DAY = 60 * _SECOND, 3600 * _SECOND, 86_400 * _SECOND
_QUARTER = 15 * _MINUTE  # every zone is a whole number of these from UTC
_MOST = 12  # marks in what is seen
_STEPS = (
    *(n * _SECOND for n in (1, 2, 5, 10, 15, 30)),
    *(n * _MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * _HOUR for n in (1, 2, 3, 6, 12)),
)
_DAYS = (1, 2, 4, 7, 14)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 600, 1200)
_NAMES = {
    "es": ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of an axis: an instant (UTC, µs since 1970), and what stands beside it."""

    at: int
    text: str


def ticks(view: View, start: int, end: int, seen: tuple[int, int] | None = None) -> list[Tick]:
    """Marks for an axis, at round times of the reader's clock, the oldest first.

    Args:
        view: whose clock and language.
        start: where the axis begins, UTC in µs since 1970.
        end: where it ends.
        seen: the part of it that is looked at, all where None. It decides how far the marks are
            apart, and has some at both of its sides, for who moves it.
    """
    first, last = seen or (start, end)
    span = max(1, last - first)
    start, end = max(start, first - span), min(end, last + span)
    step = next((each for each in _STEPS if span <= _MOST * each), None)
    if step is not None:
        return list(_times(view, start, end, step))
    return list(_dates(view, start, end, span))


def clock(view: View, at: int, span: tuple[int, int], *, seconds: bool = False) -> str:
    """A time of day; with its distance from UTC where that changes within the span."""
    said = view.time(at, seconds=seconds)
    same = view.offset(span[0]) == view.offset(span[1])
    return said if same else f"{said} {view.short_offset(at)}"


def _offset(view: View, at: int) -> int:
    return (view.local(at).utcoffset() or timedelta()) // timedelta(microseconds=1)


def _times(view: View, start: int, end: int, step: int) -> Iterator[Tick]:
    stride = min(step, _QUARTER)
    before = None
    for at in range(-(-start // stride) * stride - stride, end + 1, stride):
        local = view.local(at)
        today, before = before not in (None, local.date()), local.date()
        if at < start:
            continue
        if today:  # its first instant, which is not 0:00 where the clock skips that
            yield Tick(at, _day(local.date(), view))
        elif (at + _offset(view, at)) % _DAY % step == 0:
            yield Tick(at, clock(view, at, (start, end), seconds=step < _MINUTE))


def _dates(view: View, start: int, end: int, span: int) -> Iterator[Tick]:
    days = next((each for each in _DAYS if span <= _MOST * each * _DAY), None)
    months = next((each for each in _MONTHS if span <= _MOST * each * 31 * _DAY), _MONTHS[-1])
    ends = (view.local(at) for at in (start, end))
    first, last = (12 * day.year + day.month - 1 for day in ends)
    for number in range(first, last + 1):
        if days is None and number % months:
            continue
        month = date(number // 12, number % 12 + 1, 1)
        # Counted from the first of the month, so that the marks stay where they are.
        for ahead in range(0, 32 - days, days) if days else (0,):
            day = month + timedelta(days=ahead)
            at = _begin(view, day)
            if day.month == month.month and start <= at <= end:
                yield Tick(at, _day(day, view) if days else _month(day, view))


def _begin(view: View, day: date) -> int:
    moment = datetime(day.year, day.month, day.day, tzinfo=view.zone)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _day(day: date, view: View) -> str:
    return f"{day.day} {_NAMES[view.language][day.month - 1]}"


def _month(day: date, view: View) -> str:
    return f"{_NAMES[view.language][day.month - 1]} {day.year}"
