"""The energy registers: kVAh and kvarh of each phase and of the total, in each direction."""

from __future__ import annotations

import math
from random import Random

from .agenda import SECOND
from .feeder import Measurement
from .image import REGISTER, high_low

_HOUR = 3600 * SECOND
_BLOCKS = (REGISTER["kvah_a_forward_hi"], REGISTER["kvah_a_reverse_hi"])


class Meter:
    """Integrates apparent and reactive power between events.

    Args:
        rng: gives the totals a past; the phases carry a third each.
    """

    def __init__(self, rng: Random) -> None:
        past = rng.uniform(2e6, 9e6)
        forward = [past / 3, past / 3, past / 3, past / 9, past / 9, past / 9, past, past / 3]
        self._totals = (forward, [0.0] * 8)
        self._rates = [0.0] * 8
        self._reverse = False
        self._since = 0

    def follow(self, seen: Measurement, now: int) -> None:
        """Book what flowed until `now`, and go on with this measurement."""
        self.book(now)
        kw, kvar = seen.kw, seen.kvar
        p, q = kw[0] + kw[1] + kw[2], kvar[0] + kvar[1] + kvar[2]
        self._reverse = seen.reverse
        self._rates = [
            math.sqrt(kw[0] * kw[0] + kvar[0] * kvar[0]),
            math.sqrt(kw[1] * kw[1] + kvar[1] * kvar[1]),
            math.sqrt(kw[2] * kw[2] + kvar[2] * kvar[2]),
            *kvar,
            math.sqrt(p * p + q * q),
            q,
        ]

    def book(self, now: int) -> None:
        """Book what flowed until `now`."""
        hours = (now - self._since) / _HOUR
        self._since = now
        totals = self._totals[self._reverse]
        for index, rate in enumerate(self._rates):
            totals[index] += rate * hours

    def clear(self) -> None:
        """Set every register to 0, as when the controller is replaced."""
        for totals in self._totals:
            totals[:] = [0.0] * 8

    def write(self, registers: list[int]) -> None:
        """Put the totals into the input registers."""
        for start, totals in zip(_BLOCKS, self._totals, strict=True):
            for index, total in enumerate(totals):
                place = start + 2 * index
                registers[place], registers[place + 1] = high_low(total)
