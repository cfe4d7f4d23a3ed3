"""One condition of the catalogue as it is watched on one recloser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from celador.domain.alarms.catalogue import AlarmKind
from celador.pipeline.alarms.cell import FOREVER, Cell, Timing, Truth
from celador.pipeline.alarms.settings import AlarmSettings
from celador.pipeline.alarms.status import StatusReader, Test
from celador.pipeline.operations.facts import Facts, StatusValue
from celador.pipeline.schedule import CLOCK_PERIOD

_SECOND = 1_000_000


def _nothing(_values: Mapping[str, StatusValue], _facts: Facts | None) -> Truth:
    return Truth.UNKNOWN


@dataclass(slots=True)
class Watched:
    """A condition of this recloser.

    Attributes:
        kind: of the catalogue.
        timing: how long it must hold.
        cell: its memory.
        test: of its bits; of any other condition it says nothing.
        truth: what was last known, where time alone may make an alarm of it.
        blind: time passes for it though nothing can be read.
    """

    kind: AlarmKind
    timing: Timing
    cell: Cell = field(default_factory=Cell)
    test: Test = _nothing
    truth: Truth = Truth.UNKNOWN
    blind: bool = False

    @property
    def tested(self) -> bool:
        """Whether its bits are looked at."""
        return self.test is not _nothing


def watched_of(
    kind: AlarmKind, subject: str, reader: StatusReader, settings: AlarmSettings
) -> Watched | None:
    """A condition as it is to be watched; None where this recloser cannot be asked for it.

    Args:
        kind: of the catalogue.
        subject: of the alarm, "" for the recloser itself.
        reader: of the device's profile.
        settings: of the device.
    """
    test: Test = _nothing
    if kind.by in ("bit", "status"):
        found = reader.test(kind, settings)
        if found is None:
            return None
        test = found
    elif kind.moment or (kind.code == "FALLA_RECURRENTE" and not subject):
        return None
    blind = kind.by in ("link", "window") or kind.row == "AUTONOMIA"
    timing = Timing(
        on=round(kind.on_delay_s * _SECOND),
        off=round(kind.off_delay_s * _SECOND),
        reads_on=1 if kind.by == "link" else kind.reads,
        reads_off=kind.reads if kind.by == "link" else 1,
        gap=FOREVER if blind else _gap(kind, settings),
    )
    return Watched(kind, timing, test=test, blind=blind)


def _gap(kind: AlarmKind, settings: AlarmSettings) -> int:
    """Silence after which what was known of it is not held to go on, in µs."""
    period = {
        "counter": settings.counters_period_s,
        "clock": CLOCK_PERIOD,
        "figure": settings.analog_period_s,
        "supply": settings.analog_period_s,
    }.get(kind.by, settings.status_period_s)
    return round(max(3 * period, 2.5 * kind.window_s, 5.0) * _SECOND)
