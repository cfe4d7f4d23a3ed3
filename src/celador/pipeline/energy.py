"""Energy registers that jump: a 32-bit value can be read half old and half new.

Both halves travel in one answer, but a controller may change one between the two (sheet of power
quality, 2.0). Such a value is off by 65,536 kVAh: more than any feeder passes between two reads.
"""

from __future__ import annotations

from dataclasses import dataclass

from celador.domain.quantities import COUNTERS
from celador.domain.sample import Quality, Value

ENERGY_NAMES = tuple(q.name for q in COUNTERS if q.unit in ("kVAh", "kvarh"))

_LARGEST_POWER = 65_535  # kVA; the power registers end there
_MARGIN = 1.2
_ROUNDING = 2  # kVAh; both reads are whole numbers
_HOUR_US = 3_600_000_000


@dataclass(frozen=True, slots=True)
class _Seen:
    value: float
    at: int


class EnergyGuard:
    """Withholds an energy that cannot have grown so, until a second read confirms it.

    A roll-over, erased counters and a replaced controller jump as well; they stay where they have
    jumped to, a torn read does not.
    """

    def __init__(self) -> None:
        self._accepted: dict[str, _Seen] = {}
        self._doubted: dict[str, _Seen] = {}

    def check(self, values: dict[str, Value], at: int) -> Quality:
        """Set doubtful energies in `values` to None.

        Args:
            values: counters by quantity name; changed in place.
            at: when they were read, UTC in microseconds since 1970.

        Returns:
            `Quality.UNCONFIRMED` when something was withheld, else `Quality.GOOD`.
        """
        quality = Quality.GOOD
        for name in ENERGY_NAMES:
            value = values.get(name)
            if value is None:
                continue
            seen = _Seen(value, at)
            known, doubted = self._accepted.get(name), self._doubted.pop(name, None)
            if known is None or _follows(known, seen) or (doubted and _follows(doubted, seen)):
                self._accepted[name] = seen
            else:
                self._doubted[name] = seen
                values[name] = None
                quality = Quality.UNCONFIRMED
        return quality


def _follows(before: _Seen, after: _Seen) -> bool:
    hours = abs(after.at - before.at) / _HOUR_US
    most = _LARGEST_POWER * _MARGIN * hours + _ROUNDING
    return 0 <= after.value - before.value <= most
