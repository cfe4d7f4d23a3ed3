"""Which stretch of time a page shows: the last hours, or from one instant to another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from celador.domain.errors import UsageError
from celador.surfaces.export import parse_instant
from celador.surfaces.web.parts.controls import chips, entry, field, folded, group
from celador.surfaces.web.viewer import View

_SECOND = 1_000_000
_MINUTE, _HOUR, _DAY = 60 * _SECOND, 3600 * _SECOND, 86_400 * _SECOND

PRESETS: Mapping[str, tuple[int, str]] = {
    "15min": (15 * _MINUTE, "15 minutes"),
    "1h": (_HOUR, "1 hour"),
    "6h": (6 * _HOUR, "6 hours"),
    "24h": (_DAY, "24 hours"),
    "7d": (7 * _DAY, "7 days"),
    "30d": (30 * _DAY, "30 days"),
    "365d": (365 * _DAY, "1 year"),
}
"""Words of the address, how long they are (µs), and what they are called."""

CHOSEN = "fechas"
"""The word for a range between two instants."""


@dataclass(frozen=True, slots=True)
class Range:
    """A stretch of time.

    Attributes:
        start: first instant, included, UTC in microseconds since 1970.
        end: last instant, excluded.
        word: of PRESETS, or CHOSEN.
        trouble: what could not be understood, in the reader's language; "" for nothing.
    """

    start: int
    end: int
    word: str
    trouble: str = ""

    @property
    def live(self) -> bool:
        """Whether it ends at the present and moves with it."""
        return self.word in PRESETS

    def fields(self, view: View) -> list[tuple[str, str]]:
        """As fields of an address."""
        if self.live:
            return [("rango", self.word)]
        return between(view, self.start, self.end)


def asked_range(parameters: Mapping[str, str], view: View, now: int, default: str) -> Range:
    """The range that an address asks for; the default where it cannot be understood.

    Args:
        parameters: of the address: `rango`, `desde` and `hasta`.
        view: whose zone the instants are written in.
        now: the present, UTC in microseconds since 1970.
        default: word of PRESETS.
    """
    word = parameters.get("rango", CHOSEN if parameters.get("desde") else default)
    if word in PRESETS:
        return Range(now - PRESETS[word][0], now, word)
    usual = Range(now - PRESETS[default][0], now, default)
    if word != CHOSEN:
        return usual
    try:
        start = _edges(parameters.get("desde") or "today", view, now)[0]
        end = max(_edges(parameters.get("hasta") or "now", view, now))
    except UsageError:
        trouble = view.t("These dates cannot be understood; the usual range is shown.")
        return Range(usual.start, usual.end, usual.word, trouble)
    if start >= end:
        trouble = view.t("The range ends before it begins; the usual range is shown.")
        return Range(usual.start, usual.end, usual.word, trouble)
    return Range(start, end, CHOSEN)


def _edges(text: str, view: View, now: int) -> list[int]:
    """The instants that a text may mean, which most often is one.

    A calendar field has no distance from UTC. A time that the clocks show twice, or skip, is two:
    as read on the clock before the change, and on the one after. The first begins a day whose
    midnight is skipped; a range that ends at the later of them lacks nothing.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return [parse_instant(text, view.zone, now=now)]
    if moment.tzinfo is not None:
        return [parse_instant(text, view.zone, now=now)]
    folds = (0, 1) if "T" in text else (0,)  # a day alone begins at its first instant
    local = [moment.replace(tzinfo=view.zone, fold=fold) for fold in folds]
    return [parse_instant(each.isoformat(), view.zone, now=now) for each in local]


def between(view: View, start: int, end: int) -> list[tuple[str, str]]:
    """A range between two instants as fields of an address, which say how far from UTC they are."""
    return [("rango", CHOSEN), ("desde", exact(view, start)), ("hasta", exact(view, end))]


def exact(view: View, instant: int) -> str:
    """An instant as ISO 8601 writes it, local with its distance from UTC, to the second."""
    return view.local(instant).isoformat(timespec="seconds")


def written(view: View, instant: int) -> str:
    """An instant as the browser's calendar fields write it: local, to the second."""
    return f"{view.local(instant):%Y-%m-%dT%H:%M:%S}"


def range_controls(view: View, found: Range) -> str:
    """Presets, and a calendar for everything else, as HTML."""
    names = {word: view.t(name) for word, (_, name) in PRESETS.items()}
    words = {**names, CHOSEN: view.t("Dates")}
    calendar = "".join(
        field(view.t(label), entry(name, written(view, at), kind="datetime-local"))
        for name, label, at in (("desde", "From", found.start), ("hasta", "To", found.end))
    )
    inside = chips("rango", words, (found.word,), kind="radio")
    return group(view.t("Range"), inside) + folded(
        view.t("Calendar"), f'<div class="row">{calendar}</div>', opened=not found.live
    )
