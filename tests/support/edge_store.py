"""An edge store with what a monitor has written."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from celador.domain.device import Device
from celador.ports import Record
from celador.stores.sqlite.store import SqliteStore
from tests.support.clock import TurnedClock


def write_store(path: Path, devices: Sequence[Device], records: Sequence[Record] = ()) -> None:
    """Do what a monitor does to a store, which is made where there is none."""

    async def write() -> None:
        store = await SqliteStore.open(path, devices=devices, collector="a", clock=TurnedClock())
        store.add(records)
        await store.close()

    with ThreadPoolExecutor(1) as thread:  # the caller's may have a loop running
        thread.submit(asyncio.run, write()).result()
