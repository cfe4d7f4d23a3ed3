"""Simulated controllers on a pseudo-terminal, for clients that speak serial RTU."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tty

from celador.simulator.frames import RtuFraming
from celador.simulator.session import Device, Session

_CHUNK = 4096


class PtyBus:
    """A serial line made of a pseudo-terminal; `path` is what the client opens.

    Baud rate and parity mean nothing on it. It must be made inside a running event loop.
    """

    def __init__(self, devices: list[Device]) -> None:
        """Serve `devices` (unit identifiers all different) until `close`.

        Raises:
            OSError: the system has no pseudo-terminal to give.
        """
        self._master, self._slave = os.openpty()
        # Without raw mode the line discipline would echo, and change 0x0D, 0x11 and 0x13. The
        # slave stays open here, or the master would fail each time that a client closes it.
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)
        self._session = Session({device.unit: device for device in devices}, RtuFraming(), self)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._master, self._read)
        self._open = True

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._session.receive(os.read(self._master, _CHUNK))

    def write(self, data: bytes) -> None:
        """Send `data`; bytes that nobody reads are lost, as on a serial line."""
        if self._open:
            with contextlib.suppress(BlockingIOError):
                os.write(self._master, data)

    def hang_up(self) -> None:
        """A serial line knows no reset: the request gets no answer."""

    def no_supply(self) -> None:
        """A controller without supply is silent."""

    def close(self) -> None:
        """Take the line away."""
        if not self._open:
            return
        self._open = False
        self._session.close()
        self._loop.remove_reader(self._master)
        os.close(self._master)
        os.close(self._slave)
