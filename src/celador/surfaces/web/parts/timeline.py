"""An operation as a picture: its bits as bars, with currents and voltages around it.

What is not known is shown as such: a band, wherever an instant lies between two polls.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from celador.surfaces.web.parts.plots import tone
from celador.surfaces.web.parts.ticks import clock
from celador.surfaces.web.parts.trend import quantity_name
from celador.surfaces.web.viewer import View

_WIDTH, _LEFT, _RIGHT = 1000, 246, 14
_ROW, _GRAPH, _GAP = 24, 118, 26
_LEVELS, _WORD = 3, 15  # lines for the words above, and how high each is
_HEAD = _LEVELS * _WORD + 5
_TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)


@dataclass(frozen=True, slots=True)
class Change:
    """A status point that changed; instants are UTC in microseconds since 1970.

    Attributes:
        since: when the old state was last seen; None where nothing earlier is known.
        at: when the new one was seen.
        on: the new state; None where it is not known.
    """

    since: int | None
    at: int
    on: bool | None


@dataclass(frozen=True, slots=True)
class Bit:
    """A status point.

    Attributes:
        name: what it is called, short enough for the room beside its bar.
        title: what it means, and its key in the profile, for who points at it.
        first: its state before the first change; None for unknown.
        changes: oldest first.
    """

    name: str
    title: str
    first: bool | None
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True)
class Line:
    """A quantity.

    Attributes:
        name: its column.
        points: instant and value; None breaks the line.
    """

    name: str
    points: Sequence[tuple[int, float | None]]


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened between two polls.

    Attributes:
        since: earliest instant; None where nothing earlier is known.
        at: latest instant.
        text: a word or two.
    """

    since: int | None
    at: int
    text: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything that the picture shows.

    Attributes:
        start: where it begins, UTC in microseconds since 1970.
        end: where it ends.
        bits: the bars.
        graphs: the graphs, each with its unit and lines.
        marks: across everything.
        interruptions: without supply: earliest and latest beginning, earliest and latest end; None
            for what is not known.
    """

    start: int
    end: int
    bits: Sequence[Bit]
    graphs: Sequence[tuple[str, Sequence[Line]]]
    marks: Sequence[Mark]
    interruptions: Sequence[tuple[int | None, int, int | None, int | None]] = ()

    def x(self, at: float) -> float:
        """Where an instant is; one outside the picture is at its edge."""
        share = (at - self.start) / max(1, self.end - self.start)
        return round(_LEFT + min(1.0, max(0.0, share)) * (_WIDTH - _LEFT - _RIGHT), 1)


def timeline(view: View, model: Timeline, label: str) -> str:
    """The picture as SVG.

    Args:
        view: whose clock and language.
        model: what to show.
        label: the picture in words.
    """
    top = _HEAD + 6
    parts: list[str] = []
    for unit, lines in model.graphs:
        parts.append(_graph(view, model, unit, lines, top))
        top += _GRAPH + _GAP
    hours = [top - _GAP] if model.graphs else []
    if model.interruptions:
        parts.append(_interruptions(view, model, top))
        top += _ROW + 4
    for bit in model.bits:
        parts.append(_bit(model, bit, top))
        top += _ROW
    height = top + 30
    under = f"{_axis(view, model, [*hours, top])}{_marks(view, model, top)}"
    return (
        f'<svg class="timeline" viewBox="0 0 {_WIDTH} {height}" role="img"'
        f' aria-label="{escape(label)}">{_DEFS}{under}{"".join(parts)}</svg>'
    )


_DEFS = (
    '<defs><pattern id="no-sabe" width="6" height="6" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)"><rect width="2.4" height="6" class="hatch"/></pattern></defs>'
)


def _axis(view: View, model: Timeline, bottoms: Sequence[int]) -> str:
    """Lines from top to bottom; the times stand below the graphs, and again below the bars."""
    span = (model.end - model.start) / 1e6
    step = next((each for each in _TICKS if span / each <= 9), 3600) * 1_000_000
    parts = []
    for at in range(-(-model.start // step) * step, model.end, step):
        x = model.x(at)
        parts.append(f'<line x1="{x}" y1="{_HEAD}" x2="{x}" y2="{bottoms[-1]}" class="grid"/>')
        said = clock(view, at, (model.start, model.end), seconds=True)
        parts += (
            f'<text x="{x}" y="{bottom + 17}" class="tick" text-anchor="middle">{said}</text>'
            for bottom in bottoms
        )
    return "".join(parts)


def _marks(view: View, model: Timeline, bottom: int) -> str:
    parts = []
    free = [
        0.0
    ] * _LEVELS  # where on each line the next text may begin, so that none lies on another
    for mark in model.marks:
        x = model.x(mark.at)
        left = model.x(model.start if mark.since is None else mark.since)
        parts.append(
            f'<rect x="{left}" y="{_HEAD}" width="{round(max(1.0, x - left), 1)}"'
            f' height="{bottom - _HEAD}" class="band">'
            f"<title>{escape(_within(view, mark))}</title></rect>"
        )
        level = next((n for n, at in enumerate(free) if x >= at), None)
        if level is None:
            continue
        width = 7.2 * len(mark.text) + 10
        anchor = "end" if x + width > _WIDTH else "start"
        free[level] = x + width
        y = 11 + level * _WORD
        parts.append(
            f'<line x1="{x}" y1="{y + 3}" x2="{x}" y2="{bottom}" class="mark"/>'
            f'<text x="{x}" y="{y}" class="word" text-anchor="{anchor}">{escape(mark.text)}</text>'
        )
    return "".join(parts)


def _within(view: View, mark: Mark) -> str:
    if mark.since is None:
        return view.t("{what}: until {at}", what=mark.text, at=_moment(view, mark.at))
    return view.t(
        "{what}: between {since} and {at}",
        what=mark.text,
        since=_moment(view, mark.since),
        at=_moment(view, mark.at),
    )


def _moment(view: View, at: int) -> str:
    return f"{view.time(at)} {view.short_offset(at)}"


def _graph(view: View, model: Timeline, unit: str, lines: Sequence[Line], top: int) -> str:
    values = [value for line in lines for _, value in line.points if value is not None]
    low, high = min([0.0, *values]), max([1.0, *values])
    high *= 1.06

    def y(value: float) -> float:
        return round(top + _GRAPH - (value - low) / (high - low) * _GRAPH, 1)

    parts = [
        (
            f'<text x="{_LEFT - 10}" y="{top + 9}" class="tick" text-anchor="end">'
            f"{view.number(high / 1.06)} {escape(unit)}</text>"
            f'<text x="{_LEFT - 10}" y="{top + _GRAPH}" class="tick" text-anchor="end">'
            f"{view.number(low)}</text>"
            f'<line x1="{_LEFT}" y1="{top + _GRAPH}" x2="{_WIDTH - _RIGHT}" y2="{top + _GRAPH}"'
            ' class="grid"/>'
        )
    ]
    for place, line in enumerate(lines):
        colour = tone(line.name, place)
        parts.append(_path(model, line, colour, y))
        parts.append(
            f'<text x="{_LEFT - 10 - 34 * (len(lines) - 1 - place)}" y="{top + _GRAPH // 2 + 4}"'
            f' class="key" text-anchor="end" style="fill: {colour}">'
            f"<title>{escape(quantity_name(view, line.name))}</title>"
            f"{escape(line.name.capitalize())}</text>"
        )
    if not values:
        parts.append(
            f'<text x="{(_LEFT + _WIDTH) / 2}" y="{top + _GRAPH / 2}" class="tick"'
            f' text-anchor="middle">{escape(view.t("no samples"))}</text>'
        )
    return "".join(parts)


def _path(model: Timeline, line: Line, colour: str, y: Callable[[float], float]) -> str:
    runs: list[list[str]] = [[]]
    for at, value in line.points:
        if value is None or not model.start <= at <= model.end:
            runs.append([])
            continue
        runs[-1].append(f"{model.x(at)},{y(value)}")
    parts = []
    for run in filter(None, runs):
        if len(run) == 1:
            cx, cy = run[0].split(",")
            parts.append(f'<circle cx="{cx}" cy="{cy}" r="2" style="fill: {colour}"/>')
        else:
            parts.append(
                f'<polyline points="{" ".join(run)}" class="curve" style="stroke: {colour}"/>'
            )
    return "".join(parts)


def _bit(model: Timeline, bit: Bit, top: int) -> str:
    middle = top + _ROW / 2
    parts = [
        (
            f'<text x="{_LEFT - 10}" y="{middle + 4}" class="name" text-anchor="end">'
            f"<title>{escape(bit.title)}</title>{escape(bit.name)}</text>"
            f'<line x1="{_LEFT}" y1="{middle}" x2="{_WIDTH - _RIGHT}" y2="{middle}" class="off"/>'
        )
    ]
    on, at = bit.first, model.start
    for change in bit.changes:
        since = change.since if change.since is not None else at
        parts.append(_bar(model, at, max(at, since), on, top))
        # Between two polls the point changed at some instant that nobody saw.
        parts.append(_bar(model, max(at, since), change.at, None, top))
        on, at = change.on, change.at
    parts.append(_bar(model, at, model.end, on, top))
    return "".join(parts)


def _bar(model: Timeline, start: int, end: int, on: bool | None, top: int) -> str:
    if on is False or end <= start:
        return ""
    x, right = model.x(start), model.x(end)
    css = "on" if on else "unsure"
    return (
        f'<rect x="{x}" y="{top + 5}" width="{round(max(0.8, right - x), 1)}" height="{_ROW - 10}"'
        f' class="{css}"/>'
    )


def _interruptions(view: View, model: Timeline, top: int) -> str:
    parts = [
        (
            f'<text x="{_LEFT - 10}" y="{top + _ROW / 2 + 4}" class="name" text-anchor="end">'
            f"{escape(view.t('no supply'))}</text>"
        )
    ]
    for since, began, until, ended in model.interruptions:
        last = model.end if ended is None else ended
        sure_end = max(began, last if until is None else until)
        first = model.start if since is None else since
        pieces = ((first, began, "unsure"), (began, sure_end, "dark"), (sure_end, last, "unsure"))
        parts += (
            f'<rect x="{model.x(a)}" y="{top + 3}" height="{_ROW - 6}" class="{css}"'
            f' width="{round(max(0.8, model.x(b) - model.x(a)), 1)}"/>'
            for a, b, css in pieces
            if b > a
        )
    return "".join(parts)
