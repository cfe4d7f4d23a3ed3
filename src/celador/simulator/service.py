"""Starting and ending the whole simulator: the one door for the command line and the demo."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from celador.simulator.contract import Controller
from celador.simulator.fleet import Fleet, MakeController, SimulateOptions

if TYPE_CHECKING:
    from celador.simulator.control import ControlServer

_FILES_BESIDES = 64  # standard streams, event loop, HTTP clients
_HTTP_HOST = "127.0.0.1"


class Simulation:
    """A running simulator.

    Attributes:
        fleet: its devices.
        http_port: port of the HTTP API at 127.0.0.1; None without one.
    """

    def __init__(self, fleet: Fleet, control: ControlServer | None) -> None:
        self.fleet = fleet
        self._control = control
        self.http_port = None if control is None else control.port

    @property
    def addresses(self) -> Mapping[str, tuple[str, int, int]]:
        """Host, TCP port and unit identifier of each device, by name."""
        return {
            device.name: (port.host, port.port, device.unit)
            for port in self.fleet.ports
            for device in port.devices
        }

    @property
    def ports(self) -> list[int]:
        """Every Modbus TCP port."""
        return [port.port for port in self.fleet.ports]

    async def close(self) -> None:
        """Close every port and connection; may be called twice."""
        if self._control is not None:
            await self._control.close()
        await self.fleet.close()


async def serve(
    options: SimulateOptions, *, make_controller: MakeController | None = None
) -> Simulation:
    """Start a simulator in the running event loop; it is ready when this returns.

    It lives until `Simulation.close`. On uvloop an answer costs about half as much as on the
    loop of the standard library; whoever makes the loop chooses.

    Args:
        options: what is wanted.
        make_controller: gives the controller of a name, a seed and a start time; None for the
            simulated OSM27.

    Raises:
        UsageError: the options cannot be served.
        ScenarioError: the scenario is unknown or wrong.
        SimulatorError: a port cannot be had.
    """
    options.check()
    _allow_open_files(options.devices * (1 + options.max_connections) + _FILES_BESIDES)
    fleet = Fleet(options, make_controller or _osm27)
    await fleet.open()
    control = None
    try:
        if options.http_port is not None:
            # FastAPI costs a third of a second: only those who want the API pay it.
            from celador.simulator.control import ControlServer  # noqa: PLC0415

            control = await ControlServer.start(fleet, _HTTP_HOST, options.http_port)
    except BaseException:
        await fleet.close()
        raise
    return Simulation(fleet, control)


def _osm27(name: str, seed: int, start: datetime) -> Controller:
    from celador.simulator.controller import SimulatedController  # noqa: PLC0415  loads scenarios

    return SimulatedController(name, seed=seed, start=start)


def _allow_open_files(wanted: int) -> None:
    """Raise the soft limit of open files where the system lets us; binding says if it did not."""
    try:
        import resource  # noqa: PLC0415  there is none on Windows
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
