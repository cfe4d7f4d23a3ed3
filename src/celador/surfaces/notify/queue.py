"""The queue of notices: one small SQLite file beside the store, written by one thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from celador.domain.alarm import Priority
from celador.domain.errors import StoreError
from celador.domain.notices.envelope import Letter, Line
from celador.domain.notices.notice import Notice, NoticeKind
from celador.domain.notices.routing import Assignment
from celador.domain.notices.text import Text
from celador.stores.sqlite.errors import store_error
from celador.stores.sqlite.queries import named_queries
from celador.stores.sqlite.schema import header_of
from celador.surfaces.notify.sending import Outcome, Verdict

_VERSION = 2
_APPLICATION_ID = int.from_bytes(b"AVIS", "big")
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # what was handed over must be known after a power cut
    "PRAGMA foreign_keys = ON",
)
_AFTERWARDS = {
    Verdict.DELIVERED: ("enviado", 0),
    Verdict.FAILED: ("pendiente", 0),
    Verdict.REJECTED: ("apartado", 0),
    Verdict.DOUBTFUL: ("pendiente", 1),
}


QUERIES = named_queries(__package__)


def _schema() -> str:
    return files(__package__).joinpath("schema.sql").read_text(encoding="utf-8")


def queue_path(store: Path) -> Path:
    """Where the queue of a store is."""
    return store.with_name(store.name + ".avisos")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notice whose time has come.

    Attributes:
        id: `avisos.id`.
        key: what it tells.
        letter: its words and what is known of its journey.
    """

    id: int
    key: str
    letter: Letter


