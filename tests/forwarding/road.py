"""A whole road: a real edge store, the forwarding process, a real PostgreSQL."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from celador.clock import SystemClock
from celador.config import HistorianConfig
from celador.domain.quantities import MEASUREMENTS
from celador.domain.sample import Sample
from celador.forwarding import ForwardProcess, Task
from celador.ports import Backlog
from celador.stores.sqlite import SqliteStore
from celador.stores.sqlite.outbox import look
from tests.stores.support import DEVICES, sample

Pair = tuple[int, int]
VALUES = {q.name: 1 if q.integer else 12.5 for q in MEASUREMENTS}


def settings_of(dsn: str, *, port: int | None = None) -> HistorianConfig:
    """A connection string as settings of the configuration."""
    parts = conninfo_to_dict(dsn)
    return HistorianConfig(
        host=str(parts["host"]),
        port=port or int(str(parts.get("port", 5432))),
        database=str(parts["dbname"]),
        user=str(parts["user"]),
        password=SecretStr(str(parts.get("password", ""))),
    )


def samples(instants: Iterable[int]) -> list[Sample]:
    """One whole sample of each device at each instant, µs after midnight."""
    return [sample(at, VALUES, device=device) for at in instants for device in (1, 2)]


@dataclass
class Road:
    """What a test drives.

    Attributes:
        store: the edge store.
        forwarding: the process, looked after by its thread.
        path: the edge store's file.
        owner: connection string of the historian's owner.
    """

    store: SqliteStore
    forwarding: ForwardProcess
    path: Path
    owner: str
    _at: int = field(default=0)

    async def see(self, count: int) -> None:
        """Let the reclosers give `count` more samples each, durable at the edge."""
        self.store.add(samples(range(self._at, self._at + count)))
        self._at += count
        await self.store.flush()

    async def until(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        """Wait for something that happens in another process."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.forwarding.status
            await asyncio.sleep(0.02)

    async def arrived(self, set_aside: int = 0) -> None:
        """Wait until nothing waits, as the store itself knows it."""
        await self.until(lambda: look(self.path)[0] == Backlog(0, None, set_aside))

    async def trouble(self, text: str) -> None:
        """Wait until the road says that it is in this trouble."""
        await self.until(lambda: text in (self.forwarding.status.trouble or ""))

    def edge(self) -> set[Pair]:
        """What the edge store holds."""
        with closing(sqlite3.connect(self.path)) as database:
            return set(database.execute("SELECT equipo_id, fecha_hora FROM mediciones"))

    def historian(self) -> set[Pair]:
        """What the historian holds, each pair once."""
        with psycopg.connect(self.owner) as connection:
            found = connection.execute(
                "SELECT equipo_id, (extract(epoch FROM fecha_hora) * 1000000)::bigint "
                "FROM mediciones"
            ).fetchall()
        doubled = [pair for pair, times in Counter(found).items() if times > 1]
        assert not doubled
        return set(found)


@asynccontextmanager
async def open_road(path: Path, owner: str, settings: HistorianConfig) -> AsyncIterator[Road]:
    """Edge store and forwarding process, closed in order afterwards."""
    store = await SqliteStore.open(path, devices=DEVICES, collector="campo", clock=SystemClock())
    forwarding = ForwardProcess(Task(path, "campo", settings), store.carry_out)
    forwarding.start()
    try:
        yield Road(store, forwarding, path, owner)
    finally:
        await asyncio.to_thread(forwarding.stop)
        await store.close()
        assert not forwarding.is_alive()
