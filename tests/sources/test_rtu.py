"""RTU frames through a transparent serial server (RTU over TCP) and on a serial port (a pty)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tty
from collections.abc import AsyncIterator

import pytest

from celador.domain.blocks import Block, Table
from celador.domain.errors import (
    BadAnswerError,
    ConnectError,
    DeviceRefusedError,
    LinkLostError,
    NoAnswerError,
)
from celador.sources.link import ModbusLink
from celador.sources.modbus import ModbusSource
from tests.sources.peer import TIMEOUT, SystemClock, peer, says, source, until
from tests.sources.rtu import frame
from tests.support.clock import TurnedClock, settle

BLOCK = Block(Table.INPUT_REGISTER, 16, 2)
REQUEST = frame("F7 04 0010 0002")
GOOD = frame("F7 04 04 3039 FFFF")


def rtu_over_tcp(port: int, timeout: float = TIMEOUT) -> ModbusSource:
    return source(port, transport="rtu-over-tcp", unit=247, timeout=timeout)


def test_the_crc_of_these_tests_is_that_of_the_guide() -> None:
    # A widely printed example: reading holding register 0 of unit 1 ends with CRC 84 0A.
    assert frame("01 03 0000 0001").hex() == "010300000001840a"


async def test_rtu_over_tcp_is_read_byte_for_byte() -> None:
    async with peer(says(GOOD), request_size=8) as device:
        reader = rtu_over_tcp(device.port)
        first = await reader.read(BLOCK)
        second = await reader.read(BLOCK)
        await reader.close()
    assert device.requests == [REQUEST, REQUEST]
    assert first.cells == second.cells == [12345, 65535]
    assert device.accepted == 1


async def test_rtu_bits_come_without_their_padding() -> None:
    async with peer(says(frame("F7 02 02 CD 03")), request_size=8) as device:
        reader = rtu_over_tcp(device.port)
        reply = await reader.read(Block(Table.DISCRETE_INPUT, 0, 10))
        await reader.close()
    assert reply.cells == [1, 0, 1, 1, 0, 0, 1, 1, 1, 1]


async def test_an_rtu_exception_is_a_refusal_and_keeps_the_link() -> None:
    async with peer(says(frame("F7 84 06"), GOOD), request_size=8) as device:
        reader = rtu_over_tcp(device.port)
        with pytest.raises(DeviceRefusedError, match="exception 6"):
            await reader.read(BLOCK)
        assert (await reader.read(BLOCK)).complete
        await reader.close()
    assert device.accepted == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (GOOD[:-1] + bytes([GOOD[-1] ^ 1]), "its CRC is wrong"),
        (bytes([*GOOD[:4], GOOD[4] ^ 0x80, *GOOD[5:]]), "its CRC is wrong"),
        (frame("F7 84 02")[:-1] + b"\0", "its CRC is wrong"),
        (frame("01 04 04 3039 FFFF"), "its unit is 1 instead of 247"),
        (frame("F7 03 04 3039 FFFF"), "its function is 3 instead of 4"),
        (frame("F7 04 02 3039"), "its byte count is 2 instead of 4"),
        (GOOD + b"\0", "its length is wrong"),
        (b"\xff" * 600, "its unit is 255 instead of 247"),
    ],
)
async def test_what_is_no_rtu_answer_is_rejected_at_once(answer: bytes, reason: str) -> None:
    async with peer(says(answer), request_size=8) as device:
        reader = rtu_over_tcp(device.port, timeout=60.0)
        with pytest.raises(BadAnswerError, match=reason):
            await reader.read(BLOCK)


async def test_an_rtu_line_rests_after_a_timeout_so_that_a_late_answer_finds_nobody() -> None:
    # RTU has no transaction number: only the waiting tells a late answer from the next one.
    async with peer(says(None, GOOD), request_size=8) as device:
        clock = TurnedClock()
        link = ModbusLink("rtu-over-tcp", "127.0.0.1", device.port, 247, TIMEOUT)
        reader = ModbusSource(link, clock, name="campus-3")
        first = asyncio.create_task(reader.read(BLOCK))
        await until(lambda: len(device.requests) == 1)
        with pytest.raises(NoAnswerError):
            await first
        second = asyncio.create_task(reader.read(BLOCK))
        await settle()
        await clock.advance(TIMEOUT * 0.9)
        assert device.accepted == device.closed == 1, "nobody is there for the late answer"
        await clock.advance(TIMEOUT * 0.2)
        assert (await second).cells == [12345, 65535]
        await reader.close()


class SerialDevice:
    """The far end of a serial line: a pty whose other end is the port's name."""

    def __init__(self, answers: list[bytes | None]) -> None:
        self.far, self.near = os.openpty()
        tty.setraw(self.near)
        self.port = os.ttyname(self.near)
        self.answers = answers
        self.requests: list[bytes] = []
        self._buffer = b""

    def receive(self) -> None:
        with contextlib.suppress(OSError):  # a pty says EIO while nobody has the port open
            self._buffer += os.read(self.far, 256)
        while len(self._buffer) >= 8:
            self.requests.append(self._buffer[:8])
            self._buffer = self._buffer[8:]
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if answer is not None:
                os.write(self.far, answer)


