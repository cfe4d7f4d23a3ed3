"""The rules in the polling loop: their records, their memory, and a kill at any moment."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from typing import TypeVar

import pytest

from celador.domain.event import Event, EventKind
from celador.domain.memory import Memory
from celador.domain.operation import Operation, RecordQuality, Result
from celador.domain.outage import Outage
from celador.pipeline.operations.facts import FactReader
from celador.pipeline.operations.settings import SequenceSettings
from celador.pipeline.plans import Plans
from celador.pipeline.poll import Backoff, DevicePoller
from celador.pipeline.schedule import Agenda, Burst
from celador.pipeline.watch import Watch
from celador.ports import Record
from celador.profiles.schema import load_profile
from tests.support.clock import MIDNIGHT, TurnedClock, settle
from tests.support.device import (
    AR_INITIATED,
    CLOSED,
    LOCKOUT,
    OPEN,
    OPEN_OC3,
    OPEN_PROT,
    VAR32,
    ScriptedDevice,
)

PROFILE = load_profile("noja-rc10")
RC10 = Plans(PROFILE)
READER = FactReader.of(PROFILE)
CLOSED_AR = 75
CO, OC_A, IA_MAX = 71, 74, 82
SECOND = 1_000_000
T = TypeVar("T")
Deed = Callable[[], Coroutine[None, None, None] | None]


class Station:
    """A recloser, the disk beside it, and a monitor that may be killed."""

    def __init__(self, settings: SequenceSettings | None = None) -> None:
        self.clock = TurnedClock(MIDNIGHT)
        self.device = ScriptedDevice(self.clock)
        self.device.registers[CO] = 240
        self.device.registers[4:10] = [7621] * 6
        self.disk: list[Sequence[Record]] = []
        self.settings = settings or SequenceSettings()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        memory = next((m for m in reversed(self.kept(Memory)) if m.subject == "operaciones"), None)
        agenda = Agenda({"status": 1.0, "analog": 5.0, "counters": 60.0}, 0.0, Burst())
        self.poller = DevicePoller(
            1,
            self.device,
            RC10,
            agenda,
            lambda records: self.disk.append(tuple(records)),
            self.clock,
            backoff=Backoff(1.0, 8.0),
            chance=random.Random(1),
            watch=Watch(1, READER, self.settings, memory),
        )
        self._task = asyncio.create_task(self.poller.run())
        await settle()

    async def kill(self) -> None:
        """Stop without a farewell: what the last breath would have stored is lost."""
        assert self._task is not None
        self._task.cancel()
        said = len(self.disk)
        await asyncio.gather(self._task, return_exceptions=True)
        del self.disk[said:]

    async def stop(self) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def kept(self, kind: type[T]) -> list[T]:
        """Everything of one kind that is on the disk, in order."""
        return [record for batch in self.disk for record in batch if isinstance(record, kind)]

    def trip(self) -> None:
        self.show(OPEN, OPEN_PROT, OPEN_OC3, AR_INITIATED)
        self.count(OC_A)
        self.device.registers[IA_MAX] = 1840

    def reclose(self) -> None:
        self.show(CLOSED, CLOSED_AR)
        self.count(CO)

    def lock_out(self) -> None:
        self.show(OPEN, OPEN_PROT, OPEN_OC3, LOCKOUT)
        self.count(OC_A)

    def show(self, *bits: int) -> None:
        """Set these status bits and no others."""
        self.device.bits[:] = [int(address in bits) for address in range(190)]

    def count(self, register: int) -> None:
        self.device.registers[register] = (self.device.registers[register] or 0) + 1

    def operations(self) -> list[Operation]:
        return list({each.key: each for each in self.kept(Operation)}.values())

    def outages(self) -> list[Outage]:
        return list({each.key: each for each in self.kept(Outage)}.values())


async def test_what_the_rules_conclude_is_stored_with_the_cycle_and_the_memory_last() -> None:
    station = Station()
    await station.start()
    await station.clock.advance(20.5)
    station.trip()
    await station.clock.advance(1.0)
    batch = next(b for b in station.disk if any(isinstance(r, Operation) for r in b))
    await station.stop()
    kinds = [type(record).__name__ for record in batch]
    assert kinds[-3:] == ["Operation", "Outage", "Memory"]
    assert {each.point for each in batch if isinstance(each, Event)} >= {"open", "open_oc3_fwd"}
    (operation,) = [each for each in batch if isinstance(each, Operation)]
    assert (operation.start.lo, operation.start.hi) == (
        MIDNIGHT + 20 * SECOND,
        MIDNIGHT + 21 * SECOND,
    )


async def test_currents_come_with_the_counters_that_a_change_makes_read() -> None:
    station = Station()
    await station.start()
    await station.clock.advance(20.5)
    station.lock_out()
    station.device.registers[IA_MAX] = 1840
    await station.clock.advance(8.0)
    await station.stop()
    (operation,) = station.operations()
    assert operation.result is Result.LOCKOUT
    assert (operation.extremes.ia, operation.own_extremes, operation.phases) == (1840.0, True, "A")
    assert operation.counters_before is not None
    assert operation.counters_after is not None
    assert operation.counters_after["disp_oc_a"] == operation.counters_before["disp_oc_a"] + 1


@pytest.mark.parametrize("killed_at", [round(19.3 + 0.7 * n, 1) for n in range(64)])
async def test_a_kill_at_any_moment_of_a_sequence_leaves_one_right_record(killed_at: float) -> None:
    station = Station()
    deeds: list[tuple[float, Deed]] = [
        (20.5, station.trip),
        (30.5, station.reclose),
        (50.5, station.lock_out),
        (killed_at, station.kill),
        (killed_at + 3.0, station.start),
    ]
    await station.start()
    now = 0.0
    for at, deed in sorted(deeds, key=lambda pair: pair[0]):
        await station.clock.advance(at - now)
        now = at
        if (result := deed()) is not None:
            await result
    await station.clock.advance(80.0 - now)
    await station.stop()
    (operation,) = station.operations()
    assert (operation.result, operation.trips, operation.recloses) == (Result.LOCKOUT, 2, 1)
    assert (operation.cycles, operation.phases, operation.extremes.ia) == (1, "A", 1840.0)
    assert operation.start.lo is not None
    assert operation.end is not None
    assert operation.start.lo < MIDNIGHT + 20.5 * SECOND <= operation.start.hi
    assert operation.end.lo is not None
    assert operation.end.lo < MIDNIGHT + 50.5 * SECOND <= operation.end.hi
    first, second = station.outages()
    assert first.end is not None
    assert first.end.lo is not None
    assert second.end is None
    assert first.end.lo < MIDNIGHT + 30.5 * SECOND <= first.end.hi


async def test_a_point_that_changed_while_nobody_watched_is_an_event_from_then() -> None:
    station = Station()
    await station.start()
    await station.clock.advance(70.2)
    await station.kill()
    station.show(CLOSED, VAR32)
    await station.clock.advance(100.0)
    await station.start()
    await station.clock.advance(5.0)
    await station.stop()
    (changed,) = [
        e for e in station.kept(Event) if e.kind is EventKind.POINT and e.point == "var32"
    ]
    # The memory is a minute old at most; two reads had to agree.
    assert changed.since is not None
    assert MIDNIGHT + 10 * SECOND <= changed.since <= MIDNIGHT + 70 * SECOND
    assert MIDNIGHT + 170 * SECOND < changed.at <= MIDNIGHT + 173 * SECOND
    gaps = [e for e in station.kept(Event) if e.point == "hueco_de_datos"]
    assert len(gaps) == 1


async def test_a_clean_stop_leaves_no_wider_gap_than_the_stop_itself() -> None:
    station = Station()
    await station.start()
    await station.clock.advance(40.2)
    await station.stop()
    await station.clock.advance(30.0)
    await station.start()
    await station.clock.advance(5.0)
    await station.stop()
    (gap,) = [e for e in station.kept(Event) if e.point == "hueco_de_datos"]
    assert gap.since == MIDNIGHT + 40 * SECOND
    assert [e.point for e in station.kept(Event)].count("inicio_de_supervision") == 1


async def test_a_wall_clock_set_back_an_hour_does_not_hold_the_sequence_up() -> None:
    station = Station()
    await station.start()
    await station.clock.advance(20.5)
    station.trip()
    await station.clock.advance(10.0)
    station.reclose()
    await station.clock.advance(5.0)
    station.clock.step_wall(-3600.0)
    await station.clock.advance(40.0)
    await station.stop()
    (operation,) = station.operations()
    assert operation.result is Result.RECLOSED
    assert operation.quality is RecordQuality.OBSERVED


async def test_memory_that_this_version_cannot_use_is_no_memory() -> None:
    station = Station()
    station.disk.append((Memory(1, MIDNIGHT, "operaciones", '{"at": "x"}'),))
    await station.start()
    await station.clock.advance(5.0)
    await station.stop()
    assert [e.point for e in station.kept(Event)].count("inicio_de_supervision") == 1
