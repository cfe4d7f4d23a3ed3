"""The room on a socket, in the running event loop."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import logging
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, unquote_plus

import uvicorn
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import Response, StreamingResponse
from nicegui import __version__ as nicegui_version
from nicegui import app as nicegui_app
from nicegui import context as nicegui_context
from nicegui import ui
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import HTTPConnection
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from celador.domain.errors import StoreError, UsageError
from celador.surfaces.listening import listen
from celador.surfaces.web import plain
from celador.surfaces.web.access.audit import Action
from celador.surfaces.web.access.roles import Identity
from celador.surfaces.web.assets import FOLDER, KEPT, PREFIX, Assets
from celador.surfaces.web.failures import add_failures
from celador.surfaces.web.layout import FRAME, HEAD, LANG, frame, frame_topic
from celador.surfaces.web.page import Builder, FileMaker, Page, PageContext
from celador.surfaces.web.pages import PAGES
from celador.surfaces.web.services import WebServices
from celador.surfaces.web.stream import LiveStream, Topic
from celador.surfaces.web.viewer import COOKIE, Preferences, Viewer

_log = logging.getLogger("celador.web")
_MOST_TOPICS = 8  # of one stream; each costs its computing every second
_PATIENCE_S = 60.0  # for a page of NiceGUI: the store has limits of its own, and a person can wait
_GRACE_S = 2  # browsers hold their stream open for ever


class Gate(Protocol):
    """Who may come in; the one place that knows of sessions and passwords."""

    def viewer(self, connection: HTTPConnection) -> Identity | None:
        """Who asks; None where nobody has logged in."""

    def install(self, app: FastAPI) -> None:
        """Add routes and middleware before the server starts."""


def viewer_of(connection: HTTPConnection, gate: Gate, zone_name: str) -> Viewer:
    """Who asks and how they want to see it.

    Raises:
        HTTPException: nobody has logged in (401).
    """
    found = gate.viewer(connection)
    if found is None:
        raise HTTPException(401)
    wanted = Preferences.read(_decoded(connection.cookies.get(COOKIE)), zone_name)
    return Viewer(
        language=wanted.language,
        zone_name=wanted.zone_name,
        who=found,
        theme=wanted.theme,
        palette=wanted.palette,
    )


def _decoded(cookie: str | None) -> str | None:
    return None if cookie is None else unquote(cookie)


def build_app(
    services: WebServices,
    stream: LiveStream,
    gate: Gate,
    zone_name: str,
) -> FastAPI:
    """The application; NiceGUI keeps one per process, so this is called once."""
    app = FastAPI(title="Celador", docs_url=None, redoc_url=None, openapi_url=None)
    shown = [page for page in PAGES if page.shown(services)]

    def show(request: Request, page: Page) -> Response:
        return plain.answer(page, shown, _context(page, services, request, gate, zone_name))

    add_failures(app, nicegui_app, show)
    gate.install(app)
    app.mount(PREFIX, GZipMiddleware(Assets()), name="estatico")
    _add_stream(app, stream, gate, zone_name)
    for page in shown:
        if page.build is None:
            _add_plain(app, page, shown, services, gate, zone_name)
        else:
            _add_page(page, page.build, shown, services, gate, zone_name)
        for path, make in page.files.items():
            _add_file(app, page, path, make, services, gate, zone_name)
    ui.run_with(
        app,
        title="Celador",
        favicon=FOLDER / "celador.svg",
        tailwind=False,
        show_welcome_message=False,
        reconnect_timeout=30.0,
        binding_refresh_interval=None,
        gzip_middleware_factory=None,
    )
    # NiceGUI's own end in "No response returned" when a browser leaves before its answer.
    nicegui_app.user_middleware[:] = [
        Middleware(_KeepAssets),
        Middleware(GZipMiddleware),
    ]
    return app


class _KeepAssets:
    """Lets browsers keep NiceGUI's own files, which carry its version in their address."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["cache-control"] = KEPT
            await send(message)

        kept = scope["type"] == "http" and _is_kept(scope["path"])
        await self._app(scope, receive, told if kept else send)


