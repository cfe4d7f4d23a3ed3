"""The worked figures of the sheet on power quality, one by one."""

from __future__ import annotations

from datetime import date

import pytest

from celador.domain.quality import catalogue
from celador.domain.quality.tariff import cosine, steps, tangent
from celador.domain.quality.unbalance import (
    computable,
    current_unbalance,
    largest_deviation,
    pvur,
    voltage_sequences,
    voltage_unbalance,
    zero_sequence,
)
from celador.domain.quality.voltage import VoltageJudge, deviation
from celador.domain.quality.windows import Tally, Window

LINE = ("vab", "vbc", "vca")


@pytest.mark.parametrize(
    ("volts", "u2", "nema"),
    [
        ((13200, 13200, 13200), 0.0, 0.0),
        ((13200, 13000, 12800), 1.7768, 1.5385),
        ((13400, 13200, 12700), 3.1629, 3.0534),
        ((13200, 13200, 11431), 9.1702, 9.3521),
        ((13200, 6600, 6600), 100.0, 50.0),
        ((13363, 13068, 13171), 1.3119, None),
    ],
)
def test_voltage_unbalance(
    volts: tuple[float, float, float], u2: float, nema: float | None
) -> None:
    assert voltage_unbalance(*volts) == pytest.approx(u2, abs=6e-5)
    if nema is not None:
        assert largest_deviation(volts) == pytest.approx(nema, abs=6e-5)


def test_positive_sequence_voltage() -> None:
    found = voltage_sequences(13200, 13000, 12800)
    assert found is not None
    assert found.positive == pytest.approx(7505.0, abs=0.05)
    assert found.percent == pytest.approx(voltage_unbalance(13200, 13000, 12800), abs=1e-9)


def test_a_reversed_phase_sequence_exchanges_the_two_and_an_unknown_one_tells_neither() -> None:
    direct = voltage_sequences(13200, 13000, 12800)
    reverse = voltage_sequences(13200, 13000, 12800, sequence=0)
    assert direct is not None
    assert reverse is not None
    assert (reverse.positive, reverse.negative) == (direct.negative, direct.positive)
    assert voltage_sequences(13200, 13000, 12800, sequence=2) is None


@pytest.mark.parametrize(
    ("phase", "line", "u0"),
    [
        ((7507, 7366, 8025), (13363, 13068, 13171), 497.0),
        ((0, 13200, 13200), (13200, 13200, 13200), 7621.0),
    ],
)
def test_zero_sequence(
    phase: tuple[float, float, float], line: tuple[float, float, float], u0: float
) -> None:
    assert zero_sequence(phase, line) == pytest.approx(u0, abs=0.05)


def test_phase_voltages_tell_an_unbalance_only_on_an_earthed_neutral() -> None:
    faulted = (0.0, 13200.0, 13200.0)
    assert pvur(faulted, earthed_neutral=True) == pytest.approx(100.0)
    assert pvur(faulted, earthed_neutral=False) is None


def test_a_voltage_below_half_is_an_event_and_no_unbalance() -> None:
    assert computable((13200, 13200, 6600), 13200)
    assert not computable((13200, 13200, 6599), 13200)


@pytest.mark.parametrize(
    ("amps", "negative", "spread"),
    [
        ((100, 95, 105), 5.7838, 5.0),
        ((80, 100, 90), 12.9452, 11.111),
        ((100, 50, 50), 100.0, 50.0),
    ],
)
def test_current_unbalance(
    amps: tuple[float, float, float], negative: float, spread: float
) -> None:
    found = current_unbalance(amps, residual=0.0)
    assert found is not None
    assert found.negative == pytest.approx(negative, abs=6e-5)
    assert found.deviation == pytest.approx(spread, abs=6e-4)


@pytest.mark.parametrize("residual", [None, 5.0, 40.0])
def test_with_residual_current_or_without_knowing_it_i2_is_not_told(
    residual: float | None,
) -> None:
    found = current_unbalance((100, 95, 105), residual)
    assert found is not None
    assert found.negative is None


@pytest.mark.parametrize(
    ("amps", "base"), [((9, 9, 11), None), ((30, 31, 32), 400.0), ((0, 0, 0), None)]
)
def test_small_currents_have_no_unbalance(
    amps: tuple[float, float, float], base: float | None
) -> None:
    assert current_unbalance(amps, 0.0, base) is None


def _window(volts: float, number: int = 0) -> Window:
    tallies = {name: Tally.of([volts] * 120) for name in LINE}
    return Window(number * 600_000_000, 600, 120, tallies)


def _judge(profile: str) -> VoltageJudge:
    return VoltageJudge(catalogue.voltage_profiles()[profile], 13_200, LINE)


