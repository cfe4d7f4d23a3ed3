"""A controller of fixed values, a raw client, and waiting for a condition with a deadline."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import struct
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from celador.domain.errors import ScenarioError
from celador.simulator.contract import RefusedError
from celador.simulator.fleet import SimulateOptions
from celador.simulator.service import Simulation, serve

_Value = TypeVar("_Value", bool, int)

COILS, DISCRETE, INPUT, HOLDING = 72, 190, 99, 2


class StaticController:
    """Tables that change only when a test changes them."""

    def __init__(self, name: str, seed: int = 0, start: datetime | None = None) -> None:
        self.name = name
        self.seed = seed
        self.coils = [False] * COILS
        self.discrete = [False] * DISCRETE
        self.registers = [0] * INPUT
        self.holding = [0] * HOLDING
        self.on = True
        self.refuse_writes_with: int | None = None
        self.written: list[tuple[int, bool]] = []
        self.played: list[str] = []
        self.actions: list[Mapping[str, Any]] = []
        self.on_link: Callable[[Mapping[str, Any]], None] | None = None

    def read_coils(self, address: int, count: int, now: float) -> Sequence[bool]:
        return _part(self.coils, address, count)

    def read_discrete_inputs(self, address: int, count: int, now: float) -> Sequence[bool]:
        return _part(self.discrete, address, count)

    def read_input_registers(self, address: int, count: int, now: float) -> Sequence[int]:
        return _part(self.registers, address, count)

    def read_holding_registers(self, address: int, count: int, now: float) -> Sequence[int]:
        return _part(self.holding, address, count)

    def write_coil(self, address: int, on: bool, now: float) -> None:
        if address >= len(self.coils):
            raise RefusedError(2)
        self.written.append((address, on))
        if self.refuse_writes_with is not None:
            raise RefusedError(self.refuse_writes_with)

    def powered(self, now: float) -> bool:
        return self.on

    def play(self, scenario: str, now: float) -> None:
        if scenario != "storm":
            raise ScenarioError(f"there is no scenario {scenario!r}; the only one is storm.")
        self.played.append(scenario)

    def act(self, action: Mapping[str, Any], now: float) -> None:
        if "link" in action:
            assert self.on_link is not None
            self.on_link(action["link"])
        self.actions.append(action)

    def describe(self, now: float) -> Mapping[str, Any]:
        return {"position": "closed"}


def _part(table: list[_Value], address: int, count: int) -> list[_Value]:
    if address + count > len(table):
        raise RefusedError(2)
    return table[address : address + count]


@contextlib.asynccontextmanager
async def simulation(options: SimulateOptions | None = None) -> AsyncIterator[Simulation]:
    """A simulator with static controllers at free ports."""
    options = dataclasses.replace(options or SimulateOptions(), port=0)
    running = await serve(options, make_controller=StaticController)
    try:
        yield running
    finally:
        await running.close()


def static(running: Simulation, name: str = "sim-001") -> StaticController:
    controller = running.fleet.devices[name].controller
    assert isinstance(controller, StaticController)
    return controller


class Client:
    """A raw TCP client: bytes out, bytes in, nothing understood."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes | str) -> None:
        self.writer.write(bytes.fromhex(data) if isinstance(data, str) else data)

    async def receive(self, count: int, deadline: float = 5.0) -> bytes:
        return await asyncio.wait_for(self.reader.readexactly(count), deadline)

    async def ask(self, data: bytes | str, count: int) -> bytes:
        self.send(data)
        return await self.receive(count)

    async def ended(self, deadline: float = 5.0) -> str:
        """How the server ended the connection: "closed" or "reset"; bytes before it fail."""
        try:
            rest = await asyncio.wait_for(self.reader.read(), deadline)
        except ConnectionResetError:
            return "reset"
        assert rest == b""
        return "closed"


@contextlib.asynccontextmanager
async def client(port: int) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def until(condition: Callable[[], bool], deadline: float = 10.0) -> None:
    """Wait for `condition`, looking often, failing after `deadline` seconds."""
    end = time.monotonic() + deadline
    while not condition():
        assert time.monotonic() < end, "the condition did not come true in time"
        await asyncio.sleep(0.01)


async def fate(port: int) -> str:
    """What becomes of a client that connects and asks once: "refused", "cut" or "served"."""
    try:
        async with client(port) as c:
            await c.ask(mbap(1, 1, "03 0000 0001"), 11)
    except ConnectionRefusedError:
        return "refused"
    except (ConnectionError, asyncio.IncompleteReadError):
        return "cut"  # a reset may be quicker than the client's own connect
    return "served"


def mbap(transaction: int, unit: int, pdu: str) -> bytes:
    """An independent MBAP writer, by the guide's table and not by the code under test."""
    body = bytes.fromhex(pdu)
    return struct.pack(">HHHB", transaction, 0, len(body) + 1, unit) + body
