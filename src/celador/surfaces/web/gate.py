"""The gate of the room: guard, login and API put before the pages."""

from __future__ import annotations

import ipaddress
from datetime import tzinfo

from fastapi import FastAPI
from starlette.requests import HTTPConnection

from celador.config import Config
from celador.ports import RequestBox
from celador.surfaces.export_http.desk import ExportDesk
from celador.surfaces.export_http.running import OpenReader
from celador.surfaces.web.access.access import Access
from celador.surfaces.web.access.guard import Guard, identity_of
from celador.surfaces.web.access.login import Doors
from celador.surfaces.web.access.nonces import mark_scripts
from celador.surfaces.web.access.roles import Identity
from celador.surfaces.web.api.routes import build_api
from celador.surfaces.web.services import History, WebServices


class AccessGate:
    """Implements `server.Gate`."""

    def __init__(
        self,
        services: WebServices,
        access: Access,
        box: RequestBox,
        open_reader: OpenReader,
        *,
        host: str,
        zone: tzinfo,
    ) -> None:
        """Put the gate together.

        Args:
            services: of the room.
            access: who may enter.
            box: where requests are left, as it is.
            open_reader: opens the history for an export.
            host: address that the room listens at.
            zone: of times where nobody has chosen one.
        """
        config: Config = services.config
        self._desk = ExportDesk(open_reader, config.exporter)
        self._access = access
        self._doors = Doors(access, zone).app()
        # Readers of its own: whoever asks for much keeps the pages from none of theirs.
        self._history = History(services.history.open)
        self._api = build_api(services, self._history, access, self._desk, box, zone)
        self._settings = config.web.access
        self._is_local = _is_loopback(host) and not config.web.behind_proxy

    def viewer(self, connection: HTTPConnection) -> Identity | None:
        """Who asks; None where nobody has logged in."""
        return identity_of(connection.scope)

    def install(self, app: FastAPI) -> None:
        """Stand before every address of the application."""
        mark_scripts()
        app.add_middleware(
            Guard,
            doors=self._doors,
            api=self._api,
            access=self._access,
            names=self._settings.names,
            api_per_minute=self._settings.api_per_minute,
            local_metrics=self._is_local,
        )

    async def close(self) -> None:
        """Let exports under way come to their end."""
        await self._desk.close()
        await self._history.close()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
