from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from celador.cli import historian
from celador.ports import Backlog
from celador.stores.sqlite.outbox import watch_progress
from celador.stores.timescale import set_passwords
from tests.cli.conftest import Run
from tests.support.postgres import HistorianDatabase
from tests.support.postgres_server import Server

SAMPLES = 540  # in the store of the fixture: 300 and 240


def settings_of(dsn: str) -> dict[str, str]:
    parts = conninfo_to_dict(dsn)
    return {
        "CELADOR_HISTORIAN__HOST": str(parts["host"]),
        "CELADOR_HISTORIAN__PORT": str(parts.get("port", 5432)),
        "CELADOR_HISTORIAN__DATABASE": str(parts["dbname"]),
        "CELADOR_HISTORIAN__USER": str(parts["user"]),
        "CELADOR_HISTORIAN__PASSWORD": str(parts.get("password", "")),
    }


@pytest.fixture
def own_store(store: Path, tmp_path: Path) -> Path:
    own = tmp_path / "own.db"
    own.write_bytes(store.read_bytes())
    return own


def test_a_new_database_is_migrated_and_then_in_order(
    celador: Run, postgres_server: Server, empty_database: str
) -> None:
    variables = settings_of(empty_database)
    before = celador("historian", "check", **variables)
    assert before.returncode == 1
    assert "run celador historian migrate as the owner" in before.stderr
    done = celador("historian", "migrate", **variables)
    assert done.returncode == 0, done.stderr
    assert "applied " in done.stdout
    again = celador("historian", "migrate", **variables)
    assert "applied" not in again.stdout
    after = celador("historian", "check", **variables)
    assert after.returncode == 0
    assert "its schema is up to date" in after.stdout
    assert (f"TimescaleDB {postgres_server.timescale}" in after.stdout) == (
        postgres_server.timescale is not None
    )
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("SELECT count(*) FROM mediciones").fetchone() == (0,)


def test_the_retention_is_handed_over_by_migrate_and_stays_when_it_is_not_said(
    celador: Run, empty_database: str
) -> None:
    variables = settings_of(empty_database)
    said = variables | {"CELADOR_HISTORIAN__RETENTION_DAYS": "400"}
    assert "kept for 730 days" in celador("historian", "migrate", **variables).stdout
    assert "kept for 400 days" in celador("historian", "migrate", **said).stdout
    assert "kept for 400 days" in celador("historian", "migrate", **variables).stdout
    said["CELADOR_HISTORIAN__RETENTION_DAYS"] = "forever"
    assert "kept for 36500 days" in celador("historian", "migrate", **said).stdout
    said["CELADOR_HISTORIAN__RETENTION_DAYS"] = "364"
    refused = celador("historian", "migrate", **said)
    assert refused.returncode == 2
    assert "must be at least 365" in refused.stderr


def test_maintain_removes_what_is_too_old_or_says_who_does(
    celador: Run, plain_database: HistorianDatabase, timescale_database: HistorianDatabase
) -> None:
    for database in (plain_database, timescale_database):
        with psycopg.connect(database.owner) as owner:
            owner.execute(
                "INSERT INTO mediciones (fecha_hora, equipo_id, colector_id, calidad)"
                " SELECT now() - age * INTERVAL '1 day', 1, 1, 0"
                " FROM unnest('{1,800}'::int[]) AS age"
            )
    removed = celador("historian", "maintain", **settings_of(plain_database.owner))
    assert removed.stdout == "removed 1 readings older than 730 days\n"
    by_itself = celador("historian", "maintain", **settings_of(timescale_database.owner))
    assert by_itself.stdout == "nothing to do: TimescaleDB removes old readings by itself\n"
    as_reader = celador("historian", "maintain", **settings_of(plain_database.read))
    assert as_reader.returncode == 1
    assert "needs the owner" in as_reader.stderr


def test_who_migrates_as_another_role_is_told_whose_work_it_is(
    celador: Run, historian_database: HistorianDatabase
) -> None:
    # The configuration of a collector names celador_ingest: this is what one tries first.
    done = celador("historian", "migrate", **settings_of(historian_database.ingest))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "needs the owner" in done.stderr
    assert "CELADOR_HISTORIAN__USER" in done.stderr


@pytest.mark.parametrize("command", ["check", "migrate"])
def test_a_wrong_password_is_one_sentence_without_the_password(
    celador: Run, empty_database: str, command: str
) -> None:
    variables = settings_of(empty_database) | {"CELADOR_HISTORIAN__PASSWORD": "hunter2"}
    done = celador("historian", command, **variables)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "check user and password" in done.stderr
    assert "hunter2" not in done.stdout + done.stderr


def test_without_a_host_it_says_where_to_write_it(celador: Run) -> None:
    done = celador("historian", "check")
    assert done.returncode == 2
    assert "set historian.host, or CELADOR_HISTORIAN__HOST" in done.stderr


