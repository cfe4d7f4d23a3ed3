"""What the rules of alarms must be told of one recloser, because no register says it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from functools import cached_property
from typing import Literal

from celador.domain.alarms.catalogue import AlarmKind, catalogue

_RADIO_DELAY = 60.0  # s without a good reply on a radio or cellular link
_LEAST_DELAY = 10.0  # s on a wired one, or three polls if that is longer


@dataclass(frozen=True)
class AlarmSettings:
    """Settings of one recloser.

    Attributes:
        kinds: the catalogue with what the configuration changes in it, by code.
        own_delays: codes whose delay the configuration gives.
        nominal_voltage: line to line, V.
        nominal_frequency: Hz.
        source_side: the terminals towards the source.
        status_period_s: s between two reads of the status.
        analog_period_s: the same of the measured values.
        counters_period_s: the same of the counters.
        link: how the device is reached; radio and cellular links are left more time.
        expected: whether the functions "ar", "ef" and "sef" must be on; None where either is right.
        expected_group: setting group that must be active, 1 to 4; None for any.
        reverse_flow_expected: power may flow towards the source.
        own_orders: causes of openings that come from the own people; others are critical.
        autonomy_h: hours that the battery carries the control; None where nobody said.
        line_limit_a: what the line may carry, A.
        transformer_limit_a: what the transformer may, A.
        oc1_pickup_a: pickup of OC1, A.
        ef1_pickup_a: pickup of EF1, A.
        base_current_a: rated or usual current, A.
        feeder: name of the feeder that it stands on; None where nobody said.
        zone: whose midnights begin a month.
    """

    kinds: Mapping[str, AlarmKind] = field(default_factory=catalogue)
    own_delays: frozenset[str] = frozenset()
    nominal_voltage: float = 13_200.0
    nominal_frequency: float = 50.0
    source_side: Literal["abc", "rst"] = "abc"
    status_period_s: float = 1.0
    analog_period_s: float = 5.0
    counters_period_s: float = 60.0
    link: Literal["wired", "radio"] = "wired"
    expected: Mapping[str, bool | None] = field(
        default_factory=lambda: {"ar": True, "ef": None, "sef": None}
    )
    expected_group: int | None = None
    reverse_flow_expected: bool = False
    own_orders: tuple[str, ...] | None = None
    autonomy_h: float | None = None
    line_limit_a: float | None = None
    transformer_limit_a: float | None = None
    oc1_pickup_a: float | None = None
    ef1_pickup_a: float | None = None
    base_current_a: float | None = None
    feeder: str | None = None
    zone: tzinfo = UTC

    @cached_property
    def limit_a(self) -> float | None:
        """The current that must not be exceeded, A: the least of line, transformer and OC1/1.2."""
        pickup = None if self.oc1_pickup_a is None else self.oc1_pickup_a / 1.2
        given = [self.line_limit_a, self.transformer_limit_a, pickup]
        return min((amps for amps in given if amps is not None), default=None)

    @cached_property
    def base_kva(self) -> float | None:
        """Apparent power at the base current, kVA."""
        if self.base_current_a is None:
            return None
        return math.sqrt(3) * self.nominal_voltage * self.base_current_a / 1000

    @cached_property
    def judged(self) -> Mapping[str, AlarmKind]:
        """What is judged on this recloser, by code, with the delays that hold here."""
        return {
            code: self._timed(kind)
            for code, kind in self.kinds.items()
            if kind.by != "fleet" and self.why_not(kind) is None
        }

    def why_not(self, kind: AlarmKind) -> str | None:
        """Why an alarm is not judged here: "disabled", "expected" or the setting that is missing.

        Returns:
            None where it is judged.
        """
        if kind.disabled:
            return "disabled"
        if kind.expected and self.expected.get(kind.expected) is not True:
            return "expected"
        if kind.code == "FLUJO_INVERSO" and self.reverse_flow_expected:
            return "expected"
        return next((name for name in kind.needs if getattr(self, name) is None), None)

    def _timed(self, kind: AlarmKind) -> AlarmKind:
        if kind.row == "AUTONOMIA" and self.autonomy_h is not None and kind.limit is not None:
            return replace(kind, on_delay_s=self.autonomy_h * 36 * kind.limit)
        if kind.by == "link" and kind.code not in self.own_delays:
            wired = max(3 * self.status_period_s, _LEAST_DELAY)
            return replace(kind, on_delay_s=_RADIO_DELAY if self.link == "radio" else wired)
        return kind
