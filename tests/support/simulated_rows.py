"""Rows of `mediciones` as a poller brings them from simulated controllers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime

from celador.domain.blocks import Reply, Table
from celador.domain.quantities import MEASUREMENT_NAMES
from celador.domain.sample import Quality, Sample, SwitchState
from celador.pipeline.measure import measure
from celador.profiles.codec import Decoder
from celador.profiles.plan import PlannedBlock, plan_points
from celador.profiles.schema import Point, load_profile
from celador.simulator.controller import SimulatedController

COLUMNS = ("fecha_hora", "equipo_id", "calidad", "estado", *MEASUREMENT_NAMES)
Row = tuple[float | int | None, ...]

_ANSWER = 30_000  # µs that an answer takes, give or take a few


def row_of(sample: Sample) -> Row:
    """The values of one row, in the order of COLUMNS."""
    state = None if sample.state is None else int(sample.state)
    values = map(sample.values.get, MEASUREMENT_NAMES)
    return (sample.at, sample.device_id, int(sample.quality), state, *values)


def simulated_rows(device: int, start: int, period: float, count: int) -> Iterator[Row]:
    """Rows of one recloser under ordinary load, polled every `period` seconds from `start` (µs).

    Instants carry the jitter of a network; values have the registers' resolution.
    """
    chance = random.Random(device)
    begin = datetime.fromtimestamp(start / 1_000_000, UTC)
    controller = SimulatedController(f"R{device}", seed=device, start=begin)
    decoders = [(planned.block, Decoder(planned, key=_quantity)) for planned in _blocks()]
    position = (SwitchState.CLOSED, Quality.GOOD)
    for number in range(count):
        now = number * period
        at = start + round(now * 1_000_000) + _ANSWER + round(chance.gauss(0, 1500))
        readings = []
        for block, decoder in decoders:
            cells = tuple(controller.read_input_registers(block.address, block.count, now))
            readings.append((Reply(block, cells, True, at - _ANSWER, at), decoder))
        yield row_of(measure(device, readings, position))


def _quantity(point: Point) -> str | None:
    return point.quantity


def _blocks() -> tuple[PlannedBlock, ...]:
    profile = load_profile("noja-rc10")
    points = [p for p in profile.group("analog") if p.table is Table.INPUT_REGISTER]
    return plan_points(profile, points)
