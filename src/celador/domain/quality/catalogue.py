"""The limits and tariffs that come with Celador, by name."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from celador.domain.quality.demand import Band
from celador.domain.quality.frequency import FrequencyLimits
from celador.domain.quality.tariff import Phase, TariffRule
from celador.domain.quality.voltage import Connection, VoltageProfile


@cache
def _tables() -> Mapping[str, Mapping[str, dict[str, Any]]]:
    text = files("celador.domain.quality").joinpath("rules.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def voltage_profiles() -> Mapping[str, VoltageProfile]:
    """Limits of slow voltage by name."""
    return {
        key: VoltageProfile(
            key=key,
            **{"assumed": False, "hard_percent": None}
            | table
            | {"connection": Connection(table["connection"])},
        )
        for key, table in _tables()["voltage"].items()
    }


@cache
def tariff_rules() -> Mapping[str, TariffRule]:
    """Rules for reactive energy by name."""
    return {
        key: TariffRule(
            key=key,
            **table
            | {
                "cos_below": tuple((cos, percent) for cos, percent in table.get("cos_below", ())),
                "phases": tuple(Phase(day, share) for day, share in table.get("phases", ())),
            },
        )
        for key, table in _tables()["tariff"].items()
    }


@cache
def frequency_limits() -> Mapping[str, FrequencyLimits]:
    """Limits of the frequency by name."""
    return {key: FrequencyLimits(key, **table) for key, table in _tables()["frequency"].items()}


@cache
def hour_bands() -> Mapping[str, tuple[Band, ...]]:
    """Hour bands by name."""
    return {
        key: tuple(Band(*hours) for hours in table["hours"])
        for key, table in _tables()["bands"].items()
    }
