"""The addresses of the service: three files, the page, and what machines ask of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from celador.domain.errors import CeladorError
from celador.surfaces.export import FileKind
from celador.surfaces.export_http.accepts import takes_gzip
from celador.surfaces.export_http.demand import understand
from celador.surfaces.export_http.document import FIGURES, FILE, complete_document, refusals
from celador.surfaces.export_http.parameters import documented
from celador.surfaces.export_http.refusals import Refusal, refusal_of
from celador.surfaces.export_server.access import COOKIE, SESSION_S
from celador.surfaces.export_server.answers import (
    SafeHeaders,
    is_person,
    refusal_response,
)
from celador.surfaces.export_server.page import enter_page, form_page
from celador.surfaces.export_server.service import Service
from celador.surfaces.forms import short_form

_ENTER_ES = "Hace falta entrar con la clave de exportación."
_OUR_NAMES = frozenset(("127.0.0.1", "localhost", "[::1]"))
_REFUSAL = {
    "type": "object",
    "required": ["detail"],
    "properties": {"detail": {"type": "string", "description": "One sentence, with the mend."}},
}
_refused = partial(refusals, "application/json", _REFUSAL)
_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def build_app(service: Service) -> FastAPI:
    """The service's web application."""
    # The usual documentation pages load their scripts from the internet; a substation has none.
    app = FastAPI(title="Celador: exportación de mediciones", docs_url=None, redoc_url=None)
    app.add_middleware(SafeHeaders)
    _add_failures(app)
    _add_files(app, service)
    _add_pages(app, service)
    _add_for_machines(app, service)
    complete_document(app, open_to_all=("/healthz",))
    return app


def _ensure_ours(service: Service, request: Request) -> None:
    """Without a token a page of another site must not get at the data.

    It could, through a name of its own that resolves to 127.0.0.1 (DNS rebinding): it shows here.
    """
    host = request.headers.get("host", "")
    if service.access.open and not {host, host.rpartition(":")[0]} & _OUR_NAMES:
        raise Refusal(
            403,
            f"Host {host!r} is not this machine; without a token use 127.0.0.1",
            "Sin clave de exportación este servicio solo atiende en 127.0.0.1.",
        )


def _who(service: Service, request: Request) -> str | None:
    _ensure_ours(service, request)
    authorization = request.headers.get("authorization", "")
    return service.access.who(authorization, request.cookies.get(COOKIE, ""))


def _guard(service: Service) -> Callable[[Request], None]:
    """A dependency that lets in who may, and notes for the log who it is."""

    def who_asks(request: Request) -> None:
        how = _who(service, request)
        if how is None:
            raise Refusal(
                401, "the token is missing or wrong; send Authorization: Bearer TOKEN", _ENTER_ES
            )
        request.state.who = f"{request.client.host if request.client else '?'} by {how}"

    return who_asks


def _add_failures(app: FastAPI) -> None:
    @app.exception_handler(Refusal)
    async def refused(request: Request, refusal: Refusal) -> Response:
        person = is_person(request.headers)
        if person and refusal.status == 401:
            return HTMLResponse(enter_page(refusal.es), 401)
        return refusal_response(refusal, person=person)

    @app.exception_handler(CeladorError)
    async def failed(request: Request, error: CeladorError) -> Response:
        return refusal_response(refusal_of(error), person=is_person(request.headers))

    @app.exception_handler(HTTPException)
    async def not_there(request: Request, error: HTTPException) -> Response:
        what = f"{request.method} {request.url.path}"
        refusal = Refusal(
            error.status_code,
            f"there is no {what}; see /openapi.json",
            "Esa dirección no existe.",
        )
        answer = refusal_response(refusal, person=is_person(request.headers))
        answer.headers.update(error.headers or {})
        return answer


def _add_files(app: FastAPI, service: Service) -> None:
    def add(kind: FileKind, what: str) -> None:
        @app.get(
            f"/export.{kind.value}",
            summary=what,
            name=f"export_{kind.value}",
            response_class=Response,
            dependencies=[Depends(_guard(service)), Depends(documented)],
            responses=FILE | _refused(400, 401, 403, 503),
        )
        async def export(request: Request) -> Response:
            demand = understand(
                kind,
                request.query_params.multi_items(),
                service.desk.limits,
                zone=service.zone,
                now=time.time_ns() // 1000,
            )
            packed = kind is FileKind.CSV and takes_gzip(request.headers)
            refused = partial(refusal_response, person=is_person(request.headers))
            return service.desk.export(demand, request.state.who, packed=packed, refused=refused)

    add(FileKind.CSV, "Samples as CSV: local times with their offset, an empty cell is no value.")
    add(FileKind.PARQUET, "Samples as Parquet: times in UTC, null is no value.")
    add(FileKind.XLSX, "Samples as an Excel workbook: local times, an empty cell is no value.")


def _add_pages(app: FastAPI, service: Service) -> None:
    @app.get("/", include_in_schema=False)
    async def page(request: Request) -> Response:
        if _who(service, request) is None:
            return HTMLResponse(enter_page(), 401)
        chosen = {name: request.query_params.getlist(name) for name in request.query_params}
        shelf = await service.shelf()
        return HTMLResponse(form_page(shelf, chosen, time.time_ns() // 1000))

    @app.post("/entrar", include_in_schema=False)
    async def enter(request: Request) -> Response:
        _ensure_ours(service, request)
        form = await short_form(request)
        if form is None:
            raise Refusal(413, "the form is too long; send the token alone", "Esa no es la clave.")
        token = form.get("token", "").strip()
        if not service.access.open and not service.access.knows(token):
            return HTMLResponse(enter_page("Esa no es la clave."), 401)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(
            COOKIE,
            service.access.new_session(),
            max_age=SESSION_S,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer


def _add_for_machines(app: FastAPI, service: Service) -> None:
    @app.get("/healthz", summary="Whether exports are possible now.", responses=_refused(503))
    async def health() -> JSONResponse:
        await service.ensure_readable()
        return JSONResponse({"status": "ok"})

    @app.get(
        "/metrics",
        summary="Counters for Prometheus.",
        response_class=Response,
        dependencies=[Depends(_guard(service))],
        responses=FIGURES | _refused(401, 403),
    )
    async def metrics() -> Response:
        return Response(service.desk.metrics.text(), media_type=_METRICS_TYPE)
