"""Operations and interruptions on their way: they change, and the newest word stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from itertools import permutations
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from celador.domain.errors import HistorianAwayError, RowsRejectedError
from celador.ports import Channel, Parcel
from celador.stores.timescale import TimescaleHistorian
from tests.stores_timescale.test_deliver import Cutter
from tests.support.clock import MIDNIGHT
from tests.support.postgres import HistorianDatabase

SECOND = 1_000_000

OPERATION: dict[str, Any] = {
    "revision": 1,
    "equipo_id": 1,
    "clave": 7,
    "inicio_desde": None,
    "inicio_hasta": MIDNIGHT + SECOND,
    "fin_hasta": None,
    "tipo": "secuencia",
    "elementos": '["OC1+"]',
    "resultado": "en curso",
    "ia_max": 812.5,
    "calidad": "observada",
    "ciclos": 0,
}
OUTAGE: dict[str, Any] = {
    "revision": 1,
    "equipo_id": 1,
    "clave": 8,
    "operacion_clave": 7,
    "inicio_hasta": MIDNIGHT + SECOND,
    "fin_hasta": None,
    "origen": "propia-falla",
    "kva": 1250.0,
    "fuerza_mayor": "no",
    "calidad": "observada",
}


@pytest.fixture
def historian(historian_database: HistorianDatabase) -> Iterator[TimescaleHistorian]:
    with closing(TimescaleHistorian(historian_database.ingest)) as opened:
        yield opened


def operations(*rows: Mapping[str, Any]) -> Parcel:
    return _parcel(Channel.OPERATIONS, OPERATION, rows)


def outages(*rows: Mapping[str, Any]) -> Parcel:
    return _parcel(Channel.OUTAGES, OUTAGE, rows)


def _parcel(
    channel: Channel, whole: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]
) -> Parcel:
    filled = [tuple({**whole, **row}.values()) for row in rows]
    return Parcel(channel, "campo", tuple(whole), [row[0] for row in filled], filled)


def ask(database: HistorianDatabase, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database.owner) as connection:
        return connection.execute(query).fetchall()


HISTORY: tuple[dict[str, Any], ...] = (
    {"revision": 1},
    {"revision": 4, "ciclos": 1, "elementos": '["OC1+", "AR"]'},
    {"revision": 9, "ciclos": 2, "resultado": "bloqueo", "fin_hasta": MIDNIGHT + 9 * SECOND},
)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_whatever_comes_after_whatever_the_highest_revision_stands(
    historian: TimescaleHistorian, historian_database: HistorianDatabase, order: tuple[int, ...]
) -> None:
    for each in order:
        historian.deliver(operations(HISTORY[each]))
        historian.deliver(operations(HISTORY[each]))
    found = ask(
        historian_database,
        "SELECT revision, ciclos, resultado, elementos, fin_hasta, ia_max FROM operaciones",
    )
    [(revision, cycles, result, elements, end, current)] = found
    assert (revision, cycles, result, elements, current) == (9, 2, "bloqueo", ["OC1+"], 812.5)
    assert end is not None


@pytest.mark.parametrize("operation_first", [True, False])
def test_an_interruption_finds_its_operation_whichever_comes_first(
    historian: TimescaleHistorian, historian_database: HistorianDatabase, *, operation_first: bool
) -> None:
    parcels = [operations({}, {"clave": 17, "revision": 2}), outages({})]
    for parcel in parcels if operation_first else reversed(parcels):
        historian.deliver(parcel)
    tied = "SELECT (SELECT clave FROM operaciones WHERE id = operacion_id) FROM interrupciones"
    assert ask(historian_database, tied) == [(7,)]
    historian.deliver(outages({"revision": 2, "operacion_clave": 17}))
    assert ask(historian_database, tied) == [(17,)]
    historian.deliver(outages({"revision": 3, "operacion_clave": None}))
    assert ask(historian_database, tied) == [(None,)]


def test_an_interruption_knows_how_long_it_lasted_once_it_ended(
    historian: TimescaleHistorian, historian_database: HistorianDatabase
) -> None:
    lasting = "SELECT duracion_min, clase_3min, kva FROM interrupciones"
    historian.deliver(outages({}))
    assert ask(historian_database, lasting) == [(None, None, 1250.0)]
    columns = (*OUTAGE, "fin_desde", "clase_3min")
    ended = {**OUTAGE, "revision": 2, "fin_hasta": MIDNIGHT + 300 * SECOND}
    row = (*ended.values(), MIDNIGHT + 299 * SECOND, "sostenida")
    historian.deliver(Parcel(Channel.OUTAGES, "campo", columns, [2], [row]))
    assert ask(historian_database, lasting) == [(298.0, "sostenida", 1250.0)]


@pytest.mark.parametrize(
    "poison",
    [
        {"tipo": "otra"},
        {"elementos": "[NaN]"},
        {"elementos": '["\\u0000"]'},
        {"ciclos": 2**40},
        {"inicio_hasta": None},
    ],
)
def test_a_poisoned_operation_is_rejected_and_leaves_no_trace_of_its_parcel(
    historian: TimescaleHistorian, historian_database: HistorianDatabase, poison: dict[str, Any]
) -> None:
    with pytest.raises(RowsRejectedError):
        historian.deliver(operations({}, {"clave": 9, "revision": 2, **poison}))
    assert ask(historian_database, "SELECT count(*) FROM operaciones") == [(0,)]


@pytest.mark.parametrize("after", [2_000, 20_000, 60_000])
def test_a_link_cut_at_any_point_leaves_the_old_word_or_the_new_one(
    historian_database: HistorianDatabase, after: int
) -> None:
    old = operations(*({"clave": n, "revision": n} for n in range(1, 501)))
    new = operations(*({"clave": n, "revision": 500 + n, "ciclos": 3} for n in range(1, 501)))
    port = int(str(conninfo_to_dict(historian_database.ingest)["port"]))
    with closing(TimescaleHistorian(historian_database.ingest)) as historian:
        historian.deliver(old)
    cut = make_conninfo(historian_database.ingest, port=str(Cutter(port, after).port))
    with closing(TimescaleHistorian(cut)) as historian, pytest.raises(HistorianAwayError):
        historian.deliver(new)
    words = "SELECT ciclos, count(*) FROM operaciones GROUP BY 1"
    assert ask(historian_database, words) in ([(0, 500)], [(3, 500)])
    with closing(TimescaleHistorian(historian_database.ingest)) as historian:
        historian.deliver(new)
        historian.deliver(old)  # what was under way before the cut, once more
    assert ask(historian_database, words) == [(3, 500)]


def test_a_memory_gives_way_to_a_higher_revision_and_to_a_store_begun_anew(
    historian: TimescaleHistorian, historian_database: HistorianDatabase
) -> None:
    def deliver(revision: int, second: int, text: str) -> object:
        row = (revision, 1, "operaciones", MIDNIGHT + second * SECOND, text)
        columns = ("revision", "equipo_id", "tema", "fecha_hora", "documento")
        historian.deliver(Parcel(Channel.MEMORIES, "campo", columns, [revision], [row]))
        [(document,)] = ask(historian_database, "SELECT documento FROM memorias")
        return document

    assert deliver(5, 10, "first") == "first"
    assert deliver(4, 9, "older") == "first"
    assert deliver(6, 10, "second") == "second"
    assert deliver(1, 20, "anew") == "anew"
