"""One look at everything that a device tells, for people who connect or check one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from celador.domain.blocks import Reply
from celador.domain.errors import DeviceRefusedError
from celador.ports import Clock, Source
from celador.profiles.codec import Decoded, Decoder
from celador.profiles.plan import PlannedBlock, plan_points
from celador.profiles.schema import Point, Profile

PointQuality = Literal["good", "not_computable", "out_of_range", "refused"]


@dataclass(frozen=True, slots=True)
class Reading:
    """One point of a snapshot.

    Attributes:
        point: what was read.
        value: in the point's unit; None where it is not known.
        raw: the cells as they came; None for a cell that the device refused.
        quality: why the value is not known, or "good".
        age: seconds from the request to the end of the snapshot; None where nothing was answered.
    """

    point: Point
    value: float | int | str | None
    raw: tuple[int | None, ...]
    quality: PointQuality
    age: float | None


async def snapshot(source: Source, profile: Profile, clock: Clock) -> list[Reading]:
    """Read every point of the profile once.

    A block that the device refuses altogether gives readings of quality "refused": one table that
    a device does not have must not hide the others.

    Raises:
        LinkError, BadAnswerError: as `ports.Source.read`.
    """
    replies: list[tuple[PlannedBlock, Reply | None]] = []
    for planned in plan_points(profile, profile.points):
        try:
            replies.append((planned, await source.read(planned.block)))
        except DeviceRefusedError:
            replies.append((planned, None))
    now = clock.now()
    return [reading for planned, reply in replies for reading in _readings(planned, reply, now)]


def _readings(planned: PlannedBlock, reply: Reply | None, now: int) -> list[Reading]:
    if reply is None:
        return [
            Reading(point, None, (None,) * point.count, "refused", None) for point in planned.points
        ]
    decoded = Decoder(planned).decode(reply.cells)
    age = (now - reply.requested_at) / 1_000_000
    return [_reading(point, reply, decoded, age) for point in planned.points]


def _reading(point: Point, reply: Reply, decoded: Decoded, age: float) -> Reading:
    first = point.address - reply.block.address
    value = decoded.values[point.key]
    quality: PointQuality = "good"
    if point.key in decoded.refused:
        quality = "refused"
    elif point.key in decoded.out_of_range:
        quality = "out_of_range"
    elif value is None:
        quality = "not_computable"
    return Reading(point, value, tuple(reply.cells[first : first + point.count]), quality, age)
