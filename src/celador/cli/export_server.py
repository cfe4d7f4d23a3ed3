"""`celador export-server`: stored samples over HTTP."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from celador.config import Config


def export_server(
    host: Annotated[
        str | None, typer.Option(help="Address to listen at; else exporter.host, 127.0.0.1.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="TCP port, 0 for a free one; else exporter.port, 8000.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", "-c", help="Configuration that names the store; else celador.toml."
        ),
    ] = None,
    store: Annotated[Path | None, typer.Option(help="The store itself, instead.")] = None,
) -> None:
    """Give stored samples out over HTTP, as files and on a page with a form, until Ctrl-C.

    The environment variable CELADOR_EXPORT_TOKEN (or CELADOR_EXPORT_TOKEN_FILE) holds the token
    that lets people in. Without one, only this machine can reach the service.

    celador export-server --store celador.db

    curl -OJ 'http://127.0.0.1:8000/export.csv?from=-1d&every=15min'
    """
    from celador import loop
    from celador.cli.export import config_of
    from celador.cli.runtime import set_up_logging
    from celador.surfaces.export_server import ensure_safe, read_token

    settings = config_of(config, store)
    token = read_token(os.environ)
    where = host or settings.exporter.host
    ensure_safe(where, token)
    set_up_logging(settings.log_level)
    loop.run(_serve(settings, where, settings.exporter.port if port is None else port, token))


async def _serve(settings: Config, host: str, port: int, token: str | None) -> None:
    from celador.cli.runtime import stop_on_signals
    from celador.reading import open_history
    from celador.surfaces.export import local_timezone
    from celador.surfaces.export_server import ExportServer

    with stop_on_signals() as stop:
        server = await ExportServer.start(
            lambda: open_history(settings),
            settings.exporter,
            host=host,
            port=port,
            token=token,
            zone=local_timezone(),
        )
        try:
            typer.echo(f"Export service at http://{host}:{server.port}/", err=True)
            if token is None:
                typer.echo("No token is set: only this machine can reach it.", err=True)
            await stop.wait()
        finally:
            await server.close()
