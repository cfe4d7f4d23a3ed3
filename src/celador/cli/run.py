"""`celador run`: the monitor."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from celador.domain.errors import ConfigError

if TYPE_CHECKING:
    from celador.config import Config

_log = logging.getLogger("celador")


def run(
    config: Annotated[Path, typer.Option("--config", "-c", help="The configuration file (TOML).")],
) -> None:
    """Read the reclosers of a configuration, day and night, and keep every sample.

    Ends cleanly on Ctrl-C or SIGTERM; a pulled plug loses nothing that was stored. Begin with:

        celador config example > celador.toml

        celador run --config celador.toml
    """
    from celador import app
    from celador.cli.runtime import set_up_logging
    from celador.config import load_config

    loaded = load_config(config, os.environ)
    if not loaded.config.devices:
        raise ConfigError(f"{config}: there is no recloser to read; add a [[devices]] table.")
    set_up_logging(loaded.config.log_level)
    app.run(_monitor(loaded.config))


async def _monitor(config: Config) -> None:
    from celador import app
    from celador.cli.runtime import stop_on_signals

    with stop_on_signals() as stop:
        async with app.monitor(config):
            _log.info("watching %d reclosers into %s", len(config.devices), config.store.path)
            await stop.wait()
            _log.info("stopping")
