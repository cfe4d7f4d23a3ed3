"""The last hour as a picture: per minute the smallest and the largest value and the mean."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from celador.surfaces.minutes import Bucket
from celador.surfaces.web.parts.markup import number, tag, text
from celador.surfaces.web.parts.sparkline import runs

_WIDTH, _HEIGHT = 560, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 8, 18, 22


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened: where in the hour (0 to 1), how grave, and what."""

    at: float
    tone: str
    said: str


@dataclass(frozen=True, slots=True)
class Hour:
    """What is drawn; texts are ready to be read.

    Attributes:
        series: one per phase, each a bucket per minute; None for a minute without data.
        marks: what happened in it.
        ticks: where in the hour (0 to 1), and the time there.
        unit: of the values.
        label: the picture in a sentence.
        nothing: what is said where no minute is known.
        written: a value with so many decimals, as the reader's language writes it.
    """

    series: Sequence[Sequence[Bucket | None]]
    marks: Sequence[Mark]
    ticks: Sequence[tuple[float, str]]
    unit: str
    label: str
    nothing: str
    written: Callable[[float, int], str]


def scale(low: float, high: float) -> tuple[float, float, float]:
    """Round ends of an axis that holds both values, and the step between its lines."""
    span = max(high - low, 0.04 * abs(high), 1e-6)
    middle = (low + high) / 2
    raw = span * 1.2 / 3
    power = 10.0 ** math.floor(math.log10(raw))
    step = power * next(each for each in (1, 2, 5, 10) if each * power >= raw)
    bottom = math.floor((middle - span * 0.6) / step) * step
    top = math.ceil((middle + span * 0.6) / step) * step
    return (0.0 if low >= 0 > bottom else bottom), top, step


def hour_chart(model: Hour) -> str:
    """The picture."""
    known = [each for line in model.series for each in line if each is not None]
    inside = _ticks(model)
    if known:
        low, high, step = scale(min(b.low for b in known), max(b.high for b in known))
        inside += _lines(low, high, step, model)
        for line, tone in zip(model.series, "abc", strict=False):
            inside += _series(line, low, high, tone)
    else:
        middle = (_LEFT + _WIDTH - _RIGHT) / 2
        inside += tag("text", text(model.nothing), x=middle, y=_HEIGHT / 2, text_anchor="middle")
    inside += "".join(map(_mark, model.marks))
    return tag(
        "svg",
        inside,
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        class_="hour",
        role="img",
        aria_label=model.label,
    )


def _x(share: float) -> float:
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _y(value: float, low: float, high: float) -> float:
    return _HEIGHT - _BOTTOM - (value - low) / (high - low) * (_HEIGHT - _BOTTOM - _TOP)


def _lines(low: float, high: float, step: float, model: Hour) -> str:
    out = []
    places = max(0, -math.floor(math.log10(step)))
    for place in range(round((high - low) / step) + 1):
        value = low + place * step
        y = _y(value, low, high)
        last = f" {model.unit}" if value + step / 2 > high else ""
        out.append(tag("path", d=f"M{_LEFT} {number(y)}H{_WIDTH - _RIGHT}", class_="grid-line"))
        said = model.written(value, places) + last
        out.append(tag("text", text(said), x=_LEFT - 6, y=y + 4, text_anchor="end", class_="tick"))
    return "".join(out)


def _series(line: Sequence[Bucket | None], low: float, high: float, tone: str) -> str:
    last = max(len(line) - 1, 1)
    out = []
    for run in runs([None if each is None else each.mean for each in line]):
        places = [place for place, _ in run]
        here = [(place, line[place]) for place in places]
        upper = [(p, b.high) for p, b in here if b is not None]
        lower = [(p, b.low) for p, b in reversed(here) if b is not None]
        area = " ".join(
            f"{number(_x(p / last))},{number(_y(v, low, high))}" for p, v in (*upper, *lower)
        )
        mean = run if len(run) > 1 else run * 2
        path = "M" + "L".join(f"{number(_x(p / last))} {number(_y(v, low, high))}" for p, v in mean)
        out += [tag("polygon", points=area, class_="band"), tag("path", d=path, class_="mean")]
    return tag("g", *out, class_=f"tone-{tone}")


def _ticks(model: Hour) -> str:
    return "".join(
        tag(
            "text",
            text(said),
            x=_x(at),
            y=_HEIGHT - 5,
            text_anchor="start" if at < 0.05 else "end" if at > 0.95 else "middle",
            class_="tick",
        )
        for at, said in model.ticks
    )


def _mark(mark: Mark) -> str:
    x = _x(mark.at)
    line = tag("path", d=f"M{number(x)} {_TOP - 6}V{_HEIGHT - _BOTTOM}", class_="mark-line")
    head = tag("path", d=f"M{number(x)} {_TOP - 4}l-5 -8h10z", class_="mark-head")
    return tag("g", tag("title", text(mark.said)), line, head, class_=f"mark {mark.tone}")
