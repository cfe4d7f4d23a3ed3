"""What commands share that ask something of the running monitor."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

import typer

if TYPE_CHECKING:
    from celador.config import Config
    from celador.domain.request import Answer, Request

_PATIENCE = 3.0  # s for the monitor to carry it out; it looks four times a second
_LOOK = 0.05  # s


def leave(settings: Config, request: Request) -> Answer | None:
    """Leave a request and wait a little for what becomes of it.

    Returns:
        The answer; None where no monitor has given one yet.

    Raises:
        StoreError: it could not be left.
    """
    from celador.reading import edge_requests

    box = edge_requests(settings)
    ticket = box.put(request)
    deadline = time.monotonic() + _PATIENCE
    while (answer := box.answer(ticket)) is None and time.monotonic() < deadline:
        time.sleep(_LOOK)
    return answer


def tell(answer: Answer | None, language: Literal["es", "en"]) -> None:
    """Say what became of a request; one that could not be carried out is a failure."""
    if answer is None:
        typer.echo("The monitor is not answering; it carries this out once it runs again.")
        return
    typer.echo(answer.text_en if language == "en" else answer.text_es, err=not answer.done)
    if not answer.done:
        raise typer.Exit(1)
