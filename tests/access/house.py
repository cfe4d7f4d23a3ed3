"""Guard, login and API on a real socket, before pages of the test's own."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from celador.config import Config, StoreConfig
from celador.ports import Clock
from celador.stores.sqlite.reader import SqliteReader
from celador.stores.sqlite.requests import SqliteRequestBox
from celador.surfaces.export_http.desk import ExportDesk
from celador.surfaces.live import Live
from celador.surfaces.web.access.access import Access
from celador.surfaces.web.access.guard import Guard
from celador.surfaces.web.access.login import Doors
from celador.surfaces.web.api.routes import build_api
from celador.surfaces.web.services import History, WebServices
from tests.access.conftest import CONSOLE, PASSWORD
from tests.support.serving import served_at

ZONE = ZoneInfo("America/Argentina/Cordoba")


def pages() -> Starlette:
    """Pages as NiceGUI has them: HTML, a stream without end, a websocket that answers."""

    async def show(request: Request) -> HTMLResponse:
        return HTMLResponse(f"<p>{request.state.identity.name}</p>")

    async def stream(_request: Request) -> StreamingResponse:
        async def ticks() -> AsyncIterator[bytes]:
            while True:
                yield b"data:1\n\n"
                await asyncio.sleep(0.02)

        return StreamingResponse(ticks(), media_type="text/event-stream")

    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        async for text in socket.iter_text():
            await socket.send_text(text)

    return Starlette(
        routes=[
            Route("/", show),
            Route("/eventos", show),
            Route("/vivo", stream),
            Route("/write", show, methods=["POST"]),
            WebSocketRoute("/_nicegui_ws/socket.io/", talk),
        ]
    )


@dataclass
class House:
    """A guarded server.

    Attributes:
        url: where it is.
        access: who may enter.
        box: where requests arrive.
        live: what the pages show.
    """

    url: str
    access: Access
    box: SqliteRequestBox
    live: Live
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    @property
    def origin(self) -> dict[str, str]:
        """What a browser says of a form of our own."""
        return {"origin": self.url}

    def client(self, **headers: str) -> httpx.AsyncClient:
        """A browser without cookies, or a program."""
        made = httpx.AsyncClient(base_url=self.url, headers=headers, timeout=30)
        self.clients.append(made)
        return made

    async def enter(self, name: str, password: str = PASSWORD) -> httpx.AsyncClient:
        """A browser that has logged in."""
        client = self.client(**self.origin)
        answer = await attempt(client, name, password)
        assert answer.status_code == 303, answer.text
        return client

    def program(self, name: str) -> httpx.AsyncClient:
        """A program with a token of a user."""
        number = len(self.clients)
        user = self.access.users.get(name)
        token = self.access.tokens.add(user.name, f"token {number}", None, CONSOLE)
        return self.client(authorization=f"Bearer {token}")


def form_token(text: str) -> str:
    """The hidden token of a page."""
    found = re.search(r'name="ficha" value="([^"]+)"', text)
    assert found is not None
    return found[1]


async def attempt(
    client: httpx.AsyncClient, name: str, password: str, wanted: str = "/"
) -> httpx.Response:
    """Open the login page and send its form."""
    page = await client.get("/ingresar")
    form = {"ficha": form_token(page.text), "usuario": name, "clave": password, "ir": wanted}
    return await client.post("/ingresar", data=form)


@asynccontextmanager
async def house(
    access: Access,
    store: Path,
    clock: Clock,
    *,
    inner: ASGIApp | None = None,
    per_minute: int = 600,
    open_reader: Callable[[], SqliteReader] | None = None,
) -> AsyncIterator[House]:
    """Serve it while the context lasts."""
    config = Config(store=StoreConfig(path=store))
    history = History(lambda: SqliteReader(store))
    asked = History(open_reader or history.open)
    box = SqliteRequestBox.beside(store)
    services = WebServices(
        clock=clock,
        config=config,
        history=history,
        live=Live(()),
        access=access,
        requests=access.requests(box),
    )
    desk = ExportDesk(lambda: SqliteReader(store), config.exporter)
    guard = Guard(
        inner or pages(),
        doors=Doors(access, ZONE).app(),
        api=build_api(services, asked, access, desk, box, ZONE),
        access=access,
        names=("celador.example",),
        api_per_minute=per_minute,
    )
    async with served_at(guard) as url:
        made = House(url, access, box, services.live)
        try:
            yield made
        finally:
            for client in made.clients:
                await client.aclose()
    await desk.close()
    await history.close()
    await asked.close()
