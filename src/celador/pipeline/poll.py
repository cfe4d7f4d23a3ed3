"""The polling of one recloser: a loop of cycles that nothing but its own device can delay."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from celador.domain.blocks import Block, Reply
from celador.domain.errors import DeviceRefusedError, SourceError
from celador.domain.sample import Quality
from celador.pipeline.counts import PollCounts
from celador.pipeline.detect import (
    Seen,
    StatusTracker,
    interval_start,
    link_event,
    point_event,
    refusal_event,
)
from celador.pipeline.device_clock import ClockReading
from celador.pipeline.energy import EnergyGuard
from celador.pipeline.measure import count, measure
from celador.pipeline.plans import Plans, Step
from celador.pipeline.schedule import Agenda, Due, Group
from celador.pipeline.watch import Watch
from celador.ports import Clock, Record, Source
from celador.profiles.codec import Decoder

Sink = Callable[[Sequence[Record]], None]


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long a dead device is left alone: doubling from `first` to `most` seconds, with jitter.

    The jitter keeps a fleet behind one broken radio from coming back in step.
    """

    first: float = 1.0
    most: float = 60.0

    def delay(self, failures: int, chance: float) -> float:
        """Seconds to wait after the `failures`-th failure in a row; `chance` is in [0, 1)."""
        longest = min(self.most, self.first * 2.0 ** min(failures - 1, 32))
        return longest * (0.5 + chance / 2)


@dataclass(slots=True)
class _Harvest:
    """What one cycle brought: replies by group, and the groups that were not had whole."""

    parts: dict[Group, list[tuple[Reply, Decoder]]] = field(default_factory=dict)
    lacking: set[Group] = field(default_factory=set)
    error: SourceError | None = None
    refusal: DeviceRefusedError | None = None


