"""Small bars beside a figure: how far it is from its limit, or from what is declared."""

from __future__ import annotations

from celador.surfaces.web.parts.markup import tag

_WIDTH = 100
_ROOM = 1.15  # the scale goes this far beyond the limit, so that a little too much is seen as such


def limit_bar(value: float | None, limit: float, *, tone: str) -> str:
    """A magnitude against its limit: a bar from zero, and a mark at the limit.

    Args:
        value: in the unit of the limit; None gives an empty track.
        limit: more than 0.
        tone: the phase whose colour it has, or "ink".
    """
    share = 0.0 if value is None else min(1.0, abs(value) / (limit * _ROOM))
    over = value is not None and abs(value) > limit
    mark = _WIDTH / _ROOM
    return _bar(
        tag("rect", x=0, y=1, width=_WIDTH, height=3, rx=1.5, class_="track"),
        tag("rect", x=0, y=1, width=float(share * _WIDTH), height=3, rx=1.5, class_="fill"),
        tag("rect", x=float(mark - 0.5), y=0, width=1, height=5, class_="limit"),
        tone=tone,
        over=over,
        unknown=value is None,
    )


def deviation_bar(value: float | None, declared: float, band: float, *, tone: str) -> str:
    """A magnitude against what is declared: the band as a track, and a mark on it.

    Args:
        value: in the unit of `declared`; None gives an empty track.
        declared: the middle, more than 0.
        band: how far it may be from it, %.
        tone: the phase whose colour it has, or "ink".
    """
    half = _WIDTH / 2
    reach = 2 * band  # % from the middle to the edge of the picture
    deviation = 0.0 if value is None else 100 * (value - declared) / declared
    at = half + half * max(-1.0, min(1.0, deviation / reach))
    parts = [
        tag("rect", x=0, y=2, width=_WIDTH, height=1, class_="track"),
        tag("rect", x=half / 2, y=1, width=half, height=3, rx=1.5, class_="track"),
        tag("rect", x=half - 0.5, y=0, width=1, height=5, class_="limit"),
    ]
    if value is not None:
        parts.append(tag("rect", x=float(at - 2), y=0, width=4, height=5, class_="fill"))
    over = value is not None and abs(deviation) > band
    return _bar(*parts, tone=tone, over=over, unknown=value is None)


def _bar(*parts: str, tone: str, over: bool, unknown: bool) -> str:
    extra = " over" if over else " unknown" if unknown else ""
    return tag(
        "svg",
        *parts,
        viewBox="0 0 100 5",
        preserveAspectRatio="none",
        class_=f"bar tone-{tone}{extra}",
        aria_hidden="true",
    )
