"""The last hour as pictures: per minute the smallest and the largest value and the mean."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import starmap

from celador.surfaces.minutes import Bucket
from celador.surfaces.web.parts.markup import number, tag, text
from celador.surfaces.web.parts.sparkline import runs

_WIDTH, _PANEL = 560, 64
_LEFT, _RIGHT, _TOP, _BOTTOM = 68, 8, 30, 22
_LEAST = 1.0  # of an axis from end to end, in its unit: nobody wants to see millionths of an ampere
_LABELS = 4  # steps of an axis that has one at each
_HEAD = 6  # where the marks begin, above the first title
_SPACE = 22  # between two panels, with the title of the lower one


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened: where in the hour (0 to 1), how grave, and what."""

    at: float
    tone: str
    said: str


@dataclass(frozen=True, slots=True)
class Panel:
    """What has one scale.

    Attributes:
        title: what it is.
        unit: of the values.
        series: one per tone, each a bucket per minute; None for a minute without data.
        tones: the phase whose colour a line has, or "ink".
    """

    title: str
    unit: str
    series: Sequence[Sequence[Bucket | None]]
    tones: Sequence[str] = ("a", "b", "c")


@dataclass(frozen=True, slots=True)
class Hour:
    """What is drawn; texts are ready to be read.

    Attributes:
        panels: one below the other, with one time for all.
        marks: what happened in it.
        ticks: where in the hour (0 to 1), and the time there.
        label: the picture in a sentence.
        nothing: what is said where no minute is known.
        written: a value with so many decimals, as the reader's language writes it.
    """

    panels: Sequence[Panel]
    marks: Sequence[Mark]
    ticks: Sequence[tuple[float, str]]
    label: str
    nothing: str
    written: Callable[[float, int], str]


def scale(low: float, high: float) -> tuple[float, float, float]:
    """Round ends of an axis that holds both values, and the step between its lines."""
    span = max(high - low, 0.04 * abs(high), _LEAST)
    middle = (low + high) / 2
    raw = span * 1.2 / 3
    power = 10.0 ** math.floor(math.log10(raw))
    step = power * next(each for each in (1, 2, 5, 10) if each * power >= raw)
    bottom = math.floor((middle - span * 0.6) / step) * step
    top = math.ceil((middle + span * 0.6) / step) * step
    return (0.0 if low >= 0 > bottom else bottom), top, step


def hour_chart(model: Hour) -> str:
    """The picture."""
    foot = _TOP + len(model.panels) * (_PANEL + _SPACE) - _SPACE
    inside = _ticks(model, foot + _BOTTOM)
    for place, panel in enumerate(model.panels):
        inside += _panel(panel, _TOP + place * (_PANEL + _SPACE), model)
    inside += "".join(_mark(each, foot) for each in model.marks)
    return tag(
        "svg",
        inside,
        viewBox=f"0 0 {_WIDTH} {foot + _BOTTOM}",
        class_="hour",
        role="img",
        aria_label=model.label,
    )


def _panel(panel: Panel, top: int, model: Hour) -> str:
    known = [each for line in panel.series for each in line if each is not None]
    title = tag("text", text(panel.title), x=_LEFT, y=top - 8, class_="title")
    if not known:
        middle = (_LEFT + _WIDTH - _RIGHT) / 2
        said = text(model.nothing)
        return title + tag("text", said, x=middle, y=top + _PANEL / 2, text_anchor="middle")
    axis = _Axis(*scale(min(b.low for b in known), max(b.high for b in known)), top)
    lines = (
        _series(line, axis, tone) for line, tone in zip(panel.series, panel.tones, strict=True)
    )
    return title + _lines(axis, panel.unit, model) + "".join(lines)


@dataclass(frozen=True, slots=True)
class _Axis:
    low: float
    high: float
    step: float
    top: int

    def y(self, value: float) -> float:
        return self.top + (self.high - value) / (self.high - self.low) * _PANEL


def _x(share: float) -> float:
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _lines(axis: _Axis, unit: str, model: Hour) -> str:
    out = []
    places = max(0, -math.floor(math.log10(axis.step)))
    count = round((axis.high - axis.low) / axis.step)
    for place in range(count + 1):
        value = axis.low + place * axis.step
        y = axis.y(value)
        last = f" {unit}" if value + axis.step / 2 > axis.high else ""
        out.append(tag("path", d=f"M{_LEFT} {number(y)}H{_WIDTH - _RIGHT}", class_="grid-line"))
        if count > _LABELS and (count - place) % 2:
            continue  # a label at every line would lie over the next one
        said = model.written(value, places) + last
        out.append(tag("text", text(said), x=_LEFT - 6, y=y + 4, text_anchor="end", class_="tick"))
    return "".join(out)


def _series(line: Sequence[Bucket | None], axis: _Axis, tone: str) -> str:
    def at(place: int, value: float) -> tuple[str, str]:
        return number(_x((place + 0.5) / len(line))), number(axis.y(value))  # amid its minute

    out = []
    for run in runs([None if each is None else each.mean for each in line]):
        here = [(place, line[place]) for place, _ in run]
        upper = [at(p, b.high) for p, b in here if b is not None]
        lower = [at(p, b.low) for p, b in reversed(here) if b is not None]
        area = " ".join(f"{x},{y}" for x, y in (*upper, *lower))
        mean = run if len(run) > 1 else run * 2
        path = "M" + "L".join(f"{x} {y}" for x, y in starmap(at, mean))
        out += [tag("polygon", points=area, class_="band"), tag("path", d=path, class_="mean")]
    return tag("g", *out, class_=f"tone-{tone}")


def _ticks(model: Hour, height: int) -> str:
    return "".join(
        tag(
            "text",
            text(said),
            x=_x(at),
            y=height - 5,
            text_anchor="start" if at < 0.05 else "end" if at > 0.95 else "middle",
            class_="tick",
        )
        for at, said in model.ticks
    )


def _mark(mark: Mark, foot: int) -> str:
    x = _x(mark.at)
    line = tag("path", d=f"M{number(x)} {_HEAD + 2}V{foot}", class_="mark-line")
    head = tag("path", d=f"M{number(x)} {_HEAD + 4}l-5 -8h10z", class_="mark-head")
    return tag("g", tag("title", text(mark.said)), line, head, class_=f"mark {mark.tone}")
