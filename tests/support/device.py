"""A device whose cells and moods a test sets by hand; it stands where a link would."""

from __future__ import annotations

from collections.abc import Callable

from celador.domain.blocks import Block, Reply, Table
from celador.domain.errors import SourceError
from tests.support.clock import TurnedClock

CLOSED = 74  # PDU addresses of the guide's references 10075, 10035, ...
OPEN = 34
LOCKOUT = 0
AR_INITIATED = 3
OPEN_PROT = 35
OPEN_OC3 = 38
OSM_DISCONNECTED = 123
VAR32 = 189


class ScriptedDevice:
    """`ports.Source` over cells held here, by PDU address of the RC10's guide.

    Attributes:
        bits: the 190 discrete inputs.
        registers: the 99 input registers.
        asked: every block asked for, with the monotonic instant.
        mood: called before each answer; may raise, or let the clock pass.
        closed: how often the link was closed.
    """

    def __init__(self, clock: TurnedClock) -> None:
        self.clock = clock
        self.bits: list[int | None] = [0] * 190
        self.bits[CLOSED] = 1
        self.registers: list[int | None] = [0] * 99
        self.registers[60:62] = [5002, 5002]
        self.registers[65:71] = [0, 0, 930, 930, 930, 930]
        self.asked: list[tuple[float, Block]] = []
        self.mood: Callable[[Block], SourceError | None] = lambda _: None
        self.closed = 0

    async def read(self, block: Block) -> Reply:
        self.asked.append((self.clock.monotonic(), block))
        requested = self.clock.now()
        if error := self.mood(block):
            raise error
        table = self.bits if block.table is Table.DISCRETE_INPUT else self.registers
        cells = table[block.address : block.end]
        return Reply(block, cells, None not in cells, requested, self.clock.now())

    async def close(self) -> None:
        self.closed += 1
