"""Bytes from a thread that writes a file to the event loop that sends it, a few at a time."""

from __future__ import annotations

import asyncio
import io
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_CHUNK = 65_536
_WAITING = 4  # chunks between thread and socket; more only fills memory


class ReceiverGoneError(OSError):
    """Nobody takes the bytes any more; whoever writes them should stop."""


class Pipe(io.RawIOBase):
    """A file for one writing thread, whose content one coroutine reads.

    A slow receiver holds up the writer; a receiver that has gone makes its next write fail.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._loop = loop
        self._buffer = bytearray()
        self._slots = threading.Semaphore(_WAITING)
        self._gone = threading.Event()
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue()

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Take all the bytes; waits while the receiver is behind.

        Raises:
            ReceiverGoneError: nobody takes them.
        """
        if self._gone.is_set():
            raise ReceiverGoneError
        # A write may be megabytes, and several chunks wait: each of them has its own size.
        with memoryview(data).cast("B") as given:
            for start in range(0, len(given), _CHUNK):
                self._buffer += given[start : start + _CHUNK]
                if len(self._buffer) >= _CHUNK:
                    self._hand_over()
            return len(given)

    def _hand_over(self) -> None:
        self._slots.acquire()
        if self._gone.is_set():
            raise ReceiverGoneError
        chunk = bytes(self._buffer)
        self._buffer.clear()
        self._tell(chunk)

    def _tell(self, chunk: bytes | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self._chunks.put_nowait, chunk)
        except RuntimeError:  # the event loop has ended
            raise ReceiverGoneError from None

    def finish(self) -> None:
        """Hand over what is left and say that this was all; from the writing thread."""
        if self._buffer:
            self._hand_over()
        self._tell(None)

    def fail(self) -> None:
        """Drop what is left and say that no more will come; from the writing thread."""
        self._buffer.clear()
        self._tell(None)

    async def chunk(self) -> bytes | None:
        """The next bytes; None after the last ones."""
        chunk = await self._chunks.get()
        self._slots.release()
        return chunk

    def abandon(self) -> None:
        """Nobody will read any more; from the event loop. Safe to call twice."""
        self._gone.set()
        self._slots.release()
