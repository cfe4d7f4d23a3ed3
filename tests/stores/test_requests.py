"""The box of requests: what one process puts, another finds, once answered it is out of the way."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from celador.domain.errors import StoreError
from celador.domain.reliability.marks import ForceMajeure, Marking
from celador.domain.request import Answer, Left, Request, RequestKind
from celador.stores.sqlite import SqliteRequestBox
from tests.stores.support import SqliteHarness
from tests.stores.test_operations import OUTAGE
from tests.support.clock import MIDNIGHT

DONE = Answer(True, "hecho", "done")
SHELVE = Request(
    MIDNIGHT,
    "Ñandú O'Higgins",
    RequestKind.SHELVE,
    1,
    7,
    reason="espera repuesto; «llega» el lunes",
    until=MIDNIGHT + 3_600_000_000,
)
MARK = Request(
    MIDNIGHT + 1,
    "ana",
    RequestKind.MARK_OUTAGE,
    2,
    9,
    planned=True,
    force_majeure=ForceMajeure.CLAIMED,
)

PUT = """
import sys
from pathlib import Path
from celador.domain.request import Request, RequestKind
from celador.stores.sqlite import SqliteRequestBox

box = SqliteRequestBox.beside(Path(sys.argv[1]))
for n in range(20):
    print(box.put(Request(n, "ana", RequestKind.ACKNOWLEDGE, 1, n)), flush=True)
"""


def test_requests_come_out_as_they_were_put_and_in_their_order(tmp_path: Path) -> None:
    store = tmp_path / "celador.db"
    asking, monitor = SqliteRequestBox.beside(store), SqliteRequestBox.beside(store)
    assert list(monitor.waiting()) == []
    tickets = [asking.put(SHELVE), asking.put(MARK)]
    waiting = [Left(tickets[0], SHELVE), Left(tickets[1], MARK)]
    assert list(monitor.waiting()) == waiting
    assert list(monitor.waiting()) == waiting
    assert asking.answer(tickets[0]) is None
    monitor.settle({tickets[0]: DONE})
    assert list(monitor.waiting()) == waiting[1:]
    assert asking.answer(tickets[0]) == DONE
    monitor.settle({tickets[1]: Answer(False, "no está", "it is gone")})
    assert list(monitor.waiting()) == []
    ticket = asking.put(SHELVE)
    assert [each.ticket for each in monitor.waiting()] == [ticket]


def test_several_processes_may_put_at_once(tmp_path: Path) -> None:
    store = tmp_path / "celador.db"
    command = [sys.executable, "-c", PUT, str(store)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    tickets = [line.strip() for each in running for line in each.communicate()[0].splitlines()]
    assert len(set(tickets)) == 60
    box = SqliteRequestBox.beside(store)
    assert {each.ticket for each in box.waiting()} == set(tickets)


def test_an_answer_is_forgotten_after_a_day_and_a_waiting_request_never(tmp_path: Path) -> None:
    now = MIDNIGHT
    box = SqliteRequestBox(tmp_path / "celador.db.pedidos", now=lambda: now)
    first, second, third = (box.put(SHELVE) for _ in range(3))
    box.settle({first: DONE})
    now += 90_000_000_000
    box.settle({second: DONE})
    assert box.answer(first) is None
    assert box.answer(second) == DONE
    assert [each.ticket for each in box.waiting()] == [third]


def test_a_request_of_another_version_is_refused_with_the_reason(tmp_path: Path) -> None:
    box = SqliteRequestBox.beside(tmp_path / "celador.db")
    box.put(SHELVE)
    with closing(sqlite3.connect(tmp_path / "celador.db.pedidos")) as file, file:
        file.execute(
            "INSERT INTO pedidos (boleto, puesto, documento) VALUES ('x', 1, '{\"by\": 1}')"
        )
    assert [each.request for each in box.waiting()] == [SHELVE]
    answer = box.answer("x")
    assert answer is not None
    assert not answer.done
    assert "does not understand" in answer.text_en


def test_where_no_store_ever_was_the_sentence_says_so(tmp_path: Path) -> None:
    box = SqliteRequestBox.beside(tmp_path / "nowhere" / "celador.db")
    with pytest.raises(StoreError, match="start the monitor once"):
        box.put(SHELVE)
    garbled = tmp_path / "celador.db.pedidos"
    garbled.write_bytes(b"no database " * 400)
    with pytest.raises(StoreError, match="damaged"):
        SqliteRequestBox(garbled).put(SHELVE)


async def test_a_marking_changes_what_it_names_and_nothing_else(sqlite: SqliteHarness) -> None:
    store = await sqlite.open()
    key, device = OUTAGE.key, OUTAGE.device_id
    store.add([OUTAGE])
    store.add([Marking(device, key, MIDNIGHT, planned=True, note="OT 1234")])
    store.add([Marking(device, key, MIDNIGHT, force_majeure=ForceMajeure.ACCEPTED)])
    store.add([Marking(device, key + 1, MIDNIGHT, planned=True), OUTAGE])
    await store.close()
    with closing(sqlite3.connect(sqlite.path)) as file:
        rows = file.execute(
            "SELECT clave, programada, fuerza_mayor, nota, revision FROM interrupciones"
        ).fetchall()
    assert rows == [(key, 1, "aceptada", "OT 1234", 4)]
    with closing(sqlite.reader()) as reader:
        assert reader.has_outage(device, key)
        assert not reader.has_outage(device, key + 1)
        (mark,) = reader.outage_marks().values()
        assert (mark.planned, mark.force_majeure) == (True, ForceMajeure.ACCEPTED)


def test_a_box_that_another_process_is_just_making_is_empty(tmp_path: Path) -> None:
    box = SqliteRequestBox(tmp_path / "celador.db.pedidos")
    (tmp_path / "celador.db.pedidos").touch()  # as SQLite leaves it for a moment
    assert list(box.waiting()) == []
    assert box.answer("nobody") is None
    ticket = box.put(SHELVE)
    assert list(box.waiting()) == [Left(ticket, SHELVE)]
