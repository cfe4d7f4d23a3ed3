"""`celador notify`: try the channels, and see who was told of what."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from celador.cli.records import AsCsv, AsJson, Cell, form_of, show
from celador.domain.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from datetime import tzinfo

    from celador.config import Config
    from celador.surfaces.notify.listing import Attempt, Entry
    from celador.surfaces.notify.sending import Destination

notify_commands = typer.Typer(invoke_without_command=True)

ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="The configuration; else celador.toml, if there is one."),
]


@notify_commands.callback()
def notify(context: typer.Context) -> None:
    """Try the channels that tell people of alarms, and see who was told of what.

    The channels stand in [[notify.channels]] of the configuration; passwords, tokens and webhook
    addresses in the environment or in files.
    """
    if context.invoked_subcommand is None:
        raise UsageError("say what to do: celador notify test, or celador notify list")


@notify_commands.command("test")
def try_channels(
    channel: Annotated[
        str | None, typer.Argument(help="Name of the channel, or of one address of it; else all.")
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Send a real test message over each channel and say what became of it.

    It goes at once, past hours, limits and the queue. The exit code is 1 if any did not arrive.

    celador notify test

    celador notify test guardia
    """
    settings = _settings(config)
    chosen = [each for each in _destinations(settings) if _named(each, channel)]
    if not chosen:
        names = ", ".join(each.name for each in settings.notify.channels)
        raise UsageError(f"there is no channel {channel}; there are {names}")
    failed = [each.name for each in chosen if not _tried(each, settings)]
    if failed:
        raise typer.Exit(1)


@notify_commands.command("list")
def list_notices(
    start: Annotated[
        str, typer.Option("--from", help="First instant: 2026-11-01, 2026-11-01T10:30, -7d, today.")
    ] = "-7d",
    end: Annotated[
        str, typer.Option("--to", help="Instant before which it ends, written like --from.")
    ] = "now",
    state: Annotated[
        str | None,
        typer.Option(help="Only pendiente, enviando, enviado, apartado, vencido or retirado."),
    ] = None,
    to: Annotated[
        str | None, typer.Option("--destination", help="Only this channel, or address of it.")
    ] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    config: ConfigFile = None,
    store: Annotated[Path | None, typer.Option(help="The store itself, instead.")] = None,
) -> None:
    """Show every notice, whom it was for, and what became of each attempt to send it.

    States: pendiente waits; enviando is under way; enviado arrived at the server; apartado can
    never be sent; vencido grew too old; retirado was no longer needed.

    celador notify list --state apartado

    celador notify list --from -30d --csv > avisos.csv
    """
    from celador.cli.export import config_of
    from celador.surfaces.export import local_timezone, parse_instant
    from celador.surfaces.notify.listing import entries
    from celador.surfaces.notify.queue import queue_path

    form = form_of(as_json=as_json, as_csv=as_csv)
    if state is not None and state not in _STATES:
        raise UsageError(f"--state is {state}, but must be one of {', '.join(_STATES)}")
    settings, now, zone = config_of(config, store), time.time_ns() // 1000, local_timezone()
    first, last = (parse_instant(text, zone, now=now) for text in (start, end))
    found = [
        entry
        for entry in entries(queue_path(settings.store.path), first, last + 1)
        if (state is None or entry.state == state) and _is(entry.destination, to)
    ]
    if form == "json":
        listed = [
            {**_fields(entry), "intentos": [_attempt_fields(each) for each in entry.attempts]}
            for entry in found
        ]
        typer.echo(json.dumps({"notices": listed}, ensure_ascii=False))
        return
    titles = ("made", "for", "state", "tries", "notice, and last attempt")
    show(
        "notices",
        found,
        _row,
        lambda entry: _line(entry, zone),
        titles,
        form=form,
        columns=_COLUMNS,
        below=1,
    )


_STATES = ("pendiente", "enviando", "enviado", "apartado", "vencido", "retirado")


