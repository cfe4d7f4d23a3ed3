"""HTML and SVG as text, with every value escaped: the pictures are made on the server."""

from __future__ import annotations

from html import escape

_VOID = frozenset(("br", "hr", "img", "input", "meta", "link"))

Attribute = str | float | bool | None


def tag(name: str, /, *inside: str, **attributes: Attribute) -> str:
    """One element.

    Args:
        name: of the element.
        inside: markup; text goes through `text` first.
        attributes: an underscore becomes a hyphen and one at the end falls away (`class_`);
            None and False leave the attribute out, True writes it without a value.
    """
    head = f"<{name}{''.join(_written(key, each) for key, each in attributes.items())}>"
    return head if name in _VOID else f"{head}{''.join(inside)}</{name}>"


def text(value: object) -> str:
    """A value as text inside an element."""
    return escape(str(value), quote=False)


def number(value: float) -> str:
    """A coordinate: a tenth of a unit is finer than any screen shows."""
    return f"{value:.1f}".removesuffix(".0")


def _written(key: str, value: Attribute) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    if value is True:
        return f" {name}"
    written = number(value) if isinstance(value, float) else str(value)
    return f' {name}="{escape(written)}"'