def _is_kept(path: str) -> bool:
    own = f"/_nicegui/{nicegui_version}/"
    return path.startswith(own) and not path.startswith(f"{own}dynamic_resources/")


def _add_stream(app: FastAPI, stream: LiveStream, gate: Gate, zone_name: str) -> None:
    @app.get("/vivo/{topics:path}", include_in_schema=False)
    async def vivo(request: Request, topics: str) -> StreamingResponse:
        names = list(dict.fromkeys(topics.split(",")))
        if len(names) > _MOST_TOPICS or not all(map(stream.knows, names)):
            raise HTTPException(404)
        view = viewer_of(request, gate, zone_name).view
        return StreamingResponse(
            stream.listen(names, view),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )


def _context(
    page: Page, services: WebServices, request: Request, gate: Gate, zone_name: str
) -> PageContext:
    """What a page is given; who may not open it is refused.

    Raises:
        HTTPException: nobody has logged in (401), or they may not (403).
    """
    viewer = viewer_of(request, gate, zone_name)
    if not viewer.may(page.needs):
        raise HTTPException(403)
    return PageContext(viewer, services, {**request.query_params, **request.path_params})


def _add_page(
    page: Page,
    build: Builder,
    pages: Sequence[Page],
    services: WebServices,
    gate: Gate,
    zone_name: str,
) -> None:
    async def serve(request: Request) -> None:
        context = _context(page, services, request, gate, zone_name)
        _dress(page, context)
        with frame(page, pages, context):
            said = await trouble_of(build, context, _PATIENCE_S)
            if said:
                ui.label(said).props("role=alert").classes("blind")

    # NiceGUI's own limit comes later: what it says is for programmers.
    ui.page(page.path, response_timeout=2 * _PATIENCE_S)(serve)


async def trouble_of(build: Builder, context: PageContext, patience: float) -> str:
    """Build a page; what is said to its reader where that cannot be done in so many seconds."""
    try:
        async with asyncio.timeout(patience):
            await build(context)
    except StoreError as error:
        _log.warning("a page cannot be shown: %s", error)
        return context.viewer.t(
            "This page cannot be shown, since what is stored cannot be read; open it again later."
        )
    except TimeoutError:
        _log.warning("a page was not ready after %g s", patience)
        return context.viewer.t(
            "This page took too long to be made; open it again, or ask for less at once."
        )
    return ""


def _add_plain(
    app: FastAPI,
    page: Page,
    pages: Sequence[Page],
    services: WebServices,
    gate: Gate,
    zone_name: str,
) -> None:
    async def serve(request: Request) -> Response:
        return plain.answer(page, pages, _context(page, services, request, gate, zone_name))

    # For 500 reclosers 11 ms and 127 kB; level 9 takes 25 ms for 112 kB.
    packed = [Middleware(GZipMiddleware, compresslevel=4)]
    app.router.routes.append(Route(page.path, serve, include_in_schema=False, middleware=packed))


def _add_file(
    app: FastAPI,
    page: Page,
    path: str,
    make: FileMaker,
    services: WebServices,
    gate: Gate,
    zone_name: str,
) -> None:
    async def serve(request: Request) -> Response:
        context = _context(page, services, request, gate, zone_name)
        asked = request.url.path, unquote_plus(request.url.query)
        await asyncio.to_thread(services.access.allow, context.viewer.who, Action.EXPORT, *asked)
        return await make(context, request)

    app.add_api_route(path, serve, include_in_schema=False, response_class=Response)


def _dress(page: Page, context: PageContext) -> None:
    """Language, theme and files of a page of NiceGUI in the making."""
    viewer, client = context.viewer, nicegui_context.client
    own = copy.copy(client.page)  # NiceGUI's is shared by all who open it
    own.language = LANG[viewer.language]
    own.dark = {"system": None, "light": False, "dark": True}[viewer.theme]
    client.page = own
    ui.page_title(page.document_title(context))
    ui.add_head_html(HEAD)


