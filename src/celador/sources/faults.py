"""Foreign exceptions become the project's errors here: one sentence each, with the mend."""

from __future__ import annotations

import errno
import re
import socket
from typing import Final

from pymodbus.exceptions import ConnectionException, ModbusException

from celador.domain.errors import (
    BadAnswerError,
    ConnectError,
    LinkLostError,
    NoAnswerError,
    SourceError,
)
from celador.sources.link import ModbusLink
from celador.sources.wire import ForbiddenRequestError

FOREIGN: Final = (ModbusException, OSError, ValueError, OverflowError, ForbiddenRequestError)
"""What a request can raise in pymodbus, in the link below it and in the watch at the wire."""

_TCP_MENDS: Final = {
    errno.ECONNREFUSED: (
        "refuses the connection; check that the Modbus outstation of the controller is loaded and "
        "that no other master holds it."
    ),
    errno.ENETUNREACH: (
        "cannot be reached, there is no route to its network; check this machine's network."
    ),
    errno.EHOSTUNREACH: (
        "cannot be reached; check that the device is switched on and its cable or modem is in."
    ),
}
_SERIAL_MENDS: Final = {
    errno.ENOENT: "is not there; check the name of the serial port and that its adapter is in.",
    errno.EACCES: (
        "may not be opened by this user; add the user to the group of the serial ports (dialout)."
    ),
    errno.EBUSY: "is in use; stop the other program that holds the serial port.",
    errno.EAGAIN: "is in use; stop the other program that holds the serial port.",
}


class Faults:
    """Says what went wrong with one device."""

    def __init__(self, name: str, link: ModbusLink) -> None:
        self._link = link
        self._where = link.place if name == link.place else f"{name}: {link.place}"

    def not_connected(self, cause: Exception | None) -> ConnectError:
        """The link could not be opened; `cause` is None when it took too long."""
        if self._link.transport == "rtu":
            return ConnectError(f"{self._where} {_serial_reason(cause)}")
        if isinstance(cause, socket.gaierror | UnicodeError):
            return ConnectError(
                f"{self._where} cannot be found, the name is not known here; check its spelling or "
                "give the IP address."
            )
        return ConnectError(f"{self._where} {self._tcp_reason(cause)}")

    def _tcp_reason(self, cause: Exception | None) -> str:
        if cause is None or isinstance(cause, TimeoutError):
            return (
                f"did not take the connection within {self._link.timeout:g} s; check the address "
                "and that the device is switched on."
            )
        for number in _error_numbers(cause):
            if number in _TCP_MENDS:
                return _TCP_MENDS[number]
        return f"cannot be connected to ({cause}); check the address, the port and the network."

    def lost(self) -> LinkLostError:
        """The other end closed or reset the link."""
        return LinkLostError(
            f"{self._where} dropped the connection in the middle of a request; check that no other "
            "master takes the link over and that the network is sound."
        )

    def silent(self, received: int) -> NoAnswerError:
        """No whole answer within the timeout; `received` bytes of one came."""
        unit, timeout = self._link.unit, self._link.timeout
        said = f"stopped after {received} bytes of its answer" if received else "kept silent"
        return NoAnswerError(
            f"{self._where} {said} for {timeout:g} s; check that its unit number is {unit}, or "
            "give it a longer timeout."
        )

    def out_of_step(self, what: str) -> BadAnswerError:
        """The answer is none; `what` says why."""
        return BadAnswerError(
            f"{self._where} sent what is no answer to the request ({what}); check that the "
            "transport is the right one and that nobody else uses the line."
        )

    def foreign(self, error: Exception) -> SourceError:
        """The project's error for one of `FOREIGN`, raised while a request was under way."""
        if isinstance(error, ForbiddenRequestError):
            return SourceError(
                f"{self._where} was about to be sent {error}, which is no read, and it was stopped "
                "before the wire; this is a defect of Celador, please report it."
            )
        if isinstance(error, OSError | ConnectionException):
            return self.lost()
        return SourceError(
            f"{self._where} cannot be asked this ({error}); check the unit number, and the "
            "addresses and request sizes of the device profile."
        )


def _error_numbers(cause: Exception) -> list[int]:
    """The errno of `cause`; of several addresses tried, asyncio leaves them only in the text."""
    number = getattr(cause, "errno", None)
    if number is not None:
        return [number]
    return [int(found) for found in re.findall(r"\[Errno (\d+)\]", str(cause))]


def _serial_reason(cause: Exception | None) -> str:
    for number in _error_numbers(cause) if cause else ():
        if number in _SERIAL_MENDS:
            return _SERIAL_MENDS[number]
    return f"cannot be opened ({cause}); check the name and the settings of the serial port."
