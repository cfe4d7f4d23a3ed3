"""How one simulated recloser is built and set; every default is the example of the sheets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from celador.domain.errors import SimulatorError


@dataclass(frozen=True, slots=True)
class ControllerSettings:
    """Plant, orientation and habits of one recloser and its controller.

    Attributes:
        mean_mw: weekly mean load beyond the recloser, MW (0 to 20).
        voltage_kv: rated voltage line to line, kV (13.2 or 33 in Argentina; 1 to 38).
        source_side: the terminals towards the source.
        aux_vt_side: where the controller takes its AC supply from.
        co_counts_at: whether 30072 moves at the opening or at the closing.
        lockout_after_command: whether an opening by order sets 10001.
        counter_delay_s: how late the counters follow the position, seconds (0 to 2).
        frequency_scale: Hz per unit of the frequency registers, 0.01 or 0.001.
        isolated_neutral: the network's neutral is isolated instead of earthed.
        single_phase_branches: single-phase or SWER branches hang beyond the recloser; the residual
            current is 3 to 8 A instead of 0 to 2 A, and SEF is set above it.
        sef_mode: what SEF does when its time is up.
        uv_on: undervoltage elements in service at the start.
        uv_recloses: undervoltage trips reclose when the source is back, instead of locking out.
        isc_ka: rated short-circuit breaking current, kA (12.5 or 16); sets the contact wear.
        battery_hours: how long the controller lives without AC supply, hours.
        operations: close-open operations on the counter at the start (0 to 65535).
    """

    mean_mw: float = 1.5
    voltage_kv: float = 13.2
    source_side: Literal["abc", "rst"] = "abc"
    aux_vt_side: Literal["source", "load"] = "source"
    co_counts_at: Literal["open", "close"] = "close"
    lockout_after_command: bool = True
    counter_delay_s: float = 0.0
    frequency_scale: float = 0.01
    isolated_neutral: bool = False
    single_phase_branches: bool = False
    sef_mode: Literal["trip", "alarm"] = "trip"
    uv_on: bool = False
    uv_recloses: bool = False
    isc_ka: float = 12.5
    battery_hours: float = 8.0
    operations: int = 240

    def __post_init__(self) -> None:
        """Refuse values that no recloser has."""
        ranges = (
            ("mean_mw", 0.0, 20.0),
            ("voltage_kv", 1.0, 38.0),
            ("counter_delay_s", 0.0, 2.0),
            ("isc_ka", 1.0, 40.0),
            ("battery_hours", 0.0, 1000.0),
            ("operations", 0, 65535),
        )
        for name, low, high in ranges:
            if not low <= getattr(self, name) <= high:
                raise SimulatorError(
                    f"the simulator's setting {name} is {getattr(self, name)!r}; "
                    f"give a value from {low:g} to {high:g}"
                )
        choices = (
            ("source_side", ("abc", "rst")),
            ("aux_vt_side", ("source", "load")),
            ("co_counts_at", ("open", "close")),
            ("frequency_scale", (0.01, 0.001)),
            ("sef_mode", ("trip", "alarm")),
        )
        for name, known in choices:
            if getattr(self, name) not in known:
                raise SimulatorError(
                    f"the simulator's setting {name} is {getattr(self, name)!r}; "
                    f"choose {' or '.join(str(choice) for choice in known)}"
                )
