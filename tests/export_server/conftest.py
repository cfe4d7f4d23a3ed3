"""A store with two reclosers, and the service on a real port over any reader."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from celador.config import ExporterConfig
from celador.domain.device import Device
from celador.domain.sample import Quality, Sample, SwitchState
from celador.ports import HistoryReader
from celador.stores.sqlite.reader import SqliteReader
from celador.surfaces.export_server import ExportServer
from tests.support.clock import MIDNIGHT
from tests.support.edge_store import write_store

TOKEN = "a-token-for-these-tests"
BEARER = {"authorization": f"Bearer {TOKEN}"}
RANGE = {"from": "2026-07-18T00:00Z", "to": "2026-07-18T00:05Z"}
CORDOBA = ZoneInfo("America/Argentina/Cordoba")
SECOND = 1_000_000

OpenReader = Callable[[], HistoryReader]
Serve = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2026-07-18 00:00 to 00:05 UTC, a sample a second; `norte` has none from 00:02 to 00:03."""
    path = tmp_path_factory.mktemp("store") / "celador.db"
    devices = [
        Device(1, "norte", "Campus <3>", "noja-rc10", 13_200.0),
        Device(2, 'Río "Cuarto", 2', "", "noja-rc10", 13_200.0),
    ]
    samples = [
        Sample(
            device_id=device.id,
            at=MIDNIGHT + second * SECOND + second,
            values={"ia": second / 10, "va": 7621.0, "fp": 0.93, "p_act": None, "sec_abc": 1},
            state=SwitchState.CLOSED,
            quality=Quality.GOOD,
        )
        for device in devices
        for second in range(300)
        if device.id == 2 or not 120 <= second < 180
    ]
    write_store(path, devices, samples)
    return path


@asynccontextmanager
async def served(
    open_reader: OpenReader,
    *,
    token: str | None = TOKEN,
    limits: ExporterConfig | None = None,
    headers: dict[str, str] | None = None,
) -> AsyncIterator[httpx.AsyncClient]:
    """The service on a free port, and a client of it that knows the token."""
    server = await ExportServer.start(
        open_reader,
        limits or ExporterConfig(),
        host="127.0.0.1",
        port=0,
        token=token,
        zone=CORDOBA,
    )
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{server.port}",
            headers=BEARER if headers is None else headers,
            timeout=30,
        ) as client:
            yield client
    finally:
        await server.close()


@pytest.fixture
def serve(store: Path) -> Serve:
    """Serve the store, unless another reader is given."""

    def start(
        open_reader: OpenReader | None = None,
        *,
        token: str | None = TOKEN,
        limits: ExporterConfig | None = None,
        headers: dict[str, str] | None = None,
    ) -> AbstractAsyncContextManager[httpx.AsyncClient]:
        return served(
            open_reader or (lambda: SqliteReader(store)),
            token=token,
            limits=limits,
            headers=headers,
        )

    return start


async def eventually(true: Callable[[], bool | Awaitable[bool]], seconds: float = 20) -> None:
    """Wait until it is true."""
    deadline = time.monotonic() + seconds
    while True:
        found = true()
        if found if isinstance(found, bool) else await found:
            return
        assert time.monotonic() < deadline, "it never became true"
        await asyncio.sleep(0.01)
