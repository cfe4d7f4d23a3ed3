"""`celador demo`: a simulated recloser and the monitor that watches it, in one process."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from celador.app import Monitor
    from celador.config import Config
    from celador.simulator.service import Simulation

# What happens, s after the start: a transient fault with a successful reclose, later a permanent
# one that ends in lockout, and an operator who closes again; then all over.
_STORY = ((12.0, "S1"), (60.0, "S2"), (118.0, "clear"), (120.0, "S11"))
_STORY_LENGTH = 240.0
_REDRAWS = 4  # a second
_USUAL_PORT = 8080


def demo(
    seconds: Annotated[
        float | None, typer.Option(help="Stop after so many seconds; Ctrl-C stops too.", min=1)
    ] = None,
    devices: Annotated[int, typer.Option(help="How many reclosers.", min=1)] = 1,
    scenario: Annotated[
        str | None,
        typer.Option(help="Play this one scenario (S1 to S22 or a file) instead of the story."),
    ] = None,
    store: Annotated[
        Path | None, typer.Option(help="Where to keep the samples; your data folder otherwise.")
    ] = None,
    web_port: Annotated[
        int | None,
        typer.Option(help="TCP port of the pages, 0 for a free one; else 8080 or a free one."),
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the pages in your browser.")
    ] = True,
) -> None:
    """Watch a simulated recloser live: nothing to configure, nothing to install, no network.

    Trips, reclosings and a lockout happen by themselves; the page of the simulator makes more. All
    that the screens show is on disk already; pull the plug and look. The pages are for this machine
    alone and ask for no login.
    """
    from celador.config import Config
    from celador.loop import run

    path = store or Config().store.path.with_name("demo.db")
    run(_demo(path, seconds, devices, scenario, _Pages(web_port, browser)))


@dataclass(frozen=True, slots=True)
class _Pages:
    """Where the pages are wanted.

    Attributes:
        port: TCP port; None for the usual one, or any if that is taken.
        browser: whether to open them.
    """

    port: int | None
    browser: bool


async def _demo(
    path: Path, seconds: float | None, devices: int, scenario: str | None, pages: _Pages
) -> None:
    from celador import app
    from celador.cli.runtime import stop_on_signals
    from celador.simulator.fleet import SimulateOptions
    from celador.simulator.service import serve

    screen = sys.stdout.isatty()
    # A log line in the middle of a live screen would tear it; the screen shows what it would say.
    logging.basicConfig(level=logging.CRITICAL if screen else logging.ERROR)
    with stop_on_signals() as stop:
        simulation = await serve(SimulateOptions(devices=devices, port=0, scenario=scenario))
        try:
            config = demo_config(simulation, path)
            async with (
                app.monitor(config) as running,
                _room(config, running, simulation, pages) as url,
            ):
                story = asyncio.create_task(_tell(simulation, scenario))
                show = asyncio.create_task((_draw if screen else _print)(running, path, url))
                show.add_done_callback(lambda _done: stop.set())
                await app.until_stopped(stop, seconds)
                for task in (story, show):
                    task.cancel()
                    with suppress(asyncio.CancelledError):
                        await task
            stored = running.store.health().stored
        finally:
            await simulation.close()
    typer.echo(f"{stored} rows stored in {path}. Look at them with:")
    typer.echo(f"  celador export --store '{path}' --from today --output -")


@asynccontextmanager
async def _room(
    config: Config, running: Monitor, simulation: Simulation, pages: _Pages
) -> AsyncIterator[str]:
    """The control room over the demo, for this machine alone; gives its address."""
    from celador.room import SimulatedReclosers, room
    from celador.surfaces.web.server import Address

    port = pages.port if pages.port is not None else _usual_port()
    names = {device.id: device.name for device in config.devices}
    async with room(
        config,
        Address(port=port),
        monitor=running,
        simulator=SimulatedReclosers(simulation, names),
        login=False,
    ) as server:
        if pages.browser:
            await asyncio.to_thread(_open_browser, server.url)
        yield server.url


def _usual_port() -> int:
    with socket.socket() as probe:
        try:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", _USUAL_PORT))
        except OSError:
            return 0
    return _USUAL_PORT


def _open_browser(url: str) -> None:
    """Open a browser where there is one with a window; a text one would fight for the terminal."""
    windows = sys.platform == "darwin" or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    if windows and sys.stdout.isatty():
        with suppress(webbrowser.Error, OSError):
            webbrowser.open(url)


def demo_config(simulation: Simulation, path: Path) -> Config:
    """The configuration that watches every recloser of a simulation, each second."""
    from celador.config import Config, DeviceConfig, PollingConfig, StoreConfig

    return Config(
        collector="demo",
        store=StoreConfig(path=path),
        polling=PollingConfig(analog_s=1.0),
        devices=tuple(
            DeviceConfig(
                id=number,
                name=name,
                place="simulado",
                host=host,
                port=port,
                unit=unit,
                customers=850,
                kva=1600.0,
                base_current_a=200.0,
                trips_to_lockout=3,
            )
            for number, (name, (host, port, unit)) in enumerate(
                simulation.addresses.items(), start=1
            )
        ),
    )


async def _tell(simulation: Simulation, scenario: str | None) -> None:
    """Play the story on the first recloser, again and again."""
    if scenario is not None:
        return
    device = next(iter(simulation.fleet.devices.values()))
    loop = asyncio.get_running_loop()
    begin = loop.time()
    while True:
        for at, name in _STORY:
            await asyncio.sleep(begin + at - loop.time())
            if name == "clear":  # or the orders of S11 would close onto the fault of S2
                device.controller.act({"do": name}, device.clock.now())
            else:
                device.controller.play(name, device.clock.now())
        begin += _STORY_LENGTH


async def _draw(running: Monitor, path: Path, url: str) -> None:
    from rich.live import Live as LiveScreen

    from celador.clock import SystemClock
    from celador.surfaces.export import local_timezone
    from celador.surfaces.terminal import screen

    clock, zone = SystemClock(), local_timezone()
    with LiveScreen(auto_refresh=False, screen=True) as live:
        while True:
            shown = screen(
                running.live,
                running.store.health(),
                clock.now(),
                zone,
                footer=f"{url} · {path} · Ctrl-C",
                height=live.console.height,
            )
            live.update(shown, refresh=True)
            await asyncio.sleep(1 / _REDRAWS)


async def _print(running: Monitor, path: Path, url: str) -> None:
    """Without a terminal: lines until nobody reads them any more (`celador demo | head`)."""
    with suppress(SystemExit):  # rich's word for a broken pipe; it has turned the output away
        await _print_lines(running, path, url)


async def _print_lines(running: Monitor, path: Path, url: str) -> None:
    """A line every second, and every event."""
    from rich.console import Console

    from celador.clock import SystemClock
    from celador.surfaces.terminal import line

    console, clock = Console(soft_wrap=True), SystemClock()
    console.print(f"storing in {path}")
    console.print(f"control room at {url}")
    shown = 0
    while True:
        await asyncio.sleep(1.0)
        known = next(iter(running.live.devices.values()))
        console.print(line(known, clock.now()))
        for event in list(known.events)[: known.event_count - shown][::-1]:
            console.print(f"  {event.text_es}", markup=False, highlight=False)
        shown = known.event_count
