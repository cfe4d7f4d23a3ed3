"""Texts in the languages of the screens: gettext catalogues, one fragment for each part.

What stands in the code is English and is its own key; `locale/es/*.po` hold the Spanish.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

from babel.messages.pofile import read_po

from celador.domain.writing import Language

LANGUAGES: tuple[Language, ...] = ("es", "en")
DEFAULT_LANGUAGE: Language = "es"


@cache
def catalogue(language: Language) -> dict[str, str]:
    """Every text of a language by its English; what is not translated yet is left out."""
    texts: dict[str, str] = {}
    folder = resources.files("celador.surfaces.web").joinpath("locale", language)
    if not folder.is_dir():
        return texts
    for fragment in sorted(folder.iterdir(), key=lambda path: path.name):
        if not fragment.name.endswith(".po"):
            continue
        with fragment.open("rb") as file:
            for message in read_po(file, locale=language):
                if isinstance(message.id, str) and message.id and message.string:
                    texts[message.id] = str(message.string)
    return texts


def translate(language: Language, text: str) -> str:
    """The text in a language; the English where there is no other."""
    return catalogue(language).get(text, text)
