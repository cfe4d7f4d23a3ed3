"""The phasor diagram as a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from celador.surfaces.web.parts.markup import number, tag, text

_RADIUS = 84.0
_CURRENT = 0.62  # length of the largest current, of the radius


@dataclass(frozen=True, slots=True)
class Diagram:
    """What is drawn.

    Attributes:
        voltages: phasors of A, B, C, V; None where not known.
        names: of the voltages.
        currents: likewise, A; None where there is no angle.
        nominal: phase-to-earth voltage of the outer circle, V.
        label: the picture in a sentence.
    """

    voltages: Sequence[complex | None]
    names: Sequence[str]
    currents: Sequence[complex | None]
    nominal: float
    label: str
    stale: bool = False


def phasor_diagram(model: Diagram) -> str:
    """The picture: voltages as solid arrows, currents as dashed ones of a scale of their own."""
    circles = (
        tag("circle", r=_RADIUS, class_="ring"),
        tag("circle", r=_RADIUS / 2, class_="ring faint"),
        tag("path", d="M-100 0H100M0-100V100", class_="ring faint"),
    )
    known = [abs(each) for each in model.voltages if each is not None]
    scale = _RADIUS / max([model.nominal, *known])
    volts = "".join(
        _arrow(each * scale, tone, "u") + _name(each * scale, name)
        for each, tone, name in zip(model.voltages, "abc", model.names, strict=True)
        if each is not None and abs(each) * scale > 2
    )
    largest = max((abs(each) for each in model.currents if each is not None), default=0.0)
    amps = "".join(
        _arrow(each * _CURRENT * _RADIUS / largest, tone, "i")
        for each, tone in zip(model.currents, "abc", strict=True)
        if each is not None and largest
    )
    return tag(
        "svg",
        *circles,
        amps,
        volts,
        tag("circle", r=2.5, class_="hub"),
        viewBox="-118 -112 236 224",
        class_=f"phasors{' stale' if model.stale else ''}",
        role="img",
        aria_label=model.label,
    )


def _screen(value: complex) -> complex:
    """From angles as engineers draw them, A upwards and lagging clockwise, to the picture's."""
    turned = value * 1j
    return complex(turned.real, -turned.imag)


def _arrow(value: complex, tone: str, kind: str) -> str:
    tip = _screen(value)
    size, unit = (9.0 if kind == "u" else 7.0), tip / abs(tip)
    base, side = tip - unit * size, unit * 1j * size * 0.45
    head = " ".join(f"{number(p.real)},{number(p.imag)}" for p in (tip, base + side, base - side))
    return tag(
        "g",
        tag("path", d=f"M0 0L{number(base.real)} {number(base.imag)}"),
        tag("polygon", points=head),
        class_=f"vector vector-{kind} tone-{tone}",
    )


def _name(value: complex, name: str) -> str:
    tip = _screen(value)
    at = tip * (1 + 14 / abs(tip))
    anchor = "middle" if abs(at.real) < 12 else "start" if at.real > 0 else "end"
    x = max(-104.0, min(104.0, at.real))
    return tag("text", text(name), x=x, y=at.imag + 4, text_anchor=anchor, class_="m-name")


def degrees(value: complex) -> float:
    """The angle of a phasor, from -180 to 180 degrees."""
    return math.degrees(math.atan2(value.imag, value.real))
