"""What commands share that ask something of the running monitor."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import typer

if TYPE_CHECKING:
    from celador.config import Config
    from celador.domain.request import Answer, Request

_PATIENCE = 3.0  # s for the monitor to carry it out; it looks four times a second
_LOOK = 0.05  # s


def leave(settings: Config, requests: Sequence[Request]) -> Sequence[Answer | None]:
    """Leave requests and wait a little for what becomes of them.

    Returns:
        The answer to each; None where no monitor has given one yet.

    Raises:
        StoreError: they could not be left.
    """
    from celador.reading import edge_requests

    box = edge_requests(settings)
    tickets = [box.put(each) for each in requests]
    deadline = time.monotonic() + _PATIENCE
    while None in (answers := [box.answer(each) for each in tickets]):
        if time.monotonic() >= deadline:
            break
        time.sleep(_LOOK)
    return answers


def tell(
    answers: Sequence[Answer | None], language: Literal["es", "en"], of: Sequence[str]
) -> None:
    """Say what became of requests; one that could not be carried out is a failure.

    Args:
        answers: to the requests.
        language: of the sentences.
        of: the recloser that each request is of, by its name; "" for none.
    """
    for answer, name in zip(answers, of, strict=True):
        if answer is not None:
            said = answer.text_en if language == "en" else answer.text_es
            typer.echo(f"{name}: {said}" if name else said, err=not answer.done)
    if None in answers:
        typer.echo("The monitor is not answering; it carries this out once it runs again.")
    if any(answer is not None and not answer.done for answer in answers):
        raise typer.Exit(1)
