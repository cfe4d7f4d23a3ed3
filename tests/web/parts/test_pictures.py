"""Pictures read back as XML: what is in them, and what must not be."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, fromstring

import pytest

from celador.domain.alarm import Priority
from celador.surfaces.minutes import MINUTE, Bucket, Minutes
from celador.surfaces.web.parts.bars import deviation_bar, limit_bar
from celador.surfaces.web.parts.energised import Side, Supply, phase_supply, side
from celador.surfaces.web.parts.hour import Hour, Mark, Panel, hour_chart, scale
from celador.surfaces.web.parts.markup import tag, text
from celador.surfaces.web.parts.mimic import Flow, Mimic, Terminal, mimic
from celador.surfaces.web.parts.phasor_svg import Diagram, phasor_diagram
from celador.surfaces.web.parts.priority import priority_symbol
from celador.surfaces.web.parts.sparkline import sparkline
from celador.surfaces.web.parts.switch import Shown, Switch, symbol, word

_SPANISH = {
    "CLOSED": "CERRADO",
    "OPEN": "ABIERTO",
    "TRIPPED": "DISPARADO",
    "LOCKED OUT": "BLOQUEADO",
    "RECLOSING": "RECERRANDO",
}


def _es(said: str) -> str:
    return _SPANISH[said]


def _same(said: str) -> str:
    return said


def _of_class(root: Element, name: str) -> list[Element]:
    return [each for each in root.iter() if name in (each.get("class") or "").split()]


def _texts(root: Element) -> list[str]:
    return [each.text or "" for each in root.iter() if each.tag in ("text", "title")]


def test_values_cannot_break_out_of_the_markup() -> None:
    made = tag("b", text('<img src=x onerror="1">&'), title='"><script>')
    assert made == '<b title="&quot;&gt;&lt;script&gt;">&lt;img src=x onerror="1"&gt;&amp;</b>'


@pytest.mark.parametrize(
    ("switch", "said"),
    [
        (Switch(Shown.CLOSED), "CERRADO"),
        (Switch(Shown.OPEN), "ABIERTO"),
        (Switch(Shown.TRIPPED), "DISPARADO"),
        (Switch(Shown.LOCKED), "BLOQUEADO"),
        (Switch(Shown.RECLOSING, 2, 3), "RECERRANDO 2/3"),
        (Switch(Shown.RECLOSING, 2), "RECERRANDO 2"),
        (Switch(Shown.RECLOSING), "RECERRANDO"),
        (Switch(Shown.UNKNOWN), "?"),
    ],
)
def test_the_word_of_a_switch(switch: Switch, said: str) -> None:
    assert word(switch, _es) == said


def test_every_state_and_every_priority_has_a_shape_of_its_own() -> None:
    def drawing(markup: str) -> str:
        root = fromstring(markup)
        for each in root.iter():
            each.attrib.pop("class", None)
            each.attrib.pop("aria-label", None)
        return "".join(
            f"{each.tag}{sorted(each.attrib.items())}{(each.text or '').strip()}"
            for each in root.iter()
            if each.tag != "title"
        )

    states = {drawing(symbol(Switch(shown))) for shown in Shown}
    assert len(states) == len(Shown)
    shapes = {drawing(priority_symbol(each, _same)) for each in Priority}
    assert len(shapes) == len(Priority)


def test_only_what_is_asked_to_blinks() -> None:
    assert not _of_class(fromstring(priority_symbol(Priority.CRITICAL, _same)), "blink")
    root = fromstring(priority_symbol(Priority.CRITICAL, _same, blinking=True))
    assert _of_class(root, "blink")


# 13,200 V line to line are 7,621 V to earth: 80 % are 6,097 V, 10 % are 762 V.
@pytest.mark.parametrize(
    ("volts", "supply"),
    [
        (7621.0, Supply.LIVE),
        (6098.0, Supply.LIVE),
        (6096.0, Supply.LOW),
        (763.0, Supply.LOW),
        (761.0, Supply.DEAD),
        (0.0, Supply.DEAD),
        (None, Supply.UNKNOWN),
    ],
)
def test_a_phase_is_live_by_its_voltage(volts: float | None, supply: Supply) -> None:
    assert phase_supply(volts, 13_200.0) is supply


def _side(a: float | None, b: float | None, c: float | None) -> Side:
    return side("rst", {"vr": a, "vs": b, "vt": c, "vrs": 13200, "vst": 13200}, 13_200.0)


def test_a_side_is_what_its_phases_are_and_unknown_beats_all() -> None:
    assert _side(7600, 7600, 7600).supply is Supply.LIVE
    assert _side(10, 10, 10).supply is Supply.DEAD
    assert _side(7600, 7600, 0).supply is Supply.LOW
    assert _side(7600, None, 0).supply is Supply.UNKNOWN
    assert _side(7600, 7600, 7600).line is None  # one line voltage is not known


def _terminal(supply: Supply) -> Terminal:
    return Terminal(
        "FUENTE (ABC)",
        "13.214 V",
        (("A", "7.629 V", supply), ("B", "7.608 V", supply), ("C", "—", Supply.UNKNOWN)),
        supply,
    )


def _mimic(source: Supply, load: Supply, flow: Flow = Flow.FORWARD) -> Element:
    return fromstring(
        mimic(
            Mimic(
                source=_terminal(source),
                load=_terminal(load),
                switch=Switch(Shown.CLOSED),
                word="CERRADO",
                notes=("por SCADA", "hace 127 d"),
                flow=flow,
                power=("1.522 kW", "589 kvar", "hacia la carga"),
                label="Reconectador cerrado",
            )
        )
    )


def test_the_mimic_draws_each_side_as_it_was_measured() -> None:
    root = _mimic(Supply.LIVE, Supply.DEAD)
    assert len(_of_class(root, "wire-live")) == 2  # line and bus bar of the source
    assert len(_of_class(root, "wire-dead")) == 2
    assert not _of_class(root, "hatched")
    assert root.get("aria-label") == "Reconectador cerrado"
    assert "CERRADO" in _texts(root)


def test_an_unknown_side_is_hatched_and_never_drawn_live_or_dead() -> None:
    root = _mimic(Supply.LIVE, Supply.UNKNOWN)
    assert len(_of_class(root, "hatched")) == 2
    assert len(_of_class(root, "wire")) == 2


def test_the_arrow_follows_the_power_and_is_missing_where_nobody_knows() -> None:
    arrows = {flow: _of_class(_mimic(Supply.LIVE, Supply.LIVE, flow), "m-arrow") for flow in Flow}
    assert not arrows[Flow.NONE]
    assert not arrows[Flow.UNKNOWN]
    forward, reverse = arrows[Flow.FORWARD][0].get("d"), arrows[Flow.REVERSE][0].get("d")
    assert forward != reverse


def test_a_hole_in_the_trend_is_a_hole_in_the_line() -> None:
    root = fromstring(sparkline([1.0, 2.0, None, None, 3.0, 2.0], label="Ia"))
    assert len(root.findall("path")) == 2
    assert not fromstring(sparkline([None, None], label="Ia")).findall("path")
    assert len(fromstring(sparkline([None, 4.0, None], label="Ia")).findall("path")) == 1


def test_a_quiet_trend_stays_flat() -> None:
    root = fromstring(sparkline([100.0, 100.1, 100.0], label="Ia"))
    path = root.findall("path")[0].get("d") or ""
    begin, _, steps = path.partition("l")
    assert begin.split() == ["M0", "122"]  # of 240, where 200 are 5 % of the value
    assert [abs(int(each)) < 10 for each in steps.split()[1::2]] == [True, True]


def test_a_trend_rises_and_falls_as_its_values_do() -> None:
    root = fromstring(sparkline([10.0, 20.0, None, 15.0, 10.0], label="Ia"))
    assert root.get("viewBox") == "0 0 4 240"
    # From a twelfth below the top to a twelfth above the bottom, 200 of 240 units.
    assert [each.get("d") for each in root.findall("path")] == ["M0 220l1 -200", "M3 120l1 100"]


def test_bars_tell_of_the_limit() -> None:
    low, high = fromstring(limit_bar(50, 100, tone="a")), fromstring(limit_bar(101, 100, tone="a"))
    assert float(_of_class(low, "fill")[0].get("width") or 0) == pytest.approx(43.5, abs=0.1)
    assert "over" not in (low.get("class") or "").split()
    assert "over" in (high.get("class") or "").split()
    nothing = fromstring(limit_bar(None, 100, tone="a"))
    assert float(_of_class(nothing, "fill")[0].get("width") or 0) == 0
    assert "unknown" in (nothing.get("class") or "").split()


def test_a_deviation_of_the_whole_band_is_half_way_to_the_edge() -> None:
    root = fromstring(deviation_bar(13200 * 1.0799, 13200, 8, tone="a"))
    assert float(_of_class(root, "fill")[0].get("x") or 0) + 2 == pytest.approx(75, abs=0.1)
    assert "over" not in (root.get("class") or "").split()
    assert "over" in (fromstring(deviation_bar(12000, 13200, 8, tone="a")).get("class") or "")
    assert not _of_class(fromstring(deviation_bar(None, 13200, 8, tone="a")), "fill")


def test_a_minute_without_a_value_is_a_hole() -> None:
    minutes = Minutes(("ia",))
    for at, value in ((0, 5.0), (30, 7.0), (60, None), (121, 4.0), (185, 1.0)):
        minutes.add(at * 1_000_000, {"ia": value})
    found = minutes.series("ia", 3 * MINUTE + 10_000_000)
    assert len(found) == 60
    assert found[-3:] == [Bucket(5.0, 6.0, 7.0), None, Bucket(4.0, 4.0, 4.0)]


@pytest.mark.parametrize(
    ("low", "high"), [(65.0, 75.0), (0.0, 0.0), (0.0, 3.0), (7600.0, 7640.0), (0.0, 1800.0)]
)
def test_the_axis_holds_the_values_and_never_dives_below_zero(low: float, high: float) -> None:
    bottom, top, step = scale(low, high)
    assert bottom <= low <= high <= top
    assert bottom >= 0
    assert 2 <= (top - bottom) / step <= 6
    assert top - bottom >= 1  # an open recloser has no millionths of an ampere


def test_the_hour_has_holes_marks_and_an_envelope() -> None:
    line = [Bucket(60, 61, 62)] * 10 + [None] * 3 + [Bucket(60, 61, 62)] * 10
    model = Hour(
        panels=(
            Panel("Corriente", "A", (line,), ("a",)),
            Panel("Potencia activa", "kW", ([None] * 23,), ("ink",)),
        ),
        marks=(Mark(0.5, "prio-2", "arranque OC1+"),),
        ticks=((0.0, "13:07"), (1.0, "14:07")),
        label="La última hora",
        nothing="Todavía nada",
        written=lambda value, places: f"{value:.{places}f}",
    )
    root = fromstring(hour_chart(model))
    assert _texts(root).count("Todavía nada") == 1  # the power alone
    assert {"Corriente", "Potencia activa", "63 A"} <= set(_texts(root))
    assert len(_of_class(root, "mean")) == 2
    assert len(_of_class(root, "band")) == 2
    assert len(_of_class(root, "mark")) == 1
    assert "arranque OC1+" in _texts(root)


def test_a_minute_of_the_hour_stands_between_the_marks_of_its_ends() -> None:
    line = [None] * 30 + [Bucket(60, 61, 62)] + [None] * 29
    ends = (Mark(30 / 60, "prio-2", "begin"), Mark(31 / 60, "prio-2", "end"))
    panels = (Panel("Corriente", "A", (line,), ("a",)),)
    root = fromstring(hour_chart(Hour(panels, ends, (), "", "", lambda value, _: f"{value}")))
    begin, end = (_across(each) for each in _of_class(root, "mark-line"))
    (minute,) = map(_across, _of_class(root, "mean"))
    assert minute == pytest.approx((begin + end) / 2, abs=0.1)


def _across(path: Element) -> float:
    found = re.match(r"M([\d.]+)", path.get("d") or "")
    assert found
    return float(found[1])


def test_the_phasor_picture_draws_a_upwards_and_only_what_is_known() -> None:
    model = Diagram(
        voltages=(7621 + 0j, None, None),
        names=("Ua", "Ub", "Uc"),
        currents=(None, None, None),
        nominal=7621.0,
        label="Fasores",
    )
    root = fromstring(phasor_diagram(model))
    vectors = _of_class(root, "vector")
    assert len(vectors) == 1
    tip = (vectors[0].findall("polygon")[0].get("points") or "").split()[0]
    assert tip == "0,-84"
