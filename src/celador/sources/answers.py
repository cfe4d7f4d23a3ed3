"""Answers to reads, decoded into plain cells in one go.

pymodbus unpacks register by register and bit by bit, and writes each answer out as text for a log
line that nobody asked for; these classes take their places in its decoder and save most of that.
"""

from __future__ import annotations

import struct
from typing import Final

from pymodbus.pdu import ModbusPDU

_ASCII_TO_BIT: Final = bytes.maketrans(b"01", b"\0\1")


class Cells(ModbusPDU):
    """A good answer to a read.

    Attributes:
        cells: one integer per cell, in order; bits of whole bytes, the padding included.
    """

    rtu_byte_count_pos = 2

    def __init__(self) -> None:
        super().__init__()
        self.cells: list[int] = []

    def __str__(self) -> str:
        return f"{len(self.cells)} cells of function {self.function_code}"


class _Bits(Cells):
    def decode(self, data: bytes) -> None:
        """All bits of the whole bytes; the lowest bit of the first byte is the first cell."""
        packed = int.from_bytes(data[1:], "little")
        digits = f"{packed:0{8 * (len(data) - 1)}b}"[::-1]
        self.cells = list(digits.encode("ascii").translate(_ASCII_TO_BIT))


class _Registers(Cells):
    def decode(self, data: bytes) -> None:
        """All registers, the high byte of each first."""
        self.cells = list(struct.unpack(f">{data[0] // 2}H", data[1:]))


class Coils(_Bits):
    """Answer to function 1."""

    function_code = 1


class DiscreteInputs(_Bits):
    """Answer to function 2."""

    function_code = 2


class HoldingRegisters(_Registers):
    """Answer to function 3."""

    function_code = 3


class InputRegisters(_Registers):
    """Answer to function 4."""

    function_code = 4


ANSWERS: Final = (Coils, DiscreteInputs, HoldingRegisters, InputRegisters)
