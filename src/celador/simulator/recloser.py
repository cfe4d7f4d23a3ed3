"""The recloser and its reclosing logic: positions, origins, sequences, orders.

Times of the switch: contacts part 30 ms after the decision and the arc lasts 10 ms; closing takes
60 ms. Position and origin bits change together, at the end of the arc and at contact touch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

from .agenda import SECOND, Agenda, Appointment, micros
from .counters import Counters
from .feeder import Feeder, Measurement
from .image import BIT, word
from .protection import UV_GROUP, Element, Protection
from .settings import ControllerSettings

OPENING = 40_000
"""Microseconds from the decision to the end of the arc."""

CLOSING = 60_000
"""Microseconds from the closing command to contact touch."""

_SURGE = 1.3
_SURGE_SECONDS = 2
_UV_DEAD_SECONDS = 10.0
_CAPS_WINDOW = 10 * SECOND
_CAPS_CHARGING = 15 * SECOND

Position = Literal["open", "closed", "between"]
Reclosing = Literal["ready", "dead_time", "reclaim", "lockout", "idle"]
Origin = Literal["scada", "io", "hmi", "pc", "manual"]

_OPEN_BITS: Mapping[str, tuple[str, ...]] = {
    "scada": ("open(remote)", "open(scada)"),
    "io": ("open(remote)", "open(io)"),
    "hmi": ("open(local)", "open(hmi)"),
    "pc": ("open(local)", "open(pc)"),
    "manual": ("open(local)", "open(manual)"),
}
_CLOSE_BITS: Mapping[str, tuple[str, ...]] = {
    "scada": ("closed(remote)", "closed(scada)"),
    "io": ("closed(remote)", "closed(io)"),
    "hmi": ("closed(local)", "closed(hmi)"),
    "pc": ("closed(local)", "closed(pc)"),
}
_UNDEFINED_CLOSE = ("closed(local)", "closed(undef)")


def _bits(*names: str) -> frozenset[int]:
    return frozenset(BIT[name] for name in names)


@dataclass(slots=True)
class Extremes:
    """Largest currents and smallest voltage and frequency since the elements picked up."""

    amps: tuple[float, float, float] = (0.0, 0.0, 0.0)
    residual: float = 0.0
    volts: float = 1e9
    hertz: float = 1e9

    def include(self, seen: Measurement) -> None:
        """Take one more measurement in."""
        a, b, c = zip(self.amps, seen.amps, strict=True)
        self.amps = (max(a), max(b), max(c))
        self.residual = max(self.residual, seen.residual)
        self.volts = min(self.volts, *seen.volts)
        if seen.hertz is not None:
            self.hertz = min(self.hertz, seen.hertz)


class Recloser:
    """Switch and reclosing logic of one controller.

    Args:
        settings: habits of the controller.
        agenda: where its timers run.
        protection: its elements.
        feeder: the plant it switches.
        counters: what it counts.
    """

    def __init__(
        self,
        settings: ControllerSettings,
        agenda: Agenda,
        protection: Protection,
        feeder: Feeder,
        counters: Counters,
    ) -> None:
        self._settings = settings
        self._agenda = agenda
        self._protection = protection
        self._feeder = feeder
        self._counters = counters
        self.position: Position = "closed"
        self.reclosing: Reclosing = "ready"
        self.origin: frozenset[int] = frozenset()
        self.trips = 0
        self.group = 1
        self.switches = dict.fromkeys(("prot", "ef", "sef", "ar", "clp", "uf"), True)
        self.switches |= {"ll": False, "uv": settings.uv_on, "abr": False}
        self.local = False
        self.ring_out = False
        self.malfunctions: set[int] = set()
        self.alarms: set[int] = set()
        self.dead_times = [0.5, 15.0, 30.0]
        self.reclaim_time = 30.0
        self.failing: set[str] = set()
        self._single_shot = False
        self._tripping: list[Element] = []
        self._move: Appointment | None = None
        self._reclaim: Appointment | None = None
        self._surge_end: Appointment | None = None
        self._caps_full_at = 0
        self._cycles: list[int] = []
        self._cycle_begun = False
        self._extremes: Extremes | None = None
        self._last: Measurement | None = None

    def serving(self, element: Element) -> bool:
        """Whether the element is in service at this point of the sequence."""
        return (
            self.position == "closed"
            and self.switches["prot"]
            and self.switches.get(element.family, True)
            and element.letter(self.trips + 1) != "D"
        )

    def observe(self, seen: Measurement) -> None:
        """Follow the extremes of a disturbance while anything is picked up."""
        self._last = seen
        if not any(self._protection.picked_up):
            self._extremes = None
            self.alarms.clear()
            return
        if self._extremes is None:
            self._extremes = Extremes()
        self._extremes.include(seen)

    def decide(self, elements: Iterable[Element], now: int) -> None:
        """These elements' times are up: raise their alarms, or trip."""
        for element in elements:
            if element.alarm_only:
                self.alarms.add(BIT[f"alarm({element.key})"])
                continue
            self._tripping.append(element)
            if len(self._tripping) == 1:
                self._cancel_move()
                self._move = self._agenda.at(now + OPENING, self._interrupt)

    def order(self, what: Literal["open", "close"], by: Origin, now: int) -> bool:
        """An order from an operator; False when the controller does not carry it out."""
        if what == "open":
            return self._order_open(by, now)
        return self._order_close(by, now)

    def capacitors_charged(self, now: int) -> bool:
        """Whether there is energy for a commanded operation."""
        return now >= self._caps_full_at

    def switch(self, function: str, *, on: bool) -> None:
        """Put a function in or out of service; without AR a dead time ends in lockout."""
        self.switches[function] = on
        if function == "ar" and not on and self.reclosing == "dead_time":
            self._lock_out()

    def repair(self) -> None:
        """Mend the mechanism: no malfunction, and a definite position."""
        self.malfunctions.clear()
        self.failing.clear()
        if self.position == "between":
            self.position = "open"
            self.origin = _bits("open(local)", "open(manual)")

    def power_down(self) -> None:
        """The controller dies: everything it was about to do is forgotten."""
        self._cancel_move()
        self._end_reclaim()
        self._tripping.clear()
        self._protection.reset()
        self.alarms.clear()

    def power_up(self) -> None:
        """The controller finds the recloser in some position, and does not know why."""
        self.trips = 0
        if self.position == "closed":
            self.origin = _bits(*_UNDEFINED_CLOSE)
            self.reclosing = "ready"
        else:
            self.origin = _bits(*_OPEN_BITS["manual"])
            self.reclosing = "lockout"

    def write(self, bits: list[bool]) -> None:
        """Put position, origin and reclosing bits into the discrete inputs."""
        bits[BIT["open"]] = self.position == "open"
        bits[BIT["closed"]] = self.position == "closed"
        bits[BIT["lockout"]] = self.reclosing == "lockout"
        bits[BIT["ar_initiated"]] = self.reclosing == "dead_time"
        bits[BIT["local_control"]] = self.local
        bits[BIT[f"group{self.group}_on"]] = True
        for name, on in self.switches.items():
            bits[BIT[f"{name}_on"]] = on
        for address in (*self.origin, *self.malfunctions, *self.alarms):
            bits[address] = True
        for element in self._protection.picked_up:
            bits[element.pickup_bit] = True

    def _interrupt(self, now: int) -> None:
        """The arc goes out after a protection trip."""
        elements, self._tripping = self._tripping, []
        self._move = None
        if "open" in self.failing:
            self.malfunctions.add(BIT["excessive_to"])
            return
        self.trips += 1
        self._count_trip(elements, now)
        group = _bits("open(prot)", f"group{self.group}_trip")
        self._part(group | {element.open_bit for element in elements}, now)
        letters = {element.letter(self.trips) for element in elements}
        if not self.switches["ar"]:
            self.reclosing = "idle"
            self.trips = 0
        elif "L" in letters or self._single_shot or self.switches["ll"]:
            self._lock_out()
        else:
            self._begin_dead_time(elements[0].group, now)

    def _part(self, origin: frozenset[int], now: int) -> None:
        """The switch is open, and no current flows."""
        self.position = "open"
        self.origin = origin
        self._end_reclaim()
        if self._last is not None:
            self._counters.wear_out(self._last)
        if self._settings.co_counts_at == "open":
            self._counters.book(now, {"co_total": 1}, {})
        self._note_cycle(now)
        if self._feeder.fault is not None and self._feeder.fault.transient:
            self._feeder.fault = None
        self._protection.reset()
        self._feeder.reshape(closed=False)

    def _touch(self, origin: frozenset[int], now: int) -> None:
        """The contacts touch after a closing command."""
        self._move = None
        if "close" in self.failing:
            self.position = "between"
            self.origin = frozenset()
            self.malfunctions.add(BIT["excessive_tc"])
            self.reclosing = "idle"
            return
        reclosed = self.reclosing == "dead_time"
        self.position = "closed"
        self.origin = origin
        self._cycle_begun = True
        if self._settings.co_counts_at == "close":
            self._counters.book(now, {"co_total": 1}, {})
        self._single_shot = not reclosed
        self.reclosing = "reclaim" if reclosed else "ready"
        self._reclaim = self._agenda.at(now + micros(self.reclaim_time), self._reclaimed)
        self._feeder.reshape(closed=True)
        self.surge(now)

    def surge(self, now: int) -> None:
        """The load comes back with its inrush."""
        if self._surge_end is not None:
            self._surge_end.cancel()
        self._feeder.surge = _SURGE
        self._surge_end = self._agenda.at(now + _SURGE_SECONDS * SECOND, self._calm_down)

    def _calm_down(self, _: int) -> None:
        self._surge_end = None
        self._feeder.surge = 1.0

    def _reclaimed(self, _: int) -> None:
        self._reclaim = None
        self._single_shot = False
        self.trips = 0
        self.reclosing = "ready"

    def _begin_dead_time(self, group: str, now: int) -> None:
        self.reclosing = "dead_time"
        dead = self.dead_times[min(self.trips, len(self.dead_times)) - 1]
        if group == UV_GROUP:
            dead = _UV_DEAD_SECONDS
        self._move = self._agenda.at(now + micros(dead), partial(self._reclose, group))

    def _reclose(self, group: str, now: int) -> None:
        """The dead time is over; undervoltage waits until the source is back."""
        waiting = group == UV_GROUP and (self._last is None or self._last.positive < 0.9)
        if waiting or not self.capacitors_charged(now):
            self._move = self._agenda.at(now + SECOND, partial(self._reclose, group))
            return
        origin = _bits("closed(ar)", f"closed({group})")
        self._move = self._agenda.at(now + CLOSING, partial(self._touch, origin))

    def _lock_out(self) -> None:
        self._cancel_move()
        self.reclosing = "lockout"
        self.trips = 0

    def _order_open(self, by: Origin, now: int) -> bool:
        if by == "manual":
            self.ring_out = True
        elif not self.capacitors_charged(now):
            return False
        if self.position == "open":
            if self.reclosing == "dead_time":
                self._lock_out()
            return True
        if self.position == "closed" and not self._tripping:
            self._cancel_move()
            origin = _bits(*_OPEN_BITS[by])
            self._move = self._agenda.at(now + OPENING, partial(self._opened, origin))
        return True

    def _opened(self, origin: frozenset[int], now: int) -> None:
        self._move = None
        if "open" in self.failing:
            self.malfunctions.add(BIT["excessive_to"])
            return
        self._part(origin, now)
        self.trips = 0
        self.reclosing = "lockout" if self._settings.lockout_after_command else "idle"

    def _order_close(self, by: Origin, now: int) -> bool:
        if by == "manual" or self.ring_out or not self.capacitors_charged(now):
            return False
        if self.position == "open":
            self._cancel_move()
            if self.reclosing == "dead_time":
                self._lock_out()
            origin = _bits(*_CLOSE_BITS[by])
            self._move = self._agenda.at(now + CLOSING, partial(self._touch, origin))
        return True

    def _cancel_move(self) -> None:
        if self._move is not None:
            self._move.cancel()
            self._move = None

    def _end_reclaim(self) -> None:
        if self._reclaim is not None:
            self._reclaim.cancel()
            self._reclaim = None

    def _note_cycle(self, now: int) -> None:
        """Two close-open cycles close together empty the capacitors."""
        if not self._cycle_begun:
            return
        self._cycle_begun = False
        self._cycles = [at for at in self._cycles if now - at < _CAPS_WINDOW] + [now]
        if len(self._cycles) >= 2:
            self._cycles.clear()
            self._caps_full_at = now + _CAPS_CHARGING
            self._agenda.at(self._caps_full_at, _let_pass)

    def _count_trip(self, elements: Iterable[Element], now: int) -> None:
        extremes = self._extremes or Extremes()
        counted: dict[str, int] = {}
        kept: dict[str, int] = {}
        for element in elements:
            if element.family == "oc":
                for phase, amps in zip("abc", extremes.amps, strict=True):
                    if amps > element.amps:
                        counted[f"oc_{phase}_trips"] = 1
            else:
                counted[f"{element.family}_trips"] = 1
            if element.family in ("oc", "ef"):
                kept["in_max_trip"] = word(extremes.residual, 16_000)
                for phase, amps in zip("abc", extremes.amps, strict=True):
                    kept[f"i{phase}_max_trip"] = word(amps, 16_000)
            elif element.family == "uv":
                kept["uv_min_trip"] = word(extremes.volts, 22_000)
            elif element.family == "uf":
                kept["uf_min_trip"] = word(extremes.hertz / self._settings.frequency_scale)
        self._counters.book(now, counted, kept)


def _let_pass(_: int) -> None:
    """Nothing to do; the instant itself is what matters."""
