"""Why nobody can listen at an address, in one sentence with the mend."""

from __future__ import annotations

import errno
import socket


def why_not(host: str, port: int, error: Exception) -> str:
    """The sentence, without its full stop.

    Args:
        host: name or address of this machine.
        port: TCP port.
        error: what the system said.
    """
    where = f"{host}:{port}"
    if isinstance(error, socket.gaierror):
        return f"{host} is no name known here; choose another host"
    number, said = getattr(error, "errno", None), getattr(error, "strerror", None)
    if number == errno.EADDRINUSE:
        return f"{where} is taken; stop the program that has it or choose another port"
    if number == errno.EACCES:
        return f"{where} is not allowed to this user; choose a port from 1024 on"
    if number == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine; choose another host"
    if number == errno.EMFILE:
        return "too many files are open; raise `ulimit -n` or ask for fewer devices"
    return f"{where} cannot be listened at ({said or error}); choose another port or host"
