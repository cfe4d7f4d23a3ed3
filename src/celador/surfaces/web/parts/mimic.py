"""The single-line picture of a recloser: source, switch, load, and which way the power flows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from celador.surfaces.web.parts.energised import Supply
from celador.surfaces.web.parts.markup import number, tag, text
from celador.surfaces.web.parts.switch import Switch, shape

_X = 84  # of the line, in units of the picture
_TOP, _BOTTOM = 38, 392  # of the two bus bars
_BOX = 84  # side of the switch
_MIDDLE = 206
_TEXT = 150
_WORD = 11  # letters of the state that have room in full size; "RECERRANDO 2/3" has more


class Flow(Enum):
    """Which way the active power flows."""

    FORWARD = "forward"  # from the source to the load
    REVERSE = "reverse"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Terminal:
    """One side as it is drawn; texts are ready to be read.

    Attributes:
        title: what the side is called.
        voltage: of the side, "13.214 V".
        phases: name, voltage and supply of each.
        supply: of the side as a whole.
    """

    title: str
    voltage: str
    phases: tuple[tuple[str, str, Supply], ...]
    supply: Supply


@dataclass(frozen=True, slots=True)
class Mimic:
    """Everything in the picture; texts are ready to be read.

    Attributes:
        source: the side towards the source, drawn above.
        load: the other one.
        switch: between them.
        word: state of the switch in capitals.
        notes: below the word: by whom, since when.
        flow: of the power.
        power: active power, then what else is said of the flow.
        label: the whole picture in a sentence.
        stale: nothing here is from now.
    """

    source: Terminal
    load: Terminal
    switch: Switch
    word: str
    notes: Sequence[str]
    flow: Flow
    power: Sequence[str]
    label: str
    stale: bool = False


def mimic(model: Mimic) -> str:
    """The picture."""
    half = _BOX / 2
    parts = (
        _hatching(),
        _line(_TOP, _MIDDLE - half, model.source.supply),
        _line(_MIDDLE + half, _BOTTOM, model.load.supply),
        _bus(_TOP, model.source, above=True),
        _bus(_BOTTOM, model.load, above=False),
        _phases(_TOP + 30, model.source),
        _phases(_BOTTOM - 62, model.load),
        _switch(model),
        _arrow(model),
    )
    return tag(
        "svg",
        *parts,
        viewBox="0 0 340 430",
        class_=f"mimic{' stale' if model.stale else ''}",
        role="img",
        aria_label=model.label,
    )


def _hatching() -> str:
    line = tag("path", d="M0 6L6 0", class_="hatch-line")
    return tag(
        "defs",
        tag("pattern", line, id="hatch", width=6, height=6, patternUnits="userSpaceOnUse"),
    )


def _line(top: float, bottom: float, supply: Supply) -> str:
    if supply is Supply.UNKNOWN:
        return tag(
            "rect", x=_X - 4, y=float(top), width=8, height=float(bottom - top), class_="hatched"
        )
    return tag(
        "path", d=f"M{_X} {number(top)}V{number(bottom)}", class_=f"wire wire-{supply.value}"
    )


def _bus(y: int, side: Terminal, *, above: bool) -> str:
    if side.supply is Supply.UNKNOWN:
        bar = tag("rect", x=16, y=y - 4, width=308, height=8, class_="hatched")
    else:
        bar = tag("path", d=f"M16 {y}H324", class_=f"wire bus wire-{side.supply.value}")
    base = y - 14 if above else y + 28
    title = tag("text", text(side.title), x=16, y=base, class_="m-title")
    volts = tag("text", text(side.voltage), x=324, y=base, text_anchor="end", class_="m-strong")
    return bar + title + volts


def _phases(top: int, side: Terminal) -> str:
    rows = []
    for place, (name, volts, supply) in enumerate(side.phases):
        y = top + 20 * place
        tone = "abc"[place]
        rows.append(
            _dot(_TEXT + 5, y - 4, supply, tone)
            + tag("text", text(name), x=_TEXT + 18, y=y, class_="m-name")
            + tag("text", text(volts), x=324, y=y, text_anchor="end", class_="m-figure")
        )
    return "".join(rows)


def _dot(x: int, y: int, supply: Supply, tone: str) -> str:
    if supply is Supply.UNKNOWN:
        return tag("text", text("?"), x=x, y=y + 4, text_anchor="middle", class_="m-name")
    return tag("circle", cx=x, cy=y, r=4.5, class_=f"tap tap-{supply.value} tone-{tone}")


def _switch(model: Mimic) -> str:
    left, top = _X - _BOX / 2, _MIDDLE - _BOX / 2
    # The symbol's frame is 18 of its 24 units wide.
    scale = _BOX / 18
    move = f"translate({number(left - 3 * scale)} {number(top - 3 * scale)}) scale({scale:.4f})"
    drawn = tag("g", shape(model.switch), transform=move)
    size = "m-word" if len(model.word) <= _WORD else "m-word m-long"
    word = tag("text", text(model.word), x=_TEXT, y=_MIDDLE - 6, class_=size)
    notes = "".join(
        tag("text", text(note), x=_TEXT, y=_MIDDLE + 14 + 17 * place, class_="m-note")
        for place, note in enumerate(model.notes)
    )
    return drawn + word + notes


def _arrow(model: Mimic) -> str:
    y = _MIDDLE + _BOX / 2 + 44
    head = ""
    if model.flow is Flow.FORWARD:
        head = tag("path", d=f"M{_X} {number(y + 12)}l-11 -20h22z", class_="m-arrow")
    elif model.flow is Flow.REVERSE:
        head = tag("path", d=f"M{_X} {number(y - 12)}l-11 20h22z", class_="m-arrow")
    first, *rest = model.power or ("",)
    said = tag("text", text(first), x=_TEXT, y=float(y - 4), class_="m-strong")
    more = tag("text", text(" · ".join(rest)), x=_TEXT, y=float(y + 14), class_="m-note")
    return head + said + more
