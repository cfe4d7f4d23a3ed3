"""Protection elements: what picks up, how far each has integrated, and when it will operate.

Between two instants the currents and voltages are constant, so an element's instant of operation
is exact: it integrates dt/t(M) and operates when the sum reaches 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from .agenda import NEVER, SECOND
from .curves import Curve, definite, iec
from .feeder import Measurement
from .image import BIT
from .settings import ControllerSettings

_RESET = 0.95
_EF1_AMPS = 40.0
_OCEF, _SEF = "ar_ocef", "ar_sef"

UV_GROUP = "ar_uv"


@dataclass(slots=True)
class Element:
    """One protection element.

    Attributes:
        key: its name in the register map, such as "oc1+".
        family: the switch that puts it in service: "oc", "ef", "sef", "uv" or "uf".
        curve: seconds to operate at multiple M of the setting.
        plan: what each trip of a sequence does: R recloses, L locks out, D takes no part; the last
            letter holds for every later trip.
        multiple: M as seen now; above 1 the element picks up.
        drop: below this multiple it resets.
        group: the reclose element that answers its trips.
        alarm_only: it raises its alarm bit instead of tripping.
        amps: the setting of an overcurrent element, A.
    """

    key: str
    family: str
    curve: Curve
    plan: str
    multiple: Callable[[Measurement, float], float]
    drop: float = _RESET
    group: str = _OCEF
    alarm_only: bool = False
    amps: float = 0.0
    pickup_bit: int = field(init=False)
    open_bit: int = field(init=False)
    picked_up: bool = False
    operated: bool = False
    due: int = NEVER
    _done: float = 0.0
    _seconds: float = math.inf
    _since: int = 0

    def __post_init__(self) -> None:
        self.pickup_bit = BIT[f"pickup({self.key})"]
        self.open_bit = BIT[f"open({self.key})"]

    def letter(self, trip: int) -> str:
        """What trip number `trip` (from 1) of a sequence does."""
        return self.plan[min(trip, len(self.plan)) - 1]

    def see(self, multiple: float, now: int) -> None:
        """Integrate up to `now` and go on with this multiple."""
        if self.picked_up and self._seconds < math.inf:
            self._done += (now - self._since) / (self._seconds * SECOND)
        self._since = now
        if multiple <= 1 and (not self.picked_up or multiple < self.drop):
            self.reset()
            return
        self.picked_up = True
        self._seconds = self.curve(multiple)
        if self._seconds == math.inf or self.operated:
            self.due = NEVER
        else:
            left = max(0.0, 1 - self._done) * self._seconds
            self.due = now + round(left * SECOND)

    def reset(self) -> None:
        """Drop off and forget what was integrated."""
        self.picked_up = False
        self.operated = False
        self._done = 0.0
        self._seconds = math.inf
        self.due = NEVER


def _phase(amps: float) -> Callable[[Measurement, float], float]:
    return lambda seen, cold: max(seen.amps) / (amps * cold)


def _earth(amps: float) -> Callable[[Measurement, float], float]:
    return lambda seen, cold: seen.residual / (amps * cold)


def _sensitive(amps: float) -> Callable[[Measurement, float], float]:
    # Above EF1's setting the fault is EF1's: SEF leaves it alone, as graded schemes do.
    return lambda seen, _: seen.residual / amps if seen.residual < _EF1_AMPS else 0.0


def _undervoltage(seen: Measurement, _: float) -> float:
    # A dead line is the business of UV3; UV1 is for a low one.
    return 0.85 / seen.positive if seen.positive > 0.1 else 0.0


def _no_voltage(seen: Measurement, _: float) -> float:
    return 0.1 / max(seen.positive, 1e-6)


def _underfrequency(seen: Measurement, _: float) -> float:
    return 49.0 / seen.hertz if seen.hertz is not None else 0.0


def example_set(settings: ControllerSettings) -> list[Element]:
    """The example settings of the sheets: three trips, two reclosings.

    OC3+ and EF3+ trip instantaneously once and then stand back for the fuses.
    """
    uv_plan = "RL" if settings.uv_recloses else "L"
    sef_amps = 12.0 if settings.single_phase_branches else 5.0
    alarm = settings.sef_mode == "alarm"
    return [
        Element("oc3+", "oc", definite(0.05), "RD", _phase(1200), amps=1200),
        Element("ef3+", "ef", definite(0.05), "RD", _earth(600)),
        Element("oc1+", "oc", iec("VI", 0.15), "RRL", _phase(200), amps=200),
        Element("ef1+", "ef", iec("SI", 0.2), "RRL", _earth(_EF1_AMPS)),
        Element(
            "sef+", "sef", definite(5), "L", _sensitive(sef_amps), group=_SEF, alarm_only=alarm
        ),
        Element("uv1", "uv", definite(5), uv_plan, _undervoltage, drop=1 / 1.02, group=UV_GROUP),
        Element("uv3", "uv", definite(60), uv_plan, _no_voltage, drop=1 / 1.5, group=UV_GROUP),
        Element("uf", "uf", definite(0.5), "L", _underfrequency, drop=49.0 / 49.05, group=UV_GROUP),
    ]


class Protection:
    """All elements of a controller."""

    def __init__(self, settings: ControllerSettings) -> None:
        self.elements: Sequence[Element] = example_set(settings)
        self.due = NEVER
        self._busy = False

    @property
    def picked_up(self) -> Iterable[Element]:
        """The elements above their settings now."""
        return (element for element in self.elements if element.picked_up)

    def evaluate(
        self, seen: Measurement, now: int, cold: float, serving: Callable[[Element], bool]
    ) -> bool:
        """Show every element what is measured from `now` on.

        Args:
            seen: the measurement.
            now: microseconds.
            cold: multiple of the overcurrent settings (cold-load pickup), 1 or more.
            serving: whether an element takes part now.

        Returns:
            Whether a pickup came or went.
        """
        if not self._busy and _calm(seen):
            return False
        before = [element.picked_up for element in self.elements]
        for element in self.elements:
            if serving(element):
                element.see(element.multiple(seen, cold), now)
            elif element.picked_up:
                element.reset()
        self._plan()
        return before != [element.picked_up for element in self.elements]

    def operate(self, now: int) -> list[Element]:
        """The elements whose time is up at `now`; each is reported once per pickup."""
        ready = [element for element in self.elements if element.due <= now]
        for element in ready:
            element.operated = True
            element.due = NEVER
        self._plan()
        return ready

    def reset(self) -> None:
        """Everything drops off."""
        for element in self.elements:
            element.reset()
        self._plan()

    def _plan(self) -> None:
        self.due = min(element.due for element in self.elements)
        self._busy = any(element.picked_up for element in self.elements)


def _calm(seen: Measurement) -> bool:
    """Whether no setting can be exceeded, so that the elements need not look."""
    return (
        seen.residual < 5
        and seen.positive > 0.9
        and seen.hertz is not None
        and seen.hertz > 49.1
        and max(seen.amps) < 200
    )