def test_six_windows_of_a_hundred_outside_fail_the_low_voltage_style() -> None:
    judge = _judge("EN50160_LV_style")
    for number in range(100):
        judge.add(_window(13_200 * (1.11 if number < 6 else 1.0), number))
    verdict = judge.verdict(100)
    assert verdict.outside_percent == 6.0
    assert verdict.conforms is False


def test_five_windows_of_a_hundred_outside_still_pass_it() -> None:
    judge = _judge("EN50160_LV_style")
    for number in range(100):
        judge.add(_window(13_200 * (0.89 if number < 5 else 1.0), number))
    assert judge.verdict(100).conforms is True


def test_one_window_beyond_the_hard_limit_fails_the_medium_voltage_profile_of_2010() -> None:
    judge = _judge("EN50160_MV_2010")
    for number in range(1008):
        judge.add(_window(13_200 * (1.16 if number == 500 else 1.0), number))
    verdict = judge.verdict(1008)
    assert (verdict.outside, verdict.beyond, verdict.conforms) == (1, 1, False)
    assert verdict.high == pytest.approx(16.0)


def test_the_deviation_is_told_from_the_voltage_that_the_profile_is_about() -> None:
    assert deviation(13_860, 13_200) == pytest.approx(5.0)
    profile = catalogue.voltage_profiles()["AR_ENRE_aerea"]
    assert profile.declared(13_200) == 13_200


@pytest.mark.parametrize(
    ("tan", "epesf", "enre"),
    [(0.40, 7, 10.5), (0.4051, 8, 12.0), (0.30, 0, 0.0), (0.34, 1, 1.5)],
)
def test_penalty_steps(tan: float, epesf: float, enre: float) -> None:
    rules, day = catalogue.tariff_rules(), date(2026, 1, 1)
    for key, percent in (("EPESF", epesf), ("ENRE_T3", enre)):
        charge = rules[key].charge(1000.0, 1000.0 * tan, day)
        assert charge is not None
        assert charge.percent == pytest.approx(percent)


def test_exactly_half_a_step_is_not_charged() -> None:
    assert steps(0.335, 0.33) == 0
    assert steps(0.33501, 0.33) == 1


@pytest.mark.parametrize(
    ("day", "percent"),
    [
        (date(2024, 9, 30), 0.0),
        (date(2024, 10, 1), 3.15),
        (date(2025, 5, 1), 6.3),
        (date(2025, 12, 1), 10.5),
    ],
)
def test_the_surcharge_of_enre_came_in_parts(day: date, percent: float) -> None:
    charge = catalogue.tariff_rules()["ENRE_T3"].charge(1000.0, 400.0, day)
    assert charge is not None
    assert charge.percent == pytest.approx(percent)


def test_the_surcharge_is_capped() -> None:
    charge = catalogue.tariff_rules()["ENRE_T3"].charge(1000.0, 900.0, date(2026, 1, 1))
    assert charge is not None
    assert charge.percent == 40.0


@pytest.mark.parametrize(
    ("cos", "percent"), [(0.96, 0.0), (0.95, 0.0), (0.90, 10.0), (0.80, 20.0), (0.70, 30.0)]
)
def test_the_second_tariff_goes_by_cosine(cos: float, percent: float) -> None:
    tan = (1 / cos**2 - 1) ** 0.5
    charge = catalogue.tariff_rules()["ENRE_T2"].charge(1000.0, 1000 * tan - 1e-9, date(2026, 1, 1))
    assert charge is not None
    assert charge.percent == percent


def test_other_rules() -> None:
    rules, day = catalogue.tariff_rules(), date(2026, 1, 1)
    large = rules["EDESA_grandes"].charge(1000.0, 700.0, day)
    assert large is not None
    assert large.excess_kvarh == pytest.approx(80.0)
    assert large.percent is None
    stop = rules["EPESF"].charge(1000.0, 1333.0, day)
    assert stop is not None
    assert stop.disconnection


def test_a_rule_without_figures_charges_nothing_that_is_known() -> None:
    rule = catalogue.tariff_rules()["EPEC"]
    assert not rule.known
    assert rule.charge(1000.0, 900.0, date(2026, 1, 1)) is None


def test_the_factor_of_a_month_is_that_of_its_energies() -> None:
    tan = tangent(1000.0, 750.0)
    assert tan == 0.75
    assert cosine(tan) == pytest.approx(0.8)
    assert tangent(0.0, 10.0) is None


def test_every_profile_of_the_data_file_says_where_it_is_from() -> None:
    profiles = catalogue.voltage_profiles().values()
    assert {profile.key for profile in profiles if profile.assumed} == {
        "AR_PBA_SubanexoD",
        "AR_EPRE_SJ",
        "AR_CBA_ERSeP",
    }
    assert all(profile.source and profile.title for profile in profiles)
    assert all(profile.window_min in (10, 15) for profile in profiles)
    assert all(rule.source and rule.title for rule in catalogue.tariff_rules().values())
