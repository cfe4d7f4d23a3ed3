"""`celador config`: check a configuration, or get one to begin with."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from celador.domain.errors import ConfigError, ProfileError, UsageError

if TYPE_CHECKING:
    from celador.config import LoadedConfig

config_commands = typer.Typer(invoke_without_command=True)


@config_commands.callback()
def config(context: typer.Context) -> None:
    """Check a configuration, or get one to begin with.

    celador config example > celador.toml

    celador config check celador.toml
    """
    if context.invoked_subcommand is None:
        raise UsageError("say what to do: celador config check FILE, or celador config example")


@config_commands.command()
def check(
    file: Annotated[Path, typer.Argument(help="The configuration file (TOML).")],
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Print every setting in force and where it came from; or every mistake with its line.

    The profile of each recloser is loaded and its requests are planned, as `celador run` does; the
    channels of [notify] are prepared, and nothing is sent. Critical alarms that no channel is set
    to hear of are told on standard error.

    Variables of the environment that begin with CELADOR_ count as they would for `celador run`.
    """
    from celador.config import load_config, setting_values

    loaded = load_config(file, os.environ)
    _check_devices(loaded)
    _check_channels(loaded)
    values = setting_values(loaded.config)
    if as_json:
        settings = [
            {"setting": name, "value": value, "origin": loaded.origins[name]}
            for name, value in values.items()
        ]
        typer.echo(json.dumps({"settings": settings}, default=str, ensure_ascii=False))
        return
    from celador.cli.tables import print_table

    rows = [(name, _shown(name, value), loaded.origins[name]) for name, value in values.items()]
    print_table(("setting", "value", "from"), rows)


@config_commands.command()
def example() -> None:
    """Print a configuration with every setting explained; it reads the simulator as it is."""
    from celador.config import example_config

    typer.echo(example_config(), nl=False)


def _check_devices(loaded: LoadedConfig) -> None:
    from celador.polling import Kinds

    kinds = Kinds()
    wrong = []
    for index, device in enumerate(loaded.config.devices):
        try:
            kinds.of(device)
        except ProfileError as error:
            setting = "max_registers" if _is_sound(device.profile) else "profile"
            wrong.append(f"{_origin(loaded, index, setting)}: {error}")
    if wrong:
        raise ConfigError("\n".join(wrong))


def _check_channels(loaded: LoadedConfig) -> None:
    if not loaded.config.notify.channels:
        return
    from celador.surfaces.notify.build import check_channels, gaps

    if wrong := list(check_channels(loaded.config)):
        raise ConfigError("\n".join(wrong))
    for sentence in gaps(loaded.config):
        typer.echo(f"celador: {sentence}", err=True)


def _is_sound(profile: str) -> bool:
    from celador.profiles.schema import load_profile

    try:
        load_profile(profile)
    except ProfileError:
        return False
    return True


def _origin(loaded: LoadedConfig, index: int, setting: str) -> str:
    """Where a person has to look: at the setting, or at the profile that stands in for it."""
    origin = loaded.origins[f"devices[{index}].{setting}"]
    return loaded.origins[f"devices[{index}].profile"] if origin == "default" else origin


def _shown(name: str, value: object) -> str:
    if value is None:
        return "forever" if name == "store.retention_days" else "not set"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return ", ".join(_shown(name, item) for item in value) or "none"
    return str(value) or '""'
