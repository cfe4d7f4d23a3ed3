"""The forwarder in a process of its own, so that catching up takes nothing from the polling.

The child reads the edge store's file and talks to the historian. What it has to write into the edge
store it asks of the parent, where the one writer is. When either ends, the other notices: the
parent starts a new child, the child ends itself.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from celador.clock import SystemClock
from celador.config import HistorianConfig
from celador.domain.errors import StoreError
from celador.pipeline.courier import Courier
from celador.pipeline.forward import Forwarder, ForwardStatus
from celador.ports import Historian
from celador.stores.sqlite.intake import Statement
from celador.stores.sqlite.outbox import SqliteOutbox, Write
from celador.stores.sqlite.requests import SqliteRequestBox

_log = logging.getLogger("celador.historian")

_PATIENCE = 5.0  # s for the parcel under way when the program stops
_FIRST_RESTART = 1.0  # s
_LAST_RESTART = 60.0  # s
_SOUND = 60.0  # s after which a child that ends is not taken for one that cannot start
_REQUESTS = 1.0  # s between looks for requests
_REQUESTS_AGAIN = 10.0  # s after one that failed
# The rows of two parcels are no garbage to look for: 6 % of the time went into looking at them.
_ROWS_ALIVE = 50_000
_NICENESS = 5  # where there is but one core, polling goes before catching up

# What is said over the pipe: a word, then what belongs to it.
_WRITE, _STATUS, _LOG = "write", "status", "log"  # from the child
_DONE, _STOP = "done", "stop"  # from the parent; _DONE with None or the reason why not


def historian_dsn(settings: HistorianConfig) -> str:
    """The settings as libpq wants them, with the password: not to be shown.

    Raises:
        ConfigError: the file with the password cannot be read.
    """
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415 -- needs libpq

    return make_conninfo(
        host=settings.host,
        port=settings.port,
        dbname=settings.database,
        user=settings.user,
        password=settings.secret(),
        sslmode=settings.sslmode,
    )


def historian_of(settings: HistorianConfig) -> Historian:
    """The historian that the settings describe; it connects when it is used.

    Raises:
        ConfigError: the file with the password cannot be read.
        HistorianAwayError: the settings make no address.
    """
    from celador.stores.timescale import TimescaleHistorian  # noqa: PLC0415 -- needs libpq

    return TimescaleHistorian(historian_dsn(settings))


def courier_of(task: Task) -> Courier:
    """Who carries requests between the historian and the edge store's box.

    Raises:
        ConfigError: the file with the password cannot be read.
        HistorianAwayError: the settings make no address.
    """
    from celador.stores.timescale import TimescaleRelay  # noqa: PLC0415 -- needs libpq

    relay = TimescaleRelay(historian_dsn(task.historian), task.collector)
    return Courier(relay, SqliteRequestBox.beside(task.store))


@dataclass(frozen=True, slots=True)
class Task:
    """What a child needs to know.

    Attributes:
        store: the edge store's file.
        collector: name of this program.
        historian: where to, with the password.
        log_level: least important level to pass on.
    """

    store: Path
    collector: str
    historian: HistorianConfig
    log_level: int = logging.INFO


class ForwardProcess(threading.Thread):
    """Keeps a forwarding process alive, and writes for it; nobody waits for either."""

    def __init__(self, task: Task, write: Write) -> None:
        """Prepare it; `start` starts it.

        Args:
            task: what is to be carried where.
            write: the way to the edge store's one writer.
        """
        super().__init__(name="celador-forwarding", daemon=True)
        self._task = task
        self._write = write
        self._stop_asked = threading.Event()
        self._speaking = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None
        self._status = ForwardStatus()

    @property
    def status(self) -> ForwardStatus:
        """How the road to the historian is; never waits."""
        return self._status

    @property
    def pid(self) -> int | None:
        """The forwarding process, None while there is none."""
        return self._child.pid if self._child else None

    def run(self) -> None:
        """Serve one child after the other until `stop`."""
        delay = _FIRST_RESTART
        clock = SystemClock()
        while not self._stop_asked.is_set():
            began = clock.monotonic()
            trouble = self._served()
            if self._stop_asked.is_set():
                return
            delay = _FIRST_RESTART if clock.monotonic() - began > _SOUND else delay
            _log.warning("%s in %.0f s", trouble, delay)
            self._status = replace(self._status, trouble=trouble)
            self._stop_asked.wait(delay)
            delay = min(delay * 2, _LAST_RESTART)

    def stop(self) -> None:
        """Return when what was durable before is carried too, or some seconds have passed.

        What was not confirmed is delivered again at the next start.
        """
        self._stop_asked.set()
        with contextlib.suppress(OSError):
            self._say(_STOP)
        self.join(_PATIENCE + 1)
        if self._child is not None:
            self._child.kill()
            self.join()

    def _served(self) -> str:
        """Serve one child to its end; whatever goes wrong, this thread lives to try again."""
        try:
            code = self._serve()
        except Exception as error:  # noqa: BLE001 -- no memory, no processes, a defect: all pass
            return f"the forwarding process cannot be served ({error}) and is started again"
        return f"the forwarding process ended (exit code {code}) and is started again"

    def _serve(self) -> int | None:
        ours, theirs = Pipe()
        with ours:
            command = [sys.executable, "-P", "-m", "celador.forwarding", str(theirs.fileno())]
            with theirs:
                self._child = subprocess.Popen(  # noqa: S603 -- ourselves
                    command, stdin=subprocess.DEVNULL, pass_fds=(theirs.fileno(),)
                )
            self._pipe = ours
            with contextlib.suppress(EOFError, OSError):
                self._say(self._task)
                if self._stop_asked.is_set():
                    self._say(_STOP)
                while True:
                    self._hear(*ours.recv())
            self._pipe = None
        code = self._child.wait()
        self._child = None
        return code

    def _hear(self, word: str, *content: Any) -> None:  # noqa: ANN401 -- it depends on the word
        if word == _WRITE:
            self._say(_DONE, self._tried(*content))
        elif word == _STATUS:
            (self._status,) = content
        elif word == _LOG:
            name, level, text = content
            logging.getLogger(name).log(level, "%s", text)

    def _tried(self, statements: Sequence[Statement]) -> str | None:
        try:
            self._write(statements)
        except StoreError as error:
            return str(error)
        return None

    def _say(self, *message: object) -> None:
        with self._speaking:
            if self._pipe is not None:
                self._pipe.send(message)


class _Child:
    """The forwarding process: one forwarder, and the pipe to the parent."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._speaking = threading.Lock()
        self._answers: SimpleQueue[str | None] = SimpleQueue()
        self._stop_asked = threading.Event()

    def run(self) -> None:
        """Carry rows until the parent says stop, or is gone."""
        (task,) = self._pipe.recv()
        root = logging.getLogger()
        root.addHandler(_Passing(self._say))
        root.setLevel(task.log_level)
        # It tells of each connection that breaks; we say that the historian is away, once.
        logging.getLogger("psycopg").setLevel(logging.ERROR)
        threading.Thread(target=self._listen, daemon=True).start()
        clock = SystemClock()
        outbox = self._open(task, clock.now)
        if outbox is None:
            return
        forwarder = Forwarder(
            outbox,
            lambda: historian_of(task.historian),
            clock.monotonic,
            collector=task.collector,
        )
        couriers = _Couriers(task, clock.monotonic)
        while not self._stop_asked.wait(forwarder.step()):
            self._say(_STATUS, forwarder.status)
            if forwarder.status.trouble is None:
                couriers.step()
        couriers.close()
        if forwarder.status.trouble is None:
            forwarder.step()  # what came last, so that a clean end leaves nothing behind
        forwarder.close()

    def _open(self, task: Task, now: Callable[[], int]) -> SqliteOutbox | None:
        try:
            return SqliteOutbox(task.store, task.collector, self._write, now)
        except StoreError as error:
            _log.warning("%s", error)
            return None

    def _listen(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                word, *content = self._pipe.recv()
                if word == _STOP:
                    self._stop()
                else:
                    self._answers.put(content[0])
        self._stop()
        self._answers.put("the monitor is gone: start it again")

    def _stop(self) -> None:
        self._stop_asked.set()
        end = threading.Timer(_PATIENCE, os._exit, (0,))  # a server that hangs holds us no longer
        end.daemon = True
        end.start()

    def _write(self, statements: Sequence[Statement]) -> None:
        self._say(_WRITE, statements)
        reason = self._answers.get()
        if reason is not None:
            raise StoreError(reason)

    def _say(self, *message: object) -> None:
        with self._speaking, contextlib.suppress(OSError):  # the listener notices that it is gone
            self._pipe.send(message)


class _Couriers:
    """A courier, made anew after each failure, so that a changed password is read."""

    def __init__(self, task: Task, monotonic: Callable[[], float]) -> None:
        self._task = task
        self._monotonic = monotonic
        self._courier: Courier | None = None
        self._next = 0.0
        self._told: str | None = None

    def step(self) -> None:
        """Carry requests, if it is time to; the rows go on whatever becomes of them."""
        if self._monotonic() < self._next:
            return
        try:
            if self._courier is None:
                self._courier = courier_of(self._task)
            self._courier.step()
            self._told = None
            self._next = self._monotonic() + _REQUESTS
        except Exception as error:  # noqa: BLE001 -- a defect here must not hold up a row
            self.close()
            self._next = self._monotonic() + _REQUESTS_AGAIN
            if str(error) != self._told:
                self._told = str(error)
                _log.warning("requests from the historian wait: %s", error)

    def close(self) -> None:
        """Let the historian go."""
        courier, self._courier = self._courier, None
        if courier is not None:
            with contextlib.suppress(Exception):
                courier.close()


class _Passing(logging.Handler):
    """Passes log lines on to the parent, whose log it is."""

    def __init__(self, say: Callable[..., None]) -> None:
        super().__init__()
        self._say = say
        self.setFormatter(logging.Formatter("%(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self._say(_LOG, record.name, record.levelno, self.format(record))


def _main() -> None:
    # Ctrl-C and the like reach the whole group; the parent says when to end.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    os.nice(_NICENESS)
    gc.set_threshold(_ROWS_ALIVE)
    _Child(Connection(int(sys.argv[1]))).run()


if __name__ == "__main__":
    _main()
