"""Modbus framing for the simulator's server side: MBAP for TCP, CRC-16 for RTU. Pure, no I/O.

Sources: MODBUS Messaging on TCP/IP Implementation Guide V1.0b, clause 3.1.3 (MBAP header);
MODBUS over Serial Line V1.02, clauses 2.5.1 and 6.2.2 (RTU frame and CRC).
"""

from __future__ import annotations

import struct
from typing import NamedTuple, Protocol

_HEADER = struct.Struct(">HHHB")
_MBAP_PREFIX = 6  # transaction, protocol and length; the length counts what follows
_MAX_MBAP_LENGTH = 254  # unit identifier and a PDU of at most 253 bytes
_MAX_RTU_FRAME = 256
_CRC_BYTES = 2


class Frame(NamedTuple):
    """One Modbus message without its framing.

    Attributes:
        transaction: MBAP transaction identifier, 0 to 65535; always 0 in RTU.
        unit: unit identifier or serial address, 0 to 255.
        pdu: function code and data, 1 to 253 bytes.
    """

    transaction: int
    unit: int
    pdu: bytes


class BrokenStreamError(Exception):
    """The bytes cannot be Modbus and there is no way back in step: the connection must close."""


class Framing(Protocol):
    """How messages are cut out of a byte stream and put onto it."""

    is_serial: bool

    def take(self, buffer: bytearray) -> Frame | None:
        """Remove the first whole message from `buffer`; None while there is none.

        Raises:
            BrokenStreamError: the stream is out of step for good.
        """

    def encode(self, frame: Frame) -> bytes:
        """The bytes of `frame` as they travel."""


class MbapFraming:
    """Modbus TCP: a length tells where a message ends, a transaction identifier whose it is."""

    is_serial = False

    def take(self, buffer: bytearray) -> Frame | None:
        """Remove the first whole message from `buffer`; see `Framing.take`.

        A protocol identifier other than 0 or an impossible length ends the connection, as in
        real controllers: nothing tells where the next message would begin.
        """
        if len(buffer) < _HEADER.size:
            return None
        transaction, protocol, length, unit = _HEADER.unpack_from(buffer)
        if protocol != 0 or not 2 <= length <= _MAX_MBAP_LENGTH:
            raise BrokenStreamError
        end = _MBAP_PREFIX + length
        if len(buffer) < end:
            return None
        pdu = bytes(buffer[_HEADER.size : end])
        del buffer[:end]
        return Frame(transaction, unit, pdu)

    def encode(self, frame: Frame) -> bytes:
        """MBAP header and PDU."""
        return _HEADER.pack(frame.transaction, 0, len(frame.pdu) + 1, frame.unit) + frame.pdu


class RtuFraming:
    """Modbus RTU: the receiver must know each function's length; the CRC says if it was right.

    On a serial line a silence ends a frame. TCP has no such silence, so the length comes from
    the function code, and a message of an unknown function is whatever has a correct CRC.
    """

    is_serial = True

    def take(self, buffer: bytearray) -> Frame | None:
        """Remove the first whole message from `buffer`; see `Framing.take`.

        Bytes with a wrong CRC are thrown away without an answer (serial line guide, 2.5.1.1).
        """
        size = _rtu_request_size(buffer)
        if size is None or len(buffer) < size:
            return None
        end = size - _CRC_BYTES
        if crc16(memoryview(buffer)[:end]) == int.from_bytes(buffer[end:size], "little"):
            frame = Frame(0, buffer[0], bytes(buffer[1:end]))
            del buffer[:size]
            return frame
        if buffer[1] in _KNOWN_SIZES or len(buffer) > _MAX_RTU_FRAME:
            buffer.clear()
        return None

    def encode(self, frame: Frame) -> bytes:
        """Address, PDU and CRC, low byte of the CRC first."""
        body = bytes([frame.unit]) + frame.pdu
        return body + crc16(body).to_bytes(_CRC_BYTES, "little")


_KNOWN_SIZES = frozenset({1, 2, 3, 4, 5, 6, 15, 16})


def _rtu_request_size(buffer: bytearray) -> int | None:
    """The size in bytes of the request at the head of `buffer`; None while it cannot be told."""
    if len(buffer) < 4:
        return None
    function = buffer[1]
    if function in {15, 16}:
        return 9 + buffer[6] if len(buffer) > 6 else None
    return 8 if function in _KNOWN_SIZES else len(buffer)


def _crc_of_byte(value: int) -> int:
    for _ in range(8):
        value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
    return value


_CRC_TABLE = tuple(_crc_of_byte(value) for value in range(256))


def crc16(data: bytes | bytearray | memoryview) -> int:
    """CRC-16 of the serial line guide (polynomial 0xA001 reflected, start 0xFFFF), 0 to 65535."""
    crc = 0xFFFF
    for byte in data:
        crc = (crc >> 8) ^ _CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc
