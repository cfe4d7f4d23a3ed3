"""Values as text for the screens: number and unit, unknown, age, uncertainty."""

from __future__ import annotations

from html import escape

from celador.domain.sample import Value
from celador.surfaces.web.viewer import View

UNKNOWN = '<i class="bad">—</i>'
"""A value that is not known: a dash in italics, never 0 and never blank."""

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def quantity(view: View, value: Value, unit: str = "", decimals: int = 0) -> str:
    """A value with its unit, small and grey beside it, as HTML; the dash where it is unknown."""
    if value is None:
        return UNKNOWN
    tail = f"<small>{escape(unit)}</small>" if unit else ""
    return f"{view.number(value, decimals)}{tail}"


def duration(view: View, seconds: float) -> str:
    """A length of time in its two largest units: "0,8 s", "12 s", "3 min 5 s", "127 d 21 h"."""
    if seconds < 10:
        return f"{view.number(max(0.0, seconds), 1)} s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    for unit, name, below, small in (
        (_DAY, "d", _HOUR, "h"),
        (_HOUR, "h", _MINUTE, "min"),
        (_MINUTE, "min", 1, "s"),
    ):
        if whole >= unit:
            rest = whole % unit // below
            return f"{view.number(whole // unit)} {name}" + (f" {rest} {small}" if rest else "")
    raise AssertionError


def age(view: View, at: int | None, now: int) -> str:
    """How old something is, in words: "0,8 s"; the dash where it has never been seen."""
    return "—" if at is None else duration(view, (now - at) / 1_000_000)


def uncertainty(view: View, seconds: float | None) -> str:
    """How well an instant is known: "±1 s"; "±?" where nothing earlier was seen."""
    if seconds is None:
        return "±?"
    return f"±{view.number(seconds, 1 if seconds < 10 else 0)} s"