def topics_of(pages: Sequence[Page]) -> Mapping[str, Topic]:
    """Every topic of the pages and of the frame, by name."""
    return {FRAME: frame_topic} | {
        name: topic for page in pages for name, topic in page.topics.items()
    }


class _EmbeddedServer(uvicorn.Server):
    """Leaves the signals to the command, which ends it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(frozen=True, slots=True)
class Address:
    """Where the room listens.

    Attributes:
        host: name or address.
        port: TCP port; 0 takes a free one.
        certificate: file with the TLS certificate (PEM); None for plain HTTP.
        key: file with its private key.
        behind_proxy: a proxy on this machine says who asks, and is believed.
    """

    host: str = "127.0.0.1"
    port: int = 0
    certificate: Path | None = None
    key: Path | None = None
    behind_proxy: bool = False


class WebServer:
    """A running room.

    Attributes:
        port: its TCP port.
        url: where a browser on this machine finds it.
    """

    def __init__(
        self, server: uvicorn.Server, stream: LiveStream, sock: socket.socket, *, secure: bool
    ) -> None:
        self.port: int = sock.getsockname()[1]
        name = sock.getsockname()[0]
        host = "127.0.0.1" if name in ("0.0.0.0", "::") else name  # noqa: S104 -- a comparison
        host = f"[{host}]" if ":" in host else host
        self.url = f"http{'s' if secure else ''}://{host}:{self.port}/"
        self._server, self._stream = server, stream
        loop = asyncio.get_running_loop()
        self._serving = loop.create_task(server.serve(sockets=[sock]))
        self._streaming = loop.create_task(stream.run())

    @classmethod
    async def start(
        cls, services: WebServices, address: Address, gate: Gate, zone_name: str
    ) -> WebServer:
        """Bind and serve; once in a process, since NiceGUI keeps its state there.

        Args:
            services: what the pages may use.
            address: where to listen.
            gate: who may come in.
            zone_name: zone of times for who has not chosen one.

        Raises:
            UsageError: the address cannot be had, or the certificate not be used.
        """
        tls = _tls(address)
        sock = listen(address.host, address.port)
        stream = LiveStream(services.live, services.clock, topics_of(PAGES))
        config = uvicorn.Config(
            build_app(services, stream, gate, zone_name),
            lifespan="on",
            ws="websockets-sansio",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=address.behind_proxy,
            forwarded_allow_ips="127.0.0.1,::1",
            timeout_graceful_shutdown=_GRACE_S,
            **tls,
        )
        server = _EmbeddedServer(config)
        made = cls(server, stream, sock, secure=bool(tls))
        while not server.started and not made._serving.done():  # noqa: ASYNC110 -- uvicorn tells nobody
            await asyncio.sleep(0.01)
        return made

    async def ended(self) -> None:
        """Return when the server has ended by itself, which it should not."""
        await asyncio.wait([self._serving, self._streaming], return_when=asyncio.FIRST_COMPLETED)

    async def close(self) -> None:
        """End it; browsers come back by themselves when it is there again."""
        self._server.should_exit = True
        self._streaming.cancel()
        self._stream.close()
        for end in await asyncio.gather(self._serving, self._streaming, return_exceptions=True):
            if isinstance(end, Exception):
                _log.error("the control room failed", exc_info=end)


def _tls(address: Address) -> dict[str, Any]:
    if address.certificate is None or address.key is None:
        return {}
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            address.certificate, address.key
        )
    except (OSError, ssl.SSLError) as error:
        raise UsageError(
            f"web.certificate {address.certificate} and web.key {address.key} cannot be used "
            f"({error.strerror or error}); give a PEM certificate and its own key"
        ) from error
    return {"ssl_certfile": address.certificate, "ssl_keyfile": address.key}
