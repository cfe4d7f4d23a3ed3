"""What a link to a device may be set to, and what it is set to where nobody says otherwise.

The configuration, the command line and the source take their defaults and limits from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

N = TypeVar("N", int, float)


@dataclass(frozen=True, slots=True)
class Bounded(Generic[N]):
    """A number with its default; both limits are allowed."""

    default: N
    least: N
    most: N


HOST_PATTERN = r"^[^\s/@\[\]]+$"
"""A name or an address alone."""

PORT = Bounded(502, 1, 65_535)
"""TCP port; 502 is the one registered for Modbus."""

UNIT = Bounded(1, 0, 255)
"""Modbus unit identifier."""

SERIAL_UNITS = range(1, 248)
"""Addresses of devices on a serial line (MODBUS over Serial Line V1.02, clause 2.2)."""

TIMEOUT_S = Bounded(1.0, 0.05, 60.0)
"""Longest silence before the link is given up, s."""

BAUDRATE = Bounded(9600, 300, 1_000_000)
"""Bits per second of a serial line."""

PARITY: Final = "N"
"""Parity of a serial line: N none, E even, O odd."""

STOPBITS: Final = 1
"""Stop bits of a serial line, 1 or 2."""
