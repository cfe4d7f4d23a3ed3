"""Requests by way of the historian: left by the web screens, carried out by one collector, once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path

import psycopg
import pytest

from celador.domain.errors import HistorianAwayError, StoreError
from celador.domain.request import Answer, Left, Request, RequestKind
from celador.pipeline.courier import Courier
from celador.ports import Backlog, Channel, Parcel
from celador.stores.sqlite import SqliteRequestBox
from celador.stores.timescale import (
    TimescaleHistorian,
    TimescaleReader,
    TimescaleRelay,
    TimescaleRequestBox,
)
from tests.support.clock import MIDNIGHT
from tests.support.postgres import HistorianDatabase

REQUEST = Request(MIDNIGHT, "ana", RequestKind.ACKNOWLEDGE, 1, 7)
DONE = Answer(True, "reconocida por ana", "acknowledged by ana")
COLUMNS = (
    *("revision", "equipo_id", "clave", "codigo", "prioridad", "estado", "inicio"),
    *("activa_al_arrancar", "repeticiones", "objeto", "texto", "texto_en"),
)


def alarm(database: HistorianDatabase, device: int | None, key: int, collector: str) -> None:
    row = (1, device, key, "AC_OFF", 2, "UNACK", MIDNIGHT, 0, 0, "", "Sin CA", "No AC")
    with closing(TimescaleHistorian(database.ingest)) as historian:
        historian.deliver(Parcel(Channel.ALARMS, collector, COLUMNS, [1], [row]))


@pytest.fixture
def web(plain_database: HistorianDatabase) -> TimescaleRequestBox:
    alarm(plain_database, 1, 7, "campo")
    return TimescaleRequestBox(plain_database.web)


@pytest.fixture
def relay(plain_database: HistorianDatabase) -> Iterator[TimescaleRelay]:
    with closing(TimescaleRelay(plain_database.ingest, "campo")) as opened:
        yield opened


@pytest.fixture
def box(tmp_path: Path) -> SqliteRequestBox:
    return SqliteRequestBox(tmp_path / "celador.db.pedidos")


def test_a_request_goes_there_and_its_answer_back(
    web: TimescaleRequestBox, relay: TimescaleRelay, box: SqliteRequestBox
) -> None:
    ticket = web.put(REQUEST)
    courier = Courier(relay, box)
    courier.step()
    assert box.waiting() == [Left(ticket, REQUEST)]
    assert web.answer(ticket) is None
    courier.step()  # it is taken already
    box.settle({ticket: DONE})
    assert list(box.waiting()) == []
    courier.step()
    assert web.answer(ticket) == DONE
    courier.step()
    assert relay.waiting() == ([], [])
    assert list(box.waiting()) == []


class _CutError(Exception):
    """The process is gone here."""


class _CutRelay:
    """A relay to a process that is killed at one call of a method."""

    def __init__(self, relay: TimescaleRelay, at: str) -> None:
        self._relay = relay
        self._at = at

    def waiting(self) -> tuple[Sequence[Left], Sequence[str]]:
        return self._relay.waiting()

    def taken(self, ticket: str) -> None:
        if self._at == "before taken":
            raise _CutError
        self._relay.taken(ticket)
        if self._at == "after taken":
            raise _CutError

    def settle(self, answers: Mapping[str, Answer]) -> None:
        if answers and self._at == "before settle":
            raise _CutError
        self._relay.settle(answers)
        if answers and self._at == "after settle":
            raise _CutError

    def close(self) -> None:
        self._relay.close()


@pytest.mark.parametrize("at", ["before taken", "after taken", "before settle", "after settle"])
def test_killed_anywhere_it_is_carried_out_once_and_answered(
    web: TimescaleRequestBox, relay: TimescaleRelay, box: SqliteRequestBox, at: str
) -> None:
    ticket = web.put(REQUEST)
    cut = Courier(_CutRelay(relay, at), box)
    done: list[str] = []
    for courier in (cut, cut, Courier(relay, box), Courier(relay, box)):
        with suppress(_CutError):
            courier.step()
        for left in box.waiting():
            done.append(left.ticket)
            box.settle({left.ticket: DONE})
    assert done == [ticket]
    assert web.answer(ticket) == DONE


def test_only_the_collector_that_is_concerned_hears_of_it(
    web: TimescaleRequestBox, relay: TimescaleRelay, plain_database: HistorianDatabase
) -> None:
    alarm(plain_database, 2, 9, "otro")
    alarm(plain_database, None, 3, "otro")
    for device, key in ((2, 9), (None, 3)):
        web.put(Request(MIDNIGHT, "ana", RequestKind.ACKNOWLEDGE, device, key))
    assert relay.waiting() == ([], [])
    with closing(TimescaleRelay(plain_database.ingest, "otro")) as other:
        fresh, _ = other.waiting()
    assert [(left.request.device_id, left.request.key) for left in fresh] == [(2, 9), (None, 3)]


def test_what_nobody_could_carry_out_is_refused_at_once(
    web: TimescaleRequestBox, plain_database: HistorianDatabase
) -> None:
    with pytest.raises(StoreError, match="no such row in alarmas"):
        web.put(Request(MIDNIGHT, "ana", RequestKind.ACKNOWLEDGE, 1, 8))
    with pytest.raises(StoreError, match="no such row in interrupciones"):
        web.put(Request(MIDNIGHT, "ana", RequestKind.MARK_OUTAGE, 1, 7, planned=True))
    alarm(plain_database, None, 3, "campo")
    alarm(plain_database, None, 3, "otro")
    with pytest.raises(StoreError, match="several collectors"):
        web.put(Request(MIDNIGHT, "ana", RequestKind.ACKNOWLEDGE, None, 3))
    with pytest.raises(HistorianAwayError, match="lacks a right"):
        TimescaleRequestBox(plain_database.read).put(REQUEST)


def test_a_request_of_another_version_is_answered(
    web: TimescaleRequestBox, relay: TimescaleRelay, plain_database: HistorianDatabase
) -> None:
    ticket = web.put(REQUEST)
    with psycopg.connect(plain_database.owner, autocommit=True) as owner:
        owner.execute("UPDATE pedidos SET documento = '{\"new\": 1}'")
    assert relay.waiting() == ([], [])
    answer = web.answer(ticket)
    assert answer is not None
    assert not answer.done


def test_a_role_that_may_not_read_is_told_so_in_one_sentence(
    plain_database: HistorianDatabase,
) -> None:
    with pytest.raises(HistorianAwayError) as caught:
        TimescaleReader(plain_database.ingest)
    assert str(caught.value).startswith("celador_ingest may not read the historian")
    assert "historian.read_user" in str(caught.value)
    assert "--store" in str(caught.value)


def test_a_collector_says_how_its_road_is_and_the_last_word_stands(
    historian_database: HistorianDatabase,
) -> None:
    with closing(TimescaleHistorian(historian_database.ingest)) as historian:
        historian.report("campo", Backlog(5, MIDNIGHT, 1), 20.5)
        historian.report("campo", Backlog(0, None, 1), 0.0)
        historian.report("otro", Backlog(7, MIDNIGHT, 0), 1.0)
    with psycopg.connect(historian_database.read) as reader:
        rows = reader.execute(
            "SELECT c.nombre, en_espera, extract(EPOCH FROM mas_vieja) * 1000000, apartadas, ritmo,"
            " now() - fecha_hora < INTERVAL '1 minute'"
            " FROM reenvios AS r JOIN colectores AS c ON c.id = r.colector_id ORDER BY 1"
        ).fetchall()
    assert rows == [("campo", 0, None, 1, 0.0, True), ("otro", 7, MIDNIGHT, 0, 1.0, True)]
