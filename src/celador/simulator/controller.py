"""The simulated controller: plant, protection, recloser and registers on one timeline.

Time advances only when somebody asks, from event to event: the second's tick, a timer, an
element's instant of operation. Between events nothing changes, so what is read at an instant does
not depend on how often it was read before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Literal, TypeVar

from celador.domain.errors import SimulatorError

from . import registers, scenarios
from .actions import DEEDS
from .agenda import NEVER, SECOND, Agenda, micros
from .contract import RefusedError
from .counters import Counters
from .feeder import Feeder
from .image import COILS, DISCRETE_INPUTS, HOLDING_REGISTERS, INPUT_REGISTERS
from .language import check_action
from .metering import Meter
from .noise import stream
from .orders import Orders
from .protection import Protection
from .recloser import Origin, Recloser
from .settings import ControllerSettings
from .supply import Supply

T = TypeVar("T")

_FINE_STEP = 5_000  # microseconds, while the frequency runs


class SimulatedController:
    """One recloser with its controller and its feeder; implements `contract.Controller`.

    Args:
        name: what people call it; part of the seed, so that a fleet does not move as one.
        seed: the same name and seed give the same images at the same instants.
        settings: ratings and habits.
        start: the wall-clock time of second 0, with its time zone; the load follows local time.

    Attributes:
        on_link: called with the parameters of every `link` action; the server side listens here.

    Raises:
        SimulatorError: `start` has no time zone.
    """

    def __init__(
        self,
        name: str,
        *,
        seed: int,
        settings: ControllerSettings | None = None,
        start: datetime,
    ) -> None:
        offset = start.utcoffset()
        if offset is None:
            raise SimulatorError("the simulation's start has no time zone; add one, such as UTC")
        self.name = name
        self.settings = settings or ControllerSettings()
        self.on_link: Callable[[Mapping[str, Any]], None] | None = None
        self._utc_start = start.timestamp()
        self._local_start = self._utc_start + offset.total_seconds()
        self.agenda = Agenda()
        self.protection = Protection(self.settings)
        self.feeder = Feeder(self.settings, stream(seed, name, "plant"), self._local_start)
        past = stream(seed, name, "past")
        self.counters = Counters(self.settings, self.agenda, past)
        self.meter = Meter(past)
        self.recloser = Recloser(
            self.settings, self.agenda, self.protection, self.feeder, self.counters
        )
        self.supply = Supply(
            self.agenda,
            self.settings.battery_hours,
            self.recloser.power_down,
            self.recloser.power_up,
        )
        self.forced_bits: dict[int, bool] = {}
        self.forced_registers: dict[int, int] = {}
        self.orders = Orders(self, stream(seed, name, "orders"))
        self._running: dict[str, int] = {}
        self._now = 0
        self._tick_due = SECOND
        self._fine_due = NEVER
        self._bits: list[bool] | None = None
        self._registers: list[int] | None = None
        self._settle(0)

    def read_coils(self, address: int, count: int, now: float) -> Sequence[bool]:
        """The last commanded states of `count` coils."""
        self._answer(now)
        return _part(self.orders.commanded, address, count, len(COILS))

    def read_discrete_inputs(self, address: int, count: int, now: float) -> Sequence[bool]:
        """`count` discrete inputs, all of one instant."""
        self._answer(now)
        if self._bits is None:
            self._bits = registers.discrete_inputs(self, self._now)
        return _part(self._bits, address, count, len(DISCRETE_INPUTS))

    def read_input_registers(self, address: int, count: int, now: float) -> Sequence[int]:
        """`count` input registers, all of one instant."""
        self._answer(now)
        if self._registers is None:
            self._registers = registers.input_registers(self)
        return _part(self._registers, address, count, len(INPUT_REGISTERS))

    def read_holding_registers(self, address: int, count: int, now: float) -> Sequence[int]:
        """The controller's clock: seconds since 1970 (UTC), high word first."""
        self._answer(now)
        clock = int(self._utc_start + (self._now - self.supply.lag) / SECOND) & 0xFFFFFFFF
        return _part([clock >> 16, clock & 0xFFFF], address, count, len(HOLDING_REGISTERS))

    def write_coil(self, address: int, on: bool, now: float) -> None:
        """An operator's command.

        Raises:
            RefusedError: 5 when it is accepted (it is carried out 0.1 to 0.5 s later), 3 in local
                mode or for an "off" that means nothing, 2 outside the table.
        """
        self._answer(now)
        self.orders.take(address, on, self._now)
        raise RefusedError(5)

    def powered(self, now: float) -> bool:
        """False while the controller has neither AC supply nor battery."""
        self._advance(now)
        return self.supply.powered

    def play(self, scenario: str, now: float) -> None:
        """Start a scenario: a number or slug of the library, or a file.

        Raises:
            ScenarioError: unknown or wrong; names file and line.
        """
        self._advance(now)
        self.start_scenario(scenario, self._now)
        self._catch_up()

    def act(self, action: Mapping[str, Any], now: float) -> None:
        """Carry out one action of the scenario language now.

        Raises:
            ScenarioError: the action is not understood.
        """
        check_action(action)
        self._advance(now)
        self.carry_out(action, self._now)
        self._settle(self._now)
        self._catch_up()

    def describe(self, now: float) -> Mapping[str, Any]:
        """Position, sequence, load and running scenarios, for people."""
        self._advance(now)
        seen = self.measured
        return {
            "name": self.name,
            "seconds": self._now / SECOND,
            "powered": self.supply.powered,
            "position": self.recloser.position,
            "reclosing": self.recloser.reclosing,
            "trips": self.recloser.trips,
            "pickup": [element.key for element in self.protection.picked_up],
            "local": self.recloser.local,
            "amps": [round(amps, 1) for amps in seen.amps],
            "kw": round(sum(seen.kw) * (-1 if seen.reverse else 1), 1),
            "kilovolts": round(max(seen.lines) / 1000, 3),
            "hertz": None if seen.hertz is None else round(seen.hertz, 3),
            "operations": self.counters.values["co_total"],
            "scenarios": [name for name, end in self._running.items() if end >= self._now],
            "plant": self.feeder.describe(),
        }

    def start_scenario(self, scenario: str, now: int) -> None:
        """Put the steps of a scenario on the agenda, from this instant on."""
        found = scenarios.load(scenario)
        self._running[found.name] = now + micros(found.seconds)
        for step in found.steps:
            self.agenda.at(now + micros(step.at), partial(self.carry_out, step.action))

    def carry_out(self, action: Mapping[str, Any], now: int) -> None:
        """Do what a checked action says."""
        DEEDS[action["do"]](self, action, now)

    def order(self, what: Literal["open", "close"], by: Origin, now: int) -> None:
        """An operator's order; remote ones are not heard in local mode.

        A dead controller still follows the manual ring, which is mechanical.
        """
        heard = self.supply.powered and not (self.recloser.local and by in ("scada", "io"))
        if by == "manual" or heard:
            self.recloser.order(what, by, now)

    def _answer(self, now: float) -> None:
        self._advance(now)
        if not self.supply.powered:
            raise RefusedError(4)

    def _advance(self, now: float) -> None:
        self._now = max(self._now, self._run(micros(now)))

    def _catch_up(self) -> None:
        self._run(self._now)

    def _run(self, until: int) -> int:
        """Live through everything due up to `until`."""
        agenda, protection = self.agenda, self.protection
        while True:
            due = min(self._tick_due, agenda.next_due(), protection.due, self._fine_due)
            if due > until:
                return until
            self._now = due
            if due == self._tick_due:
                self._tick_due += SECOND
                self.feeder.tick(self._local_start + due / SECOND)
            elif due == agenda.next_due():
                agenda.meet()
            elif due == protection.due:
                self.recloser.decide(protection.operate(due), due)
            self._settle(due)

    def _settle(self, now: int) -> None:
        """Measure what an event left behind, and show it to everything that watches."""
        feeder, recloser = self.feeder, self.recloser
        seen = self.measured = feeder.solve(now)
        if self.supply.powered:
            cold = 1 + feeder.cold if recloser.switches["clp"] else 1.0
            self.protection.evaluate(seen, now, cold, recloser.serving)
            recloser.observe(seen)
        self.meter.follow(seen, now)
        aux_live = seen.live and (seen.joined or self.settings.aux_vt_side == "source")
        self.supply.follow(aux_live, now)
        self._fine_due = (now // _FINE_STEP + 1) * _FINE_STEP if feeder.moving(now) else NEVER
        self._bits = None
        self._registers = None


def _part(table: Sequence[T], address: int, count: int, size: int) -> Sequence[T]:
    if address < 0 or count < 1 or address + count > size:
        raise RefusedError(2)
    return table[address : address + count]
