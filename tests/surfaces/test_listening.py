"""Why nobody can listen at an address, said by a real system."""

from __future__ import annotations

import socket

import pytest

from celador.domain.errors import UsageError
from celador.surfaces.listening import listen


def test_a_free_port_is_given() -> None:
    with listen("127.0.0.1", 0) as sock:
        assert sock.getsockname()[1] > 0


def test_a_port_that_somebody_has_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=f"127.0.0.1:{port} is taken; stop the program"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize("port", [-1, 65_536, 80_000])
def test_a_number_that_is_no_port_is_not_taken_for_another(port: int) -> None:
    with pytest.raises(UsageError, match=f"there is no port {port}"):
        listen("127.0.0.1", port)


def test_an_address_of_another_machine() -> None:
    with pytest.raises(UsageError, match=r"192\.0\.2\.1 is no address of this machine"):
        listen("192.0.2.1", 0)
