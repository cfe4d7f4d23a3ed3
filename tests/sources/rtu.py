"""RTU frames for tests, with a CRC written from the guide, bit by bit, apart from the code."""

from __future__ import annotations


def crc(data: bytes) -> bytes:
    """MODBUS over Serial Line V1.02, clause 6.2.2: polynomial 0xA001, low byte first."""
    register = 0xFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            carry = register & 1
            register >>= 1
            if carry:
                register ^= 0xA001
    return register.to_bytes(2, "little")


def frame(body: str) -> bytes:
    """`body` (hexadecimal) with its CRC."""
    data = bytes.fromhex(body)
    return data + crc(data)
