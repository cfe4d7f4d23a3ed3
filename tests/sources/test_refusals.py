"""A device that refuses part of a block does not lose the rest."""

from __future__ import annotations

import asyncio
import logging
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from celador.domain.blocks import Block, Table
from celador.domain.errors import DeviceRefusedError, LinkLostError
from celador.sources.link import ModbusLink
from celador.sources.modbus import ModbusSource
from tests.sources.peer import Answer, Peer, peer
from tests.support.clock import TurnedClock

REGISTERS = Block(Table.INPUT_REGISTER, 0, 99)
BITS = Block(Table.DISCRETE_INPUT, 1000, 190)
BUDGET = 28  # 4 x 7: 99 has seven binary digits


def lacking(bad: set[int], longest: int = 125, code: int = 2) -> Answer:
    """A device without the cells `bad`; each register holds its own address, each bit is 1."""

    async def answer(writer: asyncio.StreamWriter, request: bytes) -> None:
        transaction, _, _, unit, function, address, count = struct.unpack(">HHHBBHH", request)
        if count > longest and function == 4:
            body = bytes([function | 0x80, 3])
        elif bad.intersection(range(address, address + count)):
            body = bytes([function | 0x80, code])
        elif function == 4:
            body = struct.pack(f">BB{count}H", 4, 2 * count, *range(address, address + count))
        else:
            size = (count + 7) // 8
            body = bytes([function, size]) + b"\xff" * size
        writer.write(struct.pack(">HHHB", transaction, 0, len(body) + 1, unit) + body)

    return answer


def without(bad: set[int]) -> list[int | None]:
    return [None if cell in bad else cell for cell in range(99)]


def reader(device: Peer, clock: TurnedClock | None = None) -> ModbusSource:
    link = ModbusLink(port=device.port, timeout=5.0)
    return ModbusSource(link, clock or TurnedClock(), name="campus-3")


async def test_one_bad_register_of_ninety_nine_is_found_in_the_first_read() -> None:
    async with peer(lacking({30})) as device:
        source = reader(device)
        reply = await source.read(REGISTERS)
        assert reply.cells == without({30})
        assert not reply.complete
        assert len(device.requests) <= 1 + 2 * 7
        assert source.refused == {Table.INPUT_REGISTER: frozenset({30})}
        await source.close()


async def test_the_next_reads_ask_around_the_bad_register_and_do_not_search() -> None:
    async with peer(lacking({30})) as device:
        source = reader(device)
        await source.read(REGISTERS)
        device.requests.clear()
        reply = await source.read(REGISTERS)
        await source.close()
    assert device.spans == [(0, 30), (31, 68)]
    assert reply.cells == without({30})


async def test_bits_are_searched_as_registers_are() -> None:
    async with peer(lacking({1007, 1008})) as device:
        source = reader(device)
        first = await source.read(BITS)
        device.requests.clear()
        second = await source.read(BITS)
        await source.close()
    assert device.spans == [(1000, 7), (1009, 181)]
    assert first.cells == second.cells == [1] * 7 + [None, None] + [1] * 181


async def test_several_bad_ranges_are_found_over_a_few_reads_each_of_bounded_cost() -> None:
    bad = {0, 17, 18, 19, 50, 71, 72, 98}
    async with peer(lacking(bad)) as device:
        source = reader(device)
        sound: set[int] = set()
        for _ in range(6):
            device.requests.clear()
            reply = await source.read(REGISTERS)
            given_now = {cell for cell in reply.cells if cell is not None}
            assert sound <= given_now, "what was given once is given again"
            assert len(device.requests) <= 1 + len(sound) + BUDGET
            sound = given_now
        await source.close()
    assert reply.cells == without(bad)
    assert device.spans == [(1, 16), (20, 30), (51, 20), (73, 25)]


@settings(max_examples=30, deadline=None)
@given(bad=st.sets(st.integers(0, 98), max_size=30), longest=st.integers(1, 125))
async def test_whatever_is_bad_in_the_end_all_the_rest_is_read(bad: set[int], longest: int) -> None:
    async with peer(lacking(bad, longest)) as device:
        source = reader(device)
        for _ in range(12):
            reply = await source.read(REGISTERS)
        await source.close()
    assert reply.cells == without(bad)
    assert reply.complete == (not bad)
    assert source.refused == ({Table.INPUT_REGISTER: frozenset(bad)} if bad else {})


async def test_bad_cells_are_tried_again_later_and_taken_back() -> None:
    bad = {30, 31, 60}
    async with peer(lacking(bad)) as device:
        clock = TurnedClock()
        source = reader(device, clock)
        await source.read(REGISTERS)
        clock.spend(599.0)
        device.requests.clear()
        assert (await source.read(REGISTERS)).cells == without(bad)
        assert not any(address <= 30 < address + count for address, count in device.spans)
        bad.clear()
        clock.spend(2.0)
        reply = await source.read(REGISTERS)
        assert reply.complete
        assert reply.cells == without(set())
        assert source.refused == {}
        device.requests.clear()
        assert (await source.read(REGISTERS)).complete
        await source.close()
    assert device.spans == [(0, 99)]


