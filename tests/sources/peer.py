"""A Modbus peer made of plain sockets, which says exactly the bytes that a test gives it."""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from celador.sources.link import ModbusLink
from celador.sources.modbus import ModbusSource

TIMEOUT = 0.15


class SystemClock:
    """`ports.Clock` as the machine has it."""

    def now(self) -> int:
        return time.time_ns() // 1000

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class Peer:
    """What a test sees of the server: requests in order, connections opened and closed."""

    def __init__(self, answer: Answer, request_size: int) -> None:
        self.answer = answer
        self.request_size = request_size
        self.port = 0
        self.requests: list[bytes] = []
        self.accepted = 0
        self.closed = 0
        self.writers: list[asyncio.StreamWriter] = []

    @property
    def functions(self) -> set[int]:
        at = 7 if self.request_size == 12 else 1
        return {request[at] for request in self.requests}

    @property
    def spans(self) -> list[tuple[int, int]]:
        """First address and count of each Modbus TCP request."""
        return [struct.unpack(">HH", request[8:12]) for request in self.requests]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        self.writers.append(writer)
        try:
            while True:
                request = await reader.readexactly(self.request_size)
                self.requests.append(request)
                await self.answer(writer, request)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.closed += 1
            writer.close()


Answer = Callable[[asyncio.StreamWriter, bytes], Awaitable[None]]


@asynccontextmanager
async def peer(answer: Answer, request_size: int = 12) -> AsyncIterator[Peer]:
    """Serve on a free port of this machine; the block may leave no connection open behind it."""
    server_side = Peer(answer, request_size)
    server = await asyncio.start_server(server_side.serve, "127.0.0.1", 0)
    server_side.port = server.sockets[0].getsockname()[1]
    try:
        yield server_side
        await until(lambda: server_side.closed == server_side.accepted)
    finally:
        server.close()
        for writer in server_side.writers:
            writer.close()


async def until(condition: Callable[[], bool], deadline: float = 5.0) -> None:
    """Return once `condition` holds; fail when it does not within `deadline` seconds."""
    end = time.monotonic() + deadline
    while not condition():
        assert time.monotonic() < end, "the condition did not come about"
        await asyncio.sleep(0.002)


def says(*chunks: bytes | None) -> Answer:
    """A peer that answers each request with the next chunk: None is silence, the last repeats."""
    left = list(chunks)

    async def answer(writer: asyncio.StreamWriter, request: bytes) -> None:
        chunk = left.pop(0) if len(left) > 1 else left[0]
        if chunk is not None:
            writer.write(chunk)

    return answer


def source(port: int, **link: object) -> ModbusSource:
    """A source for a peer on this machine, with a short timeout."""
    settings: dict[str, object] = {"port": port, "timeout": TIMEOUT, **link}
    return ModbusSource(ModbusLink(**settings), SystemClock(), name="campus-3")  # type: ignore[arg-type]
