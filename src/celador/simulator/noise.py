"""Random processes of the plant, all drawn from one seed and stepped once a second."""

from __future__ import annotations

import math
import random


def stream(*seed: object) -> random.Random:
    """A reproducible source of chance; the same seed gives the same numbers on every machine."""
    text = ":".join(str(part) for part in seed)
    return random.Random(text)  # noqa: S311 - a reproducible plant keeps no secret


class Wander:
    """A first-order autoregressive process of mean zero, stepped once a second.

    Args:
        rng: where its chance comes from.
        sigma: standard deviation in the long run.
        tau: correlation time, seconds.
    """

    __slots__ = ("_gauss", "_keep", "_kick", "value")

    def __init__(self, rng: random.Random, sigma: float, tau: float) -> None:
        self._gauss = rng.gauss
        self._keep = math.exp(-1 / tau)
        self._kick = sigma * math.sqrt(1 - self._keep**2)
        self.value = rng.gauss(0.0, sigma)

    def step(self) -> float:
        """One second later."""
        self.value = self.value * self._keep + self._gauss(0.0, self._kick)
        return self.value
