"""What has changed in the store since a revision, for those who tell people of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from celador.domain.alarm import Alarm
from celador.domain.device import Device
from celador.domain.errors import StoreError
from celador.domain.notices.text import DeviceState
from celador.domain.operation import Operation
from celador.domain.quantities import MEASUREMENT_NAMES
from celador.domain.sample import SwitchState
from celador.stores.sqlite.alarms import ALARM_TABLE, alarm_of
from celador.stores.sqlite.errors import store_error
from celador.stores.sqlite.operations import OPERATION_TABLE, Row, operation_of
from celador.stores.sqlite.queries import QUERIES
from celador.stores.sqlite.reader import open_for_reading


class SqliteChanges:
    """The store seen as changes in the order of their revisions; never holds up the writer.

    Each statement is short and on its own. Use it from one thread.
    """

    def __init__(self, path: Path) -> None:
        """Open a store; the writer may be at work.

        Args:
            path: the file; it must exist.

        Raises:
            StoreError: there is no such store, or it cannot be read.
        """
        self._path = path
        if not path.is_file():
            raise StoreError(f"there is no store at {path}: start the monitor first")
        try:
            self._connection = open_for_reading(path)
        except (sqlite3.Error, OSError) as error:
            raise store_error(error, path) from error

    def devices(self) -> Sequence[Device]:
        """Every device ever seen, by id."""
        return [Device(*row) for row in self._all(QUERIES["devices"])]

    def last_alarm_revision(self) -> int:
        """Revision of the alarm that changed last; 0 where there is none."""
        return self._last(ALARM_TABLE)

    def last_operation_revision(self) -> int:
        """Revision of the operation that changed last; 0 where there is none."""
        return self._last(OPERATION_TABLE)

    def alarms_since(self, revision: int, limit: int) -> Sequence[tuple[int, Alarm]]:
        """Alarms that changed after a revision, as they stand now, in the order of theirs.

        An alarm that changed several times comes once.
        """
        rows = self._all(QUERIES["alarms_since"], (revision, limit))
        return [(row[-1], alarm_of(row[:-1])) for row in rows]

    def operations_since(self, revision: int, limit: int) -> Sequence[tuple[int, Operation]]:
        """Operations that changed after a revision; otherwise as `alarms_since`."""
        rows = self._all(QUERIES["operations_since"], (revision, limit))
        return [(row[-1], operation_of(row[:-1])) for row in rows]

    def operation(self, device_id: int, key: int) -> Operation | None:
        """One operation as it stands now; None where there is none."""
        rows = self._all(QUERIES["operation_of_key"], (device_id, key))
        return operation_of(rows[0]) if rows else None

    def state(self, device_id: int) -> DeviceState | None:
        """What the last sample of a recloser says; None where there is none."""
        columns = "".join(f", {name}" for name in MEASUREMENT_NAMES)
        rows = self._all(QUERIES["last_sample"].format(columns=columns), (device_id,))
        if not rows:
            return None
        at, switch, *values = rows[0]
        position = None if switch is None else SwitchState(switch)
        return DeviceState(at, position, dict(zip(MEASUREMENT_NAMES, values, strict=True)))

    def uncertainty(self, device_id: int, at: int) -> float | None:
        """How long before `at` what was seen then may have happened, s; None where not known.

        Args:
            device_id: `equipos.id`.
            at: UTC in microseconds since 1970.
        """
        ((span,),) = self._all(QUERIES["uncertainty_at"], (device_id, at))
        return None if span is None else span / 1_000_000

    def close(self) -> None:
        """Let the file go; safe to call twice."""
        with suppress(sqlite3.Error):
            self._connection.close()

    def _last(self, table: str) -> int:
        ((revision,),) = self._all(QUERIES["last_revision"].format(table=table))
        return int(revision)

    def _all(self, sql: str, arguments: Sequence[object] = ()) -> list[Row]:
        try:
            return self._connection.execute(sql, arguments).fetchall()
        except sqlite3.Error as error:
            raise store_error(error, self._path) from error
