"""The order in which people look for names."""

from __future__ import annotations

import re
import unicodedata

_NUMBER = re.compile(r"([0-9]+)")


def natural_key(name: str) -> tuple[tuple[str, int], ...]:
    """What names are sorted by: R-2 before R-10, Ábaco beside Abad, ñ between n and o.

    Args:
        name: of a recloser.
    """
    composed = unicodedata.normalize("NFC", name).casefold().replace("ñ", "n~")
    marked = unicodedata.normalize("NFD", composed)
    plain = "".join(each for each in marked if not unicodedata.combining(each))
    parts = _NUMBER.split(plain)  # text, number, text, ... and a text at both ends
    numbers = [*map(int, parts[1::2]), 0]
    return tuple(zip(parts[::2], numbers, strict=True))
