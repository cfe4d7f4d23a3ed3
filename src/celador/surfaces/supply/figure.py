"""One figure with its unit, its coverage, and what must be known to read it."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TextIO

from celador.domain.quality.windows import Coverage
from celador.domain.reliability.bounds import Bounds
from celador.domain.writing import Language, Text, trimmed

_NOTHING = 1e-9  # what binary fractions leave where there is nothing

CSV_FIELDS = ("equipo", "periodo", "figura", "minimo", "maximo", "valor", "unidad", "cobertura",
              "nota")  # fmt: skip

Cell = str | int | float | bool | None

_NO_DATA = Text("sin datos", "no data")
_TO = Text("a", "to")
WORDS = {"cumple": "conforms", "no cumple": "does not conform", "no concluyente": "not conclusive"}
"""What a figure's word is in English."""
UNITS = {
    "int/usuario": "int/customer",
    "min/usuario": "min/customer",
    "eventos/usuario": "events/customer",
    "meses": "months",
}
"""Units in English, where they are not those of the Spanish."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        key: its name for programs; never changes.
        text: its name for people.
        value: a number, a pair of bounds, a word, or None where it is not known.
        unit: empty where there is none.
        coverage: how much of the data is there; None where the figure has none of its own.
        note: what must be known to read it; None for nothing.
    """

    key: str
    text: Text
    value: float | str | Bounds | None
    unit: str = ""
    coverage: Coverage | None = None
    note: Text | None = None

    @property
    def bounds(self) -> Bounds | None:
        """The value as bounds; None for a word or nothing."""
        if isinstance(self.value, int | float):
            return Bounds(self.value, self.value)
        return self.value if isinstance(self.value, Bounds) else None


def as_text(figure: Figure, language: Language) -> tuple[str, str, str, str, str]:
    """A figure for people: name, value, unit, coverage, note."""
    share = None if figure.coverage is None else 100 * figure.coverage.share
    return (
        figure.text.pick(language),
        _shown(figure, language),
        figure.unit if language == "es" else UNITS.get(figure.unit, figure.unit),
        "" if share is None else f"{_number(share, language)} %",
        "" if figure.note is None else figure.note.pick(language),
    )


def _shown(figure: Figure, language: Language) -> str:
    bounds = figure.bounds
    if bounds is None:
        word = _NO_DATA.pick(language) if figure.value is None else str(figure.value)
        return word if language == "es" else WORDS.get(word, word)
    low = _number(bounds.low, language)
    if bounds.exact:
        return low
    if math.isinf(bounds.high):
        return f"≥ {low}"
    return f"{low} {_TO.pick(language)} {_number(bounds.high, language)}"


def _number(value: float, language: Language) -> str:
    if abs(value) < _NOTHING:
        return "0"
    # Four digits that count, as many as the registers have.
    decimals = max(0, 3 - math.floor(math.log10(abs(value))))
    return trimmed(value, decimals, language)


def as_row(figure: Figure) -> dict[str, Cell]:
    """A figure for programs; what has no upper end, or is not known, is None."""
    bounds = figure.bounds
    word = figure.value if isinstance(figure.value, str) else None
    return {
        "figura": figure.key,
        "minimo": None if bounds is None else _finite(bounds.low),
        "maximo": None if bounds is None else _finite(bounds.high),
        "valor": word,
        "unidad": figure.unit,
        "cobertura": None if figure.coverage is None else round(figure.coverage.share, 6),
        "nota": "" if figure.note is None else figure.note.es,
    }


def write_csv(out: TextIO, period: str, sections: Iterable[tuple[str, Iterable[Figure]]]) -> None:
    """Figures as CSV.

    Args:
        out: where to.
        period: its name.
        sections: what the figures are of (a recloser's name, or the fleet), and they.
    """
    writer = csv.DictWriter(out, CSV_FIELDS, lineterminator="\n")
    writer.writeheader()
    for name, figures in sections:
        writer.writerows({"equipo": name, "periodo": period, **as_row(each)} for each in figures)


def _finite(value: float) -> float | None:
    # 15 digits: the error of the binary form does not show.
    return None if math.isinf(value) else float(f"{value:.15g}")