def _settings(config: Path | None) -> Config:
    from celador.cli.export import config_of

    settings = config_of(config, None)
    if not settings.notify.channels:
        raise ConfigError(
            "the configuration names nobody to tell; add a [[notify.channels]] table, or set "
            "CELADOR_NOTIFY__CHANNELS__0__HOST and the like in the environment"
        )
    return settings


def _destinations(settings: Config) -> tuple[Destination, ...]:
    from celador.surfaces.notify.build import destinations_of

    return destinations_of(settings)


def _named(destination: Destination, wanted: str | None) -> bool:
    return _is(destination.name, wanted)


def _is(name: str, wanted: str | None) -> bool:
    return wanted is None or name == wanted or name.startswith(f"{wanted}/")


def _tried(destination: Destination, settings: Config) -> bool:
    from celador.domain.notices.text import Speech, trial_text
    from celador.surfaces.notify.build import zone_of
    from celador.surfaces.notify.sending import Verdict, trial_message

    speech = Speech(destination.channel.language, zone_of(settings))
    text = trial_text(destination.name, settings.collector, speech, time.time_ns() // 1000)
    begun = time.monotonic()
    outcome = destination.sender.send(trial_message(text))
    took = time.monotonic() - begun
    if outcome.verdict is Verdict.DELIVERED:
        typer.echo(f"{destination.name}: the server took the test message after {took:.1f} s")
        return True
    typer.echo(f"{destination.name}: not sent: {outcome.reason}")
    return False


def _line(entry: Entry, zone: tzinfo) -> tuple[str, ...]:
    last = entry.attempts[-1] if entry.attempts else None
    return (
        _moment(entry.made, zone),
        entry.destination,
        entry.state + (" (en duda)" if entry.doubt else ""),
        str(len(entry.attempts)),
        entry.subject if last is None else f"{entry.subject}; {_attempt(last, zone)}",
    )


def _attempt(attempt: Attempt, zone: tzinfo) -> str:
    text = f"{_moment(attempt.begun, zone)} {attempt.result}"
    return text if attempt.reason is None else f"{text}: {attempt.reason}"


def _moment(at: int, zone: tzinfo) -> str:
    moment = datetime.fromtimestamp(at // 1_000_000, UTC).astimezone(zone)
    return moment.isoformat(" ", "seconds")


def _fields(entry: Entry) -> Mapping[str, Cell]:
    """By the names of the columns of the queue (docs/avisos.md), times as text in UTC."""
    return {
        "clave": entry.key,
        "destino": entry.destination,
        "clase": entry.kind,
        "equipo_id": entry.device_id,
        "codigo": entry.code,
        "prioridad": entry.priority,
        "ocurrio": _moment(entry.happened, UTC),
        "creado": _moment(entry.made, UTC),
        "no_antes": _moment(entry.due, UTC),
        "estado": entry.state,
        "en_duda": bool(entry.doubt),
        "asunto": entry.subject,
    }


def _row(entry: Entry) -> Mapping[str, Cell]:
    """The same with the last attempt alone: a cell holds no list."""
    last: Mapping[str, Cell] = dict.fromkeys(_ATTEMPT)
    if entry.attempts:
        last = _attempt_fields(entry.attempts[-1])
    return {**_fields(entry), "intentos": len(entry.attempts), **last}


def _attempt_fields(attempt: Attempt) -> Mapping[str, str | None]:
    return {
        "inicio": _moment(attempt.begun, UTC),
        "fin": None if attempt.ended is None else _moment(attempt.ended, UTC),
        "resultado": attempt.result,
        "motivo": attempt.reason,
    }


_ATTEMPT = ("inicio", "fin", "resultado", "motivo")
_COLUMNS = (
    *("clave", "destino", "clase", "equipo_id", "codigo", "prioridad", "ocurrio", "creado"),
    *("no_antes", "estado", "en_duda", "asunto", "intentos", *_ATTEMPT),
)
