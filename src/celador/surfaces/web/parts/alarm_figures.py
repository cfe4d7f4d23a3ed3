"""How much the alarms ask of people: per day, floods, chattering, stale (ANSI/ISA-18.2-2016, 16).

Counted is what is announced to an operator: neither what is only logged, nor what is suppressed by
design because it follows from another alarm.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from celador.domain.alarm import Alarm, AlarmState, Priority

DAILY_TARGET = 150
"""Alarms a day that one operator can very likely answer to."""

DAILY_LIMIT = 300
"""Alarms a day that one operator can manage at most."""

FLOOD_COUNT, FLOOD_MINUTES = 10, 10
CHATTER_COUNT, CHATTER_MINUTES = 3, 1
STALE_HOURS = 24
MIX: Mapping[Priority, int] = {Priority.MEDIUM: 80, Priority.HIGH: 15, Priority.CRITICAL: 5}
"""Share that each priority should have, %."""

_MINUTE = 60_000_000  # µs
_GONE = (AlarmState.NORMAL, AlarmState.RETURNED_UNACK, AlarmState.LATCHED_UNACK)


@dataclass(frozen=True, slots=True)
class Day:
    """What was announced on one day of the viewer's calendar."""

    day: date
    counts: Mapping[Priority, int]

    @property
    def total(self) -> int:
        """Of all priorities."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Flood:
    """A stretch in which more was announced than anybody can read, UTC in µs since 1970."""

    start: int
    end: int
    count: int


def announced(alarms: Iterable[Alarm]) -> list[Alarm]:
    """Those that asked for somebody, the oldest first."""
    asking = (
        each
        for each in alarms
        if each.priority is not Priority.LOG
        and each.state is not AlarmState.SUPPRESSED
        and each.parent is None
    )
    return sorted(asking, key=lambda alarm: alarm.began)


def per_day(alarms: Sequence[Alarm], zone: tzinfo, last: date, days: int) -> list[Day]:
    """The counts of the `days` days that end with `last`, a day without alarms among them."""
    found: dict[date, Counter[Priority]] = {}
    for alarm in alarms:
        moment = datetime.fromtimestamp(alarm.began / 1_000_000, tz=UTC).astimezone(zone)
        found.setdefault(moment.date(), Counter())[alarm.priority] += 1
    wanted = (last - timedelta(days=back) for back in reversed(range(days)))
    return [Day(day, dict(found.get(day, {}))) for day in wanted]


def floods(alarms: Sequence[Alarm]) -> list[Flood]:
    """Stretches with at least ten alarms in ten minutes; `alarms` from the oldest on."""
    found: list[Flood] = []
    width = FLOOD_MINUTES * _MINUTE
    for place in range(FLOOD_COUNT - 1, len(alarms)):
        first, last = place - FLOOD_COUNT + 1, place
        start, end = alarms[first].began, alarms[last].began
        if end - start > width:
            continue
        if found and start <= found[-1].end:
            before = found.pop()
            start, count = before.start, before.count + 1
        else:
            count = FLOOD_COUNT
        found.append(Flood(start, end, count))
    return found


def chattering(alarms: Sequence[Alarm]) -> list[tuple[int | None, str, int]]:
    """Device, code and how often, of each alarm that was raised three times within a minute."""
    times: dict[tuple[int | None, str], list[int]] = {}
    for alarm in alarms:
        times.setdefault((alarm.device_id, alarm.code), []).append(alarm.began)
    return [
        (device, code, len(when))
        for (device, code), when in times.items()
        if any(
            later - sooner <= CHATTER_MINUTES * _MINUTE
            for sooner, later in zip(when, when[CHATTER_COUNT - 1 :], strict=False)
        )
    ]


def stale(alarms: Iterable[Alarm], now: int) -> list[Alarm]:
    """Those whose condition has lasted for more than a day."""
    return [
        each
        for each in alarms
        if each.state not in _GONE
        and each.ended is None
        and now - each.began > STALE_HOURS * 60 * _MINUTE
    ]


def mix(alarms: Sequence[Alarm]) -> Mapping[Priority, float] | None:
    """Share of each priority, %; None where there were no alarms."""
    if not alarms:
        return None
    counts = Counter(each.priority for each in alarms)
    return {priority: 100 * counts[priority] / len(alarms) for priority in MIX}
