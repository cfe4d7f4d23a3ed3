"""Samples: what one poll of one recloser gave, as it will stand in the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, IntFlag

from celador.domain.quantities import Role

Value = float | int | None


class SwitchState(IntEnum):
    """The column `estado`; unknown is None, never a number.

    LOCKED_OUT is a *fault* lockout: the controller also reports lockout after an operator's
    opening, which is OPEN here (ADR 0011).
    """

    OPEN = 0
    CLOSED = 1
    LOCKED_OUT = 2
    RECLOSING = 3


class Quality(IntFlag):
    """The column `calidad`: why a sample is less than whole; 0 is a good sample."""

    GOOD = 0
    STATUS_MISSING = 1  # the discrete inputs of this cycle could not be read: estado is NULL
    VALUES_REFUSED = 2  # the device refused some registers: their columns are NULL
    OUT_OF_RANGE = 4  # a register outside the guide's range was stored as NULL
    POSITION_CONTRADICTORY = 8  # open and closed both or neither: estado is NULL
    DIRECTION_UNKNOWN = 16  # the sign of p_act is not known; its magnitude is stored
    UNCONFIRMED = 32  # an energy jumped as none can; NULL until the next reading confirms it
    ROUNDED = 64  # in the historian only: a column of whole units there came with a fraction


@dataclass(frozen=True, slots=True)
class Sample:
    """One row of `mediciones`.

    Attributes:
        device_id: `equipos.id`.
        at: when the analog answer was whole, UTC in microseconds since 1970.
        values: quantity name (see `quantities.MEASUREMENTS`) to value in the quantity's unit; None
            or absent where the device could not give it.
        state: position of the switch, None when unknown.
        quality: what is less than whole.
    """

    device_id: int
    at: int
    values: Mapping[str, Value]
    state: SwitchState | None
    quality: Quality


@dataclass(frozen=True, slots=True)
class CounterReading:
    """One row of `contadores`; `values` is keyed by `quantities.COUNTERS`, otherwise as Sample."""

    device_id: int
    at: int
    values: Mapping[str, Value]
    quality: Quality


def switch_state(bits: Mapping[Role, bool | None]) -> tuple[SwitchState | None, Quality]:
    """Position of the switch from its status bits.

    Open and closed are two separate contacts: both or neither is a transit or a fault and yields
    no state (sheet of operations, 1.2).

    Args:
        bits: role to bit; None or absent for a bit that was not read.

    Returns:
        The state, None when it cannot be told, and the quality mark that says why.
    """
    opened, closed = bits.get(Role.OPEN), bits.get(Role.CLOSED)
    if opened is None or closed is None:
        return None, Quality.STATUS_MISSING
    if opened == closed or bits.get(Role.DISCONNECTED):
        return None, Quality.POSITION_CONTRADICTORY
    if closed:
        return SwitchState.CLOSED, Quality.GOOD
    return _open_state(bits)


def _open_state(bits: Mapping[Role, bool | None]) -> tuple[SwitchState | None, Quality]:
    # A bit that tells the kinds of "open" apart must have been read to be used against one.
    reclosing, lockout = bits.get(Role.RECLOSING), bits.get(Role.LOCKOUT)
    tripped = bits.get(Role.TRIPPED)
    if reclosing:
        return SwitchState.RECLOSING, Quality.GOOD
    if reclosing is None or lockout is None or (lockout and tripped is None):
        return None, Quality.STATUS_MISSING
    if lockout and tripped:
        return SwitchState.LOCKED_OUT, Quality.GOOD
    return SwitchState.OPEN, Quality.GOOD


def signed_power(magnitude: Value, direction: Value) -> tuple[Value, Quality]:
    """Total active power with the sign of the flow.

    The register is unsigned; the direction stands in a register of its own (0 forward, 1 reverse).
    Where the device does not know the direction the magnitude is kept and marked, because a load
    too small to have a direction is still a load.

    Args:
        magnitude: kW, 0 or more, None when unknown.
        direction: 0 forward, 1 reverse, None unknown.

    Returns:
        kW, negative for reverse flow, and the quality mark.
    """
    if magnitude is None:
        return None, Quality.GOOD
    if direction == 1:
        return -magnitude, Quality.GOOD
    if direction is None and magnitude:
        return magnitude, Quality.DIRECTION_UNKNOWN
    return magnitude, Quality.GOOD


_OVERCURRENT = ("disp_oc_a", "disp_oc_b", "disp_oc_c", "disp_ef", "disp_sef")
_EXTREMES = {
    "in_max": _OVERCURRENT,
    "ia_max": _OVERCURRENT,
    "ib_max": _OVERCURRENT,
    "ic_max": _OVERCURRENT,
    "uv_min": ("disp_uv",),
    "uf_min": ("disp_uf",),
}


def forget_extremes_of_no_trip(values: dict[str, Value]) -> None:
    """Set to None the extremes "before the last trip" of a device that never tripped so.

    Their registers hold 0 then, which reads like a measurement.

    Args:
        values: counters by quantity name; changed in place.
    """
    for name, counters in _EXTREMES.items():
        if values.get(name) == 0 and all(values.get(counter) == 0 for counter in counters):
            values[name] = None
