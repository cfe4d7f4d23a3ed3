"""One figure with its unit, its coverage, and what must be known to read it."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TextIO

from celador.domain.quality.windows import Coverage
from celador.domain.reliability.bounds import Bounds
from celador.domain.writing import Text, trimmed

_NOTHING = 1e-9  # what binary fractions leave where there is nothing

CSV_FIELDS = ("equipo", "periodo", "figura", "minimo", "maximo", "valor", "unidad", "cobertura",
              "nota")  # fmt: skip

Cell = str | int | float | bool | None


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


def as_text(figure: Figure) -> tuple[str, str, str, str, str]:
    """A figure for people, in Spanish: name, value, unit, coverage, note."""
    coverage = "" if figure.coverage is None else f"{_number(100 * figure.coverage.share)} %"
    return figure.text.es, _shown(figure), figure.unit, coverage, _note(figure)


def _note(figure: Figure) -> str:
    return "" if figure.note is None else figure.note.es


def _shown(figure: Figure) -> str:
    bounds = figure.bounds
    if bounds is None:
        return str(figure.value) if figure.value is not None else "sin datos"
    if bounds.exact:
        return _number(bounds.low)
    if math.isinf(bounds.high):
        return f"≥ {_number(bounds.low)}"
    return f"{_number(bounds.low)} a {_number(bounds.high)}"


def _number(value: float) -> str:
    if abs(value) < _NOTHING:
        return "0"
    # Four digits that count, as many as the registers have.
    decimals = max(0, 3 - math.floor(math.log10(abs(value))))
    return trimmed(value, decimals, "es")


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
        "nota": _note(figure),
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
