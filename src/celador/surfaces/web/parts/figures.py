"""Figures about the supply on the screen: with their bounds, their coverage, and their notes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape

from celador.domain.quality.windows import Coverage
from celador.domain.reliability.bounds import Bounds
from celador.domain.writing import trimmed
from celador.surfaces.supply import UNITS, WORDS, Figure
from celador.surfaces.web.format import UNKNOWN
from celador.surfaces.web.viewer import View


def unit_of(view: View, figure: Figure) -> str:
    """What a figure is measured in; programs have the Spanish."""
    return figure.unit if view.language == "es" else UNITS.get(figure.unit, figure.unit)


def value_html(view: View, value: float | str | Bounds | None, unit: str = "") -> str:
    """A figure's value: a number, an interval where it is not determined, a word, or the dash."""
    if value is None:
        return UNKNOWN
    if isinstance(value, str):
        return escape(value if view.language == "es" else WORDS.get(value, value))
    bounds = value if isinstance(value, Bounds) else Bounds(value, value)
    tail = f" <small>{escape(unit)}</small>" if unit else ""
    if bounds.exact:
        return f"{number(view, bounds.low)}{tail}"
    if math.isinf(bounds.high):
        return f"≥ {number(view, bounds.low)}{tail}"
    return f"[{number(view, bounds.low)}; {number(view, bounds.high)}]{tail}"


def number(view: View, value: float) -> str:
    """Four significant digits, as people read them."""
    if abs(value) < 1e-9:
        return "0"
    decimals = max(0, 3 - math.floor(math.log10(abs(value))))
    return trimmed(value, min(decimals, 4), view.language)


def share_text(view: View, share: float) -> str:
    """A share of 0 to 1 as percent; what is not quite nothing or all is not rounded to it."""
    if 0 < share < 0.001:
        return f"< {view.number(0.1, 1)}"
    if 0.999 < share < 1:
        return f"> {view.number(99.9, 1)}"
    return view.number(100 * share, 1)


def in_part(view: View, coverage: Coverage) -> str:
    """A warning where too little of the period was seen to speak of it; else nothing."""
    if coverage.conclusive:
        return ""
    said = view.t(
        "These figures hold only for the {share} % of the period that was seen, not for all of it.",
        share=share_text(view, coverage.share),
    )
    return f'<p class="trouble" role="note">{escape(said)}</p>'


def coverage_html(view: View, coverage: Coverage | None) -> str:
    """How much of the data is there, as a word and a small bar."""
    if coverage is None:
        return ""
    percent = 100 * coverage.share
    text = view.t("data available {share} %", share=share_text(view, coverage.share))
    return (
        f'<span class="cover"><meter min="0" max="100" low="80" value="{percent:.1f}"'
        f' aria-label="{escape(text)}"></meter>{escape(text)}</span>'
    )


def tile(title: str, value: str, note: str = "") -> str:
    """One figure large enough to be read across a desk; `value` is HTML."""
    below = f"<i>{escape(note)}</i>" if note else ""
    return f'<div class="figure"><span>{escape(title)}</span><b>{value}</b>{below}</div>'


def figures_table(view: View, figures: Iterable[Figure]) -> str:
    """Every figure with its coverage and what must be known to read it."""
    heads = ("Figure", "Value", "Data", "To be known")
    head = "".join(f'<th scope="col">{escape(view.t(each))}</th>' for each in heads)
    rows = "".join(
        f"<tr><td>{subscripted(escape(each.text.pick(view.language)))}</td>"
        f'<td class="v">{value_html(view, each.value, unit_of(view, each))}</td>'
        f"<td>{_short_coverage(view, each.coverage)}</td>"
        f'<td class="muted">{escape(_note(view, each))}</td></tr>'
        for each in figures
    )
    return (
        f'<div class="scroll" tabindex="0"><table class="list figs told">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def subscripted(said: str) -> str:
    """MAIFI_E as IEEE 1366 writes it, as HTML."""
    return said.replace("MAIFI_E", "MAIFI<sub>E</sub>")


def _note(view: View, figure: Figure) -> str:
    return "" if figure.note is None else figure.note.pick(view.language)


def _short_coverage(view: View, coverage: Coverage | None) -> str:
    return "" if coverage is None else f"{share_text(view, coverage.share)} %"
