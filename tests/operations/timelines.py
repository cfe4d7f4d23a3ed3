"""Timelines through the real poller and the rules; what is on record against what they say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from celador.domain.memory import Memory
from celador.pipeline.operations.settings import SequenceSettings
from celador.pipeline.plans import Plans
from celador.pipeline.poll import Backoff, DevicePoller
from celador.pipeline.schedule import Agenda, Burst
from celador.pipeline.watch import Watch
from celador.replaying import Player
from celador.sources.timeline import Timeline
from celador.surfaces.replay import Found, differences
from tests.operations.probe import RC10, READER, Ledger

FOLDER = Path(__file__).parent / "timelines"
PLANS = Plans(RC10)


class Stage:
    """A poller and its rules without a disk; everything is read at every poll."""

    def __init__(self, timeline: Timeline, period: float) -> None:
        self.player = Player(timeline, period)
        self.ledger = Ledger()
        self._rules = SequenceSettings(status_period_s=period, **timeline.rules)  # type: ignore[arg-type]
        self._period = period
        self._memory: Memory | None = None
        self.watch: Watch | None = None

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[None]:
        period, clock = self._period, self.player.clock
        self.watch = Watch(1, READER, self._rules, self._memory)
        agenda = Agenda(
            {"status": period, "analog": period, "counters": period}, 0.0, Burst(period, 0.0, ())
        )
        poller = DevicePoller(
            1,
            self.player.source(),
            PLANS,
            agenda,
            self._take,
            clock,
            backoff=Backoff(period / 2, period / 2),
            watch=self.watch,
        )
        task = asyncio.create_task(poller.run())
        try:
            yield
            assert not task.done(), task.exception()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _take(self, records: object) -> None:
        assert isinstance(records, list)
        self.ledger.add(records)
        for record in records:
            if isinstance(record, Memory):
                self._memory = record


def played(timeline: Timeline, period: float) -> Stage:
    """The stage after the whole of the file."""
    stage = Stage(timeline, period)
    asyncio.run(stage.player.play(stage.begin))
    return stage


def against(timeline: Timeline, period: float) -> list[str]:
    """What is not as the file says, one line each."""
    stage = played(timeline, period)
    ledger, watch = stage.ledger, stage.watch
    assert watch is not None
    found = Found(
        list(ledger.operations.values()),
        list(ledger.outages.values()),
        ledger.events,
        state=watch.context.state.value,
        difference=watch.audit.difference,
    )
    return differences(timeline.expected[period], found, period=period, zero=stage.player.zero)
