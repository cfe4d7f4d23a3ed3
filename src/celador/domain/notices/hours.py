"""Days and hours of the day on somebody's wall clock, and the instants of digests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

EVERY_DAY = frozenset(range(7))
DAY_MINUTES = 24 * 60

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def local(at: int, zone: tzinfo) -> datetime:
    """An instant on a wall clock; `at` is UTC in microseconds since 1970."""
    return (_EPOCH + timedelta(microseconds=at)).astimezone(zone)


def instant(moment: datetime) -> int:
    """A time that knows its zone, as UTC in microseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """When somebody may be told.

    Attributes:
        zone: whose wall clock.
        days: on which days a span begins, Monday is 0.
        begin: minutes after midnight at which it begins, 0 to 1439.
        end: minutes after midnight at which it ends, excluded, 1 to 1440; where it is not after
            `begin`, on the next day.
    """

    zone: tzinfo
    days: frozenset[int] = EVERY_DAY
    begin: int = 0
    end: int = DAY_MINUTES

    def holds(self, at: int) -> bool:
        """Whether an instant lies within them; UTC in microseconds since 1970."""
        today = local(at, self.zone).date()
        return any(begin <= at < end for begin, end in self._spans(today - timedelta(days=1), 2))

    def next_begin(self, at: int) -> int:
        """The first instant from `at` on that lies within them: `at` itself where it does."""
        if self.holds(at):
            return at
        today = local(at, self.zone).date()
        return next(begin for begin, _ in self._spans(today, 9) if begin >= at)

    def _spans(self, first: date, days: int) -> Iterator[tuple[int, int]]:
        length = (self.end - self.begin - 1) % DAY_MINUTES + 1
        for day in (first + timedelta(days=number) for number in range(days)):
            if day.weekday() in self.days:
                yield (
                    _on_the_clock(day, self.begin, self.zone),
                    _on_the_clock(day, self.begin + length, self.zone),
                )


@dataclass(frozen=True, slots=True)
class DigestTimes:
    """When what can wait is told together.

    Attributes:
        zone: whose wall clock.
        at: minutes after midnight, once a day; None for every full hour.
    """

    zone: tzinfo
    at: int | None

    def next(self, at: int) -> int:
        """The first such instant after `at`, UTC in microseconds since 1970."""
        moment = local(at, self.zone)
        if self.at is None:
            hour = moment.hour * 60
            candidates = [_on_the_clock(moment.date(), hour + 60 * n, self.zone) for n in (1, 2, 3)]
        else:
            days = [moment.date() + timedelta(days=number) for number in (0, 1, 2)]
            candidates = [_on_the_clock(day, self.at, self.zone) for day in days]
        return next(each for each in candidates if each > at)


def _on_the_clock(day: date, minutes: int, zone: tzinfo) -> int:
    """The instant at which a clock shows a time; minutes may run over into the days after."""
    day += timedelta(days=minutes // DAY_MINUTES)
    hour, minute = divmod(minutes % DAY_MINUTES, 60)
    return instant(datetime.combine(day, time(hour, minute), zone))
