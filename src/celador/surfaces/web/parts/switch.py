"""The switch as a symbol: shape, word and colour together say where it is.

No standard of ours fixes which colour is closed; the stylesheet has the three palettes. The shapes
alone tell the six states apart, so that nothing rests on colour.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from celador.surfaces.web.parts.markup import tag, text

Translate = Callable[[str], str]


class Shown(Enum):
    """What the screen says of a switch; the value is the name that the stylesheet uses."""

    CLOSED = "closed"
    OPEN = "open"
    TRIPPED = "tripped"  # open by protection, without a reclosing to come
    LOCKED = "locked"  # open and locked out after a fault
    RECLOSING = "reclosing"  # open within a sequence
    UNKNOWN = "unknown"


_WORDS = {
    Shown.CLOSED: "CLOSED",
    Shown.OPEN: "OPEN",
    Shown.TRIPPED: "TRIPPED",
    Shown.LOCKED: "LOCKED OUT",
    Shown.RECLOSING: "RECLOSING",
    Shown.UNKNOWN: "?",
}


@dataclass(frozen=True, slots=True)
class Switch:
    """A switch as it is shown.

    Attributes:
        shown: its state.
        trips: of the sequence under way, 0 where it is not known.
        trips_to_lockout: how many the sequence has, None where nobody said so.
        stale: the state is the last known one, and not from now.
    """

    shown: Shown
    trips: int = 0
    trips_to_lockout: int | None = None
    stale: bool = False


def word(switch: Switch, t: Translate) -> str:
    """The state in capitals: CERRADO, ABIERTO, DISPARADO, BLOQUEADO, RECERRANDO 2/3, ?."""
    base = _WORDS[switch.shown]
    said = base if switch.shown is Shown.UNKNOWN else t(base)
    if switch.shown is not Shown.RECLOSING or not switch.trips:
        return said
    of = f"/{switch.trips_to_lockout}" if switch.trips_to_lockout else ""
    return f"{said} {switch.trips}{of}"


# In a square of 24 units: the frame, and what is drawn in it.
_MARKS = {
    Shown.CLOSED: "M12 6.5V17.5",
    Shown.OPEN: "M6.5 12H17.5",
    Shown.TRIPPED: "M7.5 16.5L16.5 7.5",
    Shown.LOCKED: "M7.5 7.5L16.5 16.5M7.5 16.5L16.5 7.5",
    Shown.RECLOSING: "M16.6 13.2A4.9 4.9 0 1 1 15.6 8.6M16 5.4V9H12.4",
}


def shape(switch: Switch) -> str:
    """The drawing in a square of 24 units, for a picture of its own or as a part of another."""
    shown = switch.shown
    frame = tag("rect", x=3, y=3, width=18, height=18, rx=2, class_="sw-frame")
    if shown is Shown.UNKNOWN:
        mark = tag("text", text("?"), x=12, y=16.6, class_="sw-ask", text_anchor="middle")
    else:
        mark = tag("path", d=_MARKS[shown], class_="sw-mark")
    return tag("g", frame, mark, class_=classes(switch))


def classes(switch: Switch) -> str:
    """What the stylesheet goes by."""
    return f"sw sw-{switch.shown.value}{' stale' if switch.stale else ''}"


@lru_cache(maxsize=256)
def symbol(switch: Switch, size: int = 22) -> str:
    """The symbol as a picture; the word stands beside it, so it needs no text of its own."""
    return tag(
        "svg",
        shape(switch),
        viewBox="0 0 24 24",
        width=size,
        height=size,
        class_="symbol",
        aria_hidden="true",
    )


def badge(switch: Switch, t: Translate, size: int = 22) -> str:
    """Symbol and word."""
    said = tag("b", text(word(switch, t)))
    return tag("span", symbol(switch, size), said, class_=f"state {classes(switch)}")
