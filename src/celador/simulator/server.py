"""The listening ports of the simulated controllers (asyncio): Modbus TCP and RTU over TCP."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import struct
from collections.abc import Mapping
from typing import cast

from celador.domain.errors import SimulatorError
from celador.domain.listening import why_not
from celador.simulator.frames import BrokenStreamError, Framing
from celador.simulator.session import Device, Session

log = logging.getLogger(__name__)

_LINGER_NOT = struct.pack("ii", 1, 0)  # closing sends RST instead of FIN


class ModbusPort:
    """One listening port with one device behind it, or several told apart by unit identifier.

    The port is closed while its only device has no supply, and while a device has the fault
    `refuse`; it opens again at the same number afterwards.
    """

    def __init__(
        self, host: str, port: int, framing: Framing, devices: list[Device], *, limit: int
    ) -> None:
        """Describe the port; `open` opens it.

        Args:
            host: address to listen at.
            port: TCP port, 0 to 65535; 0 takes a free one at the first opening and keeps it.
            framing: MBAP or RTU.
            devices: those behind the port, their unit identifiers all different.
            limit: connections open at the same time, per device; one more is accepted and cut.
        """
        self.host = host
        self.port = port
        self.devices = devices
        self.framing = framing
        self.units: Mapping[int, Device] = {device.unit: device for device in devices}
        self._limit = limit * len(devices)
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()
        self._taken = False

    @property
    def listening(self) -> bool:
        """Whether clients can connect now."""
        return self._server is not None

    @property
    def connections(self) -> int:
        """How many clients are connected now."""
        return len(self._connections)

    async def open(self) -> None:
        """Start to listen.

        Raises:
            SimulatorError: the address cannot be had.
        """
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                lambda: _Connection(self), self.host, self.port, backlog=16
            )
        except OSError as error:
            raise SimulatorError(why_not(self.host, self.port, error) + ".") from error
        self.port = self._server.sockets[0].getsockname()[1]

    def shut(self) -> None:
        """Stop to listen and reset every connection, as a controller does that loses supply."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for connection in tuple(self._connections):
            connection.hang_up()

    async def refresh(self) -> None:
        """Open or shut the port as supply and faults demand now; called once a second.

        It also brings every plant up to date, so that a fleet which nobody asked for a day does
        not live through that day when somebody connects.
        """
        powered = [device.powered() for device in self.devices]
        wanted = self._supplied(powered) and not self._refusing()
        if self._server is not None and not wanted:
            self.shut()
        elif self._server is None and wanted:
            await self._reopen()

    async def _reopen(self) -> None:
        try:
            await self.open()
        except SimulatorError as error:
            if not self._taken:
                log.warning("%s Trying again every second.", error)
            self._taken = True
        else:
            self._taken = False

    def _supplied(self, powered: list[bool]) -> bool:
        return len(powered) > 1 or powered[0]  # a gateway has a supply of its own

    def _refusing(self) -> bool:
        return any(d.faults and d.faults.closes_port(d.clock.now()) for d in self.devices)

    def admits(self, connection: _Connection) -> bool:
        """Take a new connection in; False when it must be cut at once."""
        if len(self._connections) >= self._limit:
            return False
        if not self._supplied([d.powered() for d in self.devices]) or self._refusing():
            self.shut()
            return False
        if any(d.faults and d.faults.cuts_new_connection(d.clock.now()) for d in self.devices):
            return False
        self._connections.add(connection)
        return True

    def forget(self, connection: _Connection) -> None:
        """A connection has ended."""
        self._connections.discard(connection)


class _Connection(asyncio.Protocol):
    """One client on a TCP connection."""

    _transport: asyncio.Transport

    def __init__(self, port: ModbusPort) -> None:
        self._port = port
        self._session = Session(port.units, port.framing, self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass
        if not self._port.admits(self):
            self.hang_up()

    def data_received(self, data: bytes) -> None:
        if self._transport.is_closing():
            return
        try:
            self._session.receive(data)
        except BrokenStreamError:
            self._transport.close()

    def connection_lost(self, _exc: Exception | None) -> None:
        self._session.close()
        self._port.forget(self)

    def pause_writing(self) -> None:
        # A client that asks without reading its answers gets no further answers.
        with contextlib.suppress(RuntimeError):
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        with contextlib.suppress(RuntimeError):
            self._transport.resume_reading()

    def write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)

    def hang_up(self) -> None:
        """Close with a reset."""
        self._session.close()
        sock = self._transport.get_extra_info("socket")
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        self._transport.abort()

    def no_supply(self) -> None:
        self._port.shut()
