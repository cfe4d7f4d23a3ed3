"""Numbers and texts as a language writes them, for every sentence and every screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Language = Literal["es", "en"]

_UNACCENTED = str.maketrans("áéíóúüàèìòùâêîôûäëïö", "aeiouuaeiouaeiouaeio")
_SPANISH = str.maketrans(",.", ".,")  # as Argentina writes it: 13.214,5


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in both languages."""

    es: str
    en: str

    def pick(self, language: Language) -> str:
        """Those of one language."""
        return self.es if language == "es" else self.en


def number(value: float, decimals: int, language: Language) -> str:
    """A number with its thousands apart: 13.214,5 in Spanish, 13,214.5 in English.

    Args:
        value: a finite number.
        decimals: how many digits after the point, 0 or more.
        language: "es" or "en".
    """
    text = f"{value:,.{decimals}f}"
    if text.startswith("-") and not text.strip("-0.,"):
        text = text[1:]  # what is rounded to nothing has no sign
    return text if language == "en" else text.translate(_SPANISH)


def trimmed(value: float, decimals: int, language: Language) -> str:
    """A number with at most so many decimals, and none that say nothing: 1.840, 0,5."""
    text = number(value, decimals, language)
    return text.rstrip("0").rstrip(",.") if decimals else text


def plain(text: str) -> str:
    """A text as it is compared: without case and accents, so that "tension" finds "Tensión"."""
    return text.casefold().translate(_UNACCENTED)
