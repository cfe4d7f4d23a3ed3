"""What a page may use, and how it reads what is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from celador.config import Config
from celador.pipeline.counts import PollCounts
from celador.ports import (
    Backlog,
    Clock,
    EdgeStore,
    FullReader,
    Interruptible,
    RequestBox,
)
from celador.surfaces.live import Live
from celador.surfaces.web.access.access import Access
from celador.surfaces.web.log_tail import LogTail

T = TypeVar("T")
WebReader = FullReader  # the edge store, or the historian
_READERS = 3  # at a time; a reader is cheap, but so is the machine


class History:
    """Runs functions in worker threads, each with a reader of its own; few at a time."""

    def __init__(self, open_reader: Callable[[], WebReader]) -> None:
        """Get ready; nothing is opened before it is needed.

        Args:
            open_reader: opens what is stored; called in a worker thread.
        """
        self._open = open_reader
        self._pool = ThreadPoolExecutor(_READERS, "celador-web")
        self._idle: list[WebReader] = []
        self._slots = asyncio.Semaphore(_READERS)

    async def __call__(self, work: Callable[[WebReader], T]) -> T:
        """Run `work` with a reader; a statement under way ends when nobody waits for it any more.

        Raises:
            StoreError: what is stored cannot be read.
        """
        async with self._slots:
            reader: WebReader | None = self._idle.pop() if self._idle else None
            loop = asyncio.get_running_loop()
            if reader is None:
                reader = await loop.run_in_executor(self._pool, self._open)
            working = loop.run_in_executor(self._pool, work, reader)
            try:
                result = await asyncio.shield(working)
            except asyncio.CancelledError:
                if isinstance(reader, Interruptible):
                    reader.interrupt()
                working.add_done_callback(lambda done: _abandon(done, reader))
                raise
            except BaseException:
                reader.close()  # its connection may be the trouble
                raise
            self._idle.append(reader)
            return result

    def open(self) -> WebReader:
        """A reader for work that has threads of its own and closes it.

        Raises:
            StoreError: what is stored cannot be read.
        """
        return self._open()

    async def close(self) -> None:
        """Close the readers that nobody uses and let the threads end."""
        while self._idle:
            self._idle.pop().close()
        await asyncio.to_thread(self._pool.shutdown)


def _abandon(done: asyncio.Future[T], reader: WebReader) -> None:
    if not done.cancelled():
        done.exception()  # nobody waits for it
    reader.close()


@dataclass(frozen=True, slots=True)
class ScenarioText:
    """A scenario of the simulator.

    Attributes:
        name: S1 to S22.
        es: what happens, in Spanish.
        en: the same in English.
        seconds: how long its timeline is.
    """

    name: str
    es: str
    en: str
    seconds: float


class SimulatorControl(Protocol):
    """The simulated reclosers of this very process; there is nothing like it for real ones."""

    def scenarios(self) -> Sequence[ScenarioText]:
        """Every scenario of the library."""

    def play(self, device_id: int, scenario: str) -> None:
        """Let a scenario happen to a simulated recloser.

        Raises:
            SimulatorError: there is no such recloser or scenario.
        """

    def device_ids(self) -> Sequence[int]:
        """`equipos.id` of the simulated reclosers."""


@dataclass(frozen=True, slots=True)
class WebServices:
    """All that a page may use.

    Attributes:
        clock: the time.
        config: the settings.
        history: runs a function in a worker thread with a reader of what is stored.
        live: the latest durable records of every device.
        access: users, sessions and audit trail; `Access.perform` does something in their name.
        requests: where what people ask for is left; it refuses who may not ask, and writes it down.
        simulator: the simulated reclosers of this process; None where there are none.
        store: the edge store of this process; None where the monitor is another process.
        counts: what each poller of this process counts of itself, by device id.
        backlog: how much waits for the historian, read in a thread; None where there is none.
        log: the latest lines of this process's log.
    """

    clock: Clock
    config: Config
    history: History
    live: Live
    access: Access
    requests: RequestBox
    simulator: SimulatorControl | None = None
    store: EdgeStore | None = None
    counts: Callable[[], Mapping[int, PollCounts]] | None = None
    backlog: Callable[[], Backlog] | None = None
    log: LogTail = field(default_factory=LogTail)
