"""The one thread that writes; it owns the connection and outlives every failure of the disk."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path

from celador.domain.device import Device
from celador.domain.errors import StoreError, StoreFullError
from celador.domain.event import Event, EventKind, Origin
from celador.domain.memory import Memory
from celador.ports import Clock, Record
from celador.stores.sqlite.alarms import alarm_of
from celador.stores.sqlite.batch import Attempt, high_marks, insert, roll_back
from celador.stores.sqlite.errors import store_error
from celador.stores.sqlite.intake import Intake, Loss, Order
from celador.stores.sqlite.queries import QUERIES
from celador.stores.sqlite.retention import Keeper
from celador.stores.sqlite.schema import open_for_writing
from celador.stores.sqlite.summary import Summarizer

_log = logging.getLogger("celador.store")

_BATCH = 5_000  # records in one transaction at most
_IDLE = 5.0  # s between looks at the retention while nothing comes
_FIRST_RETRY = 0.2  # s
_LAST_RETRY = 30.0  # s
_BREATH = 0.05  # s between slices of the retention on a full disk
_SPARE = 0.03  # s that a slice of the retention needs before the next batch is due
_PATIENCE = 20  # batches after which a slice is done all the same
_REPEAT = 600.0  # s between repetitions of the same trouble in the log


class StoreFile:
    """The file open for writing, the lock on it, and who writes."""

    def __init__(self, path: Path, devices: Sequence[Device], collector: str) -> None:
        """Open it and enter collector and devices.

        Raises:
            StoreError: it cannot be used; the sentence names the mend.
        """
        self._path = path
        self.connection, self._lock = open_for_writing(path)
        try:
            self._identity = self._identify()
            self.collector_id = _enter(self.connection, devices, collector)
            self.marks = high_marks(self.connection)
            self.memories = [
                Memory(device, at, subject, document)
                for device, subject, at, document in self.connection.execute(QUERIES["memories"])
            ]
            self.open_alarms = [
                alarm_of(row) for row in self.connection.execute(QUERIES["open_alarms"])
            ]
            keys = self.connection.execute(QUERIES["last_alarm_keys"])
            self.last_alarm_keys: dict[int | None, int] = dict(keys)
        except (sqlite3.Error, OSError) as error:
            self.close()
            raise store_error(error, path) from error

    def _identify(self) -> tuple[int, int]:
        status = self._path.stat()
        return status.st_dev, status.st_ino

    def ensure_in_place(self) -> None:
        """See that the path still leads to the file: a removed one takes commits without a word.

        Raises:
            StoreError: it does not.
        """
        try:
            same = self._identify() == self._identity
        except OSError as error:
            raise store_error(error, self._path) from error
        if not same:
            message = (
                f"the store {self._path} was replaced while in use: put the right file in its place"
            )
            raise StoreError(message)

    def size(self) -> int:
        """Bytes of the file and its log."""
        log = self._path.with_name(self._path.name + "-wal")
        return sum(file.stat().st_size for file in (self._path, log) if file.exists())

    def close(self) -> None:
        """Let file and lock go."""
        try:
            self.connection.close()
        finally:
            self._lock.release()


def _enter(connection: sqlite3.Connection, devices: Sequence[Device], collector: str) -> int:
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(QUERIES["upsert_collector"], (collector,))
        connection.executemany(QUERIES["upsert_device"], [astuple(each) for each in devices])
        connection.execute("COMMIT")
    except sqlite3.Error:
        roll_back(connection)
        raise
    (number,) = connection.execute(QUERIES["collector_id"], (collector,)).fetchone()
    return int(number)


class Announcer:
    """Says a trouble once, and again now and then while it lasts."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._next: float | None = None

    def due(self) -> bool:
        """True when it is time to say it (again)."""
        now = self._monotonic()
        if self._next is not None and now < self._next:
            return False
        self._next = now + _REPEAT
        return True

    def over(self) -> None:
        """The trouble has passed; the next one is said at once."""
        self._next = None


