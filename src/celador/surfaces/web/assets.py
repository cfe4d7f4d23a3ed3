"""Our own css and js: where pages find them, and how long browsers may keep them."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib import resources
from os import PathLike, stat_result
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

PREFIX = "/estatico"
FOLDER = Path(str(resources.files("celador.surfaces.web").joinpath("static")))
KEPT = "public, max-age=31536000, immutable"
"""For what has another address when it changes."""


@cache
def address(name: str) -> str:
    """Where a file is, with a mark of what it holds: browsers keep it until it is another one."""
    mark = sha256((FOLDER / name).read_bytes()).hexdigest()[:12]
    return f"{PREFIX}/{name}?v={mark}"


def stylesheet(name: str) -> str:
    """The element that loads a style sheet."""
    return f'<link rel="stylesheet" href="{address(name)}">'


def script(name: str) -> str:
    """The element that runs a script before anything behind it is read."""
    return f'<script src="{address(name)}"></script>'


def module(name: str) -> str:
    """The element that runs a module once the page has been read."""
    return f'<script type="module" src="{address(name)}"></script>'


class Assets(StaticFiles):
    """The files; asked for without the mark of their content they are looked after every time."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """As `StaticFiles`, with how long it may be kept."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        marked = scope["query_string"].startswith(b"v=")
        response.headers["cache-control"] = KEPT if marked else "no-cache"
        return response
