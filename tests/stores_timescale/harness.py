"""The historian in the contract suite: an edge store in front, shipped before it is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from celador.domain.device import Device
from celador.domain.event import Event
from celador.domain.operation import Operation
from celador.domain.sample import Sample
from celador.ports import Channel, CommitListener, Record
from celador.stores.sqlite import SqliteOutbox, SqliteStore
from celador.stores.timescale import TimescaleHistorian, TimescaleScreenReader
from celador.stores.timescale.columns import WHOLE
from tests.stores.support import DAY, DEVICES, SqliteHarness
from tests.support.clock import MIDNIGHT
from tests.support.postgres import HistorianDatabase, Historians


def ship(path: Path, dsn: str) -> None:
    """Bring every row of an edge store to the historian."""
    with (
        closing(SqliteOutbox(path, "campo", lambda _: None, lambda: 0)) as outbox,
        closing(TimescaleHistorian(dsn)) as historian,
    ):
        for channel in Channel:
            after = None
            while parcel := outbox.take(channel, 100_000, after):
                historian.deliver(parcel)
                if channel is Channel.DEVICES:
                    break
                after = parcel.row_ids[-1]


class HistorianHarness:
    """What is written to an edge store and read from the historian."""

    def __init__(self, folder: Path, historians: Historians, *, timescale: bool) -> None:
        self._edge = SqliteHarness(folder)
        self.clock = self._edge.clock
        self._historians = historians
        self._timescale = timescale
        self._database: HistorianDatabase | None = None

    @property
    def database(self) -> HistorianDatabase:
        """The historian's database, made when it is needed."""
        if self._database is None:
            self._database = self._historians.make(timescale=self._timescale)
        return self._database

    def fresh(self) -> None:
        self._edge.fresh()
        if self._database is not None:  # emptying it takes a tenth of the time of another one
            with psycopg.connect(self._database.owner) as owner:
                owner.execute(f"TRUNCATE {', '.join(c.value for c in Channel)}, colectores CASCADE")

    def remove(self) -> None:
        """Drop the database."""
        if self._database is not None:
            self._historians.remove(self._database)
            self._database = None

    async def open(
        self,
        on_commit: CommitListener | None = None,
        devices: Sequence[Device] = DEVICES,
    ) -> SqliteStore:
        return await self._edge.open(on_commit, devices)

    def reader(self, now: Callable[[], int] = lambda: MIDNIGHT + DAY) -> TimescaleScreenReader:
        ship(self._edge.path, self.database.ingest)
        return TimescaleScreenReader(self.database.read, now=now)

    def storable(self, batches: Sequence[Sequence[Record]]) -> list[list[Record]]:
        """Whole units where the columns are integers, no NUL in a text, of equal events one."""
        seen: set[Event] = set()
        kept: list[list[Record]] = []
        for batch in batches:
            kept.append([])
            for record in map(_storable, batch):
                if isinstance(record, Event):
                    if record in seen:
                        continue
                    seen.add(record)
                kept[-1].append(record)
        return kept


def _plain(text: str) -> str:
    return text.replace("\0", "")


def _plain_keys(counts: Mapping[str, int] | None) -> dict[str, int] | None:
    return None if counts is None else {_plain(key): n for key, n in counts.items()}


def _storable(record: Record) -> Record:
    if isinstance(record, Event):
        texts: dict[str, Any] = {
            name: _plain(text)
            for name in ("point", "old", "new", "text_es", "text_en")
            if (text := getattr(record, name)) is not None
        }
        return replace(record, **texts)
    if isinstance(record, Operation):
        return replace(
            record,
            cause=record.cause and _plain(record.cause),
            elements=tuple(map(_plain, record.elements)),
            counters_before=_plain_keys(record.counters_before),
            counters_after=_plain_keys(record.counters_after),
        )
    if not isinstance(record, Sample):
        return record
    whole = {
        name: None if value is None else int(value) % 2**31 if name in WHOLE else value
        for name, value in record.values.items()
    }
    return replace(record, values=whole)
