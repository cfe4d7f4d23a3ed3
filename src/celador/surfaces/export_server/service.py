"""The work behind the handlers: what there is to be had, and the exports themselves."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import tzinfo
from typing import TypeVar

from celador.config import ExporterConfig
from celador.ports import HistoryReader
from celador.surfaces.export_http.desk import ExportDesk
from celador.surfaces.export_http.running import OpenReader
from celador.surfaces.export_server.access import Access
from celador.surfaces.export_server.page import Shelf

T = TypeVar("T")


class Service:
    """What the handlers share; lives in one event loop.

    Attributes:
        access: who may ask.
        desk: gives the exports out.
        zone: zone of times that name none.
    """

    def __init__(
        self, open_reader: OpenReader, limits: ExporterConfig, token: str | None, zone: tzinfo
    ) -> None:
        self.access = Access(token)
        self.desk = ExportDesk(open_reader, limits)
        self.zone = zone
        self._open_reader = open_reader
        # Page and health check must not wait for exports.
        self._looks = ThreadPoolExecutor(2, "look")

    async def shelf(self) -> Shelf:
        """What there is to be had.

        Raises:
            StoreError: the store cannot be read.
        """
        devices, span = await self._look(lambda reader: (reader.devices(), reader.span()))
        return Shelf(devices, span, self.zone)

    async def ensure_readable(self) -> None:
        """Return when the store can be read.

        Raises:
            StoreError: it cannot.
        """
        await self._look(lambda reader: reader.devices())

    async def _look(self, read: Callable[[HistoryReader], T]) -> T:
        def run() -> T:
            with contextlib.closing(self._open_reader()) as reader:
                return read(reader)

        return await asyncio.get_running_loop().run_in_executor(self._looks, run)

    async def close(self) -> None:
        """Let the threads go, when the last export has ended."""
        await self.desk.close()
        self._looks.shutdown(wait=False, cancel_futures=True)
