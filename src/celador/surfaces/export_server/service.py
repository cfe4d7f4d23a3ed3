"""The work behind the handlers: readers in threads, exports side by side, a line for each."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import tzinfo
from typing import TypeVar

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from celador.config import ExporterConfig
from celador.ports import HistoryReader
from celador.surfaces.export import FileKind
from celador.surfaces.export_server.access import Access
from celador.surfaces.export_server.answers import refusal_response
from celador.surfaces.export_server.demand import Demand, disposition
from celador.surfaces.export_server.metrics import Metrics
from celador.surfaces.export_server.page import Shelf
from celador.surfaces.export_server.refusals import Refusal
from celador.surfaces.export_server.running import OpenReader, Outcome, Running

_log = logging.getLogger("celador.export")
T = TypeVar("T")

_BUSY_RETRY_S = 15
_MEDIA_TYPES = {
    FileKind.CSV: "text/csv; charset=utf-8",
    FileKind.PARQUET: "application/vnd.apache.parquet",
    FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Service:
    """What the handlers share; lives in one event loop.

    Attributes:
        access: who may ask.
        metrics: what is counted.
        limits: what one request may ask for.
        zone: zone of times that name none.
        parquet: whether Parquet files can be made here.
    """

    def __init__(
        self, open_reader: OpenReader, limits: ExporterConfig, token: str | None, zone: tzinfo
    ) -> None:
        self.access = Access(token)
        self.metrics = Metrics()
        self.limits = limits
        self.zone = zone
        self.parquet = importlib.util.find_spec("pyarrow") is not None
        self._open_reader = open_reader
        self._running = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._exports = ThreadPoolExecutor(limits.max_concurrent, "export")
        # Page and health check must not wait for exports.
        self._looks = ThreadPoolExecutor(2, "look")

    async def shelf(self) -> Shelf:
        """What there is to be had.

        Raises:
            StoreError: the store cannot be read.
        """
        devices, span = await self._look(lambda reader: (reader.devices(), reader.span()))
        return Shelf(devices, span, self.zone, self.parquet)

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

    def export(
        self,
        demand: Demand,
        who: str,
        *,
        packed: bool,
        person: bool,
        begun: Callable[[Outcome], None] = lambda _outcome: None,
    ) -> Response:
        """The answer to a demand; it runs when it is sent.

        Args:
            demand: what is wanted.
            who: who asks, for the log.
            packed: send CSV compressed with gzip.
            person: say a failure on a page, not in JSON.
            begun: given, when it begins, what tells how it goes.

        Raises:
            Refusal: it cannot be had here, or as much is under way as is allowed.
        """
        if demand.kind is FileKind.PARQUET and not self.parquet:
            raise Refusal(
                501,
                "this service has no pyarrow and makes no Parquet files; ask for CSV",
                "Este servicio no puede hacer archivos Parquet; elija CSV o Excel.",
            )
        return _ExportResponse(self, demand, who, begun, packed=packed, person=person)

    def take_place(self) -> None:
        """Take one of the places for exports under way.

        Raises:
            Refusal: there is none.
        """
        if self._running >= self.limits.max_concurrent:
            raise Refusal(
                503,
                f"{self._running} exports are under way and no more are allowed; try again later",
                "Ya hay otras exportaciones en curso; pruebe de nuevo en unos segundos.",
                _BUSY_RETRY_S,
            )
        self._running += 1
        self._idle.clear()
        self.metrics.running.set(self._running)

    def give_place_back(self) -> None:
        """The export has ended, its thread and its reader too."""
        self._running -= 1
        if not self._running:
            self._idle.set()
        self.metrics.running.set(self._running)

    def running(self, demand: Demand, *, packed: bool) -> Running:
        """An export of this service; needs a place."""
        return Running(demand, self._open_reader, self.limits, self._exports, packed=packed)

    def note(self, demand: Demand, who: str, outcome: Outcome) -> None:
        """Count an export and write its line: who, what, rows, seconds."""
        kind = demand.kind.value
        self.metrics.requests.labels(kind, outcome.ending).inc()
        self.metrics.rows.labels(kind).inc(outcome.rows)
        self.metrics.bytes.labels(kind).inc(outcome.sent)
        self.metrics.seconds.labels(kind).observe(outcome.seconds)
        # %r keeps whatever was asked for on this one line.
        _log.info(
            "%s: %r devices=%r: %s, %d rows, %d bytes, %.2f s",
            who,
            demand.file_name(),
            ",".join(demand.wanted) or "all",
            outcome.ending,
            outcome.rows,
            outcome.sent,
            outcome.seconds,
        )

    async def close(self) -> None:
        """Let the threads go, when the last export has ended."""
        await self._idle.wait()
        self._exports.shutdown(wait=False, cancel_futures=True)
        self._looks.shutdown(wait=False, cancel_futures=True)


class _ExportResponse(Response):
    """Runs an export while it is sent."""

    def __init__(
        self,
        service: Service,
        demand: Demand,
        who: str,
        begun: Callable[[Outcome], None],
        *,
        packed: bool,
        person: bool,
    ) -> None:
        headers: Mapping[str, str] = {
            "content-type": _MEDIA_TYPES[demand.kind],
            "content-disposition": disposition(demand.file_name()),
            "vary": "Accept-Encoding",
            **({"content-encoding": "gzip"} if packed else {}),
        }
        super().__init__(None, headers=headers)
        del self.headers["content-length"]  # nobody knows it yet
        self._service, self._demand, self._who = service, demand, who
        self._packed, self._person, self._begun = packed, person, begun

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._service.take_place()
        except Refusal as refusal:
            self._service.note(self._demand, self._who, Outcome(ending="refused"))
            await refusal_response(refusal, person=self._person)(scope, receive, send)
            return
        running = self._service.running(self._demand, packed=self._packed)
        self._begun(running.outcome)
        try:
            await running.serve(receive, send, list(self.raw_headers))
        except Refusal as refusal:
            await refusal_response(refusal, person=self._person)(scope, receive, send)
        except asyncio.CancelledError:
            # The service ends. This is the outermost frame of the request's own task, so nothing is
            # kept from ending, and the log is spared a traceback.
            running.outcome.ending = "service ended"
        finally:
            self._service.give_place_back()
            self._service.note(self._demand, self._who, running.outcome)
