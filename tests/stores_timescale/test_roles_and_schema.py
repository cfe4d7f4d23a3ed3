"""The schema: where it comes from, what it promises, and what each role may not do."""

from __future__ import annotations

import re
import shutil
import threading
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from celador.domain.errors import HistorianAwayError
from celador.domain.quantities import COUNTERS, MEASUREMENTS
from celador.profiles.schema import load_profile, profile_names
from celador.stores.timescale import check, migrate, schema, set_passwords
from celador.stores.timescale.columns import COLUMNS, SUMMED_UP, WHOLE
from tests.support.postgres import HistorianDatabase
from tests.support.postgres_server import Server

SEED = ["id", "fecha_hora", "ia", "ib", "ic", "va", "vb", "vc", "p_act", "p_react", "fp", "estado"]
TABLES = (
    *("colectores", "equipos", "mediciones", "contadores", "eventos", "operaciones"),
    *("interrupciones", "alarmas", "instalacion", "migraciones", "reenvios", "pedidos"),
)
VIEWS = ("mediciones_1min", "mediciones_15min", "mediciones_1h", "mediciones_1dia")


def columns(dsn: str, table: str) -> dict[str, str]:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_name = %s ORDER BY ordinal_position",
            (table,),
        ).fetchall()
    return dict(rows)


def test_the_seed_columns_stand_first_with_their_types(
    historian_database: HistorianDatabase,
) -> None:
    found = columns(historian_database.owner, "mediciones")
    assert list(found)[: len(SEED)] == SEED
    assert [found[name] for name in SEED] == [
        "bigint",
        "timestamp with time zone",
        *["double precision"] * 9,
        "integer",
    ]


def test_every_quantity_has_its_column_and_the_aggregates_are_alike(
    timescale_database: HistorianDatabase, plain_database: HistorianDatabase
) -> None:
    for table, quantities in (("mediciones", MEASUREMENTS), ("contadores", COUNTERS)):
        found = set(columns(plain_database.owner, table))
        assert {q.name for q in quantities} <= found
        assert found - {q.name for q in quantities} <= {
            *("id", "fecha_hora", "equipo_id", "colector_id", "estado", "calidad")
        }
    for view in VIEWS:
        with_extension = columns(timescale_database.owner, view)
        assert with_extension == columns(plain_database.owner, view)
        kinds = {f"{name}{kind}" for name in SUMMED_UP for kind in ("", "_min", "_max", "_n")}
        assert set(with_extension) == kinds | {
            *("equipo_id", "fecha_hora", "muestras", "estado", "calidad")
        }


def test_what_is_kept_as_integers_is_counted_in_whole_units_by_every_profile() -> None:
    for name in profile_names():
        for point in load_profile(name).points:
            if point.quantity in WHOLE:
                assert float(point.scale or 1).is_integer(), (name, point.key)
                assert not point.choices, (name, point.key)


def test_every_table_that_travels_has_its_columns(plain_database: HistorianDatabase) -> None:
    for channel in COLUMNS:
        found = set(columns(plain_database.owner, channel.value))
        made_here = {"id", "colector_id", "incertidumbre", "operacion_id"}
        made_here |= {"duracion_min", "duracion_max"}
        assert set(COLUMNS[channel]) == found - made_here, channel
        assert len(COLUMNS[channel]) == len(set(COLUMNS[channel]))


def test_the_document_names_every_column_of_the_aggregates() -> None:
    text = (Path(__file__).parents[2] / "docs/esquema.md").read_text("utf-8")
    chapter = text.partition("### Los resúmenes")[2].partition("###")[0]
    named = set(re.findall(r"`(\w+)`", chapter))
    assert {*SUMMED_UP, *VIEWS, "equipo_id", "fecha_hora", "muestras", "estado", "calidad"} <= named


# --- roles ----------------------------------------------------------------------------------------

