"""Exports over HTTP, side by side: a place for each, a reader and a thread, a line in the log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from celador.config import ExporterConfig
from celador.surfaces.export import FileKind
from celador.surfaces.export_http.demand import Demand, disposition
from celador.surfaces.export_http.metrics import Metrics
from celador.surfaces.export_http.refusals import Refusal
from celador.surfaces.export_http.running import OpenReader, Outcome, Running

_log = logging.getLogger("celador.export")

_BUSY_RETRY_S = 15
_MEDIA_TYPES = {
    FileKind.CSV: "text/csv; charset=utf-8",
    FileKind.PARQUET: "application/vnd.apache.parquet",
    FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


RefusalAnswer = Callable[[Refusal], Response]
"""How the service that gives an export out tells that it does not."""


class ExportDesk:
    """Gives exports out; lives in one event loop. Who may have one is decided elsewhere.

    Attributes:
        metrics: what is counted.
        limits: what one request may ask for.
    """

    def __init__(self, open_reader: OpenReader, limits: ExporterConfig) -> None:
        self.metrics = Metrics()
        self.limits = limits
        self._open_reader = open_reader
        self._running = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._exports = ThreadPoolExecutor(limits.max_concurrent, "export")

    def export(
        self,
        demand: Demand,
        who: str,
        *,
        packed: bool,
        refused: RefusalAnswer,
        begun: Callable[[Outcome], None] = lambda _outcome: None,
    ) -> Response:
        """The answer to a demand; it runs when it is sent.

        Args:
            demand: what is wanted.
            who: who asks, for the log.
            packed: send CSV compressed with gzip.
            refused: makes the answer where it fails before its first byte.
            begun: given, when it begins, what tells how it goes.
        """
        return _ExportResponse(self, demand, who, begun, packed=packed, refused=refused)

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


class _ExportResponse(Response):
    """Runs an export while it is sent."""

    def __init__(
        self,
        desk: ExportDesk,
        demand: Demand,
        who: str,
        begun: Callable[[Outcome], None],
        *,
        packed: bool,
        refused: RefusalAnswer,
    ) -> None:
        headers: Mapping[str, str] = {
            "content-type": _MEDIA_TYPES[demand.kind],
            "content-disposition": disposition(demand.file_name()),
            "vary": "Accept-Encoding",
            **({"content-encoding": "gzip"} if packed else {}),
        }
        super().__init__(None, headers=headers)
        del self.headers["content-length"]  # nobody knows it yet
        self._desk, self._demand, self._who = desk, demand, who
        self._packed, self._refused, self._begun = packed, refused, begun

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._desk.take_place()
        except Refusal as refusal:
            self._desk.note(self._demand, self._who, Outcome(ending="refused"))
            await self._refused(refusal)(scope, receive, send)
            return
        running = self._desk.running(self._demand, packed=self._packed)
        self._begun(running.outcome)
        try:
            await running.serve(receive, send, list(self.raw_headers))
        except Refusal as refusal:
            await self._refused(refusal)(scope, receive, send)
        except asyncio.CancelledError:
            # The service ends. This is the outermost frame of the request's own task, so nothing is
            # kept from ending, and the log is spared a traceback.
            running.outcome.ending = "service ended"
        finally:
            self._desk.give_place_back()
            self._desk.note(self._demand, self._who, running.outcome)
