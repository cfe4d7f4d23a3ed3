"""The export service on a socket, in the running event loop."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Iterator
from datetime import tzinfo

import uvicorn

from celador.config import ExporterConfig
from celador.domain.errors import UsageError
from celador.surfaces.export_http.running import OpenReader
from celador.surfaces.export_server.routes import build_app
from celador.surfaces.export_server.service import Service
from celador.surfaces.listening import listen

_GRACE_S = 20  # for exports under way when the service is told to end; Compose waits 30


def ensure_safe(host: str, token: str | None) -> None:
    """Without a token nobody but this machine may reach the service.

    Raises:
        UsageError: others could.
    """
    if token is None and not _is_this_machine(host):
        raise UsageError(
            f"without a token the service listens at 127.0.0.1 only, and {host} is not that; "
            "set CELADOR_EXPORT_TOKEN or leave --host out"
        )


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _EmbeddedServer(uvicorn.Server):
    """Leaves the signals to the command, which ends it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class ExportServer:
    """A running export service.

    Attributes:
        port: its TCP port.
    """

    def __init__(self, server: uvicorn.Server, service: Service, sock: socket.socket) -> None:
        self.port: int = sock.getsockname()[1]
        self._server, self._service = server, service
        self._task = asyncio.get_running_loop().create_task(server.serve(sockets=[sock]))

    @classmethod
    async def start(
        cls,
        open_reader: OpenReader,
        limits: ExporterConfig,
        *,
        host: str,
        port: int,
        token: str | None,
        zone: tzinfo,
    ) -> ExportServer:
        """Bind and serve; clients may connect when this returns.

        Args:
            open_reader: opens the history, once for each request, in a thread.
            limits: what one request may ask for; its host and port are not used.
            host: address to listen at.
            port: TCP port; 0 takes a free one.
            token: what lets somebody in; None lets in whoever is on this machine.
            zone: zone of times where a request names none.

        Raises:
            UsageError: without a token, others than this machine could reach it; or the address
                cannot be had.
        """
        ensure_safe(host, token)
        sock = listen(host, port)
        service = Service(open_reader, limits, token, zone)
        config = uvicorn.Config(
            build_app(service),
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,  # one line an export is ours; the rest is health checks
            server_header=False,
            timeout_graceful_shutdown=_GRACE_S,
        )
        return cls(_EmbeddedServer(config), service, sock)

    async def close(self) -> None:
        """End it; exports under way have some seconds to finish."""
        self._server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await self._service.close()
