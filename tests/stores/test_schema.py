"""The schema: as people's SQL relies on it, as the code needs it, as the document says."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from celador.domain.errors import StoreError
from celador.domain.quantities import COUNTERS, MEASUREMENTS, Quantity
from celador.stores.sqlite import migrate as migrate_module
from celador.stores.sqlite import schema
from celador.stores.sqlite.summary import SUMMED_UP
from tests.stores.support import SqliteHarness, counters, event, sample

ROOT = Path(__file__).parents[2]
SNAPSHOT = ROOT / "src/celador/stores/sqlite/schema.sql"
DOCUMENT = ROOT / "docs/esquema.md"
SEED = ["id", "fecha_hora", "ia", "ib", "ic", "va", "vb", "vc", "p_act", "p_react", "fp", "estado"]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection, lock = schema.open_for_writing(tmp_path / "celador.db")
    with closing(connection):
        connection.execute("INSERT INTO colectores (nombre) VALUES ('c')")
        connection.execute("INSERT INTO equipos VALUES (1, 'Norte', '', 'p', 13200, NULL, NULL, 5)")
        yield connection
    lock.release()


def tables(database: sqlite3.Connection, kind: str = "table") -> list[str]:
    rows = database.execute("SELECT name FROM sqlite_master WHERE type = ? ORDER BY name", (kind,))
    return [name for (name,) in rows if "yoyo" not in name and not name.startswith("sqlite_")]


def columns(database: sqlite3.Connection, table: str) -> dict[str, str]:
    return {row[1]: row[2] for row in database.execute(f"PRAGMA table_xinfo({table})")}


def dump(database: sqlite3.Connection) -> str:
    rows = database.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    ours = sorted(row for row in rows if "yoyo" not in row[1] and not row[1].startswith("sqlite_"))
    return "\n\n".join(f"{sql};" for _, _, sql in ours) + "\n"


def test_the_migrations_end_in_the_schema_that_is_committed(database: sqlite3.Connection) -> None:
    assert dump(database) == SNAPSHOT.read_text(encoding="utf-8")


def test_the_columns_that_the_first_users_rely_on_stand_first(database: sqlite3.Connection) -> None:
    assert list(columns(database, "mediciones"))[: len(SEED)] == SEED


@pytest.mark.parametrize(
    ("table", "quantities", "others"),
    [
        (
            "mediciones",
            MEASUREMENTS,
            {"id", "fecha_hora", "equipo_id", "colector_id", "estado", "calidad"},
        ),
        ("contadores", COUNTERS, {"id", "fecha_hora", "equipo_id", "colector_id", "calidad"}),
    ],
)
def test_every_quantity_has_its_column_and_no_column_is_without_one(
    database: sqlite3.Connection, table: str, quantities: tuple[Quantity, ...], others: set[str]
) -> None:
    found = columns(database, table)
    assert {name: kind for name, kind in found.items() if name not in others} == {
        q.name: "INTEGER" if q.integer else "REAL" for q in quantities
    }
    assert others <= set(found)
    view = columns(database, f"{table}_legible")
    assert {q.name for q in quantities} <= set(view)


def test_every_table_is_strict_and_never_gives_an_id_twice(database: sqlite3.Connection) -> None:
    for table in tables(database):
        (sql,) = database.execute(
            "SELECT sql FROM sqlite_master WHERE name = ?", (table,)
        ).fetchone()
        assert sql.rstrip().endswith("STRICT"), table
        ids = "id" in columns(database, table)
        assert "AUTOINCREMENT" in sql or table == "equipos" or not ids, table


def test_the_file_is_as_safe_as_promised(database: sqlite3.Connection) -> None:
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "auto_vacuum")
    found = [database.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas]
    assert found == ["wal", 2, 1, 2]


@pytest.mark.parametrize(
    "row",
    [
        "(fecha_hora, equipo_id, colector_id, calidad, estado) VALUES (1, 1, 1, 0, 4)",
        "(fecha_hora, equipo_id, colector_id, calidad) VALUES (1, 1, 1, -1)",
        "(fecha_hora, equipo_id, colector_id, calidad) VALUES (1, 2, 1, 0)",
        "(fecha_hora, equipo_id, colector_id, calidad) VALUES (1, 1, 2, 0)",
        "(fecha_hora, equipo_id, colector_id, calidad) VALUES ('hoy', 1, 1, 0)",
        "(equipo_id, colector_id, calidad) VALUES (1, 1, 0)",
    ],
)
def test_the_database_itself_refuses_what_makes_no_sense(
    database: sqlite3.Connection, row: str
) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        database.execute(f"INSERT INTO mediciones {row}")


ALARM = (
    "INSERT INTO alarmas (equipo_id, colector_id, codigo, prioridad, inicio, texto, texto_en,"
    " revision, clave, estado) VALUES (1, 1, 'AC_OFF', 2, 5, '', '', ?1, ?1, 'UNACK')"
)


def test_an_alarm_has_one_open_life_and_a_person_for_each_thing_done(
    database: sqlite3.Connection,
) -> None:
    database.execute(ALARM, (1,))
    with pytest.raises(sqlite3.IntegrityError):
        database.execute(ALARM, (2,))
    for nonsense in (
        "reconocida = 6",
        "estado = 'SHLVD'",
        "estado = 'NORM'",
        "estado = 'OTRO'",
        "apartada = 6, apartada_hasta = 43200000007, apartada_por = 'Ana', motivo = 'obra'",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            database.execute(f"UPDATE alarmas SET {nonsense}")
    database.execute("UPDATE alarmas SET estado = 'ACK', reconocida = 6, reconocida_por = 'Ana'")
    database.execute("UPDATE alarmas SET estado = 'NORM', fin = 7, cierre = 7")
    database.execute(ALARM, (2,))


def test_an_interruption_knows_its_shortest_and_longest_duration(
    database: sqlite3.Connection,
) -> None:
    insert = (
        "INSERT INTO interrupciones (equipo_id, colector_id, origen, calidad, clave, revision,"
        " inicio_desde, inicio_hasta, fin_desde, fin_hasta)"
        " VALUES (1, 1, 'externa', 'observada', ?1, ?1, ?2, ?3, ?4, ?5)"
    )
    second = 1_000_000
    database.execute(insert, (1, 0, second, 9 * second, 10 * second))
    database.execute(insert, (2, 0, 5 * second, 4 * second, 6 * second))
    database.execute(insert, (3, None, second, 9 * second, 10 * second))
    database.execute(insert, (4, 0, second, None, None))
    found = database.execute("SELECT duracion_min, duracion_max FROM interrupciones").fetchall()
    assert found == [(8.0, 10.0), (0.0, 6.0), (8.0, None), (None, None)]


async def test_views_show_instants_as_text_and_names_for_numbers(sqlite: SqliteHarness) -> None:
    store = await sqlite.open()
    store.add([sample(1_500_000), counters(2), event(3, device=None)])
    await store.close()
    with closing(sqlite3.connect(sqlite.path)) as database:
        read = [
            database.execute(f"SELECT {names} FROM {view}_legible").fetchall()
            for view, names in (
                ("mediciones", "fecha_hora, equipo, estado, ia, ib, colector"),
                ("contadores", "fecha_hora, equipo, co_total"),
                ("eventos", "fecha_hora, equipo, texto, desde"),
            )
        ]
    assert read == [
        [("2026-07-18T00:00:01.500000Z", "Norte", "cerrado", 100.0, None, "campo")],
        [("2026-07-18T00:00:00.000002Z", "Norte", 7)],
        [("2026-07-18T00:00:00.000003Z", None, "Bloqueo", None)],
    ]


def test_every_column_of_every_table_is_explained(database: sqlite3.Connection) -> None:
    chapters = dict(
        re.findall(
            r"^## `(\w+)`\n(.*?)(?=^## |\Z)", DOCUMENT.read_text("utf-8"), re.MULTILINE | re.DOTALL
        )
    )
    for table in tables(database):
        explained = set(re.findall(r"^\| `(\w+)`", chapters.get(table, ""), re.MULTILINE))
        if table == "mediciones_15min":  # four of them are told together, for every quantity
            four = {f"magnitud{end}" for end in ("", "_min", "_max", "_n")}
            assert four <= explained
            explained -= four
            explained |= {f"{q}{end}" for q in SUMMED_UP for end in ("", "_min", "_max", "_n")}
        assert explained == set(columns(database, table)), table
    text = DOCUMENT.read_text("utf-8")
    assert [view for view in tables(database, "view") if f"`{view}`" not in text] == []


NOW = migrate_module.SCHEMA_VERSION
NEXT = f"{NOW + 1:04}.nota.sql"


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of this version, and the migrations of a later one, which knows one more."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrate_module.MIGRATIONS, folder)
    (folder / NEXT).write_text(
        f"ALTER TABLE equipos ADD COLUMN nota TEXT;\nPRAGMA user_version = {NOW + 1};\n", "utf-8"
    )

    def apply() -> None:
        monkeypatch.setattr(migrate_module, "MIGRATIONS", folder)
        monkeypatch.setattr(schema, "SCHEMA_VERSION", NOW + 1)

    path = tmp_path / "celador.db"
    connection, lock = schema.open_for_writing(path)
    connection.execute("INSERT INTO equipos VALUES (1, 'Norte', '', 'p', 13200, NULL, NULL, 5)")
    connection.close()
    lock.release()
    apply()
    return path


def test_an_older_store_is_brought_up_with_its_rows(next_version: Path) -> None:
    connection, lock = schema.open_for_writing(next_version)
    rows = connection.execute("SELECT nombre, nota FROM equipos").fetchall()
    connection.close()
    lock.release()
    assert rows == [("Norte", None)]


def test_a_power_cut_between_a_migration_and_its_record_is_mended(next_version: Path) -> None:
    with closing(sqlite3.connect(next_version)) as database, database:
        database.execute("DELETE FROM _yoyo_migration")
    connection, lock = schema.open_for_writing(next_version)
    assert "nota" in columns(connection, "equipos")
    connection.close()
    lock.release()


def test_a_power_cut_while_the_store_is_made_is_mended(tmp_path: Path) -> None:
    path = tmp_path / "celador.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "CREATE TABLE yoyo_lock (locked INT DEFAULT 1, ctime TIMESTAMP, pid INT NOT NULL,"
            " PRIMARY KEY (locked))"
        )
        database.execute("INSERT INTO yoyo_lock VALUES (1, NULL, 4711)")
    connection, lock = schema.open_for_writing(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (NOW,)
    connection.close()
    lock.release()


def test_a_migration_that_fails_leaves_no_trace(next_version: Path) -> None:
    script = migrate_module.MIGRATIONS / NEXT
    script.write_text("ALTER TABLE equipos ADD COLUMN nota TEXT;\nSELECT nonsense;\n", "utf-8")
    with pytest.raises(StoreError):
        schema.open_for_writing(next_version)
    with closing(sqlite3.connect(next_version)) as database:
        assert "nota" not in columns(database, "equipos")
        assert database.execute("PRAGMA user_version").fetchone() == (NOW,)
