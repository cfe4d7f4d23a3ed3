"""The sentences of alarms, written by hand, and whose clock they follow."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from celador.alarming import alarm_settings
from celador.config import Config, DeviceConfig, NotifyConfig
from celador.domain.alarms.catalogue import catalogue


def test_a_recurring_fault_says_of_what_kind_how_often_and_in_which_time() -> None:
    kind = catalogue()["FALLA_RECURRENTE"]
    assert kind.text("es", "oc", 3.0) == "Falla recurrente (sobrecorriente): 3 en 24 h (límite 3)"
    assert kind.text("en", "sef", 4.0) == (
        "Recurring fault (sensitive earth fault): 4 in 24 h (limit 3)"
    )
    weekly = kind.weekly.text("es", "ef", 5.0)
    assert weekly == "Falla recurrente (falla a tierra): 5 en 7 d (límite 5)"


def test_repeated_pickups_say_in_which_time() -> None:
    assert catalogue()["PICKUP_REPETIDO"].text("es", "", 6.0) == (
        "Arranques repetidos sin disparo: 6 en 1 h (límite 5)"
    )


def test_the_month_follows_the_configured_zone_and_its_summer_time() -> None:
    device = DeviceConfig(id=1, name="norte", host="10.0.0.1")
    config = Config(notify=NotifyConfig(timezone="America/Santiago"), devices=(device,))
    zone = alarm_settings(config, device).zone
    assert zone == ZoneInfo("America/Santiago")
    summer, winter = (datetime(2026, month, 1, 3, tzinfo=UTC) for month in (2, 8))
    assert summer.astimezone(zone).isoformat() == "2026-02-01T00:00:00-03:00"
    assert winter.astimezone(zone).isoformat() == "2026-07-31T23:00:00-04:00"
