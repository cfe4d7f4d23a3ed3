"""The whole report, from rows as a store gives them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import pytest

from celador.domain.periods import Period
from celador.domain.quality import catalogue
from celador.domain.sample import Value
from celador.pipeline.quality.cells import SIDES, columns_of
from celador.pipeline.quality.report import QualityMeter, QualityReport, QualitySettings
from celador.ports import SampleRow
from celador.surfaces.supply import quality_figures

SECOND = 1_000_000
MONDAY = round(datetime(2026, 7, 13, tzinfo=UTC).timestamp()) * SECOND
NAMES = columns_of(SIDES["abc"])
LINE, PHASE = ("vab", "vbc", "vca"), ("va", "vb", "vc")
SOUND: Mapping[str, Value] = {
    **dict.fromkeys(LINE, 13_200.0),
    **dict.fromkeys(PHASE, 13_200 / math.sqrt(3)),
    "sec_abc": 1,
    "frec": 50.0,
    "calidad": 0,
}


def settings(**others: object) -> QualitySettings:
    given: dict[str, object] = {
        "nominal_voltage": 13_200.0,
        "period_s": 10.0,
        "counters_s": 60.0,
        "refresh_s": 1.0,
        "profile": catalogue.voltage_profiles()["EN50160_MV_2010"],
        "frequency": catalogue.frequency_limits()["EN50160"],
        "bands": (),
    }
    return QualitySettings(**given | others)  # type: ignore[arg-type]  # the fields' own types differ


def rows(seconds: int, changes: Mapping[range, Mapping[str, Value]]) -> Iterator[SampleRow]:
    """A sample each 10 s, sound but for what changes within some seconds."""
    for second in range(0, seconds, 10):
        values = dict(SOUND)
        for when, changed in changes.items():
            if second in when:
                values |= changed
        yield SampleRow(1, MONDAY + second * SECOND, tuple(values.get(name) for name in NAMES), 1)


def report(
    seconds: int, changes: Mapping[range, Mapping[str, Value]], **others: object
) -> QualityReport:
    end = MONDAY + seconds * SECOND
    meter = QualityMeter(1, Period(MONDAY, end, ""), settings(**others), UTC, end)
    return meter.measure(rows(seconds, changes), ())


def test_a_week_has_1008_windows_from_monday_on_and_the_next_is_judged_by_itself() -> None:
    eleven_days = 11 * 86_400
    found = report(eleven_days, {range(86_400, 87_000): dict.fromkeys(LINE, 15_500.0)})
    first, second = found.voltage
    assert (first.period.name, second.period.name) == ("2026-07-13", "2026-07-20")
    assert (first.every.coverage.expected, second.every.coverage.expected) == (1008, 576)
    assert (first.every.outside, first.every.conforms) == (1, False)  # beyond 15 %
    assert (second.every.outside, second.every.conforms) == (0, True)


def test_phase_to_earth_is_told_beside_line_to_line_where_the_neutral_is_earthed() -> None:
    """7621 V is what 13.2 kV is between phase and earth; 8.5 kV is 11.5 % above it."""
    shifted = {range(600, 1200): {"va": 8500.0}}
    found = report(6000, shifted)
    assert found.phase is not None
    assert (found.phase.coverage.valid, found.phase.outside) == (10, 1)
    assert found.phase.high == pytest.approx(100 * (8500 - 7621.02) / 7621.02, abs=1e-3)
    assert found.voltage[0].every.outside == 0
    assert report(600, {}, earthed=False).phase is None


def test_a_dip_too_deep_for_so_long_is_told_apart_from_one_whose_duration_is_not_known() -> None:
    deep = dict.fromkeys(LINE, 6600.0)
    found = report(3600, {range(600, 1200): deep, range(2000, 2010): deep}).events
    assert (found.classified, found.off_table, found.unclassified) == (
        {},
        {"hueco": 1},
        {"hueco": 1},
    )
    assert found.seen == 2


def test_u0_is_told_of_the_main_sequence_whichever_way_the_phases_are_named() -> None:
    """The worked case of the sheet: U0 497.0 V, V1 of the three lines 7621.1 V."""
    worked = dict(
        zip(PHASE + LINE, (7507.0, 7366.0, 8025.0, 13363.0, 13068.0, 13171.0), strict=True)
    )
    for sequence in (1, 0):
        found = report(600, {range(600): worked | {"sec_abc": sequence}}).unbalance["zero"]
        assert found.p95 == pytest.approx(100 * 497.0 / 7621.08, abs=0.01)
    unknown = report(600, {range(600): worked | {"sec_abc": 2}}).unbalance["zero"]
    assert unknown.p95 is None


@pytest.mark.parametrize("sequence", [0, 1, 2])
def test_u2_needs_no_phase_sequence(sequence: int) -> None:
    volts = dict(zip(LINE, (13_400.0, 13_200.0, 12_700.0), strict=True)) | {"sec_abc": sequence}
    found = report(600, {range(600): volts}).unbalance["negative"]
    assert found.p95 == pytest.approx(3.1629, abs=6e-5)


def test_of_a_first_minute_it_is_said_that_too_little_was_seen() -> None:
    """2000 kW for 50 s are 28 kWh; the counters were read twice within its first second."""
    end = MONDAY + 50 * SECOND
    meter = QualityMeter(1, Period(MONDAY, end, ""), settings(), UTC, end)
    load = {range(50): {"p_act": 2000.0, "s_apar": 2100.0}}
    twice = (SampleRow(1, MONDAY + at * SECOND, (90.0, 30.0, 0.0, 0.0, 1.0), 1) for at in (0, 1))
    found = {each.key: each for each in quality_figures(meter.measure(rows(50, load), twice), UTC)}
    assert found["energia"].value == pytest.approx(2000 * 40 / 3600)  # four steps of 10 s
    note = found["energia"].note
    assert note is not None
    assert note.es == "sin cota: los contadores se leyeron en muy poco del tiempo"
    assert found["energia_cota"].value is None
    assert found["tension"].value == "no concluyente"
