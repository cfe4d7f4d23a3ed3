"""Blocks of Modbus cells: what is asked of a device in one request, and what came back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Table(Enum):
    """The four Modbus tables; the value is the name that profiles use."""

    COIL = "coil"
    DISCRETE_INPUT = "discrete_input"
    INPUT_REGISTER = "input_register"
    HOLDING_REGISTER = "holding_register"

    @property
    def function(self) -> int:
        """The function code that reads the table, 1 to 4; no other is ever sent."""
        return _READ_FUNCTIONS[self]

    @property
    def is_bits(self) -> bool:
        """True where a cell is one bit, False where it is a 16-bit register."""
        return self in (Table.COIL, Table.DISCRETE_INPUT)

    @property
    def request_limit(self) -> int:
        """Most cells one request may ask for (MODBUS Application Protocol V1.1b3, clause 6)."""
        return 2000 if self.is_bits else 125


_READ_FUNCTIONS = {
    Table.COIL: 1,
    Table.DISCRETE_INPUT: 2,
    Table.HOLDING_REGISTER: 3,
    Table.INPUT_REGISTER: 4,
}


@dataclass(frozen=True, slots=True)
class Block:
    """`count` neighbouring cells of one table, read in one request.

    Attributes:
        table: the Modbus table.
        address: PDU address of the first cell, from 0.
        count: number of cells, 1 to the table's request limit.
    """

    table: Table
    address: int
    count: int

    @property
    def end(self) -> int:
        """The PDU address after the last cell."""
        return self.address + self.count


@dataclass(frozen=True, slots=True)
class Reply:
    """What a device answered to one block.

    Attributes:
        block: the block that was asked for.
        cells: one value per cell, in order: 0 or 1 for bits, 0 to 65535 for registers, None for a
            cell that the device refuses to give.
        complete: True when no cell is None.
        requested_at: when the request left, UTC in microseconds since 1970.
        answered_at: when the answer was whole, UTC in microseconds since 1970.
    """

    block: Block
    cells: Sequence[int | None]
    complete: bool
    requested_at: int
    answered_at: int
