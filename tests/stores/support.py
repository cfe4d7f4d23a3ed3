"""What the tests of the stores share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from celador.domain.device import Device
from celador.domain.event import Event, EventKind, Origin
from celador.domain.sample import CounterReading, Quality, Sample, SwitchState, Value
from celador.ports import CommitListener, EdgeStore, FullReader, Record
from celador.stores.sqlite import SqliteReader, SqliteStore
from tests.support.clock import MIDNIGHT, TurnedClock

SECOND = 1_000_000
DAY = 86_400 * SECOND

DEVICES = (
    Device(
        1, "Norte", "Ruta 5 km 12", "noja-rc10", 13_200.0, customers=420, kva=1_250.0, period_s=5.0
    ),
    Device(2, "Ñandú", "", "noja-rc10", 33_000.0),
)


def sample(
    at: int,
    values: Mapping[str, Value] | None = None,
    *,
    device: int = 1,
    state: SwitchState | None = SwitchState.CLOSED,
    quality: Quality = Quality.GOOD,
) -> Sample:
    return Sample(
        device, MIDNIGHT + at, {"ia": 100.0} if values is None else values, state, quality
    )


def counters(at: int, *, device: int = 1) -> CounterReading:
    return CounterReading(device, MIDNIGHT + at, {"co_total": 7, "kvah_dir": 12.5}, Quality.GOOD)


def event(at: int, *, device: int | None = 1, new: str = "1") -> Event:
    return Event(
        device_id=device,
        at=MIDNIGHT + at,
        since=None,
        kind=EventKind.POINT,
        point="lockout",
        old=None,
        new=new,
        text_es="Bloqueo",
        text_en="Lockout",
        origin=Origin.DEVICE,
    )


class LiveClock(TurnedClock):
    """Its monotonic hand moves by itself too, for stores whose disk fails and that try again."""

    def monotonic(self) -> float:
        return super().monotonic() + time.monotonic()


async def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Return when the condition holds; fail when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        await asyncio.sleep(0.01)


class Harness(Protocol):
    """One kind of store, as the contract suite needs it."""

    clock: TurnedClock

    def fresh(self) -> None:
        """From now on, a store that is new and empty."""

    async def open(
        self,
        on_commit: CommitListener | None = None,
        devices: Sequence[Device] = DEVICES,
    ) -> EdgeStore:
        """Open the store for writing."""

    def reader(self, now: Callable[[], int] = ...) -> FullReader:
        """Open the store for reading."""

    def storable(self, batches: Sequence[Sequence[Record]]) -> list[list[Record]]:
        """What of these records, put right where need be, this store keeps exactly."""


class SqliteHarness:
    """The embedded store in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.clock = TurnedClock()
        self._folder = folder
        self._number = 0
        self.path = folder / "0" / "celador.db"

    def fresh(self) -> None:
        self._number += 1
        self.path = self._folder / str(self._number) / "celador.db"

    async def open(
        self,
        on_commit: CommitListener | None = None,
        devices: Sequence[Device] = DEVICES,
    ) -> SqliteStore:
        return await SqliteStore.open(
            self.path, devices=devices, collector="campo", clock=self.clock, on_commit=on_commit
        )

    def reader(self, now: Callable[[], int] = lambda: MIDNIGHT + DAY) -> SqliteReader:
        return SqliteReader(self.path, now=now)

    def storable(self, batches: Sequence[Sequence[Record]]) -> list[list[Record]]:
        return [list(batch) for batch in batches]


def instants(records: Sequence[Record]) -> list[int]:
    return [record.at - MIDNIGHT for record in records]


async def write(harness: Harness, records: Sequence[Record]) -> None:
    """Make a store with these records."""
    store = await harness.open()
    store.add(records)
    await store.close()
