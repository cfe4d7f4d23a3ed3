"""The Modbus functions that the simulated controller answers: 1 to 5 and 15. Pure, no I/O.

Source: MODBUS Application Protocol Specification V1.1b3, clauses 6.1 to 6.5, 6.11 and 7.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import NamedTuple

from celador.simulator.contract import Controller, RefusedError

READ_COILS = 1
READ_DISCRETE_INPUTS = 2
READ_HOLDING_REGISTERS = 3
READ_INPUT_REGISTERS = 4
WRITE_SINGLE_COIL = 5
WRITE_MULTIPLE_COILS = 15

ILLEGAL_FUNCTION = 1
ILLEGAL_ADDRESS = 2
ILLEGAL_VALUE = 3
ACKNOWLEDGE = 5
GATEWAY_TARGET_SILENT = 11

_BIT_READS = (READ_COILS, READ_DISCRETE_INPUTS)
_REGISTER_READS = (READ_HOLDING_REGISTERS, READ_INPUT_REGISTERS)
READS = _BIT_READS + _REGISTER_READS
_MAX_BITS = 2000
_MAX_REGISTERS = 125
_MAX_WRITE_BITS = 1968
_COIL_VALUES = {0xFF00: True, 0x0000: False}

_ADDRESS_AND_COUNT = struct.Struct(">BHH")
_WRITE_HEAD = struct.Struct(">BHHB")
_ASCII_BITS = b"0" + b"1" * 255


class ReadRequest(NamedTuple):
    """A read that is sound in form; the controller still decides on the addresses."""

    function: int
    address: int
    quantity: int


Alter = Callable[[ReadRequest, Sequence[int]], Sequence[int]]


def answer(controller: Controller, pdu: bytes, now: float, alter: Alter | None = None) -> bytes:
    """Carry out the request `pdu` (1 to 253 bytes) and return the PDU of the answer.

    Args:
        controller: whose tables are read or whose coils are commanded.
        pdu: function code and data as received.
        now: simulated seconds.
        alter: changes the values of a read before they are encoded (faults do so).
    """
    try:
        if pdu[0] in READS:
            return _read(controller, _parse_read(pdu), now, alter)
        if pdu[0] == WRITE_SINGLE_COIL:
            return _write_single(controller, pdu, now)
        if pdu[0] == WRITE_MULTIPLE_COILS:
            return _write_multiple(controller, pdu, now)
    except RefusedError as refusal:
        return exception_answer(pdu[0], refusal.code)
    return exception_answer(pdu[0], ILLEGAL_FUNCTION)


def exception_answer(function: int, code: int) -> bytes:
    """The PDU that refuses `function` with exception `code`."""
    return bytes([function | 0x80, code])


def span(pdu: bytes) -> tuple[int, int] | None:
    """First and last PDU address that a well-formed request touches; None when there is none."""
    if len(pdu) < _ADDRESS_AND_COUNT.size or pdu[0] not in {*READS, 5, 15}:
        return None
    function, address, count = _ADDRESS_AND_COUNT.unpack_from(pdu)
    return (address, address) if function == WRITE_SINGLE_COIL else (address, address + count - 1)


def _parse_read(pdu: bytes) -> ReadRequest:
    if len(pdu) != _ADDRESS_AND_COUNT.size:
        raise RefusedError(ILLEGAL_VALUE)
    request = ReadRequest(*_ADDRESS_AND_COUNT.unpack(pdu))
    limit = _MAX_BITS if request.function in _BIT_READS else _MAX_REGISTERS
    if not 1 <= request.quantity <= limit:
        raise RefusedError(ILLEGAL_VALUE)
    if request.address + request.quantity > 0x10000:
        raise RefusedError(ILLEGAL_ADDRESS)
    return request


def _read(controller: Controller, request: ReadRequest, now: float, alter: Alter | None) -> bytes:
    function, address, count = request
    values: Sequence[int]
    if function == READ_DISCRETE_INPUTS:
        values = controller.read_discrete_inputs(address, count, now)
    elif function == READ_INPUT_REGISTERS:
        values = controller.read_input_registers(address, count, now)
    elif function == READ_COILS:
        values = controller.read_coils(address, count, now)
    else:
        values = controller.read_holding_registers(address, count, now)
    if alter is not None:
        values = alter(request, values)
    data = _pack_bits(values) if function in _BIT_READS else struct.pack(f">{count}H", *values)
    return bytes([function, len(data)]) + data


def _pack_bits(values: Sequence[int]) -> bytes:
    """Bits to bytes, the first bit in the lowest place of the first byte (clause 6.1)."""
    digits = bytes(values).translate(_ASCII_BITS)[::-1]
    return int(digits, 2).to_bytes((len(values) + 7) // 8, "little")


def _write_single(controller: Controller, pdu: bytes, now: float) -> bytes:
    if len(pdu) != _ADDRESS_AND_COUNT.size:
        raise RefusedError(ILLEGAL_VALUE)
    _, address, value = _ADDRESS_AND_COUNT.unpack(pdu)
    if value not in _COIL_VALUES:
        raise RefusedError(ILLEGAL_VALUE)
    controller.write_coil(address, _COIL_VALUES[value], now)
    return pdu


def _write_multiple(controller: Controller, pdu: bytes, now: float) -> bytes:
    if len(pdu) < _WRITE_HEAD.size:
        raise RefusedError(ILLEGAL_VALUE)
    _, address, count, size = _WRITE_HEAD.unpack_from(pdu)
    data = pdu[_WRITE_HEAD.size :]
    if not 1 <= count <= _MAX_WRITE_BITS or size != (count + 7) // 8 or len(data) != size:
        raise RefusedError(ILLEGAL_VALUE)
    if address + count > 0x10000:
        raise RefusedError(ILLEGAL_ADDRESS)
    bits = int.from_bytes(data, "little")
    acknowledged = False
    for index in range(count):
        try:
            controller.write_coil(address + index, bool(bits >> index & 1), now)
        except RefusedError as refusal:
            # 5 says "accepted, under way": it must not keep the coils after it from being written.
            if refusal.code != ACKNOWLEDGE:
                raise
            acknowledged = True
    if acknowledged:
        raise RefusedError(ACKNOWLEDGE)
    return pdu[: _ADDRESS_AND_COUNT.size]
