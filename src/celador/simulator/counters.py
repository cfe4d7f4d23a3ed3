"""Lifetime counters, the values of the last trip, and wear."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from random import Random

from .agenda import Agenda, micros
from .feeder import Measurement
from .image import REGISTER, word
from .settings import ControllerSettings

COUNTED = (
    "co_total",
    *("oc_a_trips", "oc_b_trips", "oc_c_trips", "ef_trips", "sef_trips", "uv_trips", "uf_trips"),
)
KEPT = (
    *("in_max_trip", "ia_max_trip", "ib_max_trip", "ic_max_trip"),
    *("uv_min_trip", "uf_min_trip"),
)
_PLACES = {name: REGISTER[name] for name in (*COUNTED, *KEPT)}

_RATED_OPERATIONS = 10_000
_RATED_BREAKS = 100
"""Openings at the full breaking current that use up the contacts (order of IEC 62271-111)."""


class Counters:
    """What the controller counts; it may show it some time after the event.

    Args:
        settings: starting count, breaking current and delay of the update.
        agenda: for the delay.
        rng: gives the fault counters a past.
    """

    def __init__(self, settings: ControllerSettings, agenda: Agenda, rng: Random) -> None:
        self._agenda = agenda
        self._delay = micros(settings.counter_delay_s)
        self._isc_amps = settings.isc_ka * 1000
        self.values = dict.fromkeys((*COUNTED, *KEPT), 0)
        self.values["co_total"] = settings.operations
        most = settings.operations // 8
        for name in COUNTED[1:]:
            self.values[name] = rng.randint(0, most)
        self.mechanical = 100 * settings.operations / _RATED_OPERATIONS
        self.contact = self.mechanical * rng.uniform(0.5, 2.0)

    def book(self, now: int, counted: Mapping[str, int], kept: Mapping[str, int]) -> None:
        """Count an event and keep its values, when the controller comes to it."""
        if self._delay:
            self._agenda.at(now + self._delay, partial(self._apply, counted, kept))
        else:
            self._apply(counted, kept, now)

    def wear_out(self, seen: Measurement) -> None:
        """One opening, interrupting this current."""
        self.mechanical = min(100.0, self.mechanical + 100 / _RATED_OPERATIONS)
        share = max(seen.amps) / self._isc_amps
        self.contact = min(100.0, self.contact + 100 * share / _RATED_BREAKS)

    def erase(self) -> None:
        """All counters and kept values to 0; wear stays with the recloser."""
        self.values = dict.fromkeys(self.values, 0)

    def write(self, registers: list[int]) -> None:
        """Put everything into the input registers."""
        for name, place in _PLACES.items():
            registers[place] = self.values[name]
        registers[REGISTER["mech_wear"]] = word(self.mechanical, 100)
        registers[REGISTER["contact_wear"]] = word(self.contact, 100)

    def _apply(self, counted: Mapping[str, int], kept: Mapping[str, int], _: int) -> None:
        for name, number in counted.items():
            self.values[name] = (self.values[name] + number) & 0xFFFF
        self.values.update(kept)
