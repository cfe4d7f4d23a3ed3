"""Form controls as HTML: forms of plain GET, so that what is seen has an address of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from html import escape
from urllib.parse import urlencode


def form(*parts: str, action: str, label: str) -> str:
    """A form that asks for a page anew.

    Args:
        parts: its fields, as HTML.
        action: the page's path.
        label: what it is for, for who cannot see it.
    """
    return (
        f'<form class="ask" action="{escape(action)}" method="get" aria-label="{escape(label)}">'
        f"{''.join(parts)}</form>"
    )


def field(label: str, control: str) -> str:
    """A control with its name above it."""
    return f'<label class="field"><span>{escape(label)}</span>{control}</label>'


def select(name: str, options: Mapping[str, str], chosen: str) -> str:
    """A list of which one is chosen."""
    inside = "".join(
        f'<option value="{escape(key)}"{" selected" if key == chosen else ""}>'
        f"{escape(text)}</option>"
        for key, text in options.items()
    )
    return f'<select name="{escape(name)}">{inside}</select>'


def entry(name: str, value: str, *, kind: str = "text", hint: str = "") -> str:
    """A field to write in."""
    step = ' step="1"' if kind == "datetime-local" else ""
    return (
        f'<input type="{kind}" name="{escape(name)}" value="{escape(value)}"{step}'
        f' placeholder="{escape(hint)}" autocomplete="off">'
    )


def chips(
    name: str,
    options: Mapping[str, str],
    chosen: Collection[str],
    *,
    kind: str = "checkbox",
    hinted: bool = False,
) -> str:
    """Small boxes to tick, or of which one is chosen with `kind` radio; `hinted` tells the keys."""
    hint = ' title="{}"'
    return "".join(
        f'<label class="pick"{hint.format(escape(key)) if hinted else ""}>'
        f'<input type="{kind}" name="{escape(name)}" value="{escape(key)}"'
        f"{' checked' if key in chosen else ''}><span>{escape(text)}</span></label>"
        for key, text in options.items()
    )


def group(label: str, inside: str) -> str:
    """Controls that belong together."""
    return (
        f'<fieldset class="field"><legend>{escape(label)}</legend>'
        f'<div class="picks">{inside}</div></fieldset>'
    )


def folded(summary: str, inside: str, *, opened: bool = False) -> str:
    """Controls that stay out of the way until they are asked for."""
    return (
        f'<details class="fold"{" open" if opened else ""}><summary>{escape(summary)}</summary>'
        f"{inside}</details>"
    )


def submit(text: str) -> str:
    """The button that sends the form."""
    return f'<button type="submit" class="plain strong">{escape(text)}</button>'


def link(path: str, fields: Sequence[tuple[str, str]], text: str, *, css: str = "plain") -> str:
    """A link to a page with some fields filled in."""
    return f'<a class="{css}" href="{escape(address(path, fields))}">{escape(text)}</a>'


def address(path: str, fields: Sequence[tuple[str, str]]) -> str:
    """A path with its query."""
    return f"{path}?{urlencode([each for each in fields if each[1]])}" if fields else path
