"""A page and what it is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from celador.surfaces.web.access.roles import Role
from celador.surfaces.web.services import WebServices
from celador.surfaces.web.stream import Topic
from celador.surfaces.web.viewer import Viewer

_DIGITS = 18


def whole_number(text: str) -> int | None:
    """A number in an address, such as an id; None for what is none, or would not fit 64 bits."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else None


@dataclass(frozen=True, slots=True)
class PageContext:
    """What a page is given when somebody opens it.

    Attributes:
        viewer: who.
        services: what the page may use.
        parameters: of the path and of the query, as text.
    """

    viewer: Viewer
    services: WebServices
    parameters: Mapping[str, str]


def _always(_services: WebServices) -> bool:
    return True


Builder = Callable[[PageContext], Awaitable[None]]
"""Makes the elements of a page of NiceGUI, inside the frame."""

FileMaker = Callable[[PageContext, Request], Awaitable[Response]]
"""Makes the answer to a request for a file."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the room.

    Attributes:
        path: where it is, with {names} of parameters; Spanish.
        title: its name, English (a text to translate).
        icon: the inside of a 24 x 24 SVG, drawn with lines.
        build: makes its elements, inside the frame; None for a page that is HTML and no more.
        html: its inside as HTML, where it has no elements of NiceGUI.
        modules: scripts of our own that such a page runs.
        needs: who may open it.
        shown: whether it is there at all with these services.
        in_menu: whether the navigation names it.
        minor: left out of the phone's short navigation.
        topics: what it streams, by name.
        heading: what stands above it instead of the title, ready to be read; None for the title.
        files: what it gives to be saved, by path; who may open the page may have them.
    """

    path: str
    title: str
    icon: str
    build: Builder | None = None
    html: Callable[[PageContext], str] | None = None
    modules: tuple[str, ...] = ()
    needs: Role = Role.VIEWER
    shown: Callable[[WebServices], bool] = _always
    in_menu: bool = True
    minor: bool = False
    topics: Mapping[str, Topic] = field(default_factory=dict)
    heading: Callable[[PageContext], str] | None = None
    files: Mapping[str, FileMaker] = field(default_factory=dict)

    def headed(self, context: PageContext) -> str:
        """What stands above it."""
        if self.heading is not None:
            return self.heading(context)
        return context.viewer.t(self.title)

    def document_title(self, context: PageContext) -> str:
        """What the browser's tab says."""
        return f"{self.headed(context)} · Celador"