async def test_of_the_bad_cells_only_the_mended_ones_come_back() -> None:
    bad = {30, 31, 32, 33}
    async with peer(lacking(bad)) as device:
        clock = TurnedClock()
        source = reader(device, clock)
        await source.read(REGISTERS)
        bad -= {30, 33}
        clock.spend(601.0)
        assert (await source.read(REGISTERS)).cells == without({31, 32})
        device.requests.clear()
        await source.read(REGISTERS)
        await source.close()
    assert device.spans == [(0, 31), (33, 66)]


async def test_a_retry_never_costs_a_cell_that_was_sound() -> None:
    bad = set(range(1, 99, 4))
    async with peer(lacking(bad)) as device:
        clock = TurnedClock()
        source = reader(device, clock)
        for _ in range(12):
            await source.read(REGISTERS)
        clock.spend(601.0)
        for _ in range(12):
            assert (await source.read(REGISTERS)).cells == without(bad)
        await source.close()


async def test_a_device_with_small_requests_gives_everything_and_is_not_searched_again() -> None:
    async with peer(lacking(set(), longest=50)) as device:
        source = reader(device)
        first = await source.read(REGISTERS)
        device.requests.clear()
        second = await source.read(REGISTERS)
        await source.close()
    assert first.complete
    assert second.complete
    assert sorted(device.spans) == [(0, 49), (49, 50)]


async def test_small_requests_and_a_bad_cell_together_are_learned_for_good() -> None:
    async with peer(lacking({30}, longest=50)) as device:
        source = reader(device)
        for _ in range(2):
            assert (await source.read(REGISTERS)).cells == without({30})
        device.requests.clear()
        assert (await source.read(REGISTERS)).cells == without({30})
        await source.close()
    assert all(count <= 50 for _, count in device.spans), "nothing is asked that was refused"
    assert sum(count for _, count in device.spans) == 98


async def test_a_block_refused_as_a_whole_is_an_error_of_bounded_cost() -> None:
    async with peer(lacking(set(range(99)))) as device:
        source = reader(device)
        for _ in range(9):
            device.requests.clear()
            with pytest.raises(DeviceRefusedError) as caught:
                await source.read(REGISTERS)
            assert caught.value.code == 2
            assert len(device.requests) <= 1 + BUDGET
        assert device.spans == [(0, 99)], "at the end, one request a read keeps watch"
        assert source.refused == {Table.INPUT_REGISTER: frozenset(range(99))}
        await source.close()


async def test_a_block_refused_as_a_whole_is_back_the_moment_the_device_gives_it() -> None:
    bad = set(range(99))
    async with peer(lacking(bad)) as device:
        source = reader(device)
        for _ in range(9):
            with pytest.raises(DeviceRefusedError):
                await source.read(REGISTERS)
        bad.clear()
        assert (await source.read(REGISTERS)).complete
        assert source.refused == {}
        await source.close()


async def test_a_single_cell_that_is_refused_is_a_refused_block() -> None:
    async with peer(lacking({5})) as device:
        source = reader(device)
        with pytest.raises(DeviceRefusedError):
            await source.read(Block(Table.INPUT_REGISTER, 5, 1))
        await source.close()


@pytest.mark.parametrize("code", [4, 6, 11])
async def test_other_exceptions_in_the_middle_end_the_read_and_keep_what_was_learned(
    code: int,
) -> None:
    async with peer(lacking({30})) as device:
        source = reader(device)
        await source.read(REGISTERS)
        device.answer = lacking({31}, code=code)
        with pytest.raises(DeviceRefusedError) as caught:
            await source.read(REGISTERS)
        assert caught.value.code == code
        device.answer = lacking({30})
        device.requests.clear()
        assert (await source.read(REGISTERS)).cells == without({30})
        await source.close()
    assert device.spans == [(0, 30), (31, 68)]
    assert device.accepted == 1


async def test_a_link_lost_in_the_search_goes_on_where_it_was() -> None:
    good = lacking({30})

    async def answer(writer: asyncio.StreamWriter, request: bytes) -> None:
        if len(device.requests) == 5:
            writer.close()
        else:
            await good(writer, request)

    async with peer(answer) as device:
        source = reader(device)
        with pytest.raises(LinkLostError):
            await source.read(REGISTERS)
        reply = await source.read(REGISTERS)
        await source.close()
    assert reply.cells == without({30})
    assert device.spans.count((0, 99)) == 1


async def test_refused_cells_are_reported_once_and_their_return_too(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bad = {30, 31, 60}
    async with peer(lacking(bad)) as device:
        clock = TurnedClock()
        source = reader(device, clock)
        with caplog.at_level(logging.INFO):
            for _ in range(3):
                await source.read(REGISTERS)
                clock.spend(601.0)
            bad.clear()
            await source.read(REGISTERS)
            await source.read(REGISTERS)
        await source.close()
    assert [record.name for record in caplog.records] == ["celador.link"] * 2
    refused, back = (record.getMessage() for record in caplog.records)
    assert refused.startswith("campus-3: the device refuses input_register 30-31, 60 (PDU addr")
    assert back == "campus-3: the device gives all of input_register 0-98 again"
