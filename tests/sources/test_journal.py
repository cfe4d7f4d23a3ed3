"""The log says once that a link is down and once that it is back, and nothing of each failure."""

from __future__ import annotations

import asyncio
import logging

import pytest

from celador.domain.blocks import Block, Table
from celador.domain.errors import DeviceRefusedError, SourceError
from tests.sources.peer import peer, says, source, until

BLOCK = Block(Table.INPUT_REGISTER, 16, 2)
GOOD = bytes.fromhex("0001 0000 0007 01 04 04 3039 FFFF")
BUSY = bytes.fromhex("0001 0000 0003 01 84 06")


async def test_a_dead_device_is_two_lines_however_often_it_fails(
    caplog: pytest.LogCaptureFixture,
) -> None:
    garbage = b"\xff" * 400
    async with peer(says(GOOD, None, None, garbage, garbage, None, GOOD)) as device:
        reader = source(device.port, timeout=0.03)
        with caplog.at_level(logging.INFO):
            await reader.read(BLOCK)
            assert caplog.messages == []
            for _ in range(5):
                with pytest.raises(SourceError):
                    await reader.read(BLOCK)
            assert len(caplog.messages) == 1
            await reader.read(BLOCK)
        await reader.close()
    down, up = caplog.records
    assert down.name == up.name == "celador.link"
    assert down.getMessage().startswith(f"link down: campus-3: 127.0.0.1:{device.port} kept silent")
    assert up.getMessage() == "campus-3: link is back, after 5 failed reads"


async def test_a_device_that_answers_with_an_exception_is_there(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with peer(says(None, BUSY)) as device:
        reader = source(device.port, timeout=0.03)
        with caplog.at_level(logging.INFO):
            with pytest.raises(SourceError):
                await reader.read(BLOCK)
            with pytest.raises(DeviceRefusedError):
                await reader.read(BLOCK)
        await reader.close()
    assert caplog.messages[1:] == ["campus-3: link is back, after 1 failed reads"]


async def test_a_cancelled_read_is_no_failure_of_the_link(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with peer(says(None, GOOD)) as device:
        reader = source(device.port, timeout=60.0)
        with caplog.at_level(logging.INFO):
            task = asyncio.create_task(reader.read(BLOCK))
            await until(lambda: len(device.requests) == 1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await reader.read(BLOCK)
        await reader.close()
    assert caplog.messages == []
