"""What a store holds of one recloser, as a timeline that can be replayed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any

from celador.documents import load
from celador.domain.blocks import Table
from celador.domain.device import Device
from celador.domain.errors import StoreError
from celador.domain.event import Event, EventKind
from celador.domain.memory import Memory
from celador.domain.quantities import COUNTER_NAMES, MEASUREMENT_NAMES
from celador.pipeline.watch import Remembered
from celador.ports import SampleQuery, SampleRow, SupplyReader
from celador.profiles.encode import encode
from celador.profiles.schema import Point, Profile
from celador.sources.timeline import reference

_EARLIER = 100_000  # µs; a poll of the replay, a little earlier in its second, sees the same
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PENDING = 60.0  # s watched beyond the end, so that what was under way can end

Cell = tuple[Table, int]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What to record.

    Attributes:
        device: the recloser.
        profile: its map.
        start: first instant, included, UTC in microseconds since 1970.
        end: last instant, excluded.
        memory: what the rules remember; it says how the bits are now. None where nothing is.
    """

    device: Device
    profile: Profile
    start: int
    end: int
    memory: Memory | None


class Recording:
    """Makes the lines of a timeline out of a store."""

    def __init__(self, reader: SupplyReader, what: Recorded) -> None:
        """Prepare; `reader` is the store."""
        self._reader = reader
        self._what = what
        points = what.profile.points
        self._bits = {point.key: point for point in points if point.group == "status"}
        self._quantities = {point.quantity: point for point in points if point.quantity}
        self._cells: dict[Cell, int | None] = {}

    def lines(self) -> Iterator[str]:
        """The file, line by line."""
        what = self._what
        begins = (_EPOCH + timedelta(microseconds=what.start)).isoformat()
        yield f"# {what.device.name}, from the store of its monitor; profile {what.profile.name}"
        yield "points"
        yield "blank"
        yield f"begins {begins}"
        yield f"until {(what.end - what.start) / 1_000_000 + _PENDING:.1f}"
        first = {cell: value for cell, value in self._status_at_start().items() if value != 0}
        yield self._line(what.start, first)
        yield from self._silences()
        columns = (MEASUREMENT_NAMES, COUNTER_NAMES)
        streams = (self._changes(), *map(self._readings, columns))
        for at, found in groupby(merge(*streams, key=itemgetter(0)), key=itemgetter(0)):
            cells = {cell: value for _, each in found for cell, value in each.items()}
            fresh = {cell: new for cell, new in cells.items() if self._cells.get(cell, 0) != new}
            if fresh:
                yield self._line(max(at - _EARLIER, what.start), fresh)

    def _line(self, at: int, cells: Mapping[Cell, int | None]) -> str:
        self._cells.update(cells)
        seconds = (at - self._what.start) / 1_000_000
        words = (_word(cell, value) for cell, value in sorted(cells.items(), key=_place))
        return f"{seconds:.3f} {' '.join(words)}".rstrip()

    def _status_at_start(self) -> dict[Cell, int | None]:
        """How the bits were: as they are remembered, less what has changed since."""
        what, bits = self._what, {}
        if what.memory is not None:
            bits = dict(_remembered(what.device, what.memory).points)
        for event in self._events(what.start, 2**62):
            bits.pop(event.point, None)
        # The first change of a bit tells how it was before; without one it is as remembered.
        for event in self._events(what.start, 2**62):
            bits.setdefault(event.point, event.old)
        known: dict[Cell, int | None] = {}
        for key, value in bits.items():
            if key in self._bits:
                known.update(_cells(self._bits[key], _number(value)))
        return known

    def _events(self, start: int, end: int) -> Iterator[Event]:
        for event in self._reader.events(start, end, (self._what.device.id,)):
            if event.kind is EventKind.POINT and event.device_id is not None:
                yield event

    def _changes(self) -> Iterator[tuple[int, dict[Cell, int | None]]]:
        for event in self._events(self._what.start, self._what.end):
            if (point := self._bits.get(event.point)) is not None:
                yield event.at, _cells(point, _number(event.new))

    def _readings(self, names: Sequence[str]) -> Iterator[tuple[int, dict[Cell, int | None]]]:
        columns = [name for name in names if name in self._quantities]
        first = True
        for row in self._rows(names is MEASUREMENT_NAMES, columns):
            cells: dict[Cell, int | None] = {}
            for name, value in zip(columns, row.values, strict=True):
                magnitude = abs(value) if name == "p_act" and value is not None else value
                cells.update(_cells(self._quantities[name], magnitude))
            yield (self._what.start if first else row.at), cells
            first = False

    def _rows(self, samples: bool, columns: Sequence[str]) -> Iterator[SampleRow]:
        what = self._what
        if samples:
            query = SampleQuery(what.start, what.end, tuple(columns), (what.device.id,))
            return self._reader.samples(query)
        return self._reader.readings(what.start, what.end, columns, what.device.id)

    def _silences(self) -> Iterator[str]:
        """Where the link was down, and where the monitor did not run."""
        what = self._what
        down: int | None = None
        last = what.start
        for event in self._reader.events(what.start, what.end, (what.device.id,)):
            if event.kind is EventKind.LINK and event.new == "abajo":
                down = event.at if event.since is None else event.since
            elif event.kind is EventKind.LINK and down is not None:
                yield from self._silence(down, event.at)
                down = None
            elif event.kind is EventKind.SYSTEM and event.point == "inicio":
                yield from self._silence(last if down is None else down, event.at)
                yield f"restart {(event.at - what.start) / 1_000_000:.3f}"
                down = None
            last = event.at
        if down is not None:
            yield from self._silence(down, what.end + round(_PENDING * 1_000_000))

    def _silence(self, first: int, last: int) -> Iterator[str]:
        begin, end = ((at - self._what.start) / 1_000_000 for at in (first, last - _EARLIER))
        if max(begin, 0.0) < end:
            yield f"silence {max(begin, 0.0):.3f} {end:.3f}"


def _remembered(device: Device, memory: Memory) -> Remembered:
    try:
        return load(Remembered, memory.document)
    except ValueError as error:
        message = (
            f"how the bits of {device.name} stand was noted by another version of Celador: record "
            "with that version, or let this one's monitor run on the store first"
        )
        raise StoreError(message) from error


def _cells(point: Point, value: float | None) -> dict[Cell, int | None]:
    if point.table in (Table.COIL, Table.DISCRETE_INPUT):
        return {(point.table, point.address): None if value is None else int(value)}
    places = range(point.address, point.end)
    return {
        (point.table, place): cell for place, cell in zip(places, encode(point, value), strict=True)
    }


def _number(value: Any) -> float | None:  # noqa: ANN401 -- as rules remember it, or as text
    try:
        return None if value is None else float(value)
    except ValueError:
        return None


def _place(item: tuple[Cell, int | None]) -> tuple[int, int]:
    (table, address), _ = item
    return table.function, address


def _word(cell: Cell, value: int | None) -> str:
    table, address = cell
    name = reference(table, address)
    if table.is_bits and value is not None:
        return name if value else f"-{name}"
    return f"{name}={'?' if value is None else value}"