class DevicePoller:
    """Polls one device for ever and hands records to the sink."""

    def __init__(
        self,
        device_id: int,
        source: Source,
        plans: Plans,
        agenda: Agenda,
        sink: Sink,
        clock: Clock,
        *,
        backoff: Backoff | None = None,
        chance: random.Random | None = None,
        watch: Watch | None = None,
    ) -> None:
        """Prepare; `watch` holds the rules that look at every cycle, None for none."""
        self.device_id = device_id
        self.counts = PollCounts()
        self.link_up: bool | None = None
        self._source = source
        self._plans = plans
        self._agenda = agenda
        self._sink = sink
        self._clock = clock
        self._backoff = backoff or Backoff()
        self._chance = chance or random.Random()  # noqa: S311 -- jitter, not a secret
        self.watch = watch
        self._tracker = StatusTracker(plans.status_points, watch.past if watch else None)
        self._status_at: int | None = None  # when this cycle read it, None when it did not
        self._energies = EnergyGuard()
        self._failures = 0
        self._last_good: Seen | None = None
        self._clock_answers = self._clock_silent = False
        self._refused: set[Block] = set()
        self._refused_all = False
        self._notes: list[tuple[Step, DeviceRefusedError | None]] = []

    async def run(self) -> None:
        """Poll until cancelled; the link is closed on the way out."""
        clock, agenda = self._clock, self._agenda
        agenda.start(clock.now(), clock.monotonic())
        try:
            while True:
                due = agenda.next()
                await clock.sleep(due.at - clock.monotonic())
                self.counts.late_by(clock.monotonic() - due.at)
                await self._cycle(due)
        finally:
            if self.watch is not None:
                self._sink(self.watch.memories())
            await self._source.close()

    async def _cycle(self, due: Due) -> None:
        groups = self._groups(due)
        harvest = await self._read(self._plans.steps(groups))
        self._refused_all = not harvest.parts and harvest.refusal is not None
        if self._refused_all and groups == self._agenda.groups:
            harvest.error = harvest.refusal
        now = Seen(self._clock.now(), self._clock.monotonic())
        records: list[Record] = []
        if harvest.parts and harvest.error is None:
            self._came_up(records, now)
        self._interpret(groups, harvest, records, now)
        self._tell_refusals(records, now, link_lost=harvest.error is not None)
        self._conclude(records, now)
        if harvest.error is not None:
            self._went_down(harvest.error, records, now)
            wait = self._backoff.delay(self._failures, self._chance.random())
            self._agenda.postpone(now.wall, now.monotonic, wait)
        else:
            self.counts.skipped += self._agenda.done(due, now.wall, now.monotonic)
        if records:
            self._sink(records)
        if "clock" in groups and harvest.parts and harvest.error is None:
            await self._ask_clock()

    async def _ask_clock(self) -> None:
        """Look at the device's own clock, last of all; one without is no worse for it."""
        step, watch = self._plans.clock, self.watch
        if step is None or watch is None or self._clock_silent:
            return
        try:
            reply = await self._source.read(step.block)
        except DeviceRefusedError:
            return
        except SourceError:
            # Waiting in vain costs polls: one that never answered is not asked again before the
            # link was down. Of one that has, a lost packet says nothing.
            self._clock_silent = not self._clock_answers
            return
        self._clock_answers = True
        ((_, decoder),) = step.parts
        for raw in decoder.decode(reply.cells).values.values():
            if isinstance(raw, int):
                monotonic = self._clock.monotonic()
                reading = ClockReading(raw, reply.requested_at, reply.answered_at, monotonic)
                if found := watch.clock(reading):
                    self._sink(found)

    def _conclude(self, records: list[Record], now: Seen) -> None:
        if self.watch is None:
            return
        at, self._status_at = self._status_at, None
        values = None if at is None else self._tracker.values
        self.watch.conclude(records, values, now.wall if at is None else at)

    def _groups(self, due: Due) -> frozenset[Group]:
        # A link that was down is asked for everything: the first answer shows the whole picture.
        # So is one that refused all it was asked for: whoever refuses everything is not there.
        if not self.link_up or self._refused_all:
            return self._agenda.groups
        # A sample says where the switch was: its bits are read with it, whatever their own period.
        # The clock is no reason for a cycle either: it follows one.
        return due.groups if due.groups == {"counters"} else due.groups | {"status"}

    async def _read(self, steps: Sequence[Step]) -> _Harvest:
        harvest = _Harvest()
        # One lost packet is no outage: a link that worked is tried once more before it is down.
        tries = 2 if self.link_up else 1
        refusal: DeviceRefusedError | None = None
        for step in steps:
            reply: Reply | None = None
            while reply is None:
                try:
                    reply = await self._source.read(step.block)
                except DeviceRefusedError as error:
                    refusal = error
                    self._note_refusal(step, error)
                    harvest.lacking.update(group for group, _ in step.parts)
                    break
                except SourceError as error:
                    tries -= 1
                    if tries == 0:
                        harvest.error = error
                        return harvest
                    self.counts.retries += 1
            else:
                self._note_answer(step)
                for group, decoder in step.parts:
                    harvest.parts.setdefault(group, []).append((reply, decoder))
        harvest.refusal = refusal
        return harvest

    def _interpret(
        self, groups: frozenset[Group], harvest: _Harvest, records: list[Record], now: Seen
    ) -> None:
        if harvest.error is not None:
            # A group cut off in the middle would look like one that the device refused in part.
            for group in self._plans.spanning:
                harvest.parts.pop(group, None)
        if "status" in groups:
            self._status(harvest, records, now)
        lacking = harvest.lacking
        if analog := harvest.parts.get("analog"):
            whole = "analog" not in lacking
            records.append(measure(self.device_id, analog, self._tracker.state, whole=whole))
        if counters := harvest.parts.get("counters"):
            whole = "counters" not in lacking
            reading = count(self.device_id, counters, self._energies, whole=whole)
            records.append(reading)
            if Quality.UNCONFIRMED in reading.quality:
                self._agenda.recount(now.monotonic)

    def _status(self, harvest: _Harvest, records: list[Record], now: Seen) -> None:
        parts = harvest.parts.get("status")
        if parts is None or "status" in harvest.lacking:
            self._tracker.forget_position()
            return
        seen = Seen(parts[0][0].answered_at, now.monotonic)
        changes = self._tracker.update(parts, seen)
        self._status_at = seen.wall
        records.extend(point_event(self.device_id, change, seen) for change in changes)
        if any(change.point.burst for change in changes):
            self._agenda.change(now.monotonic)

    def _came_up(self, records: list[Record], now: Seen) -> None:
        self.counts.cycles += 1
        self._failures = 0
        if not self.link_up:
            since = None if self._last_good is None else interval_start(self._last_good, now)
            first = self.link_up is None
            records.append(
                link_event(self.device_id, up=True, at=now.wall, since=since, first=first)
            )
        self.link_up = True
        self._last_good = now

    def _went_down(self, error: SourceError, records: list[Record], now: Seen) -> None:
        self.counts.failures += 1
        self._failures += 1
        self._tracker.forget_position()
        if self.watch is not None:
            records.extend(self.watch.silent(now.wall))
        self._clock_silent = False
        if self.link_up is not False:
            since = None if self._last_good is None else interval_start(self._last_good, now)
            records.append(
                link_event(
                    self.device_id,
                    up=False,
                    at=now.wall,
                    since=since,
                    first=self.link_up is None,
                    error=error,
                )
            )
        self.link_up = False

    def _note_refusal(self, step: Step, error: DeviceRefusedError) -> None:
        self.counts.refusals += 1
        if step.block not in self._refused:
            self._refused.add(step.block)
            self._notes.append((step, error))

    def _note_answer(self, step: Step) -> None:
        if step.block not in self._refused:
            return
        self._refused.discard(step.block)
        untold = [note for note in self._notes if note[0].block == step.block]
        for note in untold:
            self._notes.remove(note)
        if not untold:
            self._notes.append((step, None))

    def _tell_refusals(self, records: list[Record], now: Seen, *, link_lost: bool) -> None:
        """Rows where a block stops or starts being given; a lost link speaks for itself."""
        if self._refused_all and not link_lost:
            return  # the next cycle shows whether anybody is there at all
        for step, error in self._notes:
            if not link_lost:
                groups = [group for group, _ in step.parts]
                records.append(refusal_event(self.device_id, groups, error, at=now.wall))
        if link_lost:
            self._refused.clear()
        self._notes.clear()
