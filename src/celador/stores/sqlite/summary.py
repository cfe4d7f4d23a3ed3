"""The summary `mediciones_15min`, kept up to date by the writer between its batches.

A trigger notes, in the transaction that stores a row, that the row's quarter of an hour is to be
summed up (again). So the summary can be late but never wrong: a reader takes what is noted from the
rows themselves (`envelope.py`). What was stored before there was a summary stands in
`resumen_atraso` and is worked off from the newest to the oldest.
"""

from __future__ import annotations

import sqlite3

from celador.domain.envelope import SUMMARY
from celador.domain.quantities import MEASUREMENTS
from celador.domain.sample import Quality
from celador.ports import Clock
from celador.stores.sqlite.batch import roll_back
from celador.stores.sqlite.queries import QUERIES

SUMMED_UP = tuple(q.name for q in MEASUREMENTS if not q.integer)
"""What the summary has of every quantity `x` is `x` (its mean), `x_min`, `x_max` and `x_n`."""

_CHECK_EVERY = 5.0  # s
_SLICE_AIM = 0.012  # s of work at a time; one window more may follow
_RETRY = 60.0  # s


def any_marks() -> str:
    """SQL for all marks of some rows together: SQLite has no aggregate that joins bits."""
    return " | ".join(f"(sum(calidad & {mark.value}) > 0) * {mark.value}" for mark in Quality)


def _summarize_sql() -> str:
    columns = "".join(f", {name}, {name}_min, {name}_max, {name}_n" for name in SUMMED_UP)
    figures = "".join(f", avg({n}), min({n}), max({n}), count({n})" for n in SUMMED_UP)
    last = QUERIES["last_known"].format(column="estado")
    return QUERIES["summarize"].format(
        columns=columns, state=last, marks=any_marks(), figures=figures
    )


class Summarizer:
    """Sums up what is over, some windows per call, on the writer's connection."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sql = _summarize_sql()
        self._next_check = clock.monotonic()

    @property
    def due(self) -> bool:
        """True when there is something to look at or to do."""
        return self._clock.monotonic() >= self._next_check

    def rest(self) -> None:
        """Leave it for a minute."""
        self._next_check = self._clock.monotonic() + _RETRY

    def work(self, connection: sqlite3.Connection) -> None:
        """Do one slice, in one transaction.

        Args:
            connection: the writer's, without a transaction under way.

        Raises:
            sqlite3.Error: the disk does not allow it.
        """
        began = self._clock.monotonic()
        over = self._clock.now() - SUMMARY
        connection.execute("BEGIN IMMEDIATE")
        try:
            while more := self._one_pending(connection, over) or self._one_of_before(connection):
                if self._clock.monotonic() - began > _SLICE_AIM:
                    break
            connection.execute("COMMIT")
        except sqlite3.Error:
            roll_back(connection)
            raise
        if not more:
            self._next_check = began + _CHECK_EVERY

    def _one_pending(self, connection: sqlite3.Connection, over: int) -> bool:
        found = connection.execute(QUERIES["next_pending"], (over,)).fetchone()
        if found is None:
            return False
        at, device = found
        self._summarize(connection, device, at)
        connection.execute(QUERIES["no_longer_pending"], (at, device))
        return True

    def _one_of_before(self, connection: sqlite3.Connection) -> bool:
        found = connection.execute(QUERIES["next_backlog"]).fetchone()
        if found is None:
            return False
        device, start, end = found
        (last,) = connection.execute(QUERIES["last_before"], (device, start, end)).fetchone()
        at = start if last is None else last - last % SUMMARY
        if last is not None:
            self._summarize(connection, device, at)
        if at <= start:
            connection.execute(QUERIES["no_backlog"], (device,))
        else:
            connection.execute(QUERIES["shorter_backlog"], (at, device))
        return True

    def _summarize(self, connection: sqlite3.Connection, device: int, at: int) -> None:
        place = device * 2**32 + at // SUMMARY
        connection.execute(self._sql, (device, at, at + SUMMARY, place))