FORBIDDEN = {
    "celador_ingest": (
        *("SELECT * FROM mediciones", "SELECT * FROM eventos", "SELECT * FROM alarmas"),
        *("UPDATE mediciones SET ia = 0", "DELETE FROM mediciones", "TRUNCATE mediciones"),
        *("DELETE FROM equipos", "UPDATE equipos SET id = 2", "DELETE FROM eventos"),
        *("UPDATE colectores SET nombre = ''", "INSERT INTO migraciones (nombre) VALUES ('x')"),
        *("DROP TABLE mediciones", "ALTER TABLE mediciones ADD COLUMN x INT"),
        *("CREATE TABLE mine (a INT)", "CREATE SCHEMA mine", "SELECT * FROM mediciones_1h"),
        *("SELECT causa FROM operaciones", "SELECT inicio_hasta FROM interrupciones"),
        *("DELETE FROM operaciones", "DELETE FROM interrupciones", "TRUNCATE operaciones"),
        *("ALTER ROLE celador_ingest SUPERUSER", "SELECT pg_read_file('/etc/passwd')"),
        *("SELECT texto FROM alarmas", "DELETE FROM alarmas", "DELETE FROM pedidos"),
        *("INSERT INTO pedidos (boleto) VALUES ('x')", "UPDATE pedidos SET documento = ''"),
        *("DELETE FROM reenvios", "SELECT lo_create(0)"),
    ),
    "celador_read": (
        *("INSERT INTO colectores (nombre) VALUES ('x')", "UPDATE mediciones SET ia = 0"),
        "INSERT INTO mediciones (fecha_hora, equipo_id, colector_id) SELECT now(), 1, 1",
        *("DELETE FROM mediciones", "TRUNCATE mediciones", "DROP TABLE mediciones"),
        *("UPDATE equipos SET nombre = ''", "DELETE FROM migraciones"),
        *("CREATE TABLE mine (a INT)", "CREATE TEMPORARY TABLE mine (a INT)"),
        *("SELECT rolpassword FROM pg_authid", "COPY mediciones TO PROGRAM 'cat'"),
        *("ALTER TABLE mediciones ADD COLUMN x INT", "UPDATE alarmas SET reconocida = now()"),
        *("INSERT INTO pedidos (boleto) VALUES ('x')", "UPDATE pedidos SET hecho = 1"),
        *("SELECT lo_create(0)", "SELECT lo_creat(0)", "SELECT lo_from_bytea(0, 'x')"),
        *("SELECT pg_logical_emit_message(FALSE, 'x', 'y')", "UPDATE reenvios SET ritmo = 1"),
    ),
    "celador_web": (
        *("INSERT INTO colectores (nombre) VALUES ('x')", "UPDATE mediciones SET ia = 0"),
        *("UPDATE alarmas SET reconocida = now()", "DELETE FROM alarmas", "DELETE FROM pedidos"),
        *("UPDATE pedidos SET hecho = 1", "INSERT INTO pedidos (hecho) VALUES (1)"),
        *("CREATE TABLE mine (a INT)", "CREATE TEMPORARY TABLE mine (a INT)"),
        *("SELECT lo_create(0)", "DELETE FROM eventos", "UPDATE equipos SET nombre = ''"),
    ),
}
WITH_EXTENSION = (
    "SELECT add_job('now', '1 hour')",
    "SELECT add_job('pg_sleep', '1 hour')",
    "CALL run_job(1)",
    "SELECT alter_job(1, scheduled => FALSE)",
    "SELECT drop_chunks('mediciones', now())",
)


@pytest.mark.parametrize(("role", "statements"), FORBIDDEN.items())
def test_no_role_can_do_more_than_its_work(
    historian_database: HistorianDatabase, role: str, statements: tuple[str, ...]
) -> None:
    dsn = make_conninfo(historian_database.read, user=role)  # they have one password
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in (*statements, *(WITH_EXTENSION if historian_database.timescale else ())):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_who_only_reads_is_kept_from_more_by_default_and_in_time(empty_database: str) -> None:
    migrate(empty_database)
    roles = ("celador_read", "celador_web")
    set_passwords(empty_database, dict.fromkeys(roles, "only-for-tests"))
    for role, read_only in zip(roles, ("on", "off"), strict=True):
        dsn = make_conninfo(empty_database, user=role, password="only-for-tests")
        with psycopg.connect(dsn) as connection:
            for setting, value in (
                ("statement_timeout", "1min"),
                ("idle_in_transaction_session_timeout", "1min"),
                ("default_transaction_read_only", read_only),
            ):
                assert connection.execute(f"SHOW {setting}").fetchone() == (value,)


