"""`celador read` of devices that fail: exit code 1, one line, no traceback; and what it shows."""

from __future__ import annotations

import json
import re
import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import typer.main
from typer.core import TyperGroup

from celador.cli.main import app
from celador.cli.read import Parity
from celador.config import DeviceConfig
from celador.polling import link_of
from celador.sources.link import ModbusLink
from tests.cli.conftest import Run


class _Device(socketserver.BaseRequestHandler):
    """Modbus TCP by hand: takes whole requests, answers what the test's function says."""

    answer: Callable[[int, int, int], bytes]

    def handle(self) -> None:
        stream = self.request.makefile("rb")
        while len(request := stream.read(12)) == 12:
            transaction, _, _, unit, function, address, count = struct.unpack(">HHHBBHH", request)
            pdu = type(self).answer(function, address, count)
            head = struct.pack(">HHHB", transaction, 0, len(pdu) + 1, unit)
            self.request.sendall(head + pdu)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves in the middle is none of the test's business."""


@contextmanager
def device(answer: Callable[[int, int, int], bytes]) -> Iterator[int]:
    handler = type("Handler", (_Device,), {"answer": staticmethod(answer)})
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def exception(code: int) -> Callable[[int, int, int], bytes]:
    return lambda function, _address, _count: bytes([function | 0x80, code])


def zeros(function: int, _address: int, count: int) -> bytes:
    size = (count + 7) // 8 if function == 2 else 2 * count
    return bytes([function, size]) + bytes(size)


def no_bits(function: int, address: int, count: int) -> bytes:
    return bytes([0x82, 1]) if function == 2 else zeros(function, address, count)


def the_one_line(celador: Run, *arguments: str) -> str:
    done = celador("read", *arguments)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert re.search(r"; (check|give) .+\.$", done.stderr)
    return done.stderr


@pytest.mark.parametrize("style", [[], ["--json"]])
@pytest.mark.parametrize(
    ("code", "mend"),
    [
        (11, "check that its unit number is 7 and that it is switched on."),
        (10, "check that its unit number is 7 and that it is switched on."),
        (1, "check that its profile is noja-rc10 and its unit number 7."),
        (2, "check that its profile is noja-rc10 and its unit number 7."),
    ],
)
def test_a_device_that_refuses_everything_is_a_failure(
    celador: Run, code: int, mend: str, style: list[str]
) -> None:
    with device(exception(code)) as port:
        said = the_one_line(celador, "127.0.0.1", "--port", f"{port}", "--unit", "7", *style)
    assert said.startswith(
        f"celador: 127.0.0.1:{port}: nothing could be read, "
        f"the device answered with Modbus exception {code} ("
    )
    assert said.endswith(f"{mend}\n")


def test_a_closed_port_is_told_once_with_its_address_once(celador: Run) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # taken, and nobody listens
        port = closed.getsockname()[1]
        said = the_one_line(celador, "127.0.0.1", "--port", str(port))
    assert said.startswith(f"celador: 127.0.0.1:{port} refuses the connection; check ")
    assert said.count("127.0.0.1") == 1


def test_a_silent_device_is_told_once(celador: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        said = the_one_line(celador, "127.0.0.1", "--port", str(port), "--timeout", "0.2")
    assert said.startswith(f"celador: 127.0.0.1:{port} kept silent for 0.2 s; check ")


def test_an_unknown_name_is_told_once(celador: Run) -> None:
    said = the_one_line(celador, "no-such-recloser.invalid")
    assert said.count("no-such-recloser.invalid") == 1


def test_a_serial_port_that_is_not_there_is_told_once(celador: Run) -> None:
    said = the_one_line(celador, "/dev/no-such-port", "--transport", "rtu")
    assert said.startswith("celador: /dev/no-such-port is not there; check ")


def test_one_table_that_is_refused_leaves_the_others_readable(celador: Run) -> None:
    with device(no_bits) as port:
        told = celador("read", "127.0.0.1", "--port", str(port), "--all")
        listed = celador("read", "127.0.0.1", "--port", str(port), "--json")

    assert (told.returncode, told.stderr) == (0, "")
    lines = told.stdout.splitlines()
    assert "Edad" in lines[0]
    (lockout,) = [line for line in lines if line.startswith("10001 ")]
    assert re.search(r"— ✕ rechazado +— +—", lockout)
    (current,) = [line for line in lines if line.startswith("30001 ")]
    assert re.search(r" A +\d+ ms +0 ", current)

    points = json.loads(listed.stdout)["points"]
    ages = {
        p["table"]: {type(q["age_s"]) for q in points if q["table"] == p["table"]} for p in points
    }
    assert ages["discrete_input"] == {type(None)}
    assert ages["input_register"] == {float}


def test_without_options_it_reads_as_the_monitor_would_without_settings() -> None:
    plain = DeviceConfig(id=1, name="a", host="10.0.0.1")
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    defaults = {param.name: param.default for param in group.commands["read"].params}

    assert link_of(plain) == ModbusLink(host="10.0.0.1")
    assert defaults["timeout"] == plain.timeout_s
    assert defaults["parity"] in (plain.parity, Parity(plain.parity))
    for name in ("port", "unit", "baudrate", "stopbits", "profile"):
        assert defaults[name] == getattr(plain, name), name
