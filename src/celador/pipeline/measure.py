"""From decoded registers to the rows of `mediciones` and `contadores`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from celador.domain.blocks import Reply
from celador.domain.sample import (
    CounterReading,
    Quality,
    Sample,
    SwitchState,
    Value,
    forget_extremes_of_no_trip,
    signed_power,
)
from celador.pipeline.energy import EnergyGuard
from celador.profiles.codec import Decoder

Readings = Sequence[tuple[Reply, Decoder]]


def _decode(readings: Readings) -> tuple[dict[str, Value], Quality]:
    values: dict[str, Value] = {}
    quality = Quality.GOOD
    for reply, decoder in readings:
        decoded = decoder.decode(reply.cells)
        # A quantity is a number by the profile's schema; only points without one can be text.
        values.update(cast("dict[str, Value]", decoded.values))
        if decoded.out_of_range:
            quality |= Quality.OUT_OF_RANGE
        if decoded.refused:
            quality |= Quality.VALUES_REFUSED
    return values, quality


def measure(
    device_id: int,
    readings: Readings,
    position: tuple[SwitchState | None, Quality],
    *,
    whole: bool = True,
) -> Sample:
    """The row of `mediciones` of one poll.

    Args:
        device_id: `equipos.id`.
        readings: the analog replies with their decoders, keyed by quantity.
        position: state of the switch as read in the same cycle, and its mark.
        whole: False where a block of the group was refused altogether.

    Returns:
        The sample, at the instant when its last answer was whole.
    """
    values, quality = _decode(readings)
    values["p_act"], sign = signed_power(values.get("p_act"), values.get("dir_oc"))
    state, mark = position
    quality |= sign | mark
    if not whole:
        quality |= Quality.VALUES_REFUSED
    return Sample(device_id, readings[-1][0].answered_at, values, state, quality)


def count(
    device_id: int, readings: Readings, guard: EnergyGuard, *, whole: bool = True
) -> CounterReading:
    """The row of `contadores` of one poll; `guard` is the device's own, the rest as `measure`."""
    values, quality = _decode(readings)
    at = readings[-1][0].answered_at
    forget_extremes_of_no_trip(values)
    quality |= guard.check(values, at)
    if not whole:
        quality |= Quality.VALUES_REFUSED
    return CounterReading(device_id, at, values, quality)
