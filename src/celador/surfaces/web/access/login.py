"""Logging in and out, and one's own account: forms that work without scripts."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from datetime import tzinfo
from functools import partial
from math import ceil
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from celador.domain.errors import AccessError, CeladorError
from celador.domain.writing import Language
from celador.surfaces.forms import short_form
from celador.surfaces.web.access.access import Access, BusyError
from celador.surfaces.web.access.audit import Action, Result
from celador.surfaces.web.access.guard import LOGIN_PATH, cookie_name
from celador.surfaces.web.access.limiter import LoginLimiter
from celador.surfaces.web.access.page import POLICY, account_page, login_page
from celador.surfaces.web.access.passwords import verify
from celador.surfaces.web.access.roles import Identity, Via
from celador.surfaces.web.access.users import normal_name
from celador.surfaces.web.i18n import LANGUAGES, translate

_FORM_COOKIE = "celador_ingreso"
_VIEW_COOKIE = "celador_vista"  # its first part is the language that the person chose
_HEADERS = {"content-security-policy": POLICY}

# What people read here; each has its Spanish in locale/es/access.po.
_WRONG = "Wrong user or password."
_OLD_FORM = "This form is too old; fill it in again."
_WAIT = "Too many attempts; wait {seconds} s and try again."
_BUSY = "Many people are logging in right now; try again in a few seconds."
_DIFFER = "The two new passwords differ."
_WEAK = "Choose another password of 12 characters or more; several unrelated words are best."
_BROKEN = "The users cannot be read now; look at the log of Celador."


class Doors:
    """The handlers of login and account."""

    def __init__(self, access: Access, zone: tzinfo) -> None:
        """Make the handlers.

        Args:
            access: who may enter.
            zone: of the times on the account page.
        """
        self._access, self._zone = access, zone
        self._limiter = LoginLimiter(access.clock.monotonic)
        self._key = secrets.token_bytes(32)

    def app(self) -> Starlette:
        """The handlers as an application."""
        routes: list[tuple[str, Callable[..., object], list[str]]] = [
            (LOGIN_PATH, self.show_login, ["GET"]),
            (LOGIN_PATH, self.log_in, ["POST"]),
            ("/salir", self.log_out, ["POST"]),
            ("/cuenta", self.show_account, ["GET"]),
            ("/cuenta/sesion", self.end_session, ["POST"]),
            ("/cuenta/clave", self.change_password, ["POST"]),
        ]
        return Starlette(
            routes=[Route(path, handler, methods=methods) for path, handler, methods in routes],
            exception_handlers={CeladorError: self._failed},
        )

    async def show_login(self, request: Request) -> Response:
        """The page to log in; straight on for whoever is in."""
        wanted = safe_path(request.query_params.get("ir", "/"))
        if request.state.identity is not None:
            return RedirectResponse(wanted, 303)
        return self._login(request, wanted)

    def _login(
        self, request: Request, wanted: str, *, name: str = "", trouble: str = "", status: int = 200
    ) -> Response:
        token = secrets.token_urlsafe(24)
        page = login_page(
            _language(request),
            token=token,
            wanted=wanted,
            name=name,
            trouble=trouble,
            empty=self._access.users.count() == 0,
        )
        answer = HTMLResponse(page, status, _HEADERS)
        _set_cookie(answer, request, _FORM_COOKIE, token, path=LOGIN_PATH)
        return answer

    async def log_in(self, request: Request) -> Response:
        """Take a name and a password; a new session, whatever cookie came with them."""
        form = await short_form(request) or {}
        t = partial(translate, _language(request))
        wanted, typed = safe_path(form.get("ir", "/")), form.get("usuario", "")[:256]
        again = partial(self._login, request, wanted, name=typed)
        given, kept = form.get("ficha", ""), request.cookies.get(_FORM_COOKIE, "")
        if not kept or not hmac.compare_digest(given.encode(), kept.encode("utf-8", "replace")):
            return again(trouble=t(_OLD_FORM), status=403)
        try:
            name = normal_name(typed)
        except AccessError:
            name = ""  # nobody's; it takes as long as any other
        address, browser = _address(request), request.headers.get("user-agent", "")
        if wait := self._limiter.begin(name, address):
            return self._too_many(again, wait, t)
        begin = partial(self._access.sessions.begin, name, form.get("clave", ""), address, browser)
        try:
            secret = await self._access.hashing(begin)
        except BusyError:
            return again(trouble=t(_BUSY), status=503)
        if secret is None:
            return again(trouble=t(_WRONG), status=401)
        self._limiter.succeeded(name, address)
        if request.state.identity is not None:
            self._end_own(request.state.identity)
        return self._entered(request, secret, wanted)

    @staticmethod
    def _too_many(again: Callable[..., Response], wait: float, t: Callable[[str], str]) -> Response:
        seconds = ceil(wait)
        answer = again(trouble=t(_WAIT).format(seconds=seconds), status=429)
        answer.headers["retry-after"] = str(seconds)
        return answer

    @staticmethod
    def _entered(request: Request, secret: str, wanted: str) -> Response:
        answer = RedirectResponse(wanted, 303)
        _set_cookie(answer, request, cookie_name(request.scope), secret)
        return answer

    def _end_own(self, who: Identity) -> None:
        if who.via is Via.SESSION and who.key is not None:
            self._access.sessions.end(who, who.key)

    async def log_out(self, request: Request) -> Response:
        """End this session."""
        form = await short_form(request) or {}
        if not self._is_ours(request, form):
            return self._account(request, trouble=_OLD_FORM, status=403)
        self._end_own(request.state.identity)
        answer = RedirectResponse(LOGIN_PATH, 303)
        answer.delete_cookie(cookie_name(request.scope), path="/")
        answer.headers["clear-site-data"] = '"cache"'
        return answer

    async def show_account(self, request: Request) -> Response:
        """One's own role and sessions, and the form for another password."""
        return self._account(request)

    def _account(self, request: Request, trouble: str = "", status: int = 200) -> Response:
        language, who = _language(request), request.state.identity
        page = account_page(
            language,
            who,
            self._access.sessions.of(who),
            self._zone,
            token=self._form_token(who),
            trouble=translate(language, trouble),
        )
        return HTMLResponse(page, status, _HEADERS)

    async def end_session(self, request: Request) -> Response:
        """End another session of one's own."""
        form = await short_form(request) or {}
        if not self._is_ours(request, form):
            return self._account(request, trouble=_OLD_FORM, status=403)
        number = form.get("sesion", "")
        if number.isascii() and number.isdecimal() and len(number) < 19:
            self._access.sessions.end(request.state.identity, int(number))
        return RedirectResponse("/cuenta", 303)

    async def change_password(self, request: Request) -> Response:
        """Take another password; every session ends, and a new one begins here."""
        form, who = await short_form(request) or {}, request.state.identity
        if not self._is_ours(request, form) or who.via is not Via.SESSION:
            return self._account(request, trouble=_OLD_FORM, status=403)
        old, new = form.get("clave", ""), form.get("nueva", "")
        if new != form.get("otra_vez", ""):
            return self._account(request, trouble=_DIFFER, status=400)
        address, browser = _address(request), request.headers.get("user-agent", "")
        if wait := self._limiter.begin(who.name, address):
            t = partial(translate, _language(request))
            return self._too_many(partial(self._account, request), wait, t)
        work = partial(self._change, who, old, new, address, browser)
        try:
            secret, trouble, status = await self._access.hashing(work), _WRONG, 401
        except BusyError:
            secret, trouble, status = None, _BUSY, 503
        except AccessError:
            secret, trouble, status = None, _WEAK, 400
        if secret is None:
            return self._account(request, trouble=trouble, status=status)
        self._limiter.succeeded(who.name, address)
        return self._entered(request, secret, "/cuenta")

    def _change(self, who: Identity, old: str, new: str, address: str, browser: str) -> str | None:
        if not verify(old, self._access.users.password_hash(who.name)):
            self._access.audit.write(who, Action.OWN_PASSWORD, who.name, result=Result.REFUSED)
            return None
        self._access.users.set_password(who.name, new, who)
        return self._access.sessions.begin(who.name, new, address, browser)

    def _form_token(self, who: Identity) -> str:
        return hmac.digest(self._key, f"{who.via.value} {who.key}".encode(), "sha256").hex()

    def _is_ours(self, request: Request, form: dict[str, str]) -> bool:
        token = self._form_token(request.state.identity)
        return hmac.compare_digest(form.get("ficha", "").encode(), token.encode())

    async def _failed(self, request: Request, _error: Exception) -> Response:
        return HTMLResponse(translate(_language(request), _BROKEN), 503, _HEADERS)


def safe_path(wanted: str) -> str:
    """A path on this server; "/" for what would lead elsewhere."""
    plain = wanted.isascii() and wanted.isprintable() and "\\" not in wanted
    return wanted if plain and wanted.startswith("/") and wanted[1:2] != "/" else "/"


def _language(request: Request) -> Language:
    """As the address asks, or as the person chose on a page before; else Spanish, as the pages."""
    chosen = unquote(request.cookies.get(_VIEW_COOKIE, "")).partition("|")[0]
    for wish in (request.query_params.get("idioma", ""), chosen):
        for language in LANGUAGES:
            if wish == language:
                return language
    return "es"


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _set_cookie(
    answer: Response, request: Request, name: str, value: str, *, path: str = "/"
) -> None:
    # Lax, not Strict: a link in a notification must find the person logged in. What changes
    # something is a POST, and the guard looks at where those come from.
    answer.set_cookie(
        name,
        value,
        path=path,
        httponly=True,
        samesite="lax",
        secure=request.scope["scheme"] == "https",
    )
