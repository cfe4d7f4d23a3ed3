"""A client that is not ours reads everything: mbpoll, the Debian package."""

from __future__ import annotations

import asyncio
import re
import shutil
from datetime import UTC, datetime

import pytest

from celador.simulator.contract import Controller
from celador.simulator.fleet import SimulateOptions
from celador.simulator.service import serve
from celador.simulator.session import Device, SimClock
from tests.simulator_net.pty_bus import PtyBus
from tests.simulator_net.support import DISCRETE, INPUT, StaticController

pytestmark = [
    pytest.mark.mbpoll,
    pytest.mark.skipif(
        shutil.which("mbpoll") is None, reason="mbpoll is missing; apt install mbpoll"
    ),
]

_LINE = re.compile(r"^\[(\d+)\]:\s+(-?\d+)", re.MULTILINE)


async def mbpoll(link: str, table: int, first: int, count: int) -> dict[int, int]:
    """One request of mbpoll from PDU address `first`; the values it prints, by address."""
    command = f"mbpoll -0 -1 -a 1 -t {table} -r {first} -c {count} {link}"
    process = await asyncio.create_subprocess_exec(
        *command.split(), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await asyncio.wait_for(process.communicate(), 30)
    text = output.decode()
    assert process.returncode == 0, text
    # Values over 32767 are followed by their signed reading in brackets.
    return {int(address): int(value) % 65536 for address, value in _LINE.findall(text)}


async def same_as_mbpoll(link: str, controller: Controller, now: float = 0.0) -> None:
    """Every input register and discrete input that mbpoll sees is what the controller holds."""
    registers = controller.read_input_registers(0, INPUT, now)
    assert await mbpoll(link, 3, 0, INPUT) == dict(enumerate(registers))
    bits = await mbpoll(link, 1, 0, 125) | await mbpoll(link, 1, 125, DISCRETE - 125)
    inputs = controller.read_discrete_inputs(0, DISCRETE, now)
    assert bits == {address: int(bit) for address, bit in enumerate(inputs)}


def patterned(name: str = "sim-001") -> StaticController:
    controller = StaticController(name)
    controller.registers[:] = [(address * 661 + 7) % 65536 for address in range(INPUT)]
    controller.discrete[:] = [n % 3 == 0 or n % 7 == 2 for n in range(DISCRETE)]
    return controller


async def test_mbpoll_reads_a_pattern_over_tcp() -> None:
    running = await serve(SimulateOptions(port=0), make_controller=lambda name, *_: patterned(name))
    try:
        controller = running.fleet.devices["sim-001"].controller
        await same_as_mbpoll(f"-p {running.ports[0]} 127.0.0.1", controller)
    finally:
        await running.close()


async def test_mbpoll_reads_a_pattern_over_a_serial_line() -> None:
    bus = PtyBus([Device(patterned(), SimClock(), unit=1)])
    try:
        await same_as_mbpoll(f"-m rtu -b 9600 -P none {bus.path}", patterned())
    finally:
        bus.close()


async def test_mbpoll_reads_the_simulated_recloser() -> None:
    # So slow that its second never ends, or registers would move between the two readings.
    start = datetime(2026, 3, 3, 11, 0, tzinfo=UTC)
    running = await serve(SimulateOptions(port=0, speed=1e-6, start=start))
    try:
        controller = running.fleet.devices["sim-001"].controller
        voltage = (await mbpoll(f"-p {running.ports[0]} 127.0.0.1", 3, 4, 1))[4]
        assert 7000 < voltage < 8300  # 7621 V phase to earth on a 13.2 kV feeder
        await same_as_mbpoll(f"-p {running.ports[0]} 127.0.0.1", controller)
    finally:
        await running.close()
