"""Contrast of the stylesheet by the formula of WCAG 2.2 (1.4.3 and 1.4.11), in every theme."""

from __future__ import annotations

import re
from importlib import resources

import pytest

_CSS = resources.files("celador.surfaces.web").joinpath("static", "celador.css").read_text("utf-8")
_TEXT, _PICTURE = 4.5, 3.0


def _properties(selector: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for block in re.findall(re.escape(selector) + r"\s*\{(.*?)\}", _CSS, re.DOTALL):
        found.update(re.findall(r"--([\w-]+):\s*([^;]+);", block))
    return found


def _colours(theme: str, palette: str) -> dict[str, str]:
    found = _properties(":root")
    if theme == "dark":
        found |= _properties('[data-theme="dark"]')
    if palette != "utilitaria":
        found |= _properties(f'[data-palette="{palette}"]')
    return found


def _luminance(colours: dict[str, str], name: str) -> float:
    value = colours[name].strip()
    while reference := re.fullmatch(r"var\(--([\w-]+)\)", value):
        value = colours[reference[1]].strip()
    digits = value.lstrip("#")
    if len(digits) == 3:
        digits = "".join(2 * each for each in digits)
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(colours: dict[str, str], one: str, other: str) -> float:
    high, low = sorted((_luminance(colours, one), _luminance(colours, other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_formula_gives_the_known_figures() -> None:
    colours = {"black": "#000", "white": "#ffffff", "grey": "#767676"}
    assert _contrast(colours, "black", "white") == pytest.approx(21)
    assert _contrast(colours, "grey", "white") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("palette", ["utilitaria", "iec", "gris"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_and_pictures_can_be_told_from_their_ground(theme: str, palette: str) -> None:
    colours = _colours(theme, palette)
    texts = ("ink", "ink-2", "ink-3", "p1", "p2", "p3", "p4", "phase-a", "phase-b", "phase-c")
    for ground in ("panel", "panel-2", "bg"):
        for name in texts:
            found = _contrast(colours, name, ground)
            assert found >= _TEXT, f"{name} on {ground}: {found:.2f}"
        for name in ("closed", "open", "unknown", "live", "focus"):
            found = _contrast(colours, name, ground)
            assert found >= _PICTURE, f"{name} on {ground}: {found:.2f}"
    assert _contrast(colours, "on-closed", "closed") >= _PICTURE


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_red_and_green_differ_in_lightness_for_who_cannot_tell_them_apart(theme: str) -> None:
    # Shape and word carry the meaning; the lightness is a third witness (sheet of the screen).
    assert _contrast(_colours(theme, "utilitaria"), "red", "green") >= 1.3
