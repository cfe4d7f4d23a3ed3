"""`celador historian`: the common database, looked at and looked after."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from celador.domain.errors import ConfigError, HistorianAwayError, UsageError

if TYPE_CHECKING:
    from celador.ports import Backlog

_WATCH = 3.0  # s; rows that arrive are confirmed about once a second

historian_commands = typer.Typer(invoke_without_command=True)

ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="The configuration; else celador.toml, if there is one."),
]
StoreFile = Annotated[Path | None, typer.Option(help="The store itself, instead.")]


@historian_commands.callback()
def historian(context: typer.Context) -> None:
    """Look at the common database, bring its schema up to date, see what waits for it.

    Where it is stands in [historian] of the configuration, or in CELADOR_HISTORIAN__HOST and the
    like; its password in CELADOR_HISTORIAN__PASSWORD or CELADOR_HISTORIAN__PASSWORD_FILE.
    """
    if context.invoked_subcommand is None:
        raise UsageError(
            "say what to do: celador historian check, migrate, maintain, status or resend"
        )


@historian_commands.command()
def check(config: ConfigFile = None) -> None:
    """Say whether the database can be reached and whether its schema is the newest."""
    from celador.stores.timescale import check

    notices = check(_dsn(config))
    with_extension = f"TimescaleDB {notices.timescale}" if notices.timescale else "no TimescaleDB"
    typer.echo(f"the historian answers; {with_extension}")
    if notices.missing:
        typer.echo(notices.missing)
    if notices.pending:
        raise HistorianAwayError(
            f"its schema lacks {', '.join(notices.pending)}: run celador historian migrate as the "
            "owner of the database"
        )
    typer.echo("its schema is up to date")


@historian_commands.command()
def migrate(
    config: ConfigFile = None,
    timezone: Annotated[
        str | None,
        typer.Option(help="Where days begin, for the daily summaries; fixed at the first time."),
    ] = None,
) -> None:
    """Make the schema, or bring it up to date.

    This needs the owner of the database:

    CELADOR_HISTORIAN__USER=celador_owner CELADOR_HISTORIAN__PASSWORD=... celador historian migrate

    A role whose password is in CELADOR_INGEST_PASSWORD, CELADOR_READ_PASSWORD or
    CELADOR_WEB_PASSWORD gets it.
    """
    from celador.cli.export import config_of
    from celador.stores.timescale import check, migrate, retention_of, set_passwords, set_retention
    from celador.stores.timescale.schema import PASSWORD_VARIABLES, TIME_ZONE
    from celador.surfaces.export import parse_timezone

    zone = timezone or os.environ.get("TZ", "").removeprefix(":") or TIME_ZONE
    parse_timezone(zone)
    dsn = _dsn(config)
    for name in migrate(dsn, time_zone=zone):
        typer.echo(f"applied {name}")
    typer.echo("the schema of the historian is up to date")
    said = {role: os.environ.get(name) for role, name in PASSWORD_VARIABLES.items()}
    if passwords := {role: password for role, password in said.items() if password}:
        set_passwords(dsn, passwords)
        typer.echo(f"passwords set: {', '.join(passwords)}")
    days = config_of(config, None).historian.retention_days
    if days is not None:
        set_retention(dsn, days)
    typer.echo(f"readings are kept for {retention_of(dsn)} days")
    if missing := check(dsn).missing:
        typer.echo(missing)


@historian_commands.command()
def maintain(config: ConfigFile = None) -> None:
    """Remove readings that are too old; TimescaleDB does so by itself, without it run this daily.

    Like migrate it needs the owner of the database.
    """
    from celador.stores.timescale import expire, retention_of

    dsn = _dsn(config)
    removed = expire(dsn)
    if removed is None:
        typer.echo("nothing to do: TimescaleDB removes old readings by itself")
    else:
        typer.echo(f"removed {removed} readings older than {retention_of(dsn)} days")


@historian_commands.command()
def status(
    config: ConfigFile = None,
    store: StoreFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Show what waits in the store and how fast it goes, while the monitor runs or not.

    The database is not asked: the store is watched for three seconds.
    """
    from celador.cli.export import config_of
    from celador.stores.sqlite.outbox import look, watch_progress

    settings = config_of(config, store)
    path = settings.store.path
    look(path)  # a mistyped path is said at once
    rate, confirmed = watch_progress(path, _WATCH, time.sleep)
    backlog, lost = look(path)
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "waiting": backlog.rows,
                    "oldest": _iso(backlog.oldest),
                    "set_aside": backlog.set_aside,
                    "lost": lost,
                    "rows_per_second": round(rate, 1),
                    "last_confirmed": _iso(confirmed),
                }
            )
        )
        return
    from celador.cli.tables import print_table

    print_table(
        ("what", "is"), status_rows(backlog, lost, rate, confirmed, now=time.time_ns() // 1000)
    )
    if store is None and settings.historian.host is None:
        typer.echo("the configuration names no historian: the rows wait for a later one", err=True)


@historian_commands.command()
def resend(
    start: Annotated[
        str, typer.Option("--from", help="First instant: 2026-11-01, 2026-11-01T10:30, -7d, today.")
    ],
    config: ConfigFile = None,
    store: StoreFile = None,
) -> None:
    """Send everything from an instant on again: for a database that is new or lost its rows.

    Stop the monitor first; it sends them when it runs again. What is there already is not doubled.
    """
    from celador.cli.export import config_of
    from celador.stores.sqlite.outbox import look, send_again
    from celador.surfaces.export import local_timezone, parse_instant

    since = parse_instant(start, local_timezone(), now=time.time_ns() // 1000)
    path = config_of(config, store).store.path
    look(path)  # a mistyped path must not become a new store
    typer.echo(f"{send_again(path, since)} rows wait for the historian now")


def _dsn(config: Path | None) -> str:
    from celador.cli.export import config_of
    from celador.forwarding import historian_dsn

    settings = config_of(config, None).historian
    if settings.host is None:
        raise ConfigError(
            "the configuration names no historian; set historian.host, or CELADOR_HISTORIAN__HOST "
            "in the environment"
        )
    return historian_dsn(settings)


def status_rows(
    backlog: Backlog, lost: int, rate: float, confirmed: int | None, *, now: int
) -> list[tuple[str, str]]:
    """What `status` shows, as names and values; `confirmed` and `now` are µs since 1970."""
    rows = [("rows waiting", str(backlog.rows))]
    if backlog.oldest is not None:
        rows.append(("oldest of them", _ago(backlog.oldest, now)))
    rows.append(("confirmed per second", f"{rate:.2g}" if rate < 10 else f"{rate:.0f}"))
    if confirmed is not None:
        rows.append(("last confirmed", _ago(confirmed, now)))
    rows.append(("set aside (table apartados)", str(backlog.set_aside)))
    if lost:
        rows.append(("deleted unsent by a full disk", str(lost)))
    return rows


def _iso(instant: int | None) -> str | None:
    if instant is None:
        return None
    return datetime.fromtimestamp(instant // 1_000_000, UTC).isoformat().replace("+00:00", "Z")


def _ago(instant: int, now: int) -> str:
    return f"{_iso(instant)}, {_span(max(0, now - instant) / 1_000_000)} ago"


def _span(seconds: float) -> str:
    for unit, name in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} s"
