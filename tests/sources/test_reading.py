"""Reads that go well, against frames written by hand."""

from __future__ import annotations

import asyncio

import pytest

from celador.domain.blocks import Block, Table
from tests.sources.peer import peer, says, source

TEN_INPUT_BITS = Block(Table.DISCRETE_INPUT, 0, 10)
TWO_INPUT_REGISTERS = Block(Table.INPUT_REGISTER, 16, 2)


async def test_input_registers_are_asked_for_and_read_byte_for_byte() -> None:
    # MBAP: transaction 1, protocol 0, 7 bytes follow; unit 1, function 4, 4 bytes: 12345, 65535.
    async with peer(says(bytes.fromhex("0001 0000 0007 01 04 04 3039 FFFF"))) as device:
        reader = source(device.port, timeout=60.0)
        reply = await reader.read(TWO_INPUT_REGISTERS)
        await reader.close()
    assert device.requests == [bytes.fromhex("0001 0000 0006 01 04 0010 0002")]
    assert reply.cells == [12345, 65535]
    assert reply.complete
    assert reply.block == TWO_INPUT_REGISTERS


async def test_bits_come_lowest_first_and_without_their_padding() -> None:
    # CD 03: 1011 0011 11, and six bits of padding that are no cells.
    async with peer(says(bytes.fromhex("0001 0000 0005 01 02 02 CD 03"))) as device:
        reader = source(device.port, timeout=60.0)
        reply = await reader.read(TEN_INPUT_BITS)
        await reader.close()
    assert reply.cells == [1, 0, 1, 1, 0, 0, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("table", "function"),
    [
        (Table.COIL, "01"),
        (Table.DISCRETE_INPUT, "02"),
        (Table.HOLDING_REGISTER, "03"),
        (Table.INPUT_REGISTER, "04"),
    ],
)
async def test_each_table_has_its_function(table: Table, function: str) -> None:
    data = "01 01" if table.is_bits else "02 0001"
    length = 4 if table.is_bits else 5
    answer = bytes.fromhex(f"0001 0000 000{length} 01 {function} {data}")
    async with peer(says(answer)) as device:
        reader = source(device.port, timeout=60.0)
        reply = await reader.read(Block(table, 0, 1))
        await reader.close()
    assert device.requests == [bytes.fromhex(f"0001 0000 0006 01 {function} 0000 0001")]
    assert reply.cells == [1]


async def test_many_reads_share_one_connection_and_wait_for_each_other() -> None:
    async def answer(writer: asyncio.StreamWriter, request: bytes) -> None:
        writer.write(request[:4] + bytes.fromhex("0007 01 04 04 0000") + request[:2])

    async with peer(answer) as device:
        reader = source(device.port, timeout=60.0)
        replies = await asyncio.gather(*[reader.read(TWO_INPUT_REGISTERS) for _ in range(20)])
        await reader.close()
    assert [reply.cells for reply in replies] == [[0, number] for number in range(1, 21)]
    assert device.accepted == 1


async def test_the_reply_carries_the_times_of_request_and_answer() -> None:
    async with peer(says(bytes.fromhex("0001 0000 0007 01 04 04 0000 0000"))) as device:
        reader = source(device.port, timeout=60.0)
        reply = await reader.read(TWO_INPUT_REGISTERS)
        await reader.close()
    assert 0 < reply.requested_at <= reply.answered_at