@contextlib.asynccontextmanager
async def serial_device(*answers: bytes | None) -> AsyncIterator[SerialDevice]:
    device = SerialDevice(list(answers))
    loop = asyncio.get_running_loop()
    loop.add_reader(device.far, device.receive)
    try:
        yield device
    finally:
        loop.remove_reader(device.far)
        os.close(device.far)
        os.close(device.near)


def serial(port: str, timeout: float = 5.0) -> ModbusSource:
    link = ModbusLink("rtu", serial_port=port, unit=247, timeout=timeout, parity="N")
    return ModbusSource(link, SystemClock(), name="campus-3")


async def test_a_serial_port_is_read_byte_for_byte_and_released() -> None:
    async with serial_device(GOOD) as device:
        reader = serial(device.port)
        for _ in range(3):
            assert (await reader.read(BLOCK)).cells == [12345, 65535]
        await reader.close()
        # The port is held exclusively: a second reader gets it only when the first let it go.
        other = serial(device.port)
        assert (await other.read(BLOCK)).complete
        await other.close()
    assert set(device.requests) == {REQUEST}


async def test_a_silent_serial_device_ends_with_the_timeout_and_is_asked_again() -> None:
    async with serial_device(None, GOOD) as device:
        reader = serial(device.port, timeout=0.1)
        with pytest.raises(NoAnswerError, match="kept silent"):
            await reader.read(BLOCK)
        assert (await reader.read(BLOCK)).cells == [12345, 65535]
        await reader.close()


async def test_a_serial_answer_with_a_wrong_crc_is_rejected() -> None:
    async with serial_device(GOOD[:-1] + b"\0") as device:
        reader = serial(device.port)
        with pytest.raises(BadAnswerError, match="its CRC is wrong"):
            await reader.read(BLOCK)
        await reader.close()


async def test_a_refused_part_of_a_block_is_searched_on_a_serial_line_too() -> None:
    async with serial_device(frame("F7 84 02"), frame("F7 84 02"), frame("F7 04 02 FFFF")) as far:
        reader = serial(far.port)
        reply = await reader.read(BLOCK)
        await reader.close()
    assert reply.cells == [None, 65535]
    assert {request[1] for request in far.requests} == {4}


async def test_a_serial_port_that_is_not_there_says_so() -> None:
    reader = serial("/dev/no-such-port")
    with pytest.raises(ConnectError) as caught:
        await reader.read(BLOCK)
    assert str(caught.value) == (
        "campus-3: /dev/no-such-port is not there; check the name of the serial port and that its "
        "adapter is in."
    )


async def test_a_serial_port_in_use_says_so() -> None:
    async with serial_device(GOOD) as device:
        first, second = serial(device.port), serial(device.port)
        await first.read(BLOCK)
        with pytest.raises(ConnectError, match="is in use; stop the other program"):
            await second.read(BLOCK)
        await first.close()


async def test_a_file_that_is_no_serial_port_says_so(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    file = tmp_path_factory.mktemp("dev") / "tty"
    file.touch()
    with pytest.raises(ConnectError, match="cannot be opened"):
        await serial(str(file)).read(BLOCK)


async def test_a_serial_adapter_pulled_out_in_the_middle_is_a_lost_link() -> None:
    async with serial_device(None) as device:
        reader = serial(device.port, timeout=60.0)
        task = asyncio.create_task(reader.read(BLOCK))
        await until(lambda: len(device.requests) == 1)
        asyncio.get_running_loop().remove_reader(device.far)
        spare = os.dup(device.near)
        os.close(device.far)
        device.far = spare
        with pytest.raises(LinkLostError):
            await task
        await reader.close()


async def test_a_cancelled_serial_read_lets_the_port_go() -> None:
    async with serial_device(None, GOOD) as device:
        first = serial(device.port, timeout=60.0)
        task = asyncio.create_task(first.read(BLOCK))
        await until(lambda: len(device.requests) == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        second = serial(device.port)
        assert (await second.read(BLOCK)).complete
        await second.close()
