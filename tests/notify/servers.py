"""Real servers on free ports: SMTP with TLS and login, and HTTP that takes JSON."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

DEADLINE = 30.0
USER, PASSWORD = "celador", "pa%24ssw0rd/with:odd@signs & 'quotes'"


def until(condition: Callable[[], bool], what: str = "") -> None:
    """Wait for a condition, not for a time."""
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, what or "it never came true"
        time.sleep(0.01)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Post:
    """One request that came in."""

    path: str
    body: dict[str, Any]
    headers: dict[str, str]


@dataclass
class HttpSink:
    """Takes JSON and remembers it; `status` is what it answers, `gate` holds the answer back."""

    status: int = 200
    posts: list[Post] = field(default_factory=list)
    refused: int = 0
    gate: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    def __post_init__(self) -> None:
        self.gate.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks/t0ps3cret-token"

    @property
    def titles(self) -> list[str]:
        return [post.body["title"] for post in self.posts]

    @contextmanager
    def serving(self, port: int = 0) -> Iterator[HttpSink]:
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                body = json.loads(self.rfile.read(length))
                if sink.status == 200:
                    sink.posts.append(Post(self.path, body, dict(self.headers)))
                else:
                    sink.refused += 1
                sink.gate.wait(DEADLINE)
                self.send_response(sink.status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.gate.set()
            server.shutdown()
            server.server_close()
            thread.join()


@dataclass
class Mail:
    """One message that an SMTP server took."""

    sender: str
    recipients: list[str]
    message: EmailMessage
    encrypted: bool
    authenticated: bool

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        return str(self.message.get_content()).replace("\r\n", "\n")


def _encrypted(server: SMTP, session: Session) -> bool:
    # The session knows of STARTTLS only; TLS from the first byte is the transport's.
    transport = server.transport
    under_tls = transport is not None and transport.get_extra_info("ssl_object") is not None
    return session.ssl is not None or under_tls


@dataclass
class SmtpSink:
    """An SMTP server; `refusal` answers RCPT, such as "550 no such user"."""

    mails: list[Mail] = field(default_factory=list)
    refusal: str | None = None
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refusal is not None:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 -- aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = cast("bytes", envelope.content)
        message = message_from_bytes(content, policy=policy.default)
        self.mails.append(
            Mail(
                envelope.mail_from or "",
                list(envelope.rcpt_tos),
                message,
                _encrypted(server, session),
                bool(session.authenticated),
            )
        )
        return "250 OK"

    def _login(
        self, _server: SMTP, _session: Session, _e: Envelope, _m: str, data: object
    ) -> AuthResult:
        given = cast("LoginPassword", data)
        self.logins.append((given.login, given.password))
        good = (given.login, given.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=good)

    @contextmanager
    def serving(
        self,
        context: ssl.SSLContext | None = None,
        *,
        login: bool = False,
        port: int = 0,
        from_first_byte: bool = False,
    ) -> Iterator[SmtpSink]:
        self.port = port or free_port()
        options: dict[str, Any] = {}
        if from_first_byte:
            options.update(ssl_context=context)
        elif context is not None:
            options.update(tls_context=context, require_starttls=True)
        if login:
            options.update(authenticator=self._login, auth_required=True)
            options.update(auth_require_tls=context is not None)
        controller = Controller(self, hostname="127.0.0.1", port=self.port, **options)
        controller.start()
        try:
            yield self
        finally:
            controller.stop()
