"""`celador run`: the monitor."""

from __future__ import annotations

import asyncio
import logging
import math
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from celador.domain.errors import ConfigError

if TYPE_CHECKING:
    from celador.app import Monitor
    from celador.config import Config
    from celador.pipeline.counts import PollCounts

_log = logging.getLogger("celador")
_REPORT_EVERY = 900.0  # s


def run(
    config: Annotated[Path, typer.Option("--config", "-c", help="The configuration file (TOML).")],
) -> None:
    """Read the reclosers of a configuration, day and night, and keep every sample.

    Ends cleanly on Ctrl-C or SIGTERM; a pulled plug loses nothing that was stored. Begin with:

    celador config example > celador.toml

    celador run --config celador.toml
    """
    from celador import loop
    from celador.cli.runtime import set_up_logging
    from celador.config import load_config

    loaded = load_config(config, os.environ)
    if not loaded.config.devices:
        raise ConfigError(f"{config}: there is no recloser to read; add a [[devices]] table.")
    set_up_logging(loaded.config.log_level)
    loop.run(_monitor(loaded.config))


async def _monitor(config: Config) -> None:
    from celador import app
    from celador.cli.runtime import stop_on_signals

    with stop_on_signals() as stop:
        async with app.monitor(config) as running, _room_beside(running, config):
            _log.info("watching %d reclosers into %s", len(config.devices), config.store.path)
            await report_until(stop, running.counts, _REPORT_EVERY)
            _log.info("stopping")


def _room_beside(running: Monitor, config: Config) -> AbstractAsyncContextManager[None]:
    if not config.web.enabled:
        return nullcontext()
    from celador.room import room_beside  # takes a second to import

    return room_beside(running, config)


async def report_until(
    stop: asyncio.Event, counts: Callable[[], Mapping[int, PollCounts]], every: float
) -> None:
    """Log how polling fares every so many seconds, and once it stops over the whole time."""
    from celador import app
    from celador.pipeline.counts import PollCounts, total

    told = PollCounts()
    while not stop.is_set():
        await app.until_stopped(stop, every)
        now = total(counts().values())
        if stop.is_set():
            _log.info("since the start: %s", _said(now))
        else:
            _log.info("in the last %g min: %s", every / 60, _said(now.since(told)))
        told = now


def _said(counts: PollCounts) -> str:
    from celador.pipeline.counts import LATENESS_BOUNDS

    late = counts.late_within(0.99)
    if late is None:
        lateness = "none has begun"
    elif late == math.inf:
        lateness = f"more than 1 % began over {LATENESS_BOUNDS[-1]:g} s late"
    else:
        lateness = f"99 % began at most {late * 1000:.0f} ms late"
    return (
        f"{counts.cycles} cycles, {counts.skipped} skipped, {counts.retries} retries, "
        f"{counts.failures} failures; {lateness}"
    )
