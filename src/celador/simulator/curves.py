"""Operating times of inverse-time overcurrent elements.

IEC 60255-151:2009: t = TMS k / (M^a - 1).
M is the current as a multiple of the pickup setting.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

Curve = Callable[[float], float]
"""Seconds to operate at a constant multiple M; infinite at M <= 1."""

_IEC: Mapping[str, tuple[float, float]] = {  # k, a
    "SI": (0.14, 0.02),
    "VI": (13.5, 1.0),
    "EI": (80.0, 2.0),
    "LTI": (120.0, 1.0),
}


def iec(name: str, multiplier: float) -> Curve:
    """The IEC curve SI, VI, EI or LTI with this time multiplier (TMS)."""
    k, a = _IEC[name]

    def seconds(multiple: float) -> float:
        return multiplier * k / (multiple**a - 1) if multiple > 1 else math.inf

    return seconds


def definite(delay: float) -> Curve:
    """The same time, in seconds, at every multiple above 1."""

    def seconds(multiple: float) -> float:
        return delay if multiple > 1 else math.inf

    return seconds
