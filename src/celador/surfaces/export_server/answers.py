"""Answers that are not files: refusals and pages; and what every answer tells the browser."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from celador.surfaces.export_http.refusals import Refusal
from celador.surfaces.export_server.page import POLICY, refusal_page

_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": POLICY,
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


def refusal_response(refusal: Refusal, *, person: bool) -> Response:
    """A refusal as a page for a person or as JSON for a program."""
    headers = {}
    if refusal.retry_after is not None:
        headers["retry-after"] = str(refusal.retry_after)
    if refusal.status == 401:
        headers["www-authenticate"] = 'Bearer realm="celador"'
    if person:
        return HTMLResponse(refusal_page(refusal.es), refusal.status, headers)
    return JSONResponse({"detail": refusal.text}, refusal.status, headers)


def is_person(headers: Headers) -> bool:
    """Whether a browser asks to show a page, rather than a program for data."""
    return "text/html" in headers.get("accept", "")


class SafeHeaders:
    """Puts the headers that every answer needs on every answer, streamed ones too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)
