"""No foreign exception gets past the source, and each error is one sentence with its mend."""

from __future__ import annotations

import errno
import importlib
import inspect
import socket
import termios

import pymodbus.exceptions
import pytest
from pymodbus.client import AsyncModbusTcpClient

from celador.domain.blocks import Block, Table
from celador.domain.errors import ConnectError, SourceError
from celador.sources.faults import Faults
from celador.sources.link import ModbusLink
from tests.sources.peer import peer, says, source

serial = importlib.import_module("serial")  # it has no types
BLOCK = Block(Table.INPUT_REGISTER, 16, 2)
OF_PYMODBUS = [
    kind("went wrong")
    for _, kind in inspect.getmembers(pymodbus.exceptions, inspect.isclass)
    if issubclass(kind, Exception)
]
OF_THE_SYSTEM = [
    ConnectionResetError(errno.ECONNRESET, "reset"),
    BrokenPipeError(errno.EPIPE, "pipe"),
    TimeoutError(),
    OSError(errno.ENETDOWN, "network is down"),
    serial.SerialException("device disconnected"),
    serial.SerialTimeoutException("write timeout"),
    ValueError("count"),
    OverflowError("too big"),
]
FOREIGN = [*OF_PYMODBUS, *OF_THE_SYSTEM]


def is_one_sentence_with_a_mend(error: Exception) -> bool:
    text = str(error)
    return (
        text.startswith("campus-3: ")
        and text.endswith(".")
        and "\n" not in text
        and ("; check " in text or "; add " in text or "; stop " in text or "please" in text)
    )


def test_the_walk_through_pymodbus_finds_its_exceptions() -> None:
    assert len(OF_PYMODBUS) >= len(pymodbus.exceptions.__all__)


@pytest.mark.parametrize("foreign", FOREIGN, ids=repr)
async def test_whatever_a_request_raises_becomes_one_of_ours(
    foreign: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*args: object, **kwargs: object) -> None:
        raise foreign

    monkeypatch.setattr(AsyncModbusTcpClient, "read_input_registers", fail)
    async with peer(says(None)) as device:
        with pytest.raises(SourceError) as caught:
            await source(device.port, timeout=60.0).read(BLOCK)
        assert is_one_sentence_with_a_mend(caught.value)
        assert caught.value.__cause__ is foreign


@pytest.mark.parametrize("foreign", [*FOREIGN, termios.error(22, "no"), RuntimeError()], ids=repr)
async def test_whatever_the_opening_raises_becomes_one_of_ours(
    foreign: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*args: object, **kwargs: object) -> None:
        raise foreign

    monkeypatch.setattr(AsyncModbusTcpClient, "connect", fail)
    with pytest.raises(ConnectError) as caught:
        await source(502).read(BLOCK)
    assert is_one_sentence_with_a_mend(caught.value)


@pytest.mark.parametrize("transport", ["tcp", "rtu"])
@pytest.mark.parametrize(
    "cause",
    [
        None,
        TimeoutError(),
        socket.gaierror(socket.EAI_NONAME, "not known"),
        *(OSError(number, "text") for number in sorted(errno.errorcode)),
        OSError("Multiple exceptions: [Errno 111] refused, [Errno 111] refused"),
        OSError("no number at all"),
    ],
    ids=repr,
)
def test_each_reason_for_a_link_that_does_not_open_is_one_sentence_with_its_mend(
    transport: str, cause: Exception | None
) -> None:
    link = ModbusLink("rtu" if transport == "rtu" else "tcp", serial_port="/dev/ttyS0")
    assert is_one_sentence_with_a_mend(Faults("campus-3", link).not_connected(cause))


@pytest.mark.parametrize("link", [{"unit": 300}, {"unit": -1}, {"port": 70000}])
async def test_a_link_that_cannot_be_is_an_error_of_ours(link: dict[str, int]) -> None:
    async with peer(says(None)) as device:
        with pytest.raises(SourceError) as caught:
            await source(**{"port": device.port, **link}).read(BLOCK)
        assert is_one_sentence_with_a_mend(caught.value)