def test_a_restored_database_is_as_closed_as_before_once_it_was_migrated(
    postgres_server: Server, empty_database: str
) -> None:
    # As from a backup, the copy has the tables and their rights, and not those of the database.
    migrate(empty_database)
    set_passwords(empty_database, {"celador_read": "only-for-tests"})
    copy = postgres_server.create_database(str(conninfo_to_dict(empty_database)["dbname"]))
    assert migrate(copy) == []
    dsn = make_conninfo(copy, user="celador_read", password="only-for-tests")
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SHOW statement_timeout").fetchone() == ("1min",)
        assert connection.execute("SHOW default_transaction_read_only").fetchone() == ("on",)
        connection.rollback()
        connection.read_only = False
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TEMPORARY TABLE mine (a INT)")
    # What somebody has set there is not taken back.
    with psycopg.connect(copy, autocommit=True) as owner:
        here = f"IN DATABASE {owner.info.dbname}"
        owner.execute(f"ALTER ROLE celador_read {here} SET statement_timeout = '5min'")
    migrate(copy)
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SHOW statement_timeout").fetchone() == ("5min",)


def test_the_reading_role_reads_everything(historian_database: HistorianDatabase) -> None:
    for dsn in (historian_database.read, historian_database.web):
        with psycopg.connect(dsn) as connection:
            for table in (*TABLES, *VIEWS):
                connection.execute(f"SELECT * FROM {table}")


def test_nobody_gets_in_without_a_password(historian_database: HistorianDatabase) -> None:
    parts = conninfo_to_dict(historian_database.read)
    for password in ("", "celador", "celador_read", "postgres"):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(make_conninfo("", **{**parts, "password": password}))


def test_the_server_never_sees_a_password(
    plain_database: HistorianDatabase, postgres_server: Server
) -> None:
    with psycopg.connect(plain_database.owner, autocommit=True) as owner:
        owner.execute("CREATE ROLE celador_test_role LOGIN")
        try:
            set_passwords(plain_database.owner, {"celador_test_role": "un secreto ' así"})
            dsn = make_conninfo(
                plain_database.owner, user="celador_test_role", password="un secreto ' así"
            )
            psycopg.connect(dsn).close()
            stored = owner.execute(
                "SELECT rolpassword FROM pg_authid WHERE rolname = 'celador_test_role'"
            ).fetchone()
        finally:
            owner.execute("DROP ROLE celador_test_role")
    assert stored is not None
    assert stored[0].startswith("SCRAM-SHA-256$")
    if postgres_server.cluster is not None:
        assert "un secreto" not in postgres_server.cluster.log()


# --- migrations -----------------------------------------------------------------------------------


def test_migrating_twice_or_at_once_applies_everything_once(
    postgres_server: Server, empty_database: str
) -> None:
    expected = schema.names_of("timescaledb" if postgres_server.timescale else "postgresql")
    done: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: done.append(migrate(empty_database))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done, key=len) == [[], [], expected]
    assert check(empty_database).pending == ()


