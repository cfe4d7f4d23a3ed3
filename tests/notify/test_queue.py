"""The queue's file: one of an older version goes on."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from celador.domain.notices.routing import Assignment
from celador.domain.notices.text import Text
from celador.surfaces.notify.queue import Queue
from tests.notify.records import TRIP, notice


def layout(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as found:
        columns = found.execute("SELECT name, type, \"notnull\" FROM pragma_table_info('avisos')")
        return sorted(columns.fetchall())


def test_a_queue_of_version_1_is_brought_up_and_keeps_its_notices(tmp_path: Path) -> None:
    path = tmp_path / "celador.db.avisos"
    queue = Queue(path, TRIP)
    with queue.transaction():
        queue.put(
            notice(), Text("a", "b"), Assignment("guardia", 0), "guardia",
            complete=False, now=TRIP, expires=TRIP + 1,
        )  # fmt: skip
    queue.close()
    new = layout(path)
    with closing(sqlite3.connect(path)) as old:  # what version 1 did not have
        old.executescript("ALTER TABLE avisos DROP COLUMN cubierto; PRAGMA user_version = 1;")
    assert layout(path) != new
    for _ in range(2):
        queue = Queue(path, TRIP)
        assert queue.waiting() == 1
        queue.close()
    assert layout(path) == new
