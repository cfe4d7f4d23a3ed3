"""A mail server that blocks whoever sends delays no poll."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from celador import app
from celador.config import ChannelConfig, Config, DeviceConfig, NotifyConfig, StoreConfig
from celador.surfaces.notify.listing import entries
from celador.surfaces.notify.queue import queue_path
from tests.notify.servers import DEADLINE, SmtpSink
from tests.support.clock import TurnedClock
from tests.support.device import LOCKOUT, OPEN, OPEN_OC3, OPEN_PROT, ScriptedDevice
from tests.system.test_monitor import until

Server = Callable[[], AbstractContextManager[int]]


@contextmanager
def accepts_and_never_answers() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0), backlog=8) as listener:
        yield listener.getsockname()[1]


@contextmanager
def drops_every_syn() -> Iterator[int]:
    """Its queue of connections is full, so the kernel answers no SYN."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        full: list[socket.socket] = []
        try:
            while not full or _connects(full[-1]):
                full.append(socket.socket())
                full[-1].settimeout(0.3)
                full[-1].connect_ex(("127.0.0.1", port))
            yield port
        finally:
            for each in full:
                each.close()


def _connects(client: socket.socket) -> bool:
    try:
        client.getpeername()
    except OSError:
        return False
    return True


@dataclass
class SlowSmtp(SmtpSink):
    """Talks, and takes its time with the message itself."""

    gate: threading.Event = field(default_factory=threading.Event)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        await asyncio.to_thread(self.gate.wait, DEADLINE)
        return await super().handle_DATA(server, session, envelope)


@contextmanager
def is_slow() -> Iterator[int]:
    with SlowSmtp().serving() as server:
        assert isinstance(server, SlowSmtp)
        try:
            yield server.port
        finally:
            server.gate.set()


@pytest.mark.parametrize("server", [accepts_and_never_answers, drops_every_syn, is_slow])
async def test_a_mail_server_that_blocks_the_sender_delays_no_poll(
    server: Server, tmp_path: Path
) -> None:
    clock = TurnedClock()
    device = ScriptedDevice(clock)
    store = tmp_path / "celador.db"

    def ends() -> list[int | None]:
        """When each attempt to send ended; None for one under way."""
        found = entries(queue_path(store), 0, 2**62)
        return [attempt.ended for each in found for attempt in each.attempts]

    with ExitStack() as servers:
        port = servers.enter_context(server())
        channel = ChannelConfig(
            host="127.0.0.1",
            port=port,
            tls="none",
            from_address="celador@coop.example",
            to=("ana@coop.example",),
            timeout_s=60.0,
        )
        config = Config(
            store=StoreConfig(path=store),
            notify=NotifyConfig(channels=(channel,)),
            devices=(DeviceConfig(id=1, name="norte", host="10.0.0.1"),),
        )
        async with app.monitor(config, clock, lambda _: device) as running:
            await clock.advance(5.0)
            device.bits[:] = [int(n in (OPEN, OPEN_PROT, OPEN_OC3, LOCKOUT)) for n in range(190)]
            await clock.advance(5.0)
            await running.store.flush()
            await until(lambda: ends() == [None])
            counts = running.counts()[1]
            before = counts.cycles
            await clock.advance(20.0)
            assert ends() == [None]  # it was blocked all the time, from the first attempt on
            assert counts.cycles - before >= 20
            assert (counts.skipped, counts.failures, counts.latest) == (0, 0, 0.0)
            servers.close()  # so that the end need not wait for it
