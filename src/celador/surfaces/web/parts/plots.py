"""Charts as options of ECharts: pure data; colours are those of the page's own style.

ECharts draws SVG here, so a colour may be a property of the style sheet: a chart follows the theme
without being made anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from celador.surfaces.web.parts.ticks import Tick
from celador.surfaces.web.viewer import View

Options = dict[str, Any]

INK, INK_2, LINE, PANEL = "var(--ink)", "var(--ink-2)", "var(--line)", "var(--panel)"
FOCUS, WARN = "var(--focus)", "var(--p2)"
FONT = "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"

STEADY: Options = {"emphasis": {"disabled": True}}
"""For every series: what is pointed at stays as it is. ECharts would make its colour lighter, and
cannot where the colour is a property of the style: the curve would vanish."""

_PHASES = {"a": "var(--phase-a)", "b": "var(--phase-b)", "c": "var(--phase-c)"}
_OTHERS = ("var(--live)", "var(--ok)", "var(--p3)", "var(--focus)", "var(--ink-3)", "var(--p2)")
_LETTERS = {"r": "a", "s": "b", "t": "c", "ab": "a", "bc": "b", "ca": "c", "rs": "a", "st": "b",
            "tr": "c"}  # fmt: skip


def tone(name: str, place: int) -> str:
    """The colour of a quantity: that of its phase, else one of a few that are no phase's."""
    last = name.rpartition("_")[2] if "_" in name else name[1:]
    phase = _LETTERS.get(last, last)
    return _PHASES.get(phase, _OTHERS[place % len(_OTHERS)])


def number_script(view: View, decimals: int) -> str:
    """A script that writes a number as the reader's language does; the dash where there is none."""
    language = "es-AR" if view.language == "es" else "en-GB"
    return (
        f"(v) => v == null || isNaN(v) ? '—' : Number(v).toLocaleString('{language}', "
        f"{{maximumFractionDigits: {decimals}}})"
    )


def base(view: View, *, legend: bool = True) -> Options:
    """What every chart has."""
    return {
        "animation": False,
        "textStyle": {"fontFamily": FONT, "color": INK_2},
        "tooltip": {
            "trigger": "axis",
            "confine": True,
            "backgroundColor": PANEL,
            "borderColor": LINE,
            "textStyle": {"color": INK, "fontSize": 12},
            "axisPointer": {"lineStyle": {"color": INK_2}, "type": "line"},
            ":valueFormatter": number_script(view, 3),
        },
        **(
            {"legend": {"top": 0, "right": 8, "textStyle": {"color": INK_2}, "itemHeight": 8,
                        "inactiveColor": LINE, "type": "scroll", "pageTextStyle": {"color": INK_2},
                        "pageIconColor": INK_2, "pageIconInactiveColor": LINE}}
            if legend
            else {}
        ),
    }  # fmt: skip


def value_axis(view: View, name: str, **more: object) -> Options:
    """A vertical axis of values."""
    return {
        "type": "value",
        "name": name,
        "nameTextStyle": {"color": INK_2, "align": "right", "padding": [0, 6, 0, 0]},
        "axisLabel": {"color": INK_2, ":formatter": number_script(view, 2)},
        "splitLine": {"lineStyle": {"color": LINE}},
        "axisLine": {"show": False},
        "axisPointer": {"show": False},
        "scale": True,
        "splitNumber": 4,
        **more,
    }


def category_axis(names: Sequence[str], **more: object) -> Options:
    """A horizontal axis of words."""
    return {
        "type": "category",
        "data": list(names),
        "axisLabel": {"color": INK_2, "hideOverlap": True},
        "axisLine": {"lineStyle": {"color": LINE}},
        "axisTick": {"show": False},
        **more,
    }