class Queue:
    """The file and its one connection; use it from one thread."""

    def __init__(self, path: Path, now: int) -> None:
        """Open it; it is made where there is none.

        What was being sent when the last run ended may have arrived: those notices wait again, and
        are marked.

        Args:
            path: the file; its folder must exist.
            now: UTC in microseconds since 1970.

        Raises:
            StoreError: it cannot be used; the sentence names the mend.
        """
        self._path = path
        with self._mapped():
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=5)
        try:
            with self._mapped():
                self._prepare()
            with self.transaction():
                for (attempt,) in self._all("interrupted"):
                    reason = "the monitor ended while it was being sent"
                    self.end_attempt(attempt, Outcome(Verdict.DOUBTFUL, reason), now)
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        every = "SELECT count(*) FROM sqlite_master"
        application, version, tables = header_of(self._connection, every)
        if (application, version) == (_APPLICATION_ID, 1):
            stamp = f"PRAGMA user_version = {_VERSION};"
            self._connection.executescript(f"BEGIN; {QUERIES['from_version_1']} {stamp} COMMIT;")
        elif tables and (application != _APPLICATION_ID or version != _VERSION):
            raise StoreError(
                f"{self._path} is no queue of notices of this version: move it away, and a new one "
                "begins"
            )
        for pragma in _PRAGMAS:
            self._connection.execute(pragma)
        if not tables:
            stamp = f"PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {_VERSION};"
            self._connection.executescript(f"BEGIN; {_schema()} {stamp} COMMIT;")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, durable when left.

        Raises:
            StoreError: nothing of it was kept.
        """
        with self._mapped():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def cursor(self, table: str) -> int | None:
        """Up to which revision of a table of the store notices were made; None for never."""
        rows = self._all("cursor", table)
        return rows[0][0] if rows else None

    def set_cursor(self, table: str, revision: int) -> None:
        """Note how far the store was read."""
        self._run("set_cursor", table, revision)

    def destinations(self, names: Sequence[str], now: int) -> dict[str, int]:
        """Since when each destination is told of things; new ones are from now on."""
        known: dict[str, int] = dict(self._all("destinations"))
        for name in names:
            if name not in known:
                self._run("add_destination", name, now)
                known[name] = now
        return known

    def put(
        self,
        notice: Notice,
        text: Text,
        assignment: Assignment,
        destination: str,
        *,
        complete: bool,
        now: int,
        expires: int,
    ) -> None:
        """Let a notice wait for a destination; one that waits there already has its words renewed.

        Args:
            notice: what it tells.
            text: in which words.
            assignment: when, and why there.
            destination: to whom.
            complete: its operation's own currents are in it.
            now: UTC in microseconds since 1970.
            expires: when it is too old to be sent, same unit.
        """
        self._run(
            "put",
            notice.key,
            destination,
            assignment.channel,
            notice.kind.value,
            notice.device_id,
            notice.code,
            int(notice.priority),
            notice.operation,
            complete,
            notice.at,
            now,
            assignment.due,
            expires,
            assignment.together,
            assignment.stopgap,
            text.subject,
            text.body,
        )

    def handed_out(self, key: str, destination: str) -> bool:
        """Whether a notice was sent there, is being sent, or may have arrived."""
        rows = self._all("state_of", key, destination)
        return bool(rows) and (rows[0][0] in ("enviado", "enviando") or bool(rows[0][1]))

    def known(self, key: str, destination: str) -> bool:
        """Whether a notice was ever made for a destination."""
        return bool(self._all("state_of", key, destination))

    def covered(self, key: str, destination: str) -> bool:
        """Whether the notice before it tells a notice too."""
        rows = self._all("state_of", key, destination)
        return bool(rows) and bool(rows[0][2])

    def happened(self, key: str) -> int | None:
        """When what a notice tells happened, as first noted; None where it was never made."""
        found: int | None = self._all("happened", key)[0][0]
        return found

    def cover(self, notice: Notice, after: str, destination: str) -> None:
        """Note that a notice is not needed: the one before it, which still waits, says it all.

        Args:
            notice: what need not be told.
            after: key of the one that tells it.
            destination: to whom.
        """
        self._run("cover", notice.key, notice.kind.value, notice.at, after, destination)

    def withdraw(self, life: str) -> None:
        """Take back what waits of an alarm that nobody shall be called for any more.

        Args:
            life: what the keys of its notices begin with.
        """
        self._run("withdraw", f"{life}/", f"{life}0")  # "0" follows "/"

    def told_completely(
        self, destination: str, device_id: int | None, operation: int | None, sentence: str
    ) -> bool:
        """Whether an alarm's notice has told all of an operation, or the very sentence, already."""
        key = (destination, device_id, operation, sentence)
        return bool(self._all("told_completely", *key)[0][0])

    def due(self, destination: str, now: int) -> list[Waiting]:
        """What may go to a destination now, the most urgent first, then the oldest."""
        return [
            Waiting(
                row_id,
                key,
                Letter(
                    text=Text(subject, body),
                    at=at,
                    kind=NoticeKind(kind),
                    priority=Priority(priority),
                    made=made,
                    due=due,
                    together=bool(together),
                    stopgap=bool(stopgap),
                    doubt=bool(doubt),
                ),
            )
            for (
                row_id, key, kind, priority, at, made, due, together, stopgap, doubt, subject, body
            ) in self._all("due", destination, now)
        ]  # fmt: skip

    def next_due(self, destination: str, now: int) -> int | None:
        """When the next notice of a destination is due, after now; None where none is."""
        found: int | None = self._all("next_due", destination, now)[0][0]
        return found

    def begin_attempt(
        self, destination: str, notices: Sequence[int], subject: str, now: int
    ) -> int:
        """Note that notices are being sent.

        Returns:
            `intentos.id`.
        """
        attempt = self._connection.execute(
            QUERIES["begin_attempt"], (destination, now, subject)
        ).lastrowid
        for notice in notices:
            self._run("carry", attempt, notice)
            self._run("mark_sending", notice)
        return attempt or 0

    def end_attempt(self, attempt: int, outcome: Outcome, now: int) -> None:
        """Note what became of an attempt, and of the notices in it."""
        self._run("end_attempt", now, outcome.verdict.value, outcome.reason, attempt)
        self._run("settle", *_AFTERWARDS[outcome.verdict], attempt)

    def expire(self, now: int) -> None:
        """Give up what has waited too long."""
        self._run("expire", now)

    def expired_untold(self, destination: str) -> list[tuple[int, Line]]:
        """What was given up and a destination does not know of: ids, and instant and subject."""
        return [
            (row, (at, subject)) for row, at, subject in self._all("expired_untold", destination)
        ]

    def told_expired(self, notices: Sequence[int]) -> None:
        """A destination knows of what was given up."""
        for notice in notices:
            self._run("told_expired", notice)

    def sent_since(self, destination: str, since: int) -> list[int]:
        """When messages went to a destination, oldest first; each may have arrived."""
        return [at for (at,) in self._all("sent_since", destination, since)]

    def stranded(self, since: int, late: int) -> list[tuple[int, str, str]]:
        """Critical alarms that a destination could not be told of, and nobody else was.

        Args:
            since: made after this, UTC in microseconds since 1970.
            late: they should have gone before this.

        Returns:
            Id, key and destination of each.
        """
        return [
            (row, key, destination) for row, key, destination in self._all("stranded", since, late)
        ]

    def stand_in(
        self, notice: int, destination: str, channel: str, *, now: int, expires: int
    ) -> None:
        """Let another destination have a notice; nothing changes where it has it."""
        self._run("stand_in", notice, destination, channel, now, expires)

    def waiting(self) -> int:
        """How many notices wait or are being sent."""
        return int(self._all("waiting")[0][0])

    def prune(self, before: int) -> None:
        """Forget what was done with before an instant."""
        self._run("prune_notices", before)
        self._run("prune_attempts", before)

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise store_error(error, self._path) from error

    def _run(self, name: str, *arguments: object) -> None:
        self._connection.execute(QUERIES[name], arguments)

    def _all(self, name: str, *arguments: object) -> list[tuple]:  # type: ignore[type-arg]
        return self._connection.execute(QUERIES[name], arguments).fetchall()
