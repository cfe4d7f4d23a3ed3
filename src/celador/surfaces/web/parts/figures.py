"""Figures about the supply on the screen: with their bounds, their coverage, and their notes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from html import escape

from celador.domain.quality.windows import Coverage
from celador.domain.reliability.bounds import Bounds
from celador.surfaces.supply import Figure
from celador.surfaces.web.format import UNKNOWN
from celador.surfaces.web.viewer import View

_WORDS = {"cumple": "conforms", "no cumple": "does not conform", "no concluyente": "not conclusive"}

NAMES: Mapping[str, str] = {
    "tension_muestras": "Voltage samples",
    "tension": "Voltage",
    "tension_fuera": "Voltage: outside the band",
    "tension_sin_marcadas": "Voltage, without flagged windows",
    "tension_sin_marcadas_fuera": "Voltage, without flagged windows: outside the band",
    "u2_p95": "Unbalance u2 (IEC 61000-4-30)",
    "lvur_p95": "Line voltage unbalance (NEMA MG 1)",
    "pvur_p95": "Phase voltage unbalance (IEEE 112)",
    "u0_p95": "Zero sequence u0",
    "i_nema_p95": "Current unbalance",
    "i2_p95": "Currents, I2/I1",
    "eventos": "Voltage events seen",
    "frecuencia": "Frequency",
    "frecuencia_dentro": "Frequency within the band",
    "demanda_max": "Largest demand",
    "demanda_kva": "Largest apparent demand",
    "factor_carga": "Load factor",
    "energia": "Active energy",
    "energia_inversa": "Reverse energy",
    "energia_cota": "Bound by the counters",
    "reactiva": "Reactive energy",
    "tan_fi": "tan φ",
    "cos_fi": "cos φ",
    "recargo": "Charge for reactive energy",
    "fp_discrepante": "Device's power factor differs from P/S",
    "interrupciones": "Interruptions counted",
    "indeterminadas_3min": "… of which nobody knows whether they passed 3 min",
    "indeterminadas_5min": "… of which nobody knows whether they passed 5 min",
    "sin_comienzo": "… whose beginning was not seen",
    "en_curso": "… under way",
    "programadas": "… planned",
    "excluidas": "Left out (accepted force majeure; planned where asked for)",
    "ens": "Energy not supplied",
}
"""English names of figures, whose own are Spanish; those that are not here keep theirs."""


def name_of(view: View, figure: Figure) -> str:
    """What a figure is called."""
    if view.language == "es" or figure.key not in NAMES:
        return figure.text
    tail = figure.text.rpartition(" ")[2]
    dated = f" {tail}" if tail[:4].isdecimal() and tail[4:5] == "-" else ""
    return NAMES[figure.key] + dated


def value_html(view: View, value: float | str | Bounds | None, unit: str = "") -> str:
    """A figure's value: a number, an interval where it is not determined, a word, or the dash."""
    if value is None:
        return UNKNOWN
    if isinstance(value, str):
        return escape(view.t(_WORDS[value]) if value in _WORDS else value)
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
    text = view.number(value, min(decimals, 4))
    point = "," if view.language == "es" else "."
    return text.rstrip("0").rstrip(point) if point in text else text


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
        "These figures speak only of the {share} % of the period that was seen, not of the period.",
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
        f"<tr><td>{escape(name_of(view, each))}</td>"
        f'<td class="v">{value_html(view, each.value, each.unit)}</td>'
        f"<td>{_short_coverage(view, each.coverage)}</td>"
        f'<td class="muted" lang="es">{escape(each.note)}</td></tr>'
        for each in figures
    )
    return (
        f'<div class="scroll" tabindex="0"><table class="list figs"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _short_coverage(view: View, coverage: Coverage | None) -> str:
    return "" if coverage is None else f"{share_text(view, coverage.share)} %"
