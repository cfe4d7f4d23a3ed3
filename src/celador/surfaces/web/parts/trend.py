"""The chart of trends: a panel for each unit, one time for all; bands, gaps and what happened."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from celador.domain.envelope import Band, Envelope
from celador.domain.quantities import BY_NAME
from celador.surfaces.web.parts.plots import (
    FOCUS,
    INK_2,
    LINE,
    PANEL,
    STEADY,
    Options,
    base,
    moment_script,
    number_script,
    time_axis,
    tone,
    value_axis,
)
from celador.surfaces.web.parts.ranges import Range, exact
from celador.surfaces.web.parts.ticks import ticks
from celador.surfaces.web.viewer import View

PANEL_PX = 230  # height of a panel
_TOP, _FOOT, _SPACE = 34, 84, 44
_DASHES = ("solid", "dashed", "dotted")
_NEAR = 0.008  # of what is seen: how far from its mark a happening is told

Point = list[float | None]


@dataclass(frozen=True, slots=True)
class Curve:
    """One quantity of one recloser.

    Attributes:
        device: the recloser's name; "" where there is but one.
        quantity: name of MEASUREMENTS.
        place: of the recloser among those shown, from 0.
        points: instant (ms since 1970), mean, least and most; None breaks the line.
    """

    device: str
    quantity: str
    place: int
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Happening:
    """An operation or an event to be marked.

    Attributes:
        at: ms since 1970.
        text: when and what, as the reader's language says it.
        operation: whether it is an operation, and thus a line, not only a dot.
    """

    at: int
    text: str
    operation: bool


def points_of(envelope: Envelope, place: int, longest: float) -> list[Point]:
    """A quantity's points, with a break wherever samples or values are missing.

    Args:
        envelope: what was found.
        place: of the quantity in it.
        longest: time between two samples from which they are not joined, s.
    """
    found: list[Point] = []
    last: int | None = None
    width = envelope.width
    apart = width * 1.5 if width else max(longest * 1_000_000, 3 * _usual_step(envelope))
    for row in envelope.rows:
        at = row.at + width // 2
        if last is not None and at - last > apart:
            found.append([(last + at) // 2000, None, None, None])
        found.append([at // 1000, *_three(row.bands[place])])
        last = at
    return found


def _usual_step(envelope: Envelope) -> float:
    """The middle one of the times between samples: the poll may have been slower than it is now."""
    at = [row.at for row in envelope.rows]
    return statistics.median(later - one for one, later in pairwise(at)) if len(at) > 1 else 0.0


def _three(band: Band | None) -> list[float | None]:
    if band is None:
        return [None, None, None]
    return [float(f"{value:.7g}") for value in (band.mean, band.low, band.high)]


def trend_chart(
    view: View,
    curves: Sequence[Curve],
    shown: Range,
    happenings: Sequence[Happening],
    zoom: tuple[float, float] = (0, 100),
) -> tuple[Options, int]:
    """The chart's options, and how high it is, px."""
    units = list(dict.fromkeys(BY_NAME[curve.quantity].unit for curve in curves)) or [""]
    ends = {"min": shown.start // 1000, "max": shown.end // 1000}
    marks = ticks(view, shown.start, shown.end, part(shown, zoom))
    last = len(units) - 1
    tops = [_TOP + place * (PANEL_PX + _SPACE) for place in range(len(units))]
    options = base(view) | {
        "grid": [
            {"left": 64, "right": 18, "top": top + 12, "height": PANEL_PX - 12} for top in tops
        ],
        "xAxis": [
            time_axis(marks, gridIndex=n, **ends)
            | ({"axisLabel": {"show": False}} if n < last else {})
            for n in range(len(units))
        ],
        "yAxis": [value_axis(view, unit, gridIndex=n) for n, unit in enumerate(units)],
        "axisPointer": {"link": [{"xAxisIndex": "all"}],
                        "label": {"backgroundColor": PANEL, "color": INK_2}},
        "dataZoom": _zooms(list(range(len(units))), zoom),
        "series": _series(view, curves, units, happenings),
    }  # fmt: skip
    span = (ends["max"] - ends["min"]) * (zoom[1] - zoom[0]) / 100
    options["tooltip"][":formatter"] = _tooltip(view, curves, happenings, span * _NEAR)
    options["legend"] |= {"left": 0, "right": "auto"}
    options["legend"]["data"] = [_name(view, curve) for curve in curves]
    return options, tops[-1] + PANEL_PX + _FOOT


def part(shown: Range, zoom: tuple[float, float]) -> tuple[int, int]:
    """What is seen of a range, µs, where one has zoomed to that part of it (%)."""
    span = shown.end - shown.start
    return shown.start + round(span * zoom[0] / 100), shown.start + round(span * zoom[1] / 100)


def _zooms(axes: Sequence[int], zoom: tuple[float, float]) -> list[Options]:
    shared = {"xAxisIndex": list(axes), "start": zoom[0], "end": zoom[1], "filterMode": "none",
              "minValueSpan": 5000}  # fmt: skip
    return [
        {"type": "inside", "zoomOnMouseWheel": True, "moveOnMouseMove": True, **shared},
        {
            "type": "slider", "height": 26, "bottom": 10, "left": 64, "right": 18,
            "borderColor": LINE, "fillerColor": "color-mix(in srgb, var(--focus) 14%, transparent)",
            "backgroundColor": "transparent", "handleStyle": {"color": PANEL, "borderColor": FOCUS},
            "moveHandleStyle": {"color": LINE}, "textStyle": {"color": INK_2},
            "dataBackground": {"lineStyle": {"opacity": 0}, "areaStyle": {"opacity": 0}},
            "selectedDataBackground": {"lineStyle": {"opacity": 0}, "areaStyle": {"opacity": 0}},
            "showDetail": False, "brushSelect": False, **shared,
        },
    ]  # fmt: skip


def quantity_name(view: View, name: str) -> str:
    """What a quantity is, without the remark on its sign that may end its description."""
    quantity = BY_NAME[name]
    said = view.pick(quantity.es, quantity.en)
    return said.rpartition(", ")[0] if "," in quantity.es else said


def quantity_label(view: View, name: str) -> str:
    """The same with its unit."""
    unit = BY_NAME[name].unit
    return f"{quantity_name(view, name)} ({unit})" if unit else quantity_name(view, name)


def _name(view: View, curve: Curve) -> str:
    said = quantity_label(view, curve.quantity)
    return f"{said} · {curve.device}" if curve.device else said


def _series(
    view: View, curves: Sequence[Curve], units: Sequence[str], happenings: Sequence[Happening]
) -> list[Options]:
    series: list[Options] = []
    for number, curve in enumerate(curves):
        panel = units.index(BY_NAME[curve.quantity].unit)
        colour = tone(curve.quantity, number)
        shared = {"type": "line", "name": _name(view, curve),
                  "xAxisIndex": panel, "yAxisIndex": panel,
                  "itemStyle": {"color": colour}, **STEADY}  # fmt: skip
        stack = {"stack": f"{number}", "stackStrategy": "all", "silent": True, "symbol": "none"}
        low = [[at, low] for at, _, low, _ in curve.points]
        over = [
            [at, None if low is None or high is None else float(f"{high - low:.7g}")]
            for at, _, low, high in curve.points
        ]
        series.append(shared | stack | {"data": low, "lineStyle": {"opacity": 0}, "z": 1})
        series.append(
            shared | stack
            | {"data": over, "lineStyle": {"opacity": 0}, "z": 1,
               "areaStyle": {"color": colour, "opacity": 0.2}}
        )  # fmt: skip
        series.append(
            shared
            | {
                "data": _means(curve.points),
                "showSymbol": True,
                "symbol": "none",
                "lineStyle": {"color": colour, "width": 1.4, "type": _DASHES[curve.place % 3]},
                "z": 3,
                "connectNulls": False,
            }
        )
    return [*series, *(_marks(happenings, panel) for panel in range(len(units)))]


def _means(points: Sequence[Point]) -> list[object]:
    """The line; a value between two holes is a dot, since a line of one point is none."""
    means = [mean for _, mean, _, _ in points]
    alone = [
        mean is not None and (before is None and after is None)
        for before, mean, after in zip([None, *means], means, [*means[1:], None], strict=False)
    ]
    return [
        {"value": [at, mean], "symbol": "circle", "symbolSize": 3} if lonely else [at, mean]
        for (at, mean, _, _), lonely in zip(points, alone, strict=True)
    ]


def _marks(happenings: Sequence[Happening], panel: int) -> Options:
    """Operations as lines across the panel, events as ticks at the top of the first one."""
    lines = [
        {"xAxis": each.at, "lineStyle": {"type": "solid" if each.operation else "dotted"}}
        for each in happenings
        if each.operation or panel == 0
    ]
    return {
        "type": "line",
        "name": f"marks{panel}",
        "xAxisIndex": panel,
        "yAxisIndex": panel,
        "data": [],
        "tooltip": {"show": False},
        **STEADY,
        "markLine": {
            "symbol": "none",
            "silent": True,
            "label": {"show": False},
            "lineStyle": {"color": INK_2, "width": 1, "opacity": 0.75},
            "data": lines,
        },
    }


def _tooltip(
    view: View, curves: Sequence[Curve], happenings: Sequence[Happening], near: float
) -> str:
    """What the cursor says: the instant, of each quantity its mean and band, and what happened.

    Args:
        view: whose language.
        curves: the quantities.
        happenings: told where the cursor is beside their marks.
        near: how far beside, ms.
    """
    marks = json.dumps([[each.at, each.text] for each in happenings])
    names = {_name(view, curve): BY_NAME[curve.quantity] for curve in curves}
    titles = {key: f"{view.pick(q.es, q.en)}" for key, q in names.items()}
    units = {key: q.unit for key, q in names.items()}
    return (
        "(items) => {"
        f" const units = {json.dumps(units)}, titles = {json.dumps(titles)}, marks = {marks};"
        " const plain = (s) => s.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);"
        f" const number = {number_script(view, 3)}, moment = {moment_script(view)};"
        " const list = Array.isArray(items) ? items : [items]; if (!list.length) return '';"
        " const rows = new Map();"
        " for (const i of list) { if (!(i.seriesName in units)) continue;"
        "  const r = rows.get(i.seriesName) ?? {v: [], c: i.color}; r.v.push(i.value?.[1]); "
        "  rows.set(i.seriesName, r); }"
        " const at = list[0].axisValue ?? list[0].value[0];"
        " let out = `<b>${moment(at)}</b>`;"
        " for (const [name, r] of rows) { const [low, over, mean] = r.v.length > 2 ? r.v : "
        "  [null, null, r.v.at(-1)]; const u = units[name];"
        "  const band = over > 0 ? ` <small>${number(low)} … ${number(low + over)}</small>` : '';"
        '  out += `<br><span style="color:${r.c}">●</span> ${titles[name] ?? name}'
        "${name.includes(' · ') ? ' · ' + plain(name.split(' · ')[1]) : ''}:"
        " <b>${number(mean)}</b> ${u}${band}`; }"
        f" for (const [when, what] of marks.filter(([when]) => Math.abs(when - at) <= {near:.0f})"
        "  .slice(0, 4)) out += `<br>┆ ${plain(what)}`;"
        " return out; }"
    )


def csv_fields(
    view: View, seen: tuple[int, int], devices: Sequence[str], columns: Sequence[str], width: int
) -> list[tuple[str, str]]:
    """The export of what a chart shows, as fields of its address.

    Args:
        view: whose zone.
        seen: the part of the range that is seen, µs.
        devices: names of the reclosers.
        columns: quantities.
        width: of the chart's stretches, µs; 0 for the samples themselves.
    """
    fields = [
        ("from", exact(view, seen[0])),
        ("to", exact(view, seen[1])),
        *(("device", name) for name in devices),
        ("columns", ",".join((*columns, "estado", "calidad"))),
        ("timezone", view.zone_name),
        ("decimal", "comma" if view.language == "es" else "point"),
    ]
    return [*fields, ("every", f"{width // 1_000_000}s")] if width else fields
