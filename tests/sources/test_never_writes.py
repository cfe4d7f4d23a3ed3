"""Celador never writes to a device: nothing but function codes 1 to 4 ever reaches a wire."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any, Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pymodbus.client.mixin import ModbusClientMixin
from pymodbus.pdu import ModbusPDU

from celador.domain.blocks import Block, Table
from celador.domain.errors import DeviceRefusedError
from celador.sources.faults import Faults
from celador.sources.line import Line
from celador.sources.link import ModbusLink
from celador.sources.modbus import ModbusSource
from celador.sources.wire import ForbiddenRequestError, expect_rtu, expect_tcp
from tests.sources.peer import SystemClock, peer, says, source, until

Transport = Literal["tcp", "rtu-over-tcp"]
READS = {"read_coils", "read_discrete_inputs", "read_holding_registers", "read_input_registers"}
NO_REQUESTS = {"execute", "convert_from_registers", "convert_to_registers"}
OTHERS = sorted(
    name
    for name, _ in inspect.getmembers(ModbusClientMixin, inspect.isfunction)
    if not name.startswith("_") and name not in READS | NO_REQUESTS
)
SAMPLES: dict[str, Any] = {
    "address": 1, "value": 1, "values": [1], "msg": b"", "toggle": True, "data": 1,
    "and_mask": 0, "or_mask": 1, "read_address": 0, "read_count": 1, "write_address": 0,
    "records": [], "read_code": 1, "object_id": 0,
}  # fmt: skip


def arguments(method: Callable[..., Any]) -> dict[str, Any]:
    return {name: SAMPLES[name] for name in inspect.signature(method).parameters if name in SAMPLES}


def test_the_list_of_pymodbus_methods_that_are_no_reads_is_the_one_we_know() -> None:
    assert len(OTHERS) == 31
    assert {"write_coil", "write_coils", "write_register", "write_registers"} <= set(OTHERS)
    assert {"mask_write_register", "readwrite_registers", "write_file_record"} <= set(OTHERS)


@pytest.mark.parametrize("transport", ["tcp", "rtu-over-tcp"])
async def test_no_other_method_of_the_client_gets_a_byte_onto_the_wire(
    transport: Transport,
) -> None:
    async with peer(says(None), request_size=1) as device:
        link = ModbusLink(port=device.port, transport=transport, timeout=5.0)
        line = Line(link, Faults("campus-3", link), SystemClock().now)
        await line.open()
        client = line._client
        for name in OTHERS:
            method = getattr(client, name)
            for silent in (False, True):
                with pytest.raises(ForbiddenRequestError):
                    await method(**arguments(method), no_response_expected=silent)
        # A read that is sent last arrives first and alone: nothing was before it on the wire.
        await client.read_coils(0x0102, count=3, no_response_expected=True)
        read = bytes.fromhex("01 01 0102 0003")
        await until(lambda: b"".join(device.requests).find(read) >= 0)
        line.close()
    start = b"".join(device.requests).index(read)
    assert start == (6 if transport == "tcp" else 0)


async def test_a_function_of_ones_own_making_does_not_get_through() -> None:
    class Trip(ModbusPDU):
        function_code = 5

        def encode(self) -> bytes:
            return bytes.fromhex("0001 FF00")

    async with peer(says(None), request_size=1) as device:
        link = ModbusLink(port=device.port, timeout=5.0)
        line = Line(link, Faults("campus-3", link), SystemClock().now)
        await line.open()
        with pytest.raises(ForbiddenRequestError, match="function code 5"):
            await line._client.execute(True, Trip(dev_id=1))
        line.close()
    assert device.requests == []


async def test_all_that_a_source_can_do_sends_reads_only() -> None:
    refused = bytes.fromhex("0001 0000 0003 01 84 02")
    async with peer(says(refused, None)) as device:
        reader = source(device.port, timeout=0.02)
        for table in Table:
            for count in (1, 2, 125):
                with pytest.raises(Exception, match=r"campus-3|exception"):
                    await reader.read(Block(table, 0, count))
        await reader.close()
    assert device.functions == {1, 2, 3, 4}


async def test_a_search_for_refused_cells_sends_reads_only() -> None:
    async with peer(says(None), request_size=12) as device:

        async def refuse(writer: asyncio.StreamWriter, request: bytes) -> None:
            function = request[7] | 0x80
            writer.write(request[:4] + b"\0\3" + bytes([request[6], function, 2]))

        device.answer = refuse
        reader = source(device.port, timeout=5.0)
        for table in Table:
            with pytest.raises(DeviceRefusedError):
                await reader.read(Block(table, 0, 100))
        await reader.close()
    assert device.functions == {1, 2, 3, 4}


def test_a_source_has_no_public_method_but_read_and_close() -> None:
    public = {name for name in vars(ModbusSource) if not name.startswith("_")}
    assert public == {"read", "close", "refused"}


def cells(body: bytes) -> int:
    return int.from_bytes(body[4:], "big")


@example(bytes.fromhex("0001 0000 0006 01 04 0000 007D"))
@example(bytes.fromhex("01 04 0000 007D 0000"))
@example(bytes.fromhex("0001 0000 0006 01 05 0000 0001"))
@example(bytes.fromhex("01 05 0000 0001 0000"))
@example(bytes.fromhex("0001 0000 0006 01 06 0000 0001"))
@example(bytes.fromhex("01 06 0000 0001 0000"))
@given(st.binary(max_size=300))
def test_whatever_the_bytes_only_a_plain_read_passes_the_watch(packet: bytes) -> None:
    for expect, body in ((expect_tcp, packet[6:]), (expect_rtu, packet[:-2])):
        try:
            expect(packet)
        except ForbiddenRequestError:
            assert len(body) != 6 or body[1] not in {1, 2, 3, 4} or not 1 <= cells(body) <= 125
        else:
            assert len(body) == 6
            assert body[1] in {1, 2, 3, 4}