def test_a_migration_that_fails_leaves_no_trace_and_can_be_mended(
    empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variant in (schema.COMMON, schema.WITH_EXTENSION, schema.WITHOUT):
        (tmp_path / variant).mkdir()
    note = "INSERT INTO migraciones (nombre) VALUES ('0001.esquema');"
    script = tmp_path / schema.COMMON / "0001.esquema.sql"
    script.write_text("CREATE TABLE migraciones (nombre TEXT);\nSELECT nonsense;\n", "utf-8")
    monkeypatch.setattr(schema, "MIGRATIONS", tmp_path)
    with pytest.raises(HistorianAwayError, match="nonsense"):
        migrate(empty_database)
    assert columns(empty_database, "migraciones") == {}
    script.write_text(f"CREATE TABLE migraciones (nombre TEXT);\n{note}\n", "utf-8")
    assert migrate(empty_database) == ["0001.esquema"]


def test_a_crash_between_a_migration_and_its_record_is_mended(
    empty_database: str,
) -> None:
    migrate(empty_database)
    with psycopg.connect(empty_database, autocommit=True) as owner:
        owner.execute("DELETE FROM _yoyo_migration")
        owner.execute("INSERT INTO yoyo_lock VALUES (1, NULL, 4711)")
    assert migrate(empty_database) == []


SHAPE = """
SELECT c.relname::text, c.relkind::text, a.attname::text, format_type(a.atttypid, a.atttypmod),
    a.attnotnull, pg_get_viewdef(CASE WHEN c.relkind = 'v' THEN c.oid END), c.relacl::text
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = current_schema()::regnamespace AND c.relname NOT LIKE '%yoyo%'
    AND c.relkind IN ('r', 'v')
ORDER BY c.relname, a.attnum
"""


def test_an_older_historian_comes_to_the_same_schema_and_keeps_its_rows(
    historian_database: HistorianDatabase,
    empty_database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        older = tmp_path / "migrations"
        shutil.copytree(schema.MIGRATIONS, older)
        for file in older.glob("*/000[3-9]*.sql"):
            file.unlink()
        patch.setattr(schema, "MIGRATIONS", older)
        if not historian_database.timescale:
            patch.setattr(schema, "OLDEST_EXTENSION", (999,))
        assert [name[:4] for name in migrate(empty_database)] == ["0001", "0002"]
    with psycopg.connect(empty_database, autocommit=True) as owner:
        owner.execute(
            "INSERT INTO colectores (nombre) VALUES ('campo');"
            "INSERT INTO equipos (id, nombre, perfil, tension_nominal)"
            " VALUES (7, 'norte', 'noja-rc10', 13200);"
            "INSERT INTO mediciones (fecha_hora, equipo_id, colector_id, calidad)"
            " VALUES ('2026-07-18 12:34:56Z', 7, 1, 0)"
        )
    with monkeypatch.context() as patch:
        if not historian_database.timescale:
            patch.setattr(schema, "OLDEST_EXTENSION", (999,))
        assert [name[:4] for name in migrate(empty_database)] == ["0003", "0004", "0005"]
    found = []
    for dsn in (empty_database, historian_database.owner):
        with psycopg.connect(dsn) as connection:
            found.append(connection.execute(SHAPE).fetchall())
            since = connection.execute("SELECT equipo_id FROM primeras_lecturas").fetchall()
            assert since == ([(7,)] if dsn == empty_database else [])
    assert found[0] == found[1]


def test_plain_postgresql_is_told_once_what_it_lacks_and_may_get_it_later(
    plain_database: HistorianDatabase, postgres_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(schema, "OLDEST_EXTENSION", (999,))
        notices = check(plain_database.read)
    assert notices.timescale is None
    assert notices.pending == ()
    assert notices.missing is not None
    assert re.match(r"TimescaleDB .* run `celador historian migrate`$", notices.missing)
    if postgres_server.timescale is None:
        return
    with psycopg.connect(plain_database.owner, autocommit=True) as owner:
        owner.execute(
            "INSERT INTO mediciones (fecha_hora, equipo_id, colector_id, calidad, ia)"
            " VALUES ('2026-07-18 12:00Z', 1, 1, 0, 5)"
        )
    later = ["0002.timescaledb", "0005.timescaledb"]
    assert check(plain_database.read).pending == tuple(later)
    assert migrate(plain_database.owner) == later
    assert check(plain_database.read) == schema.Notices((), postgres_server.timescale, None)
    with psycopg.connect(plain_database.read) as reader:
        rows = reader.execute("SELECT ia, muestras FROM mediciones_1h").fetchall()
    assert rows == [(5.0, 1)]


def test_the_owner_need_not_be_a_superuser(postgres_server: Server, empty_database: str) -> None:
    name = conninfo_to_dict(empty_database)["dbname"]
    with psycopg.connect(empty_database, autocommit=True) as owner:
        owner.execute("CREATE ROLE celador_test_owner LOGIN CREATEROLE PASSWORD 'x'")
        owner.execute(f"ALTER DATABASE {name} OWNER TO celador_test_owner")
        owner.execute("ALTER SCHEMA public OWNER TO celador_test_owner")
    dsn = make_conninfo(empty_database, user="celador_test_owner", password="x")
    try:
        assert migrate(dsn)
    finally:
        postgres_server.drop_database(empty_database)
        postgres_server._made.append(str(name))
        with psycopg.connect(postgres_server.dsn, autocommit=True) as owner:
            owner.execute("DROP ROLE celador_test_owner")


def test_the_policies_are_in_place(timescale_database: HistorianDatabase) -> None:
    with psycopg.connect(timescale_database.owner) as owner:
        found = owner.execute(
            "SELECT h.table_name::text, proc_name::text, coalesce(config->>'drop_after',"
            " config->>'compress_after') FROM _timescaledb_config.bgw_job AS j"
            " JOIN _timescaledb_catalog.hypertable AS h ON h.id = j.hypertable_id"
            " WHERE h.table_name IN ('mediciones', 'contadores') ORDER BY 1, 2"
        ).fetchall()
    assert found == [
        ("contadores", "policy_compression", "60 days"),
        ("contadores", "policy_retention", "730 days"),
        ("mediciones", "policy_compression", "3 days"),
        ("mediciones", "policy_retention", "730 days"),
    ]
