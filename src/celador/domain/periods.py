"""Months, semesters of a regulator, and years, as stretches of local time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from celador.domain.errors import UsageError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WRITTEN = re.compile(r"(?P<year>\d{4})(?:-(?:S(?P<half>[12])|(?P<month>0[1-9]|1[0-2])))?")
_LAST_YEAR = 9999  # that a calendar knows, and a period may end in the year after its own
_WORDS = ("month", "semester", "year")


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time.

    Attributes:
        start: first instant, included, UTC in microseconds since 1970.
        end: last instant, excluded.
        name: as people call it.
    """

    start: int
    end: int
    name: str

    @property
    def seconds(self) -> float:
        """Its length, s."""
        return (self.end - self.start) / 1_000_000

    @property
    def hours(self) -> float:
        """Its length, h."""
        return self.seconds / 3600

    def holds(self, at: float) -> bool:
        """Whether an instant lies in it."""
        return self.start <= at < self.end


def parse_period(text: str, zone: tzinfo, semesters: Sequence[int], *, now: int) -> Period:
    """A period as people write it.

    Accepted are `2026-07`, `2026`, `2026-S1`, and `month`, `semester` or `year`: the running one.

    Args:
        text: what was written.
        zone: the zone whose midnights count.
        semesters: the two months in which a semester begins, rising; S1 of a year begins in the
            first of them, S2 in the second and may end in the year after.
        now: the present, UTC in microseconds since 1970.

    Raises:
        UsageError: it is no period.
    """
    if text in _WORDS:
        text = _running(text, (_EPOCH + timedelta(microseconds=now)).astimezone(zone), semesters)
    found = _WRITTEN.fullmatch(text)
    if not found or not 1970 <= int(found["year"]) < _LAST_YEAR:
        raise UsageError(
            f"{text!r} is no period; write 2026-07, 2026-S1, 2026, month, semester or year"
        )
    year = int(found["year"])
    if found["half"]:
        half = int(found["half"]) - 1
        months = (semesters[1] - semesters[0], 12 - semesters[1] + semesters[0])[half]
        return months_from(year, semesters[half], months, zone, text)
    if found["month"]:
        return months_from(year, int(found["month"]), 1, zone, text)
    return months_from(year, 1, 12, zone, text)


def _running(word: str, local: datetime, semesters: Sequence[int]) -> str:
    if word == "year":
        return f"{local.year}"
    if word == "month":
        return f"{local.year}-{local.month:02}"
    first, second = semesters
    if local.month < first:
        return f"{local.year - 1}-S2"
    return f"{local.year}-S{1 if local.month < second else 2}"


def months_from(year: int, month: int, count: int, zone: tzinfo, name: str) -> Period:
    """Whole months from the first of one on."""
    last = month - 1 + count
    start = datetime(year, month, 1, tzinfo=zone)
    end = datetime(year + last // 12, last % 12 + 1, 1, tzinfo=zone)
    return Period(_instant(start), _instant(end), name)


def months_of(period: Period, zone: tzinfo) -> list[Period]:
    """The calendar months that a period touches, cut to it."""
    local = (_EPOCH + timedelta(microseconds=period.start)).astimezone(zone)
    year, month = local.year, local.month
    found: list[Period] = []
    while True:
        whole = months_from(year, month, 1, zone, f"{year}-{month:02}")
        if whole.start >= period.end:
            return found
        start, end = max(whole.start, period.start), min(whole.end, period.end)
        found.append(Period(start, end, whole.name))
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def week_of(at: int, zone: tzinfo) -> int:
    """When the local week of an instant began, Monday at 00:00; both UTC in µs since 1970."""
    local = (_EPOCH + timedelta(microseconds=at)).astimezone(zone)
    monday = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return _instant(monday - timedelta(days=local.weekday()))


def _instant(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
