"""Peers that break the rules: every fault has its error, and no answer is taken for another."""

from __future__ import annotations

import asyncio
import socket
import struct

import pytest

from celador.domain.blocks import Block, Table
from celador.domain.errors import (
    BadAnswerError,
    ConnectError,
    DeviceRefusedError,
    LinkLostError,
    NoAnswerError,
    SourceError,
)
from tests.sources.peer import Peer, peer, says, source, until

BLOCK = Block(Table.INPUT_REGISTER, 16, 2)
GOOD = bytes.fromhex("0001 0000 0007 01 04 04 3039 FFFF")


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


async def test_a_refused_connection_says_what_to_check() -> None:
    reader = source(port := free_port())
    with pytest.raises(ConnectError) as caught:
        await reader.read(BLOCK)
    assert str(caught.value) == (
        f"campus-3: 127.0.0.1:{port} refuses the connection; check that the Modbus outstation of "
        "the controller is loaded and that no other master holds it."
    )


async def test_a_name_with_several_addresses_that_all_refuse_says_so() -> None:
    reader = source(free_port(), host="localhost")
    with pytest.raises(ConnectError, match="refuses the connection"):
        await reader.read(BLOCK)


async def test_an_unknown_host_is_said_to_be_unknown() -> None:
    # The top-level domain .invalid never resolves (RFC 6761).
    reader = source(502, host="recloser.invalid", timeout=60.0)
    with pytest.raises(ConnectError, match=r"recloser\.invalid:502 cannot be found"):
        await reader.read(BLOCK)


async def test_a_host_name_that_no_name_can_be_is_said_to_be_unknown() -> None:
    reader = source(502, host="a" * 64 + ".example")
    with pytest.raises(ConnectError, match="cannot be found"):
        await reader.read(BLOCK)


async def test_a_network_without_a_route_is_said_to_be_unreachable() -> None:
    # 255.255.255.255 takes no TCP connection on any system.
    reader = source(502, host="255.255.255.255")
    with pytest.raises(ConnectError, match=r"255\.255\.255\.255:502 cannot be"):
        await reader.read(BLOCK)


async def test_a_connection_that_nobody_takes_ends_with_the_timeout() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        fillers = []
        for _ in range(4):  # fills the queue of connections that nobody accepts
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
            fillers.append(filler)
        reader = source(port)
        with pytest.raises(ConnectError, match=r"did not take the connection within 0\.15 s"):
            await reader.read(BLOCK)
        for filler in fillers:
            filler.close()


async def test_after_a_failed_first_connection_the_next_read_works() -> None:
    reader = source(port := free_port())
    with pytest.raises(ConnectError):
        await reader.read(BLOCK)
    device = Peer(says(GOOD), 12)
    server = await asyncio.start_server(device.serve, "127.0.0.1", port)
    assert (await reader.read(BLOCK)).cells == [12345, 65535]
    await reader.close()
    await until(lambda: device.closed == 1)
    server.close()


async def test_many_failures_leave_no_connection_behind() -> None:
    async with peer(says(None)) as device:
        reader = source(device.port, timeout=0.02)
        for _ in range(5):
            with pytest.raises(NoAnswerError):
                await reader.read(BLOCK)
        # Not after `close` only: each failed read has closed its own connection.
        await until(lambda: device.closed == 5)
        assert device.accepted == 5
        await reader.close()


async def test_a_silent_peer_ends_with_the_timeout_and_is_let_go() -> None:
    async with peer(says(None, bytes.fromhex("0001 0000 0007 01 04 04 0007 0008"))) as device:
        reader = source(device.port)
        with pytest.raises(NoAnswerError, match=r"kept silent for 0\.15 s; check that its unit"):
            await reader.read(BLOCK)
        await until(lambda: device.closed == 1)
        assert (await reader.read(BLOCK)).cells == [7, 8]
        await reader.close()
    assert device.accepted == 2


async def test_half_an_answer_is_no_answer() -> None:
    async with peer(says(GOOD[:11])) as device:
        reader = source(device.port)
        with pytest.raises(NoAnswerError, match="stopped after 11 bytes"):
            await reader.read(BLOCK)


