"""What a defect of ours looks like to who meets it, and what stays of it in the log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import cast

import httpx
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from celador.domain.errors import NotAllowedError, StoreError
from celador.surfaces.web.failures import PAGES, add_failures
from celador.surfaces.web.page import Page, PageContext
from celador.surfaces.web.server import trouble_of
from celador.surfaces.web.services import WebServices
from celador.surfaces.web.viewer import Viewer

SECRET = "the password of the historian is tres tristes tigres"


async def fails(_request: Request) -> Response:
    raise RuntimeError(SECRET)


async def answer_of(
    serve: Callable[[Request], Awaitable[Response]], path: str, accept: str
) -> httpx.Response:
    def show(_request: Request, page: Page) -> Response:
        return HTMLResponse(f"<h1>{page.title}</h1>")

    app, inner = FastAPI(), Starlette(routes=[Route("/page", serve)])
    add_failures(app, inner, show)
    app.router.routes.append(Route("/plain", serve))
    app.mount("/nicegui", inner)
    transport = httpx.ASGITransport(app)  # which would raise what comes through
    async with httpx.AsyncClient(transport=transport, base_url="http://room") as client:
        return await client.get(path, headers={"accept": accept})


@pytest.mark.parametrize("path", ["/plain", "/nicegui/page"])
@pytest.mark.parametrize(("accept", "body"), [("text/html", "<h1>Error</h1>"), ("*/*", "500\n")])
async def test_a_defect_is_told_without_its_text_and_logged_with_its_traceback(
    caplog: pytest.LogCaptureFixture, path: str, accept: str, body: str
) -> None:
    answer = await answer_of(fails, path, accept)
    assert (answer.status_code, answer.text) == (500, body)
    (logged,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert logged.getMessage() == f"GET {path} failed"
    assert logged.exc_info


@pytest.mark.parametrize("path", ["/plain", "/nicegui/page"])
@pytest.mark.parametrize(
    ("error", "status", "title"),
    [
        (NotAllowedError("the session has ended: log in again"), 403, "Not allowed"),
        (StoreError("the disk is full: make room"), 503, "Not available now"),
    ],
)
async def test_what_is_no_defect_is_not_called_one(
    caplog: pytest.LogCaptureFixture, path: str, error: Exception, status: int, title: str
) -> None:
    """Such as a file whose row in the audit trail cannot be written."""

    async def raises(_request: Request) -> Response:
        raise error

    answer = await answer_of(raises, path, "text/html")
    assert (answer.status_code, answer.text) == (status, f"<h1>{title}</h1>")
    assert [each.exc_info for each in caplog.records if each.exc_info] == []
    assert ("the disk is full" in caplog.text) == (status == 503)


def test_there_is_a_page_for_each() -> None:
    assert set(PAGES) == {403, 404, 500, 503}


async def test_a_page_that_takes_too_long_says_so_in_the_readers_language() -> None:
    """The reader would see NiceGUI's advice to programmers instead."""

    async def never_ready(_context: PageContext) -> None:
        await asyncio.Event().wait()

    context = PageContext(Viewer(language="es"), cast("WebServices", None), {})
    said = await asyncio.wait_for(trouble_of(never_ready, context, 0.01), 10)
    assert said.startswith("Esta página tardó demasiado")
