"""Settings of the figures about the supply: by which rules it is judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from celador.config.base import Settings
from celador.domain.quality.catalogue import hour_bands, tariff_rules, voltage_profiles
from celador.domain.quality.tariff import TariffRule
from celador.domain.quality.voltage import VoltageProfile


def _one_of(known: Callable[[], Mapping[str, object]]) -> AfterValidator:
    def check(name: str) -> str:
        if name not in known():
            raise ValueError(f"must be one of {', '.join(known())}")
        return name

    return AfterValidator(check)


ProfileName = Annotated[str, _one_of(voltage_profiles)]
TariffName = Annotated[str, _one_of(tariff_rules)]
BandName = Annotated[str, _one_of(hour_bands)]
Percent = Annotated[float, Field(ge=0, le=100)]


class QualityConfig(Settings):
    """By which rules the quality of supply is judged.

    Attributes:
        voltage_profile: limits of slow voltage; a recloser may have its own.
        band_percent: the band instead of the profile's, where the regulator's is not known to us.
        allowed_percent: share of the windows that may be outside, instead of the profile's.
        hard_percent: deviation that no window may exceed, instead of the profile's.
        neutral: how the grid's neutral is earthed; the unbalance of the phase-to-earth voltages
            only means something on an earthed one.
        refresh_s: time in which the controller renews its registers, s; no guide states it.
        hour_bands: hours of the day for the largest demands.
        tariff: rule for reactive energy; a recloser may have its own. None for no rule.
        base_tan: tan phi up to which nothing is charged, instead of the rule's.
        percent_per_step: surcharge per hundredth above it, %, instead of the rule's.
    """

    voltage_profile: ProfileName = "AR_ENRE_aerea"
    band_percent: Annotated[float, Field(gt=0, le=50)] | None = None
    allowed_percent: Percent | None = None
    hard_percent: Annotated[float, Field(gt=0, le=50)] | None = None
    neutral: Literal["earthed", "isolated", "resonant"] = "earthed"
    refresh_s: Annotated[float, Field(ge=0, le=60)] = 1.0
    hour_bands: BandName = "EPEC"
    tariff: TariffName | None = None
    base_tan: Annotated[float, Field(ge=0, le=10)] | None = None
    percent_per_step: Annotated[float, Field(ge=0, le=100)] | None = None

    def profile(self, own: str | None) -> VoltageProfile:
        """The limits of slow voltage.

        Args:
            own: name of a recloser's own profile; None for the common one.

        Returns:
            The profile with the configured figures in the place of its own; one that was assumed is
            so no longer where its band was configured.
        """
        profile = voltage_profiles()[own or self.voltage_profile]
        given = {
            key: value
            for key in ("band_percent", "allowed_percent", "hard_percent")
            if (value := getattr(self, key)) is not None
        }
        assumed = profile.assumed and self.band_percent is None
        return replace(profile, **given, assumed=assumed)

    def rule(self, own: str | None) -> TariffRule | None:
        """The rule for reactive energy; arguments as for `profile`."""
        name = own or self.tariff
        if name is None:
            return None
        given = {
            key: value
            for key in ("base_tan", "percent_per_step")
            if (value := getattr(self, key)) is not None
        }
        return replace(tariff_rules()[name], **given)


class ReliabilityConfig(Settings):
    """What the reliability indices are computed over.

    Attributes:
        semester_month: month in which the regulator's first semester of a year begins, 1 to 6; the
            second begins six months later.
        customers: of the whole system, N_T; None for those behind the reclosers.
        kva: transformer capacity of the whole system, kVA, L_T; None in the same way.
    """

    semester_month: Annotated[int, Field(ge=1, le=6)] = 3
    customers: Annotated[int, Field(ge=1)] | None = None
    kva: Annotated[float, Field(gt=0)] | None = None
