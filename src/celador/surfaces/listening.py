"""The socket at which a surface listens."""

from __future__ import annotations

import socket

from celador.domain.errors import UsageError
from celador.domain.listening import why_not


def listen(host: str, port: int) -> socket.socket:
    """Open the socket.

    Args:
        host: name or address of this machine.
        port: TCP port, 0 for a free one.

    Raises:
        UsageError: the address cannot be had.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        return socket.create_server(address[:2], family=family)
    except (OSError, OverflowError) as error:
        raise UsageError(why_not(host, port, error)) from error
