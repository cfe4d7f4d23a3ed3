"""The socket at which a surface listens."""

from __future__ import annotations

import socket

from celador.domain.errors import UsageError
from celador.domain.listening import why_not

_LAST_PORT = 65_535


def listen(host: str, port: int) -> socket.socket:
    """Open the socket.

    Args:
        host: name or address of this machine.
        port: TCP port, 0 for a free one.

    Raises:
        UsageError: the address cannot be had.
    """
    if not 0 <= port <= _LAST_PORT:
        # The system would take what is left of it after 65,536 and say nothing.
        raise UsageError(f"there is no port {port}; choose one from 0 to {_LAST_PORT}")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        return socket.create_server(address[:2], family=family)
    except OSError as error:
        raise UsageError(why_not(host, port, error)) from error
