"""What commands share that ask something of the running monitor."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import typer

if TYPE_CHECKING:
    from celador.config import Config
    from celador.domain.request import Answer, Request
    from celador.ports import RequestBox

_PATIENCE = 3.0  # s for the monitor to carry it out; it looks four times a second
_LOOK = 0.05  # s


def leave(settings: Config, requests: Sequence[Request]) -> Sequence[Answer | None]:
    """Leave requests of one person and wait a little for what becomes of them.

    Returns:
        The answer to each; None where no monitor has given one yet.

    Raises:
        StoreError: they could not be left.
    """
    with _written_down(settings, requests[0].by) as box:
        tickets = [box.put(each) for each in requests]
    deadline = time.monotonic() + _PATIENCE
    while None in (answers := [box.answer(each) for each in tickets]):
        if time.monotonic() >= deadline:
            break
        time.sleep(_LOOK)
    return answers


@contextmanager
def _written_down(settings: Config, by: str) -> Iterator[RequestBox]:
    """The box for requests; what is left in it gets its row in the audit trail of the room."""
    from celador.cli.users import access_of
    from celador.reading import edge_requests
    from celador.surfaces.web.access.file import path_beside
    from celador.surfaces.web.access.roles import Identity, Role, Via

    box = edge_requests(settings)
    path = path_beside(settings.store.path)
    if not path.exists():  # there has never been a control room
        yield box
        return
    with access_of(path) as access:
        yield access.requests(box, Identity(by, Role.ADMINISTRATOR, Via.CONSOLE))


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
