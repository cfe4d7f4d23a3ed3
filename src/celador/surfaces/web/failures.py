"""What a person sees instead of a page: there is none, it is not theirs, it broke, not now.

Without these NiceGUI would show its own English page, with the text of the exception.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from celador.domain.errors import NotAllowedError, StoreError
from celador.surfaces.web.page import Page, PageContext
from celador.surfaces.web.parts.markup import tag, text

_log = logging.getLogger("celador.web")

Show = Callable[[Request, Page], Response]
"""Makes the answer of a plain page within the frame."""


def _page(title: str, said: Callable[[PageContext], str]) -> Page:
    def inside(context: PageContext) -> str:
        return tag("p", text(said(context)), class_="card", role="alert")

    return Page(path="", title=title, icon="", html=inside)


PAGES: Mapping[int, Page] = {
    403: _page(
        "Not allowed",
        lambda context: context.viewer.t(
            "Your role does not allow this page; ask an administrator."
        ),
    ),
    404: _page(
        "Not found",
        lambda context: context.viewer.t("There is no such page; choose one of the sections."),
    ),
    500: _page(
        "Error",
        lambda context: context.viewer.t(
            "This page failed by a defect of Celador; the reason is in the log. "
            "Open it again, or choose another one."
        ),
    ),
    503: _page(
        "Not available now",
        lambda context: context.viewer.t(
            "What this needs cannot be read or written now; the reason is in the log. "
            "Try again in a moment."
        ),
    ),
}


def add_failures(app: FastAPI, pages: Starlette, show: Show) -> None:
    """Let both applications answer so.

    Args:
        app: with the plain pages, the files and the stream.
        pages: NiceGUI's.
        show: shows one of `PAGES`.
    """

    def answer(request: Request, status: int) -> Response:
        page = PAGES.get(status)
        if page is None or "text/html" not in request.headers.get("accept", ""):
            return PlainTextResponse(f"{status}\n", status)
        response = show(request, page)
        response.status_code = status
        return response

    async def refused(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        found = answer(request, status)
        if isinstance(error, HTTPException):
            found.headers.update(error.headers or {})
        return found

    async def not_allowed(request: Request, _error: Exception) -> Response:
        return answer(request, 403)

    async def not_available(request: Request, error: Exception) -> Response:
        _log.warning("%s %s: %s", request.method, request.url.path, error)
        return answer(request, 503)

    async def broken(request: Request, _error: Exception) -> Response:
        return answer(request, 500)

    for each in (app, pages):
        each.add_exception_handler(HTTPException, refused)
        each.add_exception_handler(NotAllowedError, not_allowed)
        each.add_exception_handler(StoreError, not_available)
    pages.exception_handlers.pop(404, None)  # NiceGUI's own
    pages.add_exception_handler(Exception, broken)
    app.add_middleware(_Fence, answer=broken)


class _Fence:
    """Answers for what failed, inside the guard, so that its headers are on that answer too."""

    def __init__(
        self, app: ASGIApp, answer: Callable[[Request, Exception], Awaitable[Response]]
    ) -> None:
        self._app, self._answer = app, answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def told(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, told)
        except Exception as error:
            if scope["type"] != "http":
                raise
            _log.exception("%s %s failed", scope["method"], scope["path"])
            if not begun:
                response = await self._answer(Request(scope), error)
                await response(scope, receive, send)
