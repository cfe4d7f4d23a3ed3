"""The watch at the wire: only reads go out, and only the answer to the last one comes in. Pure.

The answer to a read is known to the byte except for its data, so the bytes that were sent say what
must come back. pymodbus 3.16.1 is more lenient: it accepts an answer with transaction 0, with
another function code, or with fewer cells than were asked for.

Sources: MODBUS Application Protocol V1.1b3, clauses 6 and 7; MODBUS Messaging on TCP/IP V1.0b,
clause 3.1.3; MODBUS over Serial Line V1.02, clause 2.5.1.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from pymodbus.framer import FramerRTU

READ_FUNCTIONS: Final = frozenset({1, 2, 3, 4})
_BIT_FUNCTIONS: Final = frozenset({1, 2})
_EXCEPTION_FLAG: Final = 0x80
_REQUEST_BODY: Final = 6  # unit, function, address (2), count (2)
_ANSWER_HEAD: Final = 3  # unit, function, byte count
_MOST_DATA: Final = 250  # bytes: 2000 bits or 125 registers
_REFUSAL_BODY: Final = 3  # unit, function | 0x80, exception code


class ForbiddenRequestError(Exception):
    """Something other than a read was about to be sent; not a byte of it left."""


class OutOfStepError(Exception):
    """What came is not the answer to what was asked; the text says what is wrong with it."""


class Expected(NamedTuple):
    """What may come back for one request.

    Attributes:
        answer: the beginning of a good answer, up to its data.
        answer_size: size of the whole good answer, bytes.
        refusal: the beginning of an exception answer, up to its code.
        refusal_size: size of the whole exception answer, bytes.
        header: bytes before the unit identifier.
        checked: True when a CRC closes the frame.
    """

    answer: bytes
    answer_size: int
    refusal: bytes
    refusal_size: int
    header: int
    checked: bool

    def is_whole(self, received: bytes) -> bool:
        """True when `received` is the answer, False while it may still become it.

        Raises:
            OutOfStepError: it is not, and never will be.
        """
        if len(received) == self.answer_size and received.startswith(self.answer):
            return self._is_sound(received)
        for head, size in ((self.answer, self.answer_size), (self.refusal, self.refusal_size)):
            if head.startswith(received[: len(head)]) and len(received) <= size:
                return len(received) == size and self._is_sound(received)
        raise OutOfStepError(self._what_is_wrong(received))

    def _is_sound(self, frame: bytes) -> bool:
        if self.checked and not FramerRTU.check_CRC(frame[:-2], int.from_bytes(frame[-2:], "big")):
            raise OutOfStepError("its CRC is wrong")
        return True

    def _what_is_wrong(self, received: bytes) -> str:
        if self.header:
            if received[:2] != self.answer[:2]:
                return "it carries the transaction number of another request"
            if received[2:4] not in {b"", b"\0", b"\0\0"}:
                return "it is not Modbus TCP"
        body, wanted = received[self.header :], self.answer[self.header :]
        names = ("unit", "function", "byte count")
        for name, got, expected in zip(names, body, wanted, strict=False):
            if got != expected and not (name == "function" and got == expected | _EXCEPTION_FLAG):
                return f"its {name} is {got} instead of {expected}"
        return "its length is wrong"


def expect_tcp(packet: bytes) -> Expected:
    """What may answer the Modbus TCP request `packet`.

    Raises:
        ForbiddenRequestError: `packet` is not a plain read.
    """
    unit, function, size = _read_request(packet[6:])
    transaction = packet[:2] + b"\0\0"
    body = _ANSWER_HEAD + size
    return Expected(
        answer=transaction + body.to_bytes(2, "big") + bytes((unit, function, size)),
        answer_size=6 + body,
        refusal=transaction + b"\0\3" + bytes((unit, function | _EXCEPTION_FLAG)),
        refusal_size=6 + _REFUSAL_BODY,
        header=6,
        checked=False,
    )


def expect_rtu(packet: bytes) -> Expected:
    """What may answer the RTU request `packet`.

    Raises:
        ForbiddenRequestError: `packet` is not a plain read.
    """
    unit, function, size = _read_request(packet[:-2])
    return Expected(
        answer=bytes((unit, function, size)),
        answer_size=_ANSWER_HEAD + size + 2,
        refusal=bytes((unit, function | _EXCEPTION_FLAG)),
        refusal_size=_REFUSAL_BODY + 2,
        header=0,
        checked=True,
    )


def _read_request(body: bytes) -> tuple[int, int, int]:
    """Unit, function, and bytes of data in a good answer."""
    function = body[1] if len(body) > 1 else 0
    if function not in READ_FUNCTIONS or len(body) != _REQUEST_BODY:
        raise ForbiddenRequestError(f"function code {function}")
    count = int.from_bytes(body[4:6], "big")
    size = (count + 7) // 8 if function in _BIT_FUNCTIONS else count * 2
    if not 1 <= size <= _MOST_DATA:
        raise ForbiddenRequestError(f"function code {function} for {count} cells")
    return body[0], function, size