@pytest.mark.parametrize("part", [0, 1, 11])
async def test_a_dropped_connection_fails_at_once_and_not_with_the_timeout(part: int) -> None:
    async def answer(writer: asyncio.StreamWriter, request: bytes) -> None:
        writer.write(GOOD[:part])
        writer.close()

    async with peer(answer) as device:
        reader = source(device.port, timeout=60.0)
        with pytest.raises(LinkLostError, match="dropped the connection in the middle"):
            await reader.read(BLOCK)


async def test_a_reset_in_the_middle_of_a_request_is_a_lost_link() -> None:
    async def answer(writer: asyncio.StreamWriter, request: bytes) -> None:
        plug: socket.socket = writer.get_extra_info("socket")
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async with peer(answer) as device:
        reader = source(device.port, timeout=60.0)
        with pytest.raises(LinkLostError):
            await reader.read(BLOCK)


async def test_a_connection_closed_between_two_reads_is_opened_anew() -> None:
    async with peer(says(GOOD)) as device:
        reader = source(device.port)
        await reader.read(BLOCK)
        device.writers[0].close()
        await until(lambda: device.closed == 1)
        await asyncio.sleep(0)
        for _ in range(50):  # until this side has seen the end, a read may still run into it
            try:
                assert (await reader.read(BLOCK)).cells == [12345, 65535]
                break
            except LinkLostError:
                continue
        await reader.close()
    assert device.accepted == 2


async def test_an_answer_in_single_bytes_is_slow_but_legal() -> None:
    async def answer(writer: asyncio.StreamWriter, request: bytes) -> None:
        for byte in GOOD:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.001)

    async with peer(answer) as device:
        reader = source(device.port, timeout=5.0)
        assert (await reader.read(BLOCK)).cells == [12345, 65535]
        await reader.close()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("0001 0000 0005 01 04 02 3039", "its byte count is 2 instead of 4"),
        ("0001 0000 0009 01 04 06 3039 FFFF 0001", "its byte count is 6 instead of 4"),
        ("0001 0000 0005 01 04 04 3039", "its length is wrong"),
        ("0001 0000 0007 01 03 04 3039 FFFF", "its function is 3 instead of 4"),
        ("0001 0000 0003 01 83 02", "its function is 131 instead of 4"),
        ("0001 0000 0006 01 06 0010 0002", "its function is 6 instead of 4"),
        ("0001 0000 0007 02 04 04 3039 FFFF", "its unit is 2 instead of 1"),
        ("0001 0000 0003 02 84 02", "its unit is 2 instead of 1"),
        ("0000 0000 0007 01 04 04 3039 FFFF", "transaction number of another request"),
        ("0002 0000 0007 01 04 04 3039 FFFF", "transaction number of another request"),
        ("0000 0000 0003 01 84 02", "transaction number of another request"),
        ("0001 0001 0007 01 04 04 3039 FFFF", "it is not Modbus TCP"),
        ("0001 0000 0007 01 04 04 3039 FFFF 00", "its length is wrong"),
        ("0001 0000 0002 01 84", "its length is wrong"),
        ("0001 0000 0000 01 04 04 3039 FFFF", "its length is wrong"),
        ("48 54 54 50 2F 31 2E 31 20 34 30 30", "transaction number of another request"),
        ("00" * 300, "transaction number of another request"),
        ("FF" * 5000, "transaction number of another request"),
    ],
)
async def test_what_is_no_answer_to_the_request_is_rejected_at_once(
    answer: str, reason: str
) -> None:
    async with peer(says(bytes.fromhex(answer))) as device:
        reader = source(device.port, timeout=60.0)
        with pytest.raises(BadAnswerError, match=reason):
            await reader.read(BLOCK)


async def test_too_few_bits_are_rejected() -> None:
    async with peer(says(bytes.fromhex("0001 0000 0004 01 02 01 CD"))) as device:
        reader = source(device.port, timeout=60.0)
        with pytest.raises(BadAnswerError, match="byte count is 1 instead of 2"):
            await reader.read(Block(Table.DISCRETE_INPUT, 0, 10))


