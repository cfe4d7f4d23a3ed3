"""The addresses of the API. Who asks has been found out by the guard before."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import tzinfo

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from celador.domain.errors import CeladorError, NotAllowedError
from celador.ports import RequestBox
from celador.surfaces.export import FileKind
from celador.surfaces.export_http.accepts import takes_gzip
from celador.surfaces.export_http.demand import PARAMETERS, fields_of, understand
from celador.surfaces.export_http.desk import ExportDesk
from celador.surfaces.export_http.document import FIGURES, complete_document
from celador.surfaces.export_http.parameters import documented
from celador.surfaces.export_http.refusals import Refusal, refusal_of, shortened
from celador.surfaces.web.access.access import Access
from celador.surfaces.web.access.audit import Action
from celador.surfaces.web.access.guard import problem
from celador.surfaces.web.api import asking, lists
from celador.surfaces.web.api.documents import (
    SHELVING,
    a_file,
    a_list,
    an_action,
    export_format,
    open_only,
    record_parameters,
    refused,
    sample_parameters,
    wellness,
)
from celador.surfaces.web.api.health import Figures, health
from celador.surfaces.web.api.patience import while_there
from celador.surfaces.web.api.requests import leave, read_shelving, request_about
from celador.surfaces.web.services import History, WebReader, WebServices

ROOT = "/api/v1"
_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_FORMATS = {kind.value: kind for kind in (FileKind.CSV, FileKind.XLSX, FileKind.PARQUET)}


def build_api(
    services: WebServices,
    history: History,
    access: Access,
    desk: ExportDesk,
    box: RequestBox | None,
    zone: tzinfo,
) -> FastAPI:
    """The API's application.

    Args:
        services: of the room.
        history: what the lists are read from.
        access: what the audit rows go to.
        desk: gives the exports out.
        box: where requests are left; None where nothing can be asked for.
        zone: of times where a request names none.
    """
    # The usual documentation pages load their scripts from the internet; a substation has none.
    app = FastAPI(
        title="Celador",
        version="1",
        description="Columns are those of docs/esquema.md. Send Authorization: Bearer TOKEN.",
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{ROOT}/openapi.json",
    )
    _add_failures(app)
    _add_lists(app, history, desk.limits.max_days, zone)
    _add_export(app, access, desk, zone)
    _add_requests(app, services, access, box)
    _add_for_machines(app, services, desk)
    complete_document(app, open_to_all=("/healthz",))
    return app


def _refused(refusal: Refusal) -> Response:
    answer = problem(refusal.status, refusal.text)
    if refusal.retry_after is not None:
        answer.headers["retry-after"] = str(refusal.retry_after)
    return answer


def _without_parameters(request: Request) -> None:
    """Refuse a parameter where there is none: a wish that is ignored would look like fulfilled.

    /healthz and /metrics take no notice: those who watch may put something of theirs behind.
    """
    fields_of(request.query_params.multi_items(), ())


def _add_failures(app: FastAPI) -> None:
    @app.exception_handler(Refusal)
    async def not_done(_request: Request, refusal: Refusal) -> Response:
        return _refused(refusal)

    @app.exception_handler(NotAllowedError)
    async def forbidden(_request: Request, error: NotAllowedError) -> Response:
        return problem(403, str(error))

    @app.exception_handler(CeladorError)
    async def failed(_request: Request, error: CeladorError) -> Response:
        return _refused(refusal_of(error))

    @app.exception_handler(Exception)
    async def broken(_request: Request, _error: Exception) -> Response:
        return problem(500, "this is a defect of Celador; the reason is in its log")

    @app.exception_handler(HTTPException)
    async def not_there(request: Request, error: HTTPException) -> Response:
        what = f"{request.method} {request.url.path}"
        answer = problem(
            error.status_code, shortened(f"there is no {what}; see {ROOT}/openapi.json")
        )
        answer.headers.update(error.headers or {})
        return answer


def _add_lists(app: FastAPI, history: History, most_days: int, zone: tzinfo) -> None:
    @app.get(
        f"{ROOT}/devices",
        summary="Every recloser ever seen.",
        responses=a_list("devices", paged=False),
    )
    async def devices(request: Request) -> JSONResponse:
        _without_parameters(request)
        return JSONResponse(await while_there(request, history(lists.devices)))

    def add(
        name: str,
        summary: str,
        read: Callable[[WebReader, asking.Asked], lists.Answer],
        parameters: tuple[str, ...],
        documents: tuple[Callable[..., None], ...],
    ) -> None:
        dependencies = [Depends(each) for each in (record_parameters, *documents)]

        @app.get(
            f"{ROOT}/{name}",
            summary=summary,
            name=name,
            dependencies=dependencies,
            responses=a_list(name),
        )
        async def some(request: Request) -> JSONResponse:
            raw = parameters is asking.SAMPLE_PARAMETERS
            asked = asking.understand(
                request.query_params.multi_items(),
                parameters,
                zone=zone,
                usual_from="-1h" if raw else "-7d",
                most_days=most_days if raw else None,
            )
            look = history(lambda reader: read(reader, asked))
            return JSONResponse(await while_there(request, look))

    records = asking.RECORD_PARAMETERS
    wide = asking.SAMPLE_PARAMETERS
    add("samples", "Samples; null is no value.", lists.samples, wide, (sample_parameters,))
    add("events", "Changes of status points, of links, and gaps.", lists.events, records, ())
    add("operations", "Trips, reclosings, lockouts.", lists.operations, records, ())
    add("outages", "Interruptions of supply.", lists.outages, records, ())
    _add_alarms(app, history, zone)


def _add_alarms(app: FastAPI, history: History, zone: tzinfo) -> None:
    @app.get(
        f"{ROOT}/alarms",
        summary="Alarms of a range, or those that are open.",
        dependencies=[Depends(record_parameters), Depends(open_only)],
        responses=a_list("alarms"),
    )
    async def alarms(request: Request) -> JSONResponse:
        given = request.query_params.multi_items()
        rest = [(name, value) for name, value in given if name != "open"]
        wish = dict(given).get("open", "false")
        if wish not in ("true", "false"):
            raise Refusal(400, f"open is {wish!r}, but must be true or false", "")
        read = lists.open_alarms if wish == "true" else lists.alarms
        asked = asking.understand(rest, asking.RECORD_PARAMETERS, zone=zone, usual_from="-7d")
        look = history(lambda reader: read(reader, asked))
        return JSONResponse(await while_there(request, look))


def _add_export(app: FastAPI, access: Access, desk: ExportDesk, zone: tzinfo) -> None:
    @app.get(
        f"{ROOT}/export",
        summary="Samples as a file: CSV, Excel or Parquet.",
        response_class=Response,
        dependencies=[Depends(documented), Depends(export_format)],
        responses=a_file(),
    )
    async def export(request: Request) -> Response:
        given = request.query_params.multi_items()
        fields = fields_of(given, (*PARAMETERS, "format"))
        kind = _FORMATS.get(fields.get("format", "csv"))
        if kind is None:
            raise Refusal(400, f"there is no such format; take one of {', '.join(_FORMATS)}", "")
        rest = [(name, value) for name, value in given if name != "format"]
        demand = understand(kind, rest, desk.limits, zone=zone, now=time.time_ns() // 1000)
        who = request.state.identity
        await asyncio.to_thread(access.allow, who, Action.EXPORT, demand.file_name())
        packed = kind is FileKind.CSV and takes_gzip(request.headers)
        return desk.export(demand, f"{who.address} by {who.name}", packed=packed, refused=_refused)


def _add_requests(
    app: FastAPI, services: WebServices, access: Access, box: RequestBox | None
) -> None:
    async def ask(request: Request, device: str, key: str, *, shelve: bool) -> Response:
        _without_parameters(request)
        if box is None:
            raise Refusal(503, "nothing can be asked for here; ask where the monitor runs", "")
        shelving = await read_shelving(request) if shelve else None
        who = request.state.identity
        wish = request_about(who, services.clock, device, key, shelving)
        guarded = access.requests(box, who)
        ticket, answer = await leave(guarded, wish, services.clock)
        if answer is None:
            return JSONResponse({"ticket": ticket, "done": None}, 202)
        body = {"ticket": ticket, "done": answer.done}
        texts = {"texto": answer.text_es, "texto_en": answer.text_en}
        return JSONResponse({**body, **texts}, 200 if answer.done else 409)

    @app.post(
        f"{ROOT}/alarms/{{device}}/{{key}}/ack",
        summary="Acknowledge an alarm.",
        responses=an_action(400),
    )
    async def acknowledge(request: Request, device: str, key: str) -> Response:
        return await ask(request, device, key, shelve=False)

    @app.post(
        f"{ROOT}/alarms/{{device}}/{{key}}/shelve",
        summary='Put an alarm away for some time: {"minutes": 60, "reason": "..."}.',
        responses=an_action(400, 413),
        openapi_extra=SHELVING,
    )
    async def shelve(request: Request, device: str, key: str) -> Response:
        return await ask(request, device, key, shelve=True)


def _add_for_machines(app: FastAPI, services: WebServices, desk: ExportDesk) -> None:
    figures = Figures(services, desk.metrics.registry)

    @app.get("/healthz", summary="Whether data can be read and stored now.", responses=wellness())
    async def healthz() -> JSONResponse:
        status, body = await health(services)
        return JSONResponse(body, status)

    @app.get(
        "/metrics",
        summary="Figures for Prometheus.",
        response_class=Response,
        responses=FIGURES | refused(),
    )
    async def metrics() -> Response:
        return Response(figures.text(), media_type=_METRICS_TYPE)
