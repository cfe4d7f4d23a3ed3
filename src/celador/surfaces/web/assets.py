"""Our own css and js: where pages find them, and how long browsers may keep them."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib import resources
from os import PathLike, stat_result
from pathlib import Path, PurePath

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

PREFIX = "/estatico"
FOLDER = Path(str(resources.files("celador.surfaces.web").joinpath("static")))
KEPT = "public, max-age=31536000, immutable"
"""For what has another address when it changes."""


@cache
def mark() -> str:
    """The name of the folder in addresses: another one when any of its files is another one.

    One for all, since a module names the one that it imports by its place beside itself.
    """
    whole = sha256()
    for each in sorted(FOLDER.iterdir()):
        whole.update(each.name.encode() + each.read_bytes())
    return whole.hexdigest()[:12]


def address(name: str) -> str:
    """Where a file is; browsers keep what is there until there is something else."""
    return f"{PREFIX}/{mark()}/{name}"


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
    """The files; under any mark but the present one they are looked after every time."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    def get_path(self, scope: Scope) -> str:
        """The name of the file: what follows the mark, where there is one."""
        return PurePath(super().get_path(scope)).name

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """As `StaticFiles`, with how long it may be kept."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        marked = mark() in PurePath(super().get_path(scope)).parts
        response.headers["cache-control"] = KEPT if marked else "no-cache"
        return response
