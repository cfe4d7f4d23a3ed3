"""The control room of this process: what `celador web`, `run` and `demo` put together."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from zoneinfo import ZoneInfo

from celador.app import Monitor
from celador.clock import SystemClock
from celador.config import Config
from celador.domain.errors import CeladorError, SimulatorError
from celador.ports import RequestBox
from celador.reading import open_history, open_requests
from celador.simulator import scenarios
from celador.simulator.service import Simulation
from celador.stores.sqlite.outbox import look as waiting
from celador.stores.sqlite.reader import SqliteReader
from celador.stores.sqlite.requests import SqliteRequestBox
from celador.surfaces.export import local_timezone
from celador.surfaces.live import Live
from celador.surfaces.web.access.access import NOBODY, Access
from celador.surfaces.web.access.file import path_beside
from celador.surfaces.web.access.sessions import Lifetimes
from celador.surfaces.web.follow import Follower
from celador.surfaces.web.gate import AccessGate
from celador.surfaces.web.log_tail import LogTail
from celador.surfaces.web.server import Address, WebServer
from celador.surfaces.web.services import (
    History,
    ScenarioText,
    SimulatorControl,
    WebServices,
)

_log = logging.getLogger("celador.web")
_RETRY_S = 30.0  # before the next attempt to have an address that another program holds


def address_of(config: Config) -> Address:
    """Where the settings want the room."""
    web = config.web
    return Address(web.host, web.port, web.certificate, web.key, behind_proxy=web.behind_proxy)


@asynccontextmanager
async def room(
    config: Config,
    address: Address,
    *,
    monitor: Monitor | None = None,
    simulator: SimulatorControl | None = None,
    login: bool = True,
) -> AsyncIterator[WebServer]:
    """The room, open while the context lasts.

    Args:
        config: the settings.
        address: where it listens.
        monitor: the one of this process; without one what is stored is followed.
        simulator: the simulated reclosers of this process.
        login: whether people must say who they are.

    Raises:
        UsageError: the address cannot be had.
        StoreError: users or samples cannot be read.
    """
    clock = SystemClock()
    live = Live(()) if monitor is None else monitor.live
    log = LogTail()
    lifetimes = Lifetimes(config.web.session_idle_h, config.web.session_longest_h)
    access = Access(path_beside(config.store.path), clock, lifetimes, login=login)
    history, box = _stored(config, monitor)
    services = WebServices(
        clock=clock,
        config=config,
        history=history,
        live=live,
        access=access,
        requests=access.requests(box),
        simulator=simulator,
        store=None if monitor is None else monitor.store,
        counts=None if monitor is None else monitor.counts,
        backlog=(lambda: waiting(config.store.path)[0])
        if config.historian.host is not None
        else None,
        log=log,
    )
    following: asyncio.Task[None] | None = None
    logging.getLogger("celador").addHandler(log)
    try:
        if monitor is None:
            follower = Follower(live, history, clock)
            await follower.once()
            following = asyncio.create_task(follower.run())
        zone = config.web.time_zone or local_zone_name()
        gate = AccessGate(
            services,
            access,
            box,
            lambda: open_history(config),
            host=address.host,
            zone=ZoneInfo(zone),
        )
        server = await WebServer.start(services, address, gate, zone)
        if login and not access.users.count():
            _log.warning(NOBODY)
        try:
            yield server
        finally:
            await server.close()
            await gate.close()
    finally:
        if following is not None:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following
        await history.close()
        access.close()
        logging.getLogger("celador").removeHandler(log)


def _stored(config: Config, monitor: Monitor | None) -> tuple[History, RequestBox]:
    """What the pages read and where requests are left: a monitor's own, else the common one."""
    if monitor is None:
        return History(lambda: open_history(config)), open_requests(config)
    path = config.store.path
    return History(lambda: SqliteReader(path)), SqliteRequestBox.beside(path)


@asynccontextmanager
async def room_beside(running: Monitor, config: Config) -> AsyncIterator[None]:
    """The room beside a monitor; its troubles stay its own."""
    keeping = asyncio.create_task(_keep_open(running, config))
    try:
        yield
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping


async def _keep_open(running: Monitor, config: Config) -> None:
    told = ""
    while True:
        try:
            async with room(config, address_of(config), monitor=running) as server:
                _log.info("control room at %s", server.url)
                await server.ended()
        except CeladorError as error:
            if str(error) != told:
                told = str(error)
                _log.error("the control room cannot open: %s; tried again every 30 s", told)
        except Exception:  # noqa: BLE001 -- the fence between the pages and the reading
            _log.exception("the control room failed; the reclosers are read on")
            return
        else:  # NiceGUI cannot be started twice in a process
            _log.error("the control room ended; the reclosers are read on")
            return
        await asyncio.sleep(_RETRY_S)


def local_zone_name() -> str:
    """IANA name of this machine's zone; UTC where it has none that can be told."""
    if os.environ.get("TZ"):
        return getattr(local_timezone(), "key", "UTC")
    _, _, name = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")
    try:
        return ZoneInfo(name).key if name else "UTC"
    except (ValueError, OSError):
        return "UTC"


class SimulatedReclosers:
    """`SimulatorControl` over a simulation of this process."""

    def __init__(self, simulation: Simulation, names: Mapping[int, str]) -> None:
        """Take control.

        Args:
            simulation: the running simulator.
            names: what it calls each recloser, by `equipos.id`.
        """
        self._fleet = simulation.fleet
        self._names = names

    def scenarios(self) -> Sequence[ScenarioText]:
        """Every scenario of the library."""
        found = [scenarios.load(name) for name in scenarios.names()]
        return [
            ScenarioText(
                each.name,
                each.description.get("es", each.slug),
                each.description.get("en", each.slug),
                each.seconds,
            )
            for each in found
        ]

    def device_ids(self) -> Sequence[int]:
        """`equipos.id` of the simulated reclosers."""
        return list(self._names)

    def play(self, device_id: int, scenario: str) -> None:
        """Let a scenario happen to a simulated recloser.

        Raises:
            SimulatorError: there is no such recloser or scenario.
        """
        if device_id not in self._names:
            raise SimulatorError(f"there is no simulated recloser {device_id}; choose another")
        device = self._fleet.devices[self._names[device_id]]
        device.controller.play(scenario, device.clock.now())
