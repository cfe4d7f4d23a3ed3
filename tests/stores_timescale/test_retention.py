"""How long readings stay: set by the owner, never under a year, and the summaries outlive them."""

from __future__ import annotations

import psycopg
import pytest

from celador.domain.errors import ConfigError, HistorianAwayError
from celador.stores.timescale import expire, migrate, retention_of, set_retention
from tests.support.postgres import HistorianDatabase
from tests.support.postgres_server import Server

AGES = (0, 364, 366, 500, 729, 731, 1000)  # days
INSERT = """
INSERT INTO {table} (fecha_hora, equipo_id, colector_id, calidad)
SELECT now() - age * INTERVAL '1 day', device, 1, 0
FROM unnest(%s::int[]) AS age, unnest(ARRAY[1, 7, -3]) AS device
"""


def fill(database: HistorianDatabase) -> None:
    with psycopg.connect(database.owner) as owner:
        for table in ("mediciones", "contadores"):
            owner.execute(INSERT.format(table=table), (list(AGES),))


def ages(database: HistorianDatabase, table: str) -> list[int]:
    with psycopg.connect(database.owner) as owner:
        rows = owner.execute(
            f"SELECT round(extract(EPOCH FROM now() - fecha_hora) / 86400)::int FROM {table}"
            " WHERE equipo_id = 7 ORDER BY 1"
        ).fetchall()
        return [age for (age,) in rows]


def run_jobs(database: HistorianDatabase, kind: str) -> None:
    with psycopg.connect(database.owner, autocommit=True) as owner:
        jobs = owner.execute(
            "SELECT job_id FROM timescaledb_information.jobs WHERE proc_name = %s ORDER BY 1",
            (kind,),
        ).fetchall()
        for (job,) in jobs:
            owner.execute("CALL run_job(%s)", (job,))


@pytest.mark.parametrize(("days", "kept"), [(None, 5), (365, 2), (36_500, 7)])
def test_without_timescaledb_what_is_too_old_goes_when_it_is_told_to(
    plain_database: HistorianDatabase,
    monkeypatch: pytest.MonkeyPatch,
    days: int | None,
    kept: int,
) -> None:
    monkeypatch.setattr("celador.stores.timescale.retention._SLICE", 2)
    fill(plain_database)
    if days is not None:
        set_retention(plain_database.owner, days)
        assert retention_of(plain_database.read) == days
    assert expire(plain_database.owner) == 2 * 3 * (len(AGES) - kept)
    for table in ("mediciones", "contadores"):
        assert ages(plain_database, table) == list(AGES[:kept])
    assert expire(plain_database.owner) == 0


def test_timescaledb_does_it_by_itself_and_the_summaries_stay(
    timescale_database: HistorianDatabase,
) -> None:
    database = timescale_database
    fill(database)
    run_jobs(database, "policy_refresh_continuous_aggregate")
    set_retention(database.owner, 365)
    assert expire(database.owner) is None
    run_jobs(database, "policy_retention")
    assert ages(database, "mediciones") == [0, 364]
    # Chunks of counters are 30 days long and go as wholes.
    assert ages(database, "contadores")[:2] == [0, 364]
    assert ages(database, "contadores")[-1] < 400
    run_jobs(database, "policy_refresh_continuous_aggregate")
    # Those of 720 days were made while the readings were there.
    assert len(ages(database, "mediciones_1h")) == 5 - 1


def test_the_policies_say_what_was_set(timescale_database: HistorianDatabase) -> None:
    set_retention(timescale_database.owner, 1000)
    with psycopg.connect(timescale_database.owner) as owner:
        found = owner.execute(
            "SELECT proc_name, config ->> 'drop_after', config ->> 'start_offset'"
            " FROM timescaledb_information.jobs"
            " WHERE proc_name IN ('policy_retention', 'policy_refresh_continuous_aggregate')"
        ).fetchall()
    assert sorted(found, key=str) == [
        *[("policy_refresh_continuous_aggregate", None, "990 days")] * 4,
        *[("policy_retention", "1000 days", None)] * 2,
    ]


def test_less_than_a_year_is_refused(historian_database: HistorianDatabase) -> None:
    with pytest.raises(ConfigError, match=r"set historian.retention_days to 365 or more$"):
        set_retention(historian_database.owner, 364)
    with (
        psycopg.connect(historian_database.owner) as owner,
        pytest.raises(psycopg.errors.CheckViolation),
    ):
        owner.execute("UPDATE instalacion SET retencion_dias = 1")
    assert retention_of(historian_database.owner) == 730


def test_what_was_set_holds_when_timescaledb_comes_later(
    plain_database: HistorianDatabase, postgres_server: Server
) -> None:
    if postgres_server.timescale is None:
        pytest.skip("the PostgreSQL of this run does not offer TimescaleDB")
    set_retention(plain_database.owner, 4000)
    migrate(plain_database.owner)
    with psycopg.connect(plain_database.owner) as owner:
        found = owner.execute(
            "SELECT DISTINCT config ->> 'drop_after' FROM timescaledb_information.jobs"
            " WHERE proc_name = 'policy_retention'"
        ).fetchall()
    assert found == [("4000 days",)]


@pytest.mark.parametrize("role", ["ingest", "read"])
def test_only_the_owner_may(historian_database: HistorianDatabase, role: str) -> None:
    with pytest.raises(HistorianAwayError, match="needs the owner"):
        set_retention(getattr(historian_database, role), 400)
