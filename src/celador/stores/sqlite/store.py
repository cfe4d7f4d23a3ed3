"""The edge store: takes records in the event loop, has them on the disk within 100 ms."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from celador.domain.alarm import Alarm
from celador.domain.device import Device
from celador.domain.errors import StoreError
from celador.domain.memory import Memory
from celador.domain.operation import Operation
from celador.ports import Clock, CommitListener, Record, StoreHealth
from celador.stores.sqlite.errors import store_error
from celador.stores.sqlite.intake import Intake, Order, Statement
from celador.stores.sqlite.retention import Keeper, Retention
from celador.stores.sqlite.summary import Summarizer
from celador.stores.sqlite.writer import StoreFile, Writer

# Leaves 40 ms of the 100 ms promised for the disk itself.
_WINDOW = 0.06  # s
_QUEUE_LIMIT = 50_000  # about 160 MB of samples


class SqliteStore:
    """One SQLite file and the thread that writes it; implements `ports.EdgeStore`.

    Use it from one event loop.

    Attributes:
        open_alarms: every alarm whose life was not over when the store was opened.
        last_alarm_keys: the highest key of an alarm then, by device id.
    """

    def __init__(
        self,
        file: StoreFile,
        path: Path,
        *,
        devices: Sequence[Device],
        collector: str,
        clock: Clock,
        on_commit: CommitListener | None,
        retention: Retention,
        queue_limit: int,
    ) -> None:
        """Use `open`."""
        self._loop = asyncio.get_running_loop()
        self._on_commit = on_commit
        self._memories = tuple(file.memories)
        self.open_alarms = tuple(file.open_alarms)
        self.last_alarm_keys = dict(file.last_alarm_keys)
        self._flushing: list[tuple[int, asyncio.Future[None]]] = []
        self._intake = Intake(queue_limit, _WINDOW, clock.monotonic)
        self._news = self._heard = 0  # records added with the last alarm or operation, and told of
        self._writer = Writer(
            file,
            lambda: StoreFile(path, devices, collector),
            self._intake,
            Keeper(retention, path, clock),
            Summarizer(clock),
            clock,
            self._tell,
        )
        self._writer.start()

    @classmethod
    async def open(
        cls,
        path: Path,
        *,
        devices: Sequence[Device],
        collector: str,
        clock: Clock,
        on_commit: CommitListener | None = None,
        retention: Retention | None = None,
        queue_limit: int = _QUEUE_LIMIT,
    ) -> Self:
        """Open the store; it is made where there is none, and brought to the newest schema.

        Args:
            path: the file; its folder is made where there is none.
            devices: entered in `equipos`, or updated there; others stay as they are.
            collector: name of this program among those that feed one historian.
            clock: time.
            on_commit: told, in the event loop and in order, what has become durable.
            retention: how long readings stay.
            queue_limit: most records that wait in memory while the disk takes none; beyond it the
                oldest are dropped, counted, and told by a row of `eventos` once it heals.

        Raises:
            StoreBusyError: another process writes to this store.
            StoreCorruptError: the file is damaged or no database; it is left as it is.
            StoreError: it cannot be used for another reason; the sentence names the mend.
        """
        file = await asyncio.to_thread(_open_file, path, devices, collector)
        return cls(
            file,
            path,
            devices=devices,
            collector=collector,
            clock=clock,
            on_commit=on_commit,
            retention=retention or Retention(),
            queue_limit=queue_limit,
        )

    def add(self, records: Sequence[Record]) -> None:
        """Take records to be stored; never waits for the disk and never raises for its state."""
        self._intake.add(records)
        if any(isinstance(record, Alarm | Operation) for record in records):
            self._news = self._intake.added

    def memories(self, subject: str) -> Mapping[int, Memory]:
        """What one rule remembered when the store was opened, by device id."""
        return {each.device_id: each for each in self._memories if each.subject == subject}

    async def flush(self) -> None:
        """Return when everything added before is durable, or lost and counted."""
        future: asyncio.Future[None] = self._loop.create_future()
        self._flushing.append((self._intake.added, future))
        self._intake.hurry()
        await future

    def health(self) -> StoreHealth:
        """How the store is; never waits for the disk."""
        writer, intake = self._writer, self._intake
        return StoreHealth(
            queued=intake.added - intake.settled,
            stored=writer.stored,
            lost=intake.lost,
            trouble=writer.trouble,
            size=writer.size,
            news=self._news > self._heard,
        )

    @property
    def duplicates(self) -> int:
        """Records left out because a row of the same device and instant was there first."""
        return self._writer.duplicates

    @property
    def rejected(self) -> int:
        """Records put aside in `rechazos` because no table can hold them."""
        return self._writer.rejected

    def carry_out(self, statements: Sequence[Statement]) -> None:
        """Return when a small change is durable; to be called by another thread.

        Raises:
            StoreError: it is not, and should be tried again later.
        """
        order = Order(statements)
        self._intake.order(order)
        order.done.result()

    async def close(self) -> None:
        """Make everything durable and let the file go; a disk that takes nothing is not waited for.

        Safe to call twice.
        """
        self._intake.close()
        await asyncio.to_thread(self._writer.join)
        await asyncio.sleep(0)  # lets the listeners hear of the last batch

    def _tell(self, records: Sequence[Record]) -> None:
        """In the writer's thread: pass on to the event loop what has happened."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._hear, records, self._intake.settled)

    def _hear(self, records: Sequence[Record], settled: int) -> None:
        self._heard = settled
        if records and self._on_commit is not None:
            self._on_commit(records)
        waiting, self._flushing = self._flushing, []
        for target, future in waiting:
            if target > settled:
                self._flushing.append((target, future))
            elif not future.done():
                future.set_result(None)


def _open_file(path: Path, devices: Sequence[Device], collector: str) -> StoreFile:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise store_error(error, path) from error
    if path.is_dir():
        message = f"{path} is a folder: give the store the path of a file"
        raise StoreError(message)
    return StoreFile(path, devices, collector)
