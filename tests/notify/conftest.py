"""Fixtures: servers, and a store with a notifier beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from celador.config import ChannelConfig, Config, DeviceConfig, NotifyConfig, StoreConfig
from celador.ports import Record
from celador.stores.sqlite.store import SqliteStore
from celador.surfaces.notify.build import notifier_of
from celador.surfaces.notify.listing import Entry, entries
from celador.surfaces.notify.notifier import Notifier
from celador.surfaces.notify.queue import queue_path
from tests.notify.records import TRIP
from tests.notify.servers import DEADLINE, HttpSink, SmtpSink
from tests.support.certificates import Certificate, make_certificate
from tests.support.clock import TurnedClock


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def http() -> Iterator[HttpSink]:
    with HttpSink().serving() as sink:
        yield sink


@pytest.fixture
def smtp() -> Iterator[SmtpSink]:
    with SmtpSink().serving() as sink:
        yield sink


@dataclass
class House:
    """A store and, while `running`, a notifier on it; the clock is turned by hand.

    Attributes:
        path: the store.
        clock: shows the instant of the trip at first.
        channels: who is told.
    """

    path: Path
    channels: list[ChannelConfig] = field(default_factory=list)
    notify: dict[str, Any] = field(default_factory=dict)
    clock: Any = field(default_factory=lambda: TurnedClock(TRIP - 60_000_000))
    store: SqliteStore | None = None
    notifier: Notifier | None = None

    @property
    def config(self) -> Config:
        return Config(
            collector="subestacion",
            store=StoreConfig(path=self.path),
            notify=NotifyConfig(
                timezone="America/Argentina/Cordoba", channels=tuple(self.channels), **self.notify
            ),
            devices=(
                DeviceConfig(id=1, name="norte", place="Ruta 9 km 12", host="10.0.0.1"),
                DeviceConfig(id=2, name="sur", host="10.0.0.2"),
            ),
        )

    def webhook(self, sink: HttpSink, name: str = "gancho", **given: object) -> None:
        """Add a channel that a sink hears."""
        fields = {key: tuple(v) if isinstance(v, list) else v for key, v in given.items()}
        self.channels.append(
            ChannelConfig.model_validate(
                {"name": name, "kind": "webhook", "url": sink.url, "timeout_s": 30.0, **fields}
            )
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[House]:
        self.notifier = notifier_of(self.config, self.clock)
        assert self.notifier is not None
        self.store = await SqliteStore.open(
            self.path,
            devices=[each.as_device() for each in self.config.devices],
            collector="subestacion",
            clock=self.clock,
            on_commit=self.notifier.committed,
        )
        self.notifier.start()
        assert self.notifier.wait_ready(DEADLINE)
        # Its first look at the clock is over, so that no test turns the clock during it.
        await asyncio.to_thread(self.idle)
        try:
            yield self
        finally:
            await self.store.close()
            self.notifier.stop()

    async def add(self, *records: Record) -> None:
        """Make records durable, which wakes the notifier."""
        assert self.store is not None
        self.store.add(records)
        await self.store.flush()

    def later(self, seconds: float) -> None:
        """Let time pass, and the notifier look at its clock."""
        assert self.notifier is not None
        self.clock.spend(seconds)
        self.notifier.nudge()

    def idle(self) -> bool:
        """Wait until nothing is under way."""
        assert self.notifier is not None
        return self.notifier.wait_idle(DEADLINE)

    def entries(self) -> list[Entry]:
        """Everything in the queue."""
        return list(entries(queue_path(self.path), 0, 2**62))

    def states(self) -> list[tuple[str, str]]:
        return [(each.key, each.state) for each in self.entries()]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "celador.db")
