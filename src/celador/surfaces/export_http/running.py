"""One export under way: a thread that reads and writes, a coroutine that sends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import BinaryIO, cast

from starlette.types import Receive, Send

from celador.config import ExporterConfig
from celador.domain.errors import CeladorError
from celador.ports import HistoryReader, Interruptible
from celador.surfaces.export import FileKind
from celador.surfaces.export_http.demand import Demand
from celador.surfaces.export_http.pipe import Pipe, ReceiverGoneError
from celador.surfaces.export_http.refusals import refusal_of

_log = logging.getLogger("celador.export")
_STALL_S = 60.0  # a client that takes nothing for so long holds up others
_INTERRUPT_EVERY_S = 0.5

OpenReader = Callable[[], HistoryReader]


@dataclass
class Outcome:
    """How an export went.

    Attributes:
        rows: rows written; 0 where it did not come to its end.
        read: stored samples that went in so far; grows while it runs.
        sent: bytes sent.
        ending: "complete", "refused", "client gone", "client stalled", "failed" or "service ended".
        seconds: how long it took.
    """

    rows: int = 0
    read: int = 0
    sent: int = 0
    ending: str = "client gone"
    seconds: float = 0.0


class Running:
    """One export, from the query to the last byte; used once."""

    def __init__(
        self,
        demand: Demand,
        open_reader: OpenReader,
        limits: ExporterConfig,
        pool: Executor,
        *,
        packed: bool,
    ) -> None:
        """Get ready; nothing runs yet.

        Args:
            demand: what is wanted.
            open_reader: opens the history; called in the thread that reads.
            limits: what one export may be.
            pool: where the thread comes from; it must have one free.
            packed: send CSV compressed with gzip.
        """
        self.outcome = Outcome()
        self._demand = demand
        self._kind = FileKind.CSV_GZ if packed else demand.kind
        self._open_reader = open_reader
        self._limits = limits
        self._pool = pool
        self._pipe = Pipe(asyncio.get_running_loop())
        self._reader: HistoryReader | None = None
        self._work: asyncio.Future[int] | None = None

    async def serve(self, receive: Receive, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
        """Run and send the answer; returns early when the client goes away.

        Raises:
            Refusal: it failed before the first byte was sent.
        """
        begin = time.monotonic()
        loop = asyncio.get_running_loop()
        self._work = loop.run_in_executor(self._pool, self._produce)
        gone = asyncio.ensure_future(_disconnected(receive))
        sending = asyncio.ensure_future(self._send(send, headers))
        try:
            await asyncio.wait({gone, sending}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
        finally:
            for task in (gone, sending):
                task.cancel()
            await asyncio.shield(self._settle())
            self.outcome.seconds = time.monotonic() - begin

    async def _send(self, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
        # The headers wait for the first bytes, so that what fails early is told by the status.
        chunk = await self._pipe.chunk()
        if chunk is None or self._failed_early():
            await self._raise_failure()
        await _patiently(send, {"type": "http.response.start", "status": 200, "headers": headers})
        try:
            while chunk is not None:
                body = {"type": "http.response.body", "body": chunk, "more_body": True}
                await _patiently(send, body)
                self.outcome.sent += len(chunk)
                chunk = await self._pipe.chunk()
            self.outcome.rows = await self._result()
            await _patiently(send, {"type": "http.response.body", "body": b""})
            self.outcome.ending = "complete"
        except TimeoutError:
            self.outcome.ending = "client stalled"
        except Exception as error:  # noqa: BLE001 -- any failure must leave the answer unfinished
            # Without its last chunk the answer is known to be cut off; it must not look whole.
            self.outcome.ending = "failed"
            _log.error("an export broke off: %s", error)

    async def _result(self) -> int:
        assert self._work is not None  # noqa: S101 -- it was set before sending began
        return await asyncio.shield(self._work)

    def _failed_early(self) -> bool:
        work = self._work
        return work is not None and work.done() and work.exception() is not None

    async def _raise_failure(self) -> None:
        self.outcome.ending = "refused"
        try:
            await self._result()
        except CeladorError as error:
            raise refusal_of(error) from error

    def _produce(self) -> int:
        """Everything that may block; runs in a thread."""
        reader = None
        try:
            reader = self._reader = self._open_reader()
            job = replace(self._demand.job(reader, self._limits), kind=self._kind)
            rows = job.write(cast("BinaryIO", self._pipe), self._count)
        except BaseException:
            self._end_quietly()
            raise
        else:
            self._pipe.finish()
            return rows
        finally:
            self._reader = None
            if reader is not None:
                reader.close()

    def _count(self, samples: int) -> None:
        self.outcome.read += samples

    def _end_quietly(self) -> None:
        with contextlib.suppress(ReceiverGoneError):
            self._pipe.fail()

    async def _settle(self) -> None:
        """Free the query: wait until its thread has ended, urging it where nobody listens."""
        self._pipe.abandon()
        work = self._work
        if work is None:
            return
        while not work.done():
            reader = self._reader
            if isinstance(reader, Interruptible):
                await asyncio.to_thread(reader.interrupt)
            await asyncio.wait({work}, timeout=_INTERRUPT_EVERY_S)
        with contextlib.suppress(asyncio.CancelledError):
            work.exception()  # told already, or told to nobody


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _patiently(send: Send, message: dict[str, object]) -> None:
    async with asyncio.timeout(_STALL_S):
        await send(message)
