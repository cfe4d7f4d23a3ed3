"""A client that is not ours reads everything: mbpoll, the Debian package."""

from __future__ import annotations

import asyncio
import re
import shutil

import pytest

from celador.simulator.fleet import SimulateOptions
from celador.simulator.service import serve
from tests.simulator_net.support import DISCRETE, INPUT, StaticController, static

pytestmark = [
    pytest.mark.mbpoll,
    pytest.mark.skipif(
        shutil.which("mbpoll") is None, reason="mbpoll is missing; apt install mbpoll"
    ),
]

_LINE = re.compile(r"^\[(\d+)\]:\s+(-?\d+)", re.MULTILINE)


async def mbpoll(port: int, table: int, first: int, count: int, *more: str) -> dict[int, int]:
    """One request of mbpoll from PDU address `first`; the values it prints, by address."""
    command = f"mbpoll -0 -1 -a 1 -t {table} -r {first} -c {count} -p {port} 127.0.0.1"
    process = await asyncio.create_subprocess_exec(
        *command.split(), *more, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await asyncio.wait_for(process.communicate(), 30)
    text = output.decode()
    assert process.returncode == 0, text
    # Values over 32767 are followed by their signed reading in brackets.
    return {int(address): int(value) % 65536 for address, value in _LINE.findall(text)}


async def test_mbpoll_reads_every_input_register_and_discrete_input() -> None:
    running = await serve(SimulateOptions(port=0), make_controller=StaticController)
    try:
        controller, port = static(running), running.ports[0]
        controller.registers[:] = [(address * 661 + 7) % 65536 for address in range(INPUT)]
        controller.discrete[:] = [
            address % 3 == 0 or address % 7 == 2 for address in range(DISCRETE)
        ]
        assert await mbpoll(port, 3, 0, INPUT) == dict(enumerate(controller.registers))
        bits = await mbpoll(port, 1, 0, 125) | await mbpoll(port, 1, 125, DISCRETE - 125)
        assert bits == {address: int(bit) for address, bit in enumerate(controller.discrete)}
    finally:
        await running.close()
