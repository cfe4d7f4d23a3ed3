"""`celador web`: the control room."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from celador.domain.errors import CeladorError

if TYPE_CHECKING:
    from celador.config import Config
    from celador.surfaces.web.server import Address


def web(
    host: Annotated[
        str | None, typer.Option(help="Address to listen at; else web.host, 127.0.0.1.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="TCP port, 0 for a free one; else web.port, 8080.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", "-c", help="Configuration that names the store; else celador.toml."
        ),
    ] = None,
    store: Annotated[Path | None, typer.Option(help="The store itself, instead.")] = None,
) -> None:
    """Show the control room in the browser, until Ctrl-C.

    It reads what the monitor stores, which may be another process; it never talks to a recloser.
    Make the first user before:

    celador users add ana --role administrator

    celador web --config celador.toml
    """
    from celador import loop
    from celador.cli.export import config_of
    from celador.cli.runtime import set_up_logging
    from celador.room import address_of

    settings = config_of(config, store)
    set_up_logging(settings.log_level)
    address = address_of(settings)
    address = replace(
        address,
        host=address.host if host is None else host,
        port=address.port if port is None else port,
    )
    loop.run(_serve(settings, address))


async def _serve(config: Config, address: Address) -> None:
    from celador.cli.runtime import stop_on_signals
    from celador.room import room

    with stop_on_signals() as stop:
        async with room(config, address) as server:
            typer.echo(f"Control room at {server.url}", err=True)
            stopped, ended = (asyncio.ensure_future(each) for each in (stop.wait(), server.ended()))
            await asyncio.wait([stopped, ended], return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
            ended.cancel()
    if not stop.is_set():
        raise CeladorError("the control room ended by itself; look at the log and start it again")
