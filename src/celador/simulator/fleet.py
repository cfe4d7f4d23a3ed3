"""Many simulated controllers in one process: names, ports, unit identifiers, one clock."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from celador.domain.errors import UsageError
from celador.simulator.contract import Controller
from celador.simulator.faults import FaultSet, parse_fault
from celador.simulator.frames import MbapFraming, RtuFraming
from celador.simulator.server import ModbusPort
from celador.simulator.session import Device, SimClock

MAX_SPEED = 3600.0
_MAX_UNITS = 247
_SEED_STRIDE = 1_000_003  # a prime, so that seeds 1 and 2 do not share their second device
_SLICES = 10
_WATCH_PERIOD = 1.0

MakeController = Callable[[str, int, datetime], Controller]


@dataclass(frozen=True)
class SimulateOptions:
    """What `celador simulate` can be asked for.

    Attributes:
        devices: how many controllers, named sim-001 and so on.
        host: address to listen at. The simulator obeys commands of anybody who reaches it.
        port: first TCP port; each device, or each group of `units_per_port`, has the next one.
            0 takes free ports.
        units_per_port: devices behind one port, told apart by unit identifiers 1, 2, ...; at
            most 247. With 1 every device is unit 1 of its own port.
        framing: "tcp" is Modbus TCP, "rtu" is RTU frames over TCP.
        seed: the same seed gives the same course of events.
        speed: simulated seconds in one real second, above 0 and up to 3600.
        scenario: played on every device from the start: a name of the library or a file.
        faults: communication faults from the start, as `faults.GRAMMAR` says.
        max_connections: clients that one device takes at the same time.
        http_port: port of the HTTP API at 127.0.0.1; 0 takes a free one, None leaves it out.
        start: simulated date and time at the start; None is now, in this machine's zone.
    """

    devices: int = 1
    host: str = "127.0.0.1"
    port: int = 5020
    units_per_port: int = 1
    framing: Literal["tcp", "rtu"] = "tcp"
    seed: int = 1
    speed: float = 1.0
    scenario: str | None = None
    faults: Sequence[str] = ()
    max_connections: int = 2
    http_port: int | None = None
    start: datetime | None = None

    def check(self) -> None:
        """See that the options can be served.

        Raises:
            UsageError: one of them cannot.
        """
        if self.devices < 1:
            raise UsageError(f"{self.devices} devices cannot be simulated; ask for 1 or more.")
        if not 1 <= self.units_per_port <= _MAX_UNITS:
            raise UsageError("a port holds 1 to 247 unit identifiers; ask for fewer per port.")
        last = self.port + math.ceil(self.devices / self.units_per_port) - 1
        if not 0 <= self.port <= 65535 or (self.port and last > 65535):
            raise UsageError(
                f"ports {self.port} to {last} do not exist; choose a port so that all fit in 65535."
            )
        if self.max_connections < 1:
            raise UsageError("a device must take 1 connection or more; raise the limit.")
        check_speed(self.speed)


def check_speed(speed: float) -> None:
    """See that `speed` (simulated seconds per real second) is above 0 and at most 3600.

    Raises:
        UsageError: it is not.
    """
    if not 0 < speed <= MAX_SPEED:
        raise UsageError(f"speed {speed:g} is out of range; give a number above 0, up to 3600.")


class Fleet:
    """The controllers, their ports and their clock."""

    def __init__(self, options: SimulateOptions, make_controller: MakeController) -> None:
        """Build everything; nothing listens before `open`.

        Args:
            options: what is wanted.
            make_controller: gives the controller of a name, a seed and a start time.

        Raises:
            UsageError: the options cannot be served.
            ScenarioError: the scenario is unknown or wrong.
        """
        options.check()
        self.clock = SimClock(options.speed)
        start = options.start or datetime.now().astimezone()
        digits = max(3, len(str(options.devices)))
        self.devices: dict[str, Device] = {}
        for index in range(options.devices):
            name = f"sim-{index + 1:0{digits}d}"
            controller = make_controller(name, options.seed * _SEED_STRIDE + index, start)
            self.devices[name] = self._device(controller, index, options)
        self._inject(options.faults)
        if options.scenario is not None:
            for device in self.devices.values():
                device.controller.play(options.scenario, self.clock.now())
        self.ports = self._make_ports(options)
        self._port_of = {d.name: port for port in self.ports for d in port.devices}
        self._watch: asyncio.Task[None] | None = None

    def _device(self, controller: Controller, index: int, options: SimulateOptions) -> Device:
        faults = FaultSet(f"{options.seed}:{controller.name}")
        unit = index % options.units_per_port + 1
        device = Device(controller, self.clock, unit, faults)
        if hasattr(controller, "on_link"):
            controller.on_link = device.link_action
        return device

    def _inject(self, texts: Sequence[str]) -> None:
        for text in texts:
            fault, name = parse_fault(text)
            if name is not None and name not in self.devices:
                last = next(reversed(self.devices))
                raise UsageError(f"fault {text!r}: no device {name!r}; they end with {last}.")
            for device in self.devices.values() if name is None else [self.devices[name]]:
                device.faults.apply(fault, 0.0)

    def _make_ports(self, options: SimulateOptions) -> list[ModbusPort]:
        framing = RtuFraming() if options.framing == "rtu" else MbapFraming()
        devices, size = list(self.devices.values()), options.units_per_port
        groups = [devices[at : at + size] for at in range(0, len(devices), size)]
        return [
            ModbusPort(
                options.host,
                options.port + index if options.port else 0,
                framing,
                group,
                limit=options.max_connections,
            )
            for index, group in enumerate(groups)
        ]

    async def open(self) -> None:
        """Listen at every port and keep watch over supply and faults.

        Raises:
            SimulatorError: a port cannot be had; none is left open then.
        """
        try:
            for port in self.ports:
                await port.open()
        except BaseException:
            await self.close()
            raise
        self._watch = asyncio.get_running_loop().create_task(self._keep_watch())

    async def close(self) -> None:
        """Close every port and connection."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
            self._watch = None
        for port in self.ports:
            port.shut()
        await asyncio.sleep(0)  # lets the transports finish before the loop may end

    async def _keep_watch(self) -> None:
        """Look at each port once a second, a tenth of them at a time to spread the work."""
        while True:
            for offset in range(_SLICES):
                for port in self.ports[offset::_SLICES]:
                    await port.refresh()
                await asyncio.sleep(_WATCH_PERIOD / _SLICES)

    def port_of(self, name: str) -> ModbusPort:
        """The port behind which the device `name` is."""
        return self._port_of[name]

    def summary(self, device: Device) -> dict[str, Any]:
        """Where to find a device and how it fares, for the HTTP API."""
        port = self.port_of(device.name)
        return {
            "name": device.name,
            "host": port.host,
            "port": port.port,
            "unit": device.unit,
            "powered": device.powered(),
            "listening": port.listening,
            "connections": port.connections,
        }
