"""The guard before everything: nothing is answered before it has found out who asks."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from celador.domain.errors import StoreError
from celador.surfaces.web.access.access import Access
from celador.surfaces.web.access.headers import complete
from celador.surfaces.web.access.limiter import RateLimiter, place_of
from celador.surfaces.web.access.origin import OriginCheck
from celador.surfaces.web.access.roles import LOCAL, Identity, Via

_log = logging.getLogger("celador.access")

LOGIN_PATH = "/ingresar"
_OPEN = frozenset((LOGIN_PATH, "/healthz", "/favicon.ico"))
_DOORS = frozenset((LOGIN_PATH, "/salir", "/cuenta"))
_API = frozenset(("/api", "/metrics", "/healthz"))
_FOR_PROGRAMS = ("/api/", "/metrics")
_PROXY_HEADERS = ("forwarded", "via", "x-forwarded-for", "x-real-ip")
_LOOK_AGAIN_S = 2.0  # s after which whoever has an answer under way must still be allowed to
_COOKIE, _SAFE_COOKIE = "celador", "__Host-celador"


class Guard:
    """ASGI middleware; `request.state.identity` is who asks, for whoever stands behind it."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        doors: ASGIApp,
        api: ASGIApp,
        access: Access,
        names: Sequence[str] = (),
        api_per_minute: int = 600,
        local_metrics: bool = False,
    ) -> None:
        """Stand before everything.

        Args:
            app: the pages, and whatever else has no room of its own.
            doors: answers for login and account.
            api: answers for programs.
            access: who may enter.
            names: under which we may be asked for, besides addresses and this machine's own.
            api_per_minute: requests that one token, or one place without, may make.
            local_metrics: whether programs on this machine may read /metrics without a token.
        """
        self._pages, self._doors, self._api, self._access = app, doors, api, access
        self._origin = OriginCheck(names)
        self._local_metrics = local_metrics
        self._rate = RateLimiter(api_per_minute, access.clock.monotonic)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or have it answered."""
        if scope["type"] not in ("http", "websocket"):
            await self._pages(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(18)
        state = scope.setdefault("state", {})
        state["csp_nonce"] = nonce
        told = _Telling(scope, send, nonce)
        try:
            refusal, who = await self._look(scope)
        except StoreError as error:
            _log.error("%s", error)
            refusal, who = _refuse(scope, 503, "the users cannot be read; look at the log"), None
        if refusal is not None:
            await _answer(refusal, scope, receive, told)
            return
        state["identity"] = who
        room = self._room_of(scope)
        if who is None or who.via is Via.LOCAL:
            await room(scope, receive, told)
            return
        watch = _Watch(self._access, who, scope, receive, told)
        await room(scope, watch.receive, watch.send)

    def _room_of(self, scope: Scope) -> ASGIApp:
        """Who answers."""
        first = "/" + scope["path"].lstrip("/").partition("/")[0]
        if scope["type"] == "http" and first in _DOORS:
            return self._doors
        return self._api if scope["type"] == "http" and first in _API else self._pages

    async def _look(self, scope: Scope) -> tuple[Response | None, Identity | None]:
        """Whether a request is refused, and who makes it; nobody at open doors."""
        headers, method = Headers(scope=scope), scope.get("method", "GET")
        if foreign := self._origin.refusal(
            scope["type"], method, headers, tls=scope["scheme"] in ("https", "wss")
        ):
            return _refuse(scope, *foreign), None
        if not self._access.login:
            return self._look_at_neighbour(scope)
        who = await self._who(scope, headers)
        programs = scope["path"].startswith(_FOR_PROGRAMS)
        if programs and (wait := self._rate.take(_payer(who, scope))):
            refusal = _refuse(scope, 429, "too many requests; wait as Retry-After says")
            refusal.headers["retry-after"] = str(int(wait) + 1)
            return refusal, None
        if who is None and scope["path"] not in _OPEN and not self._may_measure(scope, headers):
            return _ask_to_enter(scope, headers), None
        return None, who

    def _may_measure(self, scope: Scope, headers: Headers) -> bool:
        # Behind a proxy everybody seems to be on this machine.
        passed_on = any(name in headers for name in _PROXY_HEADERS)
        near = _is_this_machine(_address(scope)) and not passed_on
        return self._local_metrics and near and scope["path"] == "/metrics"

    def _look_at_neighbour(self, scope: Scope) -> tuple[Response | None, Identity | None]:
        if _is_this_machine(_address(scope)):
            return None, LOCAL
        text = "without a login only this machine is answered; see docs/acceso.md"
        return _refuse(scope, 403, text), None

    async def _who(self, scope: Scope, headers: Headers) -> Identity | None:
        address = _address(scope)
        kind, _, token = headers.get("authorization", "").partition(" ")
        if scope["path"].startswith(_FOR_PROGRAMS) and kind:
            if kind.lower() != "bearer":
                return None
            return await asyncio.to_thread(self._access.tokens.check, token.strip(), address)
        secret = HTTPConnection(scope).cookies.get(cookie_name(scope))
        if not secret:
            return None
        return await asyncio.to_thread(self._access.sessions.check, secret, address)


def identity_of(scope: Mapping[str, Any]) -> Identity | None:
    """Who makes a request, as the guard has found; None for nobody who is known."""
    found = scope.get("state", {}).get("identity")
    return found if isinstance(found, Identity) else None


def cookie_name(scope: Mapping[str, object]) -> str:
    """What the session's cookie is called; behind TLS no other site can set it (RFC 6265bis)."""
    return _SAFE_COOKIE if scope["scheme"] in ("https", "wss") else _COOKIE