async def test_a_late_answer_is_never_given_for_the_next_request() -> None:
    late = asyncio.Event()

    async def answer(writer: asyncio.StreamWriter, request: bytes) -> None:
        if len(device.requests) == 1:
            await late.wait()
            writer.write(bytes.fromhex("0001 0000 0007 01 04 04 1111 1111"))
        else:
            writer.write(bytes.fromhex("0001 0000 0007 01 04 04 2222 2222"))

    async with peer(answer) as device:
        reader = source(device.port)
        with pytest.raises(NoAnswerError):
            await reader.read(BLOCK)
        late.set()
        assert (await reader.read(BLOCK)).cells == [0x2222, 0x2222]
        await reader.close()


async def test_a_peer_that_lags_one_answer_behind_is_caught() -> None:
    # It answers with its first answer twice: what a device does that has lost count.
    first = bytes.fromhex("0001 0000 0007 01 04 04 1111 1111")
    async with peer(says(first, first)) as device:
        reader = source(device.port)
        await reader.read(BLOCK)
        with pytest.raises(BadAnswerError, match="transaction number of another request"):
            await reader.read(BLOCK)


async def test_bytes_that_nobody_asked_for_end_the_connection() -> None:
    async with peer(says(GOOD)) as device:
        reader = source(device.port)
        await reader.read(BLOCK)
        device.writers[0].write(bytes.fromhex("0002 0000 0007 01 04 04 1111 1111"))
        await until(lambda: device.closed == 1)
        assert (await reader.read(BLOCK)).cells == [12345, 65535]
        await reader.close()


@pytest.mark.parametrize("code", [1, 4, 5, 6, 7, 8, 9, 10, 11])
async def test_an_exception_of_the_device_keeps_the_link_and_is_not_searched(code: int) -> None:
    def refusal(transaction: int) -> bytes:
        return struct.pack(">HHHBBB", transaction, 0, 3, 1, 0x84, code)

    good = bytes.fromhex("0003 0000 0007 01 04 04 3039 FFFF")
    async with peer(says(refusal(1), refusal(2), good)) as device:
        reader = source(device.port)
        for _ in range(2):
            with pytest.raises(DeviceRefusedError) as caught:
                await reader.read(BLOCK)
            assert caught.value.code == code
        assert (await reader.read(BLOCK)).cells == [12345, 65535]
        await reader.close()
    assert device.accepted == 1
    assert len(device.requests) == 3


async def test_a_cancelled_read_closes_the_link() -> None:
    async with peer(says(None, GOOD)) as device:
        reader = source(device.port, timeout=60.0)
        task = asyncio.create_task(reader.read(BLOCK))
        await until(lambda: len(device.requests) == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: device.closed == 1)
        assert (await reader.read(BLOCK)).cells == [12345, 65535]
        await reader.close()


async def test_a_read_cancelled_while_it_waits_its_turn_disturbs_nobody() -> None:
    go = asyncio.Event()

    async def answer(writer: asyncio.StreamWriter, request: bytes) -> None:
        await go.wait()
        writer.write(GOOD)

    async with peer(answer) as device:
        reader = source(device.port, timeout=60.0)
        first = asyncio.create_task(reader.read(BLOCK))
        second = asyncio.create_task(reader.read(BLOCK))
        await until(lambda: len(device.requests) == 1)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        go.set()
        assert (await first).cells == [12345, 65535]
        await reader.close()
    assert device.accepted == 1


async def test_a_read_cancelled_while_it_connects_stops_and_leaves_nothing_open() -> None:
    async def answer(writer: asyncio.StreamWriter, request: bytes) -> None:
        """Never, so that no read can end well before it is cancelled."""

    async with peer(answer) as device:
        for turns in range(15):  # cancels at each step of the opening
            reader = source(device.port, timeout=60.0)
            task = asyncio.create_task(reader.read(BLOCK))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await until(lambda: device.closed == device.accepted)


async def test_close_may_come_twice_and_before_any_read() -> None:
    reader = source(free_port())
    await reader.close()
    await reader.close()


async def test_a_block_that_no_request_can_ask_for_is_an_error_and_not_sent() -> None:
    async with peer(says(GOOD)) as device:
        reader = source(device.port)
        with pytest.raises(SourceError, match="cannot be asked this"):
            await reader.read(Block(Table.INPUT_REGISTER, 0, 126))
        await reader.close()
    assert device.requests == []
