"""The last hour of a few quantities in memory, minute by minute, for screens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from celador.domain.sample import Value

MINUTE = 60_000_000  # µs
COUNT = 60
"""Minutes that are kept, besides the one under way."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """One minute of one quantity, in its unit."""

    low: float
    mean: float
    high: float


@dataclass(slots=True)
class _Tally:
    low: float
    high: float
    total: float
    count: int

    def add(self, value: float) -> None:
        self.low, self.high = min(self.low, value), max(self.high, value)
        self.total += value
        self.count += 1

    @property
    def bucket(self) -> Bucket:
        return Bucket(self.low, self.total / self.count, self.high)


class Minutes:
    """Smallest, mean and largest value of each minute; a minute without a value is a hole."""

    def __init__(self, names: tuple[str, ...]) -> None:
        """Begin empty, with the quantities of these names."""
        self._names = names
        self._kept = names
        self._tallies: dict[int, dict[str, _Tally]] = {}
        self._asked = -1  # the minute in which what is stored was last read back
        self._glimpsed = -1  # the newest minute of which perhaps not every sample was taken
        self._peaks: tuple[int, tuple[float | None, ...]] | None = None

    def add(self, at: int, values: Mapping[str, Value]) -> None:
        """Take a sample; `at` is UTC in µs since 1970. Late ones count in their own minute."""
        minute = at // MINUTE
        if self._peaks is not None and minute < self._peaks[0]:
            self._peaks = None
        tallies = self._tallies.get(minute)
        if tallies is None:
            tallies = self._tallies[minute] = {}
            for old in [each for each in self._tallies if each < minute - COUNT]:
                del self._tallies[old]
        for name in self._kept:
            value = values.get(name)
            if value is None:
                continue
            if name in tallies:
                tallies[name].add(value)
            else:
                tallies[name] = _Tally(value, value, value, 1)

    def glimpse(self, at: int, values: Mapping[str, Value]) -> None:
        """Take one stored sample of a minute for the whole of it, until more is read back.

        It is enough for a small picture, and the hour does not count as seen by it.
        """
        self.add(at, values)
        self.glimpsed(at)

    def glimpsed(self, at: int) -> None:
        """Know that its minute may hold more samples than were taken."""
        self._glimpsed = max(self._glimpsed, at // MINUTE)

    def series(self, name: str, now: int) -> list[Bucket | None]:
        """The whole minutes of the last hour, oldest first, without the one under way."""
        last = now // MINUTE
        found = (self._tallies.get(each, {}).get(name) for each in range(last - COUNT, last))
        return [None if tally is None else tally.bucket for tally in found]

    def peaks(self, now: int) -> tuple[float | None, ...]:
        """Of the same minutes the mean of the largest quantity; None where one is missing.

        A fleet is looked at every second: what is kept is only added to when a minute has ended.
        """
        last = now // MINUTE
        begin = last - COUNT
        known: tuple[float | None, ...] = ()
        if self._peaks is not None and 0 <= last - self._peaks[0] < COUNT:
            known = self._peaks[1][last - self._peaks[0] :]
        found = map(self._peak, range(begin + len(known), last))
        self._peaks = (last, (*known, *found))
        return self._peaks[1]

    def _peak(self, minute: int) -> float | None:
        tallies = self._tallies.get(minute, {})
        found = [tallies[name] for name in self._names if name in tallies]
        if len(found) < len(self._names):
            return None
        return round(max(each.total / each.count for each in found), 1)

    def refill(
        self,
        rows: Iterable[tuple[int, Mapping[str, Value]]],
        now: int,
        more: tuple[str, ...] = (),
    ) -> None:
        """Take the last hour from what is stored: whoever starts now has not seen it.

        Args:
            rows: instant and values of every stored sample of the last hour and a minute.
            now: UTC in µs since 1970.
            more: quantities that are kept from now on too; nobody keeps those of a whole fleet.
        """
        self._kept = tuple(dict.fromkeys((*self._kept, *more)))
        stored = Minutes(self._kept)
        for at, values in rows:
            stored.add(at, values)
        # What was seen here goes on: of the minute under way, and of one that began meanwhile.
        seen = {each: own for each, own in self._tallies.items() if each >= now // MINUTE}
        self._tallies = stored._tallies
        self._peaks = None
        for minute, own in seen.items():
            read = self._tallies.setdefault(minute, {})
            for name, tally in own.items():
                if name not in read or read[name].count < tally.count:
                    read[name] = tally
        self._asked = now // MINUTE if stored._tallies else -1

    def complete(self, now: int, names: Iterable[str] = ()) -> bool:
        """Whether nothing more of the last hour of these quantities is to be read back.

        A minute without a sample may be stored late: it is asked for again, but not more than once
        a minute.
        """
        if not set(names) <= set(self._kept):
            return False
        last = now // MINUTE
        if self._asked == last:
            return True
        begin = last - COUNT
        return begin > self._glimpsed and all(each in self._tallies for each in range(begin, last))
