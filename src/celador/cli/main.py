"""The command `celador`: its commands, and what it says and returns when something goes wrong."""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from celador.cli.alarms import alarm_commands
from celador.cli.config import config_commands
from celador.cli.demo import demo
from celador.cli.events import events
from celador.cli.export import export
from celador.cli.export_server import export_server
from celador.cli.historian import historian_commands
from celador.cli.notify import notify_commands
from celador.cli.operations import operations
from celador.cli.outages import outage_commands
from celador.cli.plan import plan
from celador.cli.profiles import profile_commands
from celador.cli.quality import quality
from celador.cli.read import read
from celador.cli.record import record
from celador.cli.reliability import reliability
from celador.cli.replay import replay
from celador.cli.run import run
from celador.cli.simulate import simulate
from celador.cli.users import user_commands
from celador.cli.web import web
from celador.domain.errors import (
    CeladorError,
    ConfigError,
    ProfileError,
    ScenarioError,
    TimelineError,
    UsageError,
)

FAILED = 1
WRONG_USE = 2
_WRONG_USE_ERRORS = (UsageError, ConfigError, ProfileError, ScenarioError, TimelineError)

app = typer.Typer(
    name="celador",
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    demo,
    run,
    web,
    read,
    operations,
    events,
    quality,
    reliability,
    replay,
    record,
    export,
    export_server,
    simulate,
    plan,
):
    app.command()(command)
app.add_typer(outage_commands, name="outages")
app.add_typer(alarm_commands, name="alarms")
app.add_typer(profile_commands, name="profiles")
app.add_typer(config_commands, name="config")
app.add_typer(historian_commands, name="historian")
app.add_typer(notify_commands, name="notify")
app.add_typer(user_commands, name="users")


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"celador {version('celador')}")
        raise typer.Exit


@app.callback()
def celador(
    context: typer.Context,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and stop."
        ),
    ] = False,
) -> None:
    """Watch NOJA Power reclosers over Modbus: every measurement and every operation, kept.

    Celador only reads; it never writes to a device.

    Look at it first, with a simulated recloser:  celador demo

    Then watch a real one:  celador config example > celador.toml, change its host, and
    celador run --config celador.toml

    Exit codes: 0 done, 1 failed, 2 wrong use.
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(WRONG_USE)


def main() -> NoReturn:
    """Run the command and end the process with its exit code."""
    signal.signal(signal.SIGTERM, _end)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal of another age knows no φ and no ±; it shows their numbers.
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run_command(sys.argv[1:]))


def run_command(arguments: Sequence[str]) -> int:
    """Run the command; a failure becomes one sentence on standard error.

    Returns:
        The exit code: 0 done, 1 failed, 2 wrong use, 130 ended by Ctrl-C.
    """
    try:
        returned = app(list(arguments), prog_name="celador", standalone_mode=False)
        sys.stdout.flush()
    except CeladorError as error:
        for line in str(error).splitlines():
            typer.echo(f"celador: {line}", err=True)
        return WRONG_USE if isinstance(error, _WRONG_USE_ERRORS) else FAILED
    except TyperException as error:
        typer.echo(f"celador: {_sentence(error)}; celador --help tells more", err=True)
        return WRONG_USE
    except BrokenPipeError:
        return FAILED  # who read our output (head, less) has gone; nothing is left to say
    except OSError as error:
        typer.echo(f"celador: {_system_sentence(error)}", err=True)
        return FAILED
    except Exception as error:  # noqa: BLE001 -- the last fence before the user
        typer.echo(f"celador: {_defect_sentence(error)}", err=True)
        return FAILED
    finally:
        _settle_output()
    return returned if isinstance(returned, int) else 0


def _system_sentence(error: OSError) -> str:
    what = f"{error.filename}: " if error.filename else ""
    return f"{what}{error.strerror or error}; mend that and run the command again"


def _defect_sentence(error: Exception) -> str:
    """A defect of ours: the user gets a sentence, whoever mends it the traceback in a file."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile(
        "w", prefix="celador-defect-", suffix=".txt", delete=False, encoding="utf-8"
    ) as report:
        traceback.print_exception(error, file=report)
    return (
        f"this is a defect of Celador ({type(error).__name__}: {error}); "
        f"please report it with the file {report.name}"
    )


def _settle_output() -> None:
    """Output that can no longer be written must not fail a second time when Python ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _sentence(error: TyperException) -> str:
    return error.format_message().rstrip(".")


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    """SIGTERM unwinds like Ctrl-C does, so that no half-written file stays behind."""
    sys.exit(128 + signal.SIGTERM)