def _payer(who: Identity | None, scope: Scope) -> object:
    return (who.via, who.user_id, who.key) if who else place_of(_address(scope))


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _is_this_machine(address: str) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None)
    return (mapped or ip).is_loopback


def _ask_to_enter(scope: Scope, headers: Headers) -> Response:
    shows_pages = scope["type"] == "http" and "text/html" in headers.get("accept", "")
    path = scope["path"]
    if shows_pages and scope["method"] == "GET" and not path.startswith(_FOR_PROGRAMS):
        query = scope["query_string"].decode("latin-1")
        wanted = quote(path + (f"?{query}" if query else ""), safe="")
        return RedirectResponse(LOGIN_PATH + (f"?ir={wanted}" if wanted != "%2F" else ""), 303)
    refusal = _refuse(scope, 401, "the token or the session is missing or has ended; log in again")
    refusal.headers["www-authenticate"] = 'Bearer realm="celador"'
    return refusal


def problem(status: int, detail: str) -> JSONResponse:
    """A refusal for programs (RFC 9457), one sentence."""
    body = {"type": "about:blank", "status": status, "detail": detail}
    return JSONResponse(body, status, media_type="application/problem+json")


def _refuse(scope: Scope, status: int, sentence: str) -> Response:
    if scope["path"].startswith(_FOR_PROGRAMS):
        return problem(status, sentence)
    return PlainTextResponse(f"{sentence}\n", status)


async def _answer(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()  # the wish to connect
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
    else:
        await response(scope, receive, send)


class _Telling:
    """Puts the headers that every answer needs on every answer, streamed ones too."""

    def __init__(self, scope: Scope, send: Send, nonce: str) -> None:
        self._scope, self._send, self._nonce = scope, send, nonce

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            complete(
                MutableHeaders(scope=message),
                path=self._scope["path"],
                nonce=self._nonce,
                tls=self._scope["scheme"] == "https",
            )
        await self._send(message)


class _Watch:
    """Ends a live stream or a websocket when the session has ended; downloads come to their end."""

    def __init__(
        self, access: Access, who: Identity, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._access, self._who = access, who
        self._is_socket = scope["type"] == "websocket"
        self._is_watched = self._is_socket
        self._receive, self._send = receive, send
        self._looked = access.clock.monotonic()
        self._over = False

    async def receive(self) -> Message:
        """The next message of the client, or that it has gone."""
        waiting = asyncio.ensure_future(self._receive())
        try:
            while not waiting.done():
                await asyncio.wait([waiting], timeout=_LOOK_AGAIN_S)
                if await self._has_ended():
                    return {
                        "type": "websocket.disconnect" if self._is_socket else "http.disconnect"
                    }
            return waiting.result()
        finally:
            waiting.cancel()

    async def send(self, message: Message) -> None:
        """Pass a message on, unless the session has ended."""
        if message["type"] == "http.response.start":
            kind = Headers(raw=message["headers"]).get("content-type", "")
            self._is_watched = kind.startswith("text/event-stream")
        if not await self._has_ended():
            await self._send(message)

    async def _has_ended(self) -> bool:
        now = self._access.clock.monotonic()
        if self._over or not self._is_watched or now - self._looked < _LOOK_AGAIN_S:
            return self._over
        self._looked = now
        if not await self._is_still_allowed() and not self._over:
            self._over = True
            await self._send(
                {"type": "websocket.close", "code": 1008, "reason": ""}
                if self._is_socket
                else {"type": "http.response.body", "body": b"", "more_body": False}
            )
        return self._over

    async def _is_still_allowed(self) -> bool:
        try:
            return await asyncio.to_thread(self._access.current, self._who) is not None
        except StoreError as error:
            _log.error("%s", error)
            return False
