"""Replays: a timeline turns the clock and stands in the place of the device; the rest is real."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager

from celador.clock import TurnedClock
from celador.domain.blocks import Block, Table
from celador.domain.errors import SimulatorError, TimelineError
from celador.simulator.contract import RefusedError
from celador.simulator.controller import SimulatedController
from celador.simulator.scenarios import load as load_scenario
from celador.simulator.settings import ControllerSettings
from celador.sources.replay import ReplaySource, Shown
from celador.sources.timeline import ScriptedController, Timeline

BEFORE = 100.0
"""Seconds of quiet before a scenario, for the load before the fault."""

_SEED = 7
_COARSE = 5.0  # s
_STRIDE = 60.0  # s between two looks at how far it has come
_STEP = 1e-6  # s; the hands of the clock move by no less
_MARGIN = 0.001  # s; polls fall on round instants, and a stop just before or behind one

Begin = Callable[[], AbstractAsyncContextManager[object]]
"""Starts the monitor; leaving the context stops it."""

Progress = Callable[[float], Awaitable[None]]
"""Waited for about once a minute of the file, with the share that has been played, 0 to 1."""


class Player:
    """One timeline, its clock and what it shows.

    Attributes:
        clock: for everything that takes part; nobody else turns it.
        zero: the instant 0 of the file, UTC in microseconds since 1970.
        seconds: how long it lasts in all, the quiet before a scenario included.
    """

    def __init__(self, timeline: Timeline, period: float) -> None:
        """Prepare.

        Args:
            timeline: what to play.
            period: s between two polls, so that the first one falls on the first instant.

        Raises:
            TimelineError: the file asks for a controller that cannot be.
            ScenarioError: there is no such scenario.
        """
        self._timeline = timeline
        self._first = round(timeline.begins.timestamp() * 1_000_000)
        quiet = 0.0 if timeline.scenario is None else BEFORE + timeline.start
        self.zero = self._first + round(quiet * 1_000_000)
        self.seconds = quiet + _seconds(timeline)
        self.clock = TurnedClock(self._first - round(period * 500_000))
        self._shown: Shown
        if timeline.scenario is None:
            self._shown = ScriptedController(timeline)
        else:
            self._shown = _Simulated(timeline, quiet)

    def source(self) -> ReplaySource:
        """The device, as it is from now on."""
        return ReplaySource(self._shown, self.clock, self.zero, self._timeline.silences)

    async def play(self, begin: Begin, told: Progress | None = None) -> None:
        """Play the file to its end, with a monitor that is started anew at each `restart`."""
        quiet = (self.zero - self._first) / 1_000_000
        stops = [quiet + at - _MARGIN for at in sorted(self._timeline.restarts)]
        for stop in (*stops, self.seconds + _MARGIN):
            async with begin():
                while stop - self._now >= _STEP:
                    await self._go_on(stop)
                    if told is not None:
                        await told(min(max(self._now / self.seconds, 0.0), 1.0))

    @property
    def _now(self) -> float:
        return (self.clock.now() - self._first) / 1_000_000

    async def _go_on(self, stop: float) -> None:
        now, quiet = self._now, (self.zero - self._first) / 1_000_000
        jump = (math.floor(now / _COARSE + 1e-6) + 1) * _COARSE
        for first, last in self._timeline.coarse:
            if first + quiet <= now < jump < min(last + quiet, stop):
                # As on a machine that sleeps: nobody wakes in between.
                self.clock.spend(jump - now)
                await self.clock.advance(0.0)
                return
            if now < first + quiet < stop:
                stop = first + quiet
        await self.clock.advance(max(min(stop - now, _STRIDE), _STEP))


def _seconds(timeline: Timeline) -> float:
    """How long to watch from the instant 0 on, s; a minute beyond what happens unless it says."""
    if timeline.scenario is None or timeline.until is not None:
        return timeline.seconds
    return max(timeline.seconds, load_scenario(timeline.scenario).seconds + 60.0)


class _Simulated:
    """A simulated controller that plays a scenario."""

    def __init__(self, timeline: Timeline, quiet: float) -> None:
        try:
            settings = ControllerSettings(**timeline.device)  # type: ignore[arg-type]
        except (TypeError, SimulatorError) as error:
            raise TimelineError(f"{timeline.name}: {error}") from None
        self._controller = SimulatedController(
            "R1", seed=_SEED, settings=settings, start=timeline.begins
        )
        self._quiet = quiet
        self._scenario = timeline.scenario
        if timeline.scenario is not None:
            load_scenario(timeline.scenario)  # what is wrong with it is told before the start

    def show(self, block: Block, now: float) -> Sequence[int | None] | None:
        """The cells of a block; None while the controller has no supply."""
        seconds = now + self._quiet
        if self._scenario is not None and now >= 0:
            self._controller.play(self._scenario, self._quiet)
            self._scenario = None
        read = {
            Table.COIL: self._controller.read_coils,
            Table.DISCRETE_INPUT: self._controller.read_discrete_inputs,
            Table.INPUT_REGISTER: self._controller.read_input_registers,
            Table.HOLDING_REGISTER: self._controller.read_holding_registers,
        }[block.table]
        try:
            return [int(cell) for cell in read(block.address, block.count, seconds)]
        except RefusedError:
            return None
