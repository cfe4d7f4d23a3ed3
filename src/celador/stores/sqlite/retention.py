"""Old readings give way: by age, and when the disk fills; in slices that hold nobody up."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from celador.ports import Clock
from celador.stores.sqlite.batch import roll_back
from celador.stores.sqlite.queries import QUERIES
from celador.stores.sqlite.rows import COUNTER_TABLE, SAMPLE_TABLE

_log = logging.getLogger("celador.store")

_DAY = 86_400_000_000
_STEP = _DAY // 4  # readings that go at a time when the disk fills: the oldest six hours
_CLOCK_SLACK = 30 * _DAY
_CHECK_EVERY = 60.0  # s
_SLICE_AIM = 0.015  # s of deleting at a time; the writer is never held for more than about 50 ms
_ROWS_AT_MOST = 5_000
_PAGES = 100
_ANY_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Retention:
    """How long readings (`mediciones`, `contadores`) stay; events and what follows stay for ever.

    Attributes:
        max_age_days: readings older than this go; None keeps them until the disk fills.
        max_disk_share: share of the file system in use, 0 to 1, above which the oldest go.
        min_days: readings younger than this stay however full the disk is.
        min_store_share: share of the file system, 0 to 1, that the store may always take. It may
            be another program that fills the disk; where the store is small, nothing is won by
            removing readings, and on a laptop that is always nearly full all history would go.
        hold_unsent: readings that the historian has not confirmed do not go by age; they do when
            the disk fills, and that is said and counted in `envios`.
    """

    max_age_days: int | None = 730
    max_disk_share: float = 0.8
    min_days: int = 7
    min_store_share: float = 0.1
    hold_unsent: bool = False


class _Job(NamedTuple):
    """Readings of one device that go."""

    table: str
    device: int
    cutoff: int  # instant before which they go
    last_id: int  # they go up to this one


class _Unsent(NamedTuple):
    """Where the historian stands with one table."""

    confirmed: int  # last id that it holds
    oldest: int  # instant of the first one that it does not hold


class DiskUse(NamedTuple):
    """Bytes of a file system, as `shutil.disk_usage` counts them."""

    total: int
    used: int
    free: int


def disk_use(path: Path) -> DiskUse:
    """How full the file system around `path` is."""
    return DiskUse(*shutil.disk_usage(path.parent))


class Keeper:
    """Removes what has expired, one slice per call, on the writer's connection."""

    def __init__(
        self,
        retention: Retention,
        path: Path,
        clock: Clock,
        use: Callable[[Path], DiskUse] = disk_use,
    ) -> None:
        self._retention = retention
        self.path = path
        self._clock = clock
        self._use = use
        self._jobs: list[_Job] = []
        self._unsent: dict[str, _Unsent] = {}  # empty without a historian
        self._lost = 0  # readings that the historian had not got, not yet told of
        self._next_check = clock.monotonic()
        self._rows = 200
        self._newest: int | None = None
        self._opened = clock.monotonic()
        self._squeezing = False
        self._warned = False

    @property
    def due(self) -> bool:
        """True when there is something to look at or to do."""
        return self.busy or self._clock.monotonic() >= self._next_check

    @property
    def busy(self) -> bool:
        """True in the middle of removing something."""
        return bool(self._jobs) or self._squeezing

    def rest(self) -> None:
        """Leave what is under way; look again in a minute."""
        self._jobs, self._squeezing = [], False
        self._next_check = self._clock.monotonic() + _CHECK_EVERY

    def work(self, connection: sqlite3.Connection) -> None:
        """Do one slice.

        Args:
            connection: the writer's, without a transaction under way.

        Raises:
            sqlite3.Error: the disk does not allow it.
        """
        if self._jobs:
            self._delete(connection)
        elif self._squeezing:
            self._squeeze(connection)
        else:
            self._plan(connection)

    def _plan(self, connection: sqlite3.Connection) -> None:
        self._next_check = self._clock.monotonic() + _CHECK_EVERY
        self._tell_lost()
        firsts = _instants(connection, "first_instant")
        now = self._trusted_now(connection)
        aged = pressed = 0
        if self._retention.max_age_days is not None:
            aged = now - self._retention.max_age_days * _DAY
        if self._pressed(connection):
            pressed = self._pressed_cutoff(connection, firsts, now)
        if self._retention.hold_unsent:
            self._unsent = _unsent(connection)
        for (table, device), at in firsts:
            job = self._job(table, device, aged, pressed)
            if at < job.cutoff:
                self._jobs.append(job)

    def _job(self, table: str, device: int, aged: int, pressed: int) -> _Job:
        last_id = _ANY_ID
        if table in self._unsent:
            # The instant alone would do, if the wall clock had never been set back.
            last_id, oldest = self._unsent[table]
            aged = min(aged, oldest)
        if pressed > aged:
            return _Job(table, device, pressed, _ANY_ID)
        return _Job(table, device, aged, last_id)

    def _tell_lost(self) -> None:
        if self._lost:
            _log.error(
                "%d readings that the historian has not got were deleted, because the disk of %s "
                "is more than %.0f %% full: bring the historian back, or free space on that disk",
                self._lost,
                self.path,
                self._retention.max_disk_share * 100,
            )
            self._lost = 0

    def _pressed(self, connection: sqlite3.Connection) -> bool:
        use = self._use(self.path)
        full = 1.0 - use.free / (use.used + use.free) > self._retention.max_disk_share
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (page_size,) = connection.execute("PRAGMA page_size").fetchone()
        big = pages * page_size > self._retention.min_store_share * use.total
        if not full:
            self._warned = False
        elif not big:
            self._warn("the store is but a small part of it and stays as it is")
        return full and big

    def _warn(self, why: str) -> None:
        if not self._warned:
            self._warned = True
            _log.warning(
                "the disk of %s is more than %.0f %% full; %s: free space on that disk",
                self.path,
                self._retention.max_disk_share * 100,
                why,
            )

    def _trusted_now(self, connection: sqlite3.Connection) -> int:
        """Now, unless the clock has run far ahead of the data.

        A wall clock that jumps years ahead must not expire everything: time may pass only as fast
        as the monotonic clock since the store was opened, with some slack for a long standstill.
        """
        now = self._clock.now()
        if self._newest is None:
            newest = [at for _, at in _instants(connection, "last_instant")]
            self._newest = max(newest, default=now)
        elapsed = int((self._clock.monotonic() - self._opened) * 1_000_000)
        return min(now, self._newest + elapsed + _CLOCK_SLACK)

    def _pressed_cutoff(
        self, connection: sqlite3.Connection, firsts: list[tuple[tuple[str, int], int]], now: int
    ) -> int:
        floor = now - self._retention.min_days * _DAY
        oldest = min((at for _, at in firsts), default=floor)
        (free,) = connection.execute("PRAGMA freelist_count").fetchone()
        self._squeezing = free > 0 or oldest < floor
        if oldest < floor:
            return 0 if free else min(oldest + _STEP, floor)
        self._warn(f"the store keeps its last {self._retention.min_days} days all the same")
        return 0

    def _delete(self, connection: sqlite3.Connection) -> None:
        job = self._jobs[-1]
        began = self._clock.monotonic()
        connection.execute("BEGIN IMMEDIATE")
        try:
            gone = connection.execute(
                QUERIES["expire"].format(table=job.table),
                (job.device, job.cutoff, job.last_id, self._rows),
            ).fetchall()
            lost = self._count_lost(connection, job, gone)
            connection.execute("COMMIT")
        except sqlite3.Error:
            roll_back(connection)
            raise
        self._lost += lost
        if len(gone) < self._rows:
            self._jobs.pop()
        self._adapt(self._clock.monotonic() - began)

    def _count_lost(self, connection: sqlite3.Connection, job: _Job, gone: list[tuple[int]]) -> int:
        """Note in the same transaction how many of them the historian has not got."""
        if job.table not in self._unsent:
            return 0
        # What it has confirmed since this was planned, it has.
        (confirmed,) = connection.execute(QUERIES["confirmed"], (job.table,)).fetchone() or (0,)
        lost = sum(row_id > confirmed for (row_id,) in gone)
        if lost:
            connection.execute(QUERIES["count_lost"], (job.table, self._clock.now(), lost))
        return lost

    def _adapt(self, took: float) -> None:
        if took > _SLICE_AIM:
            self._rows = max(10, self._rows // 2)
        elif took < _SLICE_AIM / 3:
            self._rows = min(_ROWS_AT_MOST, self._rows * 2)

    def _squeeze(self, connection: sqlite3.Connection) -> None:
        # Only under pressure: otherwise free pages wait inside the file for the next readings.
        connection.execute(f"PRAGMA incremental_vacuum({_PAGES})").fetchall()
        (free,) = connection.execute("PRAGMA freelist_count").fetchone()
        if not free:
            self._squeezing = False
            _, pages, moved = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if pages == moved:  # the file is as small as it can be: look again at once
                self._next_check = self._clock.monotonic()


def _unsent(connection: sqlite3.Connection) -> dict[str, _Unsent]:
    found = {}
    for table in (SAMPLE_TABLE, COUNTER_TABLE):
        (confirmed,) = connection.execute(QUERIES["confirmed"], (table,)).fetchone() or (0,)
        sql = QUERIES["first_waiting"].format(table=table, instant="fecha_hora", position="id")
        (oldest,) = connection.execute(sql, (confirmed,)).fetchone() or (_ANY_ID,)
        found[table] = _Unsent(confirmed, oldest)
    return found


def _instants(connection: sqlite3.Connection, query: str) -> list[tuple[tuple[str, int], int]]:
    """First or last instant of each device in each table that expires, where there is one."""
    devices = [row[0] for row in connection.execute(QUERIES["device_ids"])]
    found = []
    for table in (SAMPLE_TABLE, COUNTER_TABLE):
        sql = QUERIES[query].format(table=table)
        for device in devices:
            (at,) = connection.execute(sql, (device,)).fetchone()
            if at is not None:
                found.append(((table, device), at))
    return found
