"""Slows guessing down: after some failures every further attempt has to wait longer.

An attempt counts as a failure as soon as it begins, so that many at once do not slip through; a
success takes it back. What is remembered is bounded, and whoever tries from one place cannot make
it forget others: their own place stops them long before.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

_FORGOTTEN_S = 3600.0
_MOST = 10_000  # places or names remembered, a few hundred bytes each


@dataclass(frozen=True, slots=True)
class Slope:
    """How the wait grows.

    Attributes:
        free: failures without a wait.
        longest_s: the longest wait, s; it doubles from one second up to it.
    """

    free: int
    longest_s: float

    def wait(self, failures: int) -> float:
        """Seconds to wait after so many failures."""
        beyond = failures - self.free
        return 0.0 if beyond < 0 else min(self.longest_s, 2.0 ** min(beyond, 30))


@dataclass(slots=True)
class _Count:
    failures: int = 0
    last: float = 0.0


class _Counts:
    """Failures by key, the longest unused forgotten first."""

    def __init__(self, slope: Slope) -> None:
        self._slope = slope
        self._counts: OrderedDict[Hashable, _Count] = OrderedDict()

    def wait(self, key: Hashable, now: float) -> float:
        count = self._counts.get(key)
        if count is None or now - count.last > _FORGOTTEN_S:
            return 0.0
        return max(0.0, count.last + self._slope.wait(count.failures) - now)

    def add(self, key: Hashable, now: float) -> None:
        count = self._counts.setdefault(key, _Count())
        if now - count.last > _FORGOTTEN_S:
            count.failures = 0
        count.failures, count.last = count.failures + 1, now
        self._counts.move_to_end(key)
        if len(self._counts) > _MOST:
            self._counts.popitem(last=False)

    def take_back(self, key: Hashable) -> None:
        count = self._counts.get(key)
        if count is not None:
            count.failures = max(0, count.failures - 1)

    def forget(self, key: Hashable) -> None:
        self._counts.pop(key, None)


class LoginLimiter:
    """Decides whether somebody may try to log in now."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._now = monotonic
        self._of_place = _Counts(Slope(10, 900.0))
        self._of_both = _Counts(Slope(3, 900.0))
        # Whoever guesses from many places slows its owner's logins down too, but by half a minute
        # at most: nobody can lock another out.
        self._of_name = _Counts(Slope(20, 30.0))

    def begin(self, name: str, address: str) -> float:
        """Begin an attempt.

        Returns:
            0 where it may be made; otherwise the seconds to wait, and nothing has begun.
        """
        now, place = self._now(), place_of(address)
        wait = max(
            self._of_place.wait(place, now),
            self._of_both.wait((name, place), now),
            self._of_name.wait(name, now),
        )
        if wait <= 0.0:
            self._of_place.add(place, now)
            self._of_both.add((name, place), now)
            self._of_name.add(name, now)
        return wait

    def succeeded(self, name: str, address: str) -> None:
        """The attempt was a login after all."""
        place = place_of(address)
        self._of_place.take_back(place)
        self._of_both.forget((name, place))
        self._of_name.take_back(name)


def place_of(address: str) -> str:
    """What one person holds: an IPv4 address, or the 64 bits of IPv6 that a network is given."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((ip, 64), strict=False).network_address)
    return str(ip)


class RateLimiter:
    """So many requests a minute for each key, with a burst of a sixth of them (a token bucket)."""

    def __init__(self, per_minute: int, monotonic: Callable[[], float]) -> None:
        self._rate, self._burst = per_minute / 60.0, max(1.0, per_minute / 6.0)
        self._now = monotonic
        self._left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def take(self, key: Hashable) -> float:
        """Take one.

        Returns:
            0 where there was one; otherwise the seconds until there is.
        """
        now = self._now()
        left, at = self._left.get(key, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._rate)
        granted = left >= 1.0
        self._left[key] = (left - 1.0 if granted else left, now)
        self._left.move_to_end(key)
        if len(self._left) > _MOST:
            self._left.popitem(last=False)
        return 0.0 if granted else (1.0 - left) / self._rate