def test_an_unknown_zone_is_refused_before_anything_happens(
    celador: Run, empty_database: str
) -> None:
    done = celador("historian", "migrate", "--timezone", "Cordoba", **settings_of(empty_database))
    assert done.returncode == 2
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("SELECT to_regclass('mediciones')").fetchone() == (None,)


def test_status_shows_what_waits(celador: Run, own_store: Path) -> None:
    shown = celador("historian", "status", "--store", str(own_store)).stdout
    assert re.search(rf"rows waiting +{SAMPLES} *\n", shown)
    assert "2026-07-18T00:00:00Z" in shown
    told = json.loads(celador("historian", "status", "--store", "own.db", "--json").stdout)
    assert told == {
        "waiting": SAMPLES,
        "oldest": "2026-07-18T00:00:00Z",
        "set_aside": 0,
        "lost": 0,
        "rows_per_second": 0,
        "last_confirmed": None,
    }


def test_status_tells_how_fast_rows_go(own_store: Path) -> None:
    with closing(sqlite3.connect(own_store, isolation_level=None)) as database:
        sql = (
            "INSERT INTO envios (tabla, confirmado, fecha_hora) VALUES ('mediciones', ?, ?)"
            " ON CONFLICT (tabla) DO UPDATE SET confirmado = ?1, fecha_hora = ?2"
        )
        database.execute(sql, (2, 100))

        def meanwhile(seconds: float) -> None:
            assert seconds == 4
            database.execute(sql, (10, 200))

        assert watch_progress(own_store, 4, meanwhile) == (2.0, 200)


@pytest.mark.parametrize(
    ("rate", "shown"), [(0, "0"), (1 / 3, "0.33"), (4.0, "4"), (9.97, "10"), (53_534.6, "53535")]
)
def test_a_rate_has_as_many_digits_as_tell_it(rate: float, shown: str) -> None:
    rows = historian.status_rows(Backlog(0, None, 0), 0, rate, None, now=0)
    assert rows == [
        ("rows waiting", "0"),
        ("confirmed per second", shown),
        ("set aside (table apartados)", "0"),
    ]


@pytest.mark.parametrize(
    ("age_s", "shown"),
    [
        *((0, "0 s"), (119, "119 s"), (120, "2 min"), (7_199, "120 min"), (7_200, "2 h")),
        *((172_799, "48 h"), (172_800, "2 days"), (604_800, "7 days"), (-5, "0 s")),
    ],
)
def test_an_age_is_told_in_the_unit_that_fits(age_s: int, shown: str) -> None:
    now = 1_784_332_800_000_000  # 2026-07-18T00:00:00Z
    oldest = now - age_s * 1_000_000
    told = dict(historian.status_rows(Backlog(604_800, oldest, 2), 17, 0, now, now=now))
    assert told["rows waiting"] == "604800"
    assert told["oldest of them"].endswith(f"Z, {shown} ago")
    assert told["last confirmed"] == "2026-07-18T00:00:00Z, 0 s ago"
    assert told["set aside (table apartados)"] == "2"
    assert told["deleted unsent by a full disk"] == "17"


def test_resend_turns_the_mark_back(celador: Run, own_store: Path) -> None:
    with closing(sqlite3.connect(own_store)) as database, database:
        database.execute(
            "INSERT INTO envios (tabla, confirmado, fecha_hora) VALUES ('mediciones', ?, 0)",
            (SAMPLES,),
        )
    waiting = celador("historian", "status", "--store", "own.db", "--json").stdout
    assert json.loads(waiting)["waiting"] == 0
    done = celador("historian", "resend", "--from", "2026-07-17", "--store", "own.db")
    assert done.stdout == f"{SAMPLES} rows wait for the historian now\n"


def test_a_mistyped_store_is_not_made(celador: Run, tmp_path: Path) -> None:
    done = celador("historian", "resend", "--from", "today", "--store", "nowhere.db")
    assert done.returncode == 1
    assert "there is no store at nowhere.db" in done.stderr
    assert not (tmp_path / "nowhere.db").exists()


def test_migrating_gives_the_roles_the_passwords_of_the_environment(
    celador: Run, plain_database: HistorianDatabase
) -> None:
    owner = settings_of(plain_database.owner)
    done = celador("historian", "migrate", CELADOR_WEB_PASSWORD="a-new-one-7", **owner)
    assert done.returncode == 0, done.stderr
    assert "passwords set: celador_web" in done.stdout
    assert "a-new-one-7" not in done.stdout + done.stderr
    for dsn in (plain_database.ingest, plain_database.read):
        psycopg.connect(dsn).close()
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(plain_database.web)
    try:
        psycopg.connect(plain_database.web, password="a-new-one-7").close()
    finally:  # a role is the server's, which other tests use too
        set_passwords(
            plain_database.owner,
            {"celador_web": str(conninfo_to_dict(plain_database.web)["password"])},
        )