def time_axis(marks: Sequence[Tick], **more: object) -> Options:
    """A horizontal axis of true time (ms since 1970), with its marks."""
    at = [each.at // 1000 for each in marks]
    said = json.dumps({each.at // 1000: each.text for each in marks})
    return {
        "type": "time",
        "axisLabel": {"color": INK_2, "hideOverlap": True, "customValues": at,
                      ":formatter": f"(v) => ({said})[v] ?? ''"},
        "axisLine": {"lineStyle": {"color": LINE}},
        "axisTick": {"lineStyle": {"color": LINE}, "customValues": at},
        "splitLine": {"show": False},
        **more,
    }  # fmt: skip


def moment_script(view: View) -> str:
    """A script that writes an instant (ms since 1970) in full, by the clock of the reader."""
    return (
        "(v) => { const p = Object.fromEntries(new Intl.DateTimeFormat('en-GB', {"
        f" timeZone: {json.dumps(view.zone_name)}, day: '2-digit', month: '2-digit',"
        " year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit',"
        " hourCycle: 'h23', timeZoneName: 'longOffset' })"
        ".formatToParts(v).map((part) => [part.type, part.value]));"
        f" return `${{p.day}}/${{p.month}}/${{p.year}} {view.t('at')} "
        "${p.hour}:${p.minute}:${p.second} "
        "${p.timeZoneName.slice(3).replace('-', '\u2212') || '+00:00'}`; }"
    )


def columns(
    view: View,
    names: Sequence[str],
    series: Mapping[str, Sequence[float | None]],
    unit: str,
    *,
    tones: Sequence[str] = (),
    name: str = "",
) -> Options | None:
    """Upright bars; None where no value is known, since an empty frame could mean zero.

    Args:
        view: whose language.
        names: below the bars.
        series: name of each set of bars, and its values; None leaves a hole.
        unit: of the values.
        tones: colours of the sets.
        name: of the horizontal axis.
    """
    colours = [*tones, *_OTHERS]
    if all(value is None for values in series.values() for value in values):
        return None
    axis = {"name": name, "nameLocation": "middle", "nameGap": 26,
            "nameTextStyle": {"color": INK_2}}  # fmt: skip
    return base(view, legend=len(series) > 1) | {
        "grid": {"left": 56, "right": 12, "top": 30, "bottom": 44 if name else 26},
        "xAxis": category_axis(names, **(axis if name else {})),
        "yAxis": value_axis(view, unit, scale=False),
        "series": [
            {
                "type": "bar",
                "name": key,
                "data": list(values),
                "itemStyle": {"color": colours[place], "borderRadius": [3, 3, 0, 0]},
                "barMaxWidth": 38,
                **STEADY,
            }
            for place, (key, values) in enumerate(series.items())
        ],
    }


def duration_curve(view: View, loads: Sequence[float], unit: str) -> Options | None:
    """Values from the largest to the smallest over the share of the time (the load's duration)."""
    if not loads:
        return None
    ranked = sorted(loads, reverse=True)
    step = max(1, len(ranked) // 400)
    points = [
        [round(100 * place / max(1, len(ranked) - 1), 3), ranked[place]]
        for place in range(0, len(ranked), step)
    ]
    return base(view, legend=False) | {
        "grid": {"left": 56, "right": 16, "top": 30, "bottom": 44},
        "xAxis": {
            "type": "value",
            "min": 0,
            "max": 100,
            "name": view.t("% of the time"),
            "nameLocation": "middle",
            "nameGap": 26,
            "nameTextStyle": {"color": INK_2},
            "axisLabel": {"color": INK_2},
            "axisLine": {"lineStyle": {"color": LINE}},
            "splitLine": {"show": False},
        },
        "yAxis": value_axis(view, unit, scale=False),
        "series": [
            {
                "type": "line",
                "name": view.t("Demand"),
                "data": points,
                "showSymbol": False,
                "lineStyle": {"color": FOCUS, "width": 1.6},
                "areaStyle": {"color": FOCUS, "opacity": 0.12},
                "itemStyle": {"color": FOCUS},
                **STEADY,
            }
        ],
    }
