"""What a configuration changes in the catalogue, for all reclosers and for one of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from celador.alarming import alarm_settings
from celador.config import load_config
from celador.domain.alarm import Priority
from celador.domain.alarms.catalogue import Latch, catalogue
from celador.pipeline.alarms.settings import AlarmSettings

WRITTEN = """
[alarms]
expected_sef = "on"
expected_group = 2

[alarms.catalogue.TENSION_ALTA]
limit = 6
deadband = 0.5
priority = 2

[alarms.catalogue.COMUNICACION]
on_delay_s = 45

[[devices]]
id = 1
name = "norte"
host = "10.0.0.1"

[[devices]]
id = 2
name = "rural"
host = "10.0.0.2"

[devices.alarms]
link = "radio"
expected_ar = "any"
expected_group = 3
line_limit_a = 300
transformer_limit_a = 250
oc1_pickup_a = 360
ef1_pickup_a = 40

[devices.alarms.catalogue.TENSION_ALTA]
limit = 9
latch = "reset"
off_delay_s = 120
reads = 3

[devices.alarms.catalogue.LOCAL]
disabled = true
"""


@pytest.fixture
def settings(tmp_path: Path) -> tuple[AlarmSettings, AlarmSettings]:
    path = tmp_path / "celador.toml"
    path.write_text(WRITTEN, encoding="utf-8")
    config = load_config(path, {}).config
    norte, rural = (alarm_settings(config, each) for each in config.devices)
    return norte, rural


def test_what_is_set_for_all_holds_where_a_recloser_says_nothing(
    settings: tuple[AlarmSettings, AlarmSettings],
) -> None:
    norte, rural = (each.judged["TENSION_ALTA"] for each in settings)
    assert (norte.limit, norte.deadband, norte.priority) == (6, 0.5, Priority.HIGH)
    assert (norte.latch, norte.off_delay_s, norte.reads) == (Latch.NO, 60.0, 1)
    assert (rural.limit, rural.deadband, rural.priority) == (9, 0.5, Priority.HIGH)
    assert (rural.latch, rural.off_delay_s, rural.reads) == (Latch.RESET, 120.0, 3)
    assert norte.on_delay_s == rural.on_delay_s == catalogue()["TENSION_ALTA"].on_delay_s
    # A delay that somebody wrote is not that of a radio link.
    assert [each.judged["COMUNICACION"].on_delay_s for each in settings] == [45, 45]


def test_what_is_expected_is_said_for_each_recloser(
    settings: tuple[AlarmSettings, AlarmSettings],
) -> None:
    norte, rural = settings
    assert ("AR_OFF" in norte.judged, "AR_OFF" in rural.judged) == (True, False)
    assert ("SEF_OFF" in norte.judged, "SEF_OFF" in rural.judged) == (True, True)
    assert ("EF_OFF" in norte.judged, "EF_OFF" in rural.judged) == (False, False)
    assert (norte.expected_group, rural.expected_group) == (2, 3)


def test_limits_of_one_recloser_are_the_least_of_line_transformer_and_pickup(
    settings: tuple[AlarmSettings, AlarmSettings],
) -> None:
    norte, rural = settings
    assert (norte.limit_a, rural.limit_a) == (None, 250)
    assert ("SOBRECORRIENTE_1" in norte.judged, "SOBRECORRIENTE_1" in rural.judged) == (False, True)
    assert ("RESIDUAL" in norte.judged, "RESIDUAL" in rural.judged) == (False, True)


def test_what_is_disabled_on_one_recloser_is_judged_on_the_others(
    settings: tuple[AlarmSettings, AlarmSettings],
) -> None:
    norte, rural = settings
    assert ("LOCAL" in norte.judged, "LOCAL" in rural.judged) == (True, False)
    assert rural.why_not(rural.kinds["LOCAL"]) == "disabled"