class Writer(threading.Thread):
    """Takes batches from the intake, makes them durable, and says so.

    Attributes:
        stored: records made durable.
        duplicates: records whose device and instant were already in the store.
        rejected: records put aside in `rechazos`.
        trouble: why nothing can be stored now; None when all is well.
        size: bytes on disk after the last commit.
    """

    def __init__(
        self,
        file: StoreFile,
        reopen: Callable[[], StoreFile],
        intake: Intake,
        keeper: Keeper,
        summarizer: Summarizer,
        clock: Clock,
        settled: Callable[[Sequence[Record]], None],
    ) -> None:
        """Prepare the thread.

        Args:
            file: the store, open.
            reopen: opens it anew after a failure.
            intake: where records come from.
            keeper: removes what has expired, between batches.
            summarizer: sums up what is over, likewise.
            clock: for times of rows and of retries.
            settled: called from this thread after each batch with what has become durable.
        """
        super().__init__(name="celador-store", daemon=True)
        self._file: StoreFile | None = file
        self._reopen = reopen
        self._intake = intake
        self._keeper = keeper
        self._summarizer = summarizer
        self._clock = clock
        self._settled = settled
        self._batch: list[Record] = []  # taken from the intake and not yet settled
        self._orders: list[Order] = []  # likewise; those that fail are not tried again
        self._loss: Loss | None = None  # not yet told by a row of its own
        self._attempt: Attempt | None = None  # whose commit may or may not have reached the disk
        self._retry = _FIRST_RETRY
        self._put_off = 0
        self._trouble_said = Announcer(clock.monotonic)
        self._chores_said = Announcer(clock.monotonic)
        self._rejects_said = Announcer(clock.monotonic)
        self.stored = 0
        self.duplicates = 0
        self.rejected = 0
        self.trouble: str | None = None
        self.size = file.size()

    def run(self) -> None:
        """Work until the intake closes and everything in it is settled."""
        while True:
            self._wait()
            if not self._batch and self._attempt is None:
                self._batch = self._intake.take(_BATCH)
            self._orders = self._intake.take_orders()
            self._note_loss()
            if self._batch or self._loss or self.trouble or self._orders:
                self._store()
            elif self._intake.closing:
                break
            else:
                self._settled(())
            if self.trouble and self._intake.closing:
                self._give_up()
                break
            self._tidy_up()
        self._close_file()
        self._settled(())
        self._intake.refuse_orders(StoreError("the store is closed: start Celador again"))

    def _wait(self) -> None:
        if self.trouble and self._file and self._keeper.busy:
            self._intake.wait_closing(_BREATH)
        elif self.trouble:
            self._intake.wait_closing(self._retry)
            self._retry = min(self._retry * 2, _LAST_RETRY)
        else:
            self._intake.wait(0.0 if self._keeper.due or self._summarizer.due else _IDLE)

    def _note_loss(self) -> None:
        if self._attempt is not None:
            return  # it may have told the loss so far; what came since waits for its turn
        loss = self._intake.take_loss()
        if loss:
            self._loss = loss if self._loss is None else self._loss + loss

    def _store(self) -> None:
        try:
            self._settle(self._commit())
        except StoreError as error:
            self._fail(error)
        except (sqlite3.Error, OSError) as error:
            self._fail(store_error(error, self._keeper.path))
        except Exception as error:  # noqa: BLE001  # a writer that dies would lose all that follows
            _log.exception("the writer of the store failed and goes on")
            self._fail(StoreError(f"the writer failed ({error}): report this to the authors"))

    def _commit(self) -> Attempt:
        if self._file is None:
            self._file = self._reopen()
            if self._attempt and self._attempt.marks == self._file.marks:
                return self._attempt  # the commit that seemed to fail is in the file
        file = self._file
        now = self._clock.now()
        records = self._batch
        if self._loss:
            records = [_loss_event(self._loss, now), *records]
        self._attempt = None
        attempt = insert(file.connection, records, file.collector_id, now)
        try:
            for order in self._orders:
                for sql, arguments in order.statements:
                    file.connection.execute(sql, arguments)
            self._attempt = attempt
            file.connection.execute("COMMIT")
        except sqlite3.Error:
            roll_back(file.connection)
            raise
        file.ensure_in_place()
        self.size = file.size()
        return attempt

    def _settle(self, attempt: Attempt) -> None:
        if self.trouble:
            _log.warning("the store %s takes records again", self._keeper.path)
        count, self._batch = len(self._batch), []
        self._loss = self._attempt = self.trouble = None
        self._retry = _FIRST_RETRY
        self._trouble_said.over()
        self._intake.accept_orders()
        for order in self._orders:
            order.done.set_result(None)
        self._orders = []
        self.stored += len(attempt.stored)
        self.duplicates += attempt.duplicates
        self._say_rejects(attempt.rejects)
        self._intake.settle(count)
        self._settled(attempt.stored)

    def _say_rejects(self, reasons: Sequence[str]) -> None:
        self.rejected += len(reasons)
        if reasons and self._rejects_said.due():
            _log.error(
                "a record cannot be stored (%s) and was put aside, %d so far: see the table "
                "rechazos and report it to the authors",
                reasons[0],
                self.rejected,
            )

    def _fail(self, error: StoreError) -> None:
        self.trouble = str(error)
        for order in self._orders:
            order.done.set_exception(error)
        self._orders = []
        self._intake.refuse_orders(error)
        if not isinstance(error, StoreFullError):  # on a full disk the keeper needs the file open
            self._close_file()
        if self._trouble_said.due():
            _log.error(
                "nothing can be stored: %s (%d records wait in memory, %d lost so far; storing "
                "goes on by itself)",
                error,
                self._intake.added - self._intake.settled,
                self._intake.lost,
            )

    def _give_up(self) -> None:
        lost = self._intake.added - self._intake.settled
        self._intake.give_up(self._batch)
        if lost:
            _log.error(
                "%d records are lost, because the store cannot take them and Celador stops: %s",
                lost,
                self.trouble,
            )

    def _tidy_up(self) -> None:
        """Give the chores a slice of time, where the next batch leaves them one."""
        if self._file is None or not (self._keeper.due or self._summarizer.due):
            return
        left = self._intake.seconds_to_due()
        self._put_off += 1
        if left is not None and left < _SPARE and self._put_off < _PATIENCE:
            return
        self._put_off = 0
        if self._keeper.due:
            self._do(self._file, self._keeper, "old readings stay for now")
        elif not self.trouble:
            self._do(self._file, self._summarizer, "trends of long ranges are slow for now")

    def _do(self, file: StoreFile, chore: Keeper | Summarizer, consequence: str) -> None:
        try:
            chore.work(file.connection)
        except (sqlite3.Error, OSError) as error:
            chore.rest()
            if self._chores_said.due():
                _log.warning("%s: %s", consequence, store_error(error, self._keeper.path))

    def _close_file(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            try:
                file.close()
            except (sqlite3.Error, OSError) as error:
                _log.warning("%s", store_error(error, self._keeper.path))


def _loss_event(loss: Loss, now: int) -> Event:
    first, last = _iso(loss.first), _iso(loss.last)
    return Event(
        device_id=None,
        at=now,
        since=loss.first,
        kind=EventKind.GAP,
        point="almacen",
        old=None,
        new=str(loss.count),
        text_es=(
            f"Se perdieron {loss.count} registros entre {first} y {last}: "
            "el almacén no pudo guardarlos"
        ),
        text_en=f"{loss.count} records between {first} and {last} could not be stored and are lost",
        origin=Origin.SYSTEM,
    )


def _iso(instant: int) -> str:
    seconds, rest = divmod(instant, 1_000_000)
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest, tzinfo=None)
    return moment.isoformat(timespec="milliseconds") + "Z"
