"""A simulated recloser looked at through the real profile and codec, without sockets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Protocol

from celador.domain.blocks import Table
from celador.domain.event import Event
from celador.domain.operation import Operation
from celador.domain.outage import Outage
from celador.domain.sample import Value, signed_power
from celador.pipeline.operations.context import Context
from celador.pipeline.operations.facts import FactReader
from celador.pipeline.operations.settings import SequenceSettings
from celador.pipeline.operations.tracker import OperationTracker, Snapshot
from celador.profiles.codec import Decoder
from celador.profiles.plan import plan
from celador.profiles.schema import Point, load_profile
from celador.simulator.contract import RefusedError
from celador.simulator.controller import SimulatedController
from celador.simulator.settings import ControllerSettings

RC10 = load_profile("noja-rc10")
READER = FactReader.of(RC10)
START = datetime(2026, 7, 18, 13, 0, tzinfo=timezone(timedelta(hours=-3)))
EPOCH = round(START.timestamp() * 1_000_000)


def key(point: Point) -> str | None:
    return point.key


def quantity(point: Point) -> str | None:
    return point.quantity


(STATUS,) = plan(RC10.group("status"))
(ANALOG,) = plan(RC10.group("analog"))
(COUNTERS,) = plan(RC10.group("counters"))
DECODE_STATUS = Decoder(STATUS, key=key)
DECODE_ANALOG = Decoder(ANALOG, key=quantity)
DECODE_COUNTERS = Decoder(COUNTERS, key=quantity)
assert STATUS.block.table is Table.DISCRETE_INPUT


class Shown(Protocol):
    """What a probe needs of a controller."""

    def read_discrete_inputs(self, address: int, count: int, now: float) -> Sequence[bool]: ...

    def read_input_registers(self, address: int, count: int, now: float) -> Sequence[int]: ...

    def play(self, scenario: str, now: float) -> None: ...


class Ledger:
    """Records as a store would hold them: the last word on each operation and interruption."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.operations: dict[int, Operation] = {}
        self.outages: dict[int, Outage] = {}

    def add(self, records: Sequence[object]) -> None:
        for record in records:
            if isinstance(record, Event):
                self.events.append(record)
            elif isinstance(record, Operation):
                self.operations[record.key] = record
            elif isinstance(record, Outage):
                self.outages[record.key] = record


class Probe:
    """One simulated recloser and the rules that watch it."""

    def __init__(
        self,
        settings: ControllerSettings | None = None,
        rules: SequenceSettings | None = None,
        *,
        controller: Shown | None = None,
        seed: int = 7,
    ) -> None:
        self.controller: Shown = controller or SimulatedController(
            "R1", seed=seed, settings=settings, start=START
        )
        self.rules = rules or SequenceSettings()
        self.ledger = Ledger()
        self.tracker = OperationTracker(1, READER, self.rules)

    def restart(self, context: Context | None) -> None:
        """The monitor is started anew with what the disk gave it."""
        self.tracker = OperationTracker(1, READER, self.rules, context)

    def read(self, now: float) -> None:
        """One cycle at this simulated second: status, then registers."""
        at = EPOCH + round(now * 1_000_000)
        try:
            bits = self.controller.read_discrete_inputs(STATUS.block.address, 190, now)
            registers = self.controller.read_input_registers(0, 99, now)
        except RefusedError:
            self.tracker.silent(at)
            return
        status = DECODE_STATUS.decode([int(bit) for bit in bits]).values
        analog = self._decode(DECODE_ANALOG, registers, ANALOG.block.address, ANALOG.block.count)
        counters = self._decode(
            DECODE_COUNTERS, registers, COUNTERS.block.address, COUNTERS.block.count
        )
        analog["p_act"], _ = signed_power(analog.get("p_act"), analog.get("dir_oc"))
        snapshot = Snapshot(at, READER.read(status), (at, analog), (at, counters))
        self.ledger.add(self.tracker.take(snapshot))

    def _decode(
        self, decoder: Decoder, registers: Sequence[int], first: int, count: int
    ) -> dict[str, Value]:
        values: Mapping[str, object] = decoder.decode(list(registers[first : first + count])).values
        return {name: value for name, value in values.items() if not isinstance(value, str)}  # type: ignore[misc]


def polls(start: float, end: float, period: float) -> Iterator[float]:
    """Seconds from `start` to `end`, both included."""
    count = int((end - start) / period + 1e-6)
    return (round(start + n * period, 6) for n in range(count + 1))
