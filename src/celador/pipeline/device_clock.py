"""The clock of a controller beside ours: how far it is off, and when it fell behind at once.

No guide says what its 32 bits count (sheet of operations, 1.5, 6). Within a day of our clock they
can only be seconds since 1970, of UTC or of local time; until that was seen nothing is understood
and nothing is known. From then on any value is one: a clock that lost its battery begins at 1970 or
at 2000 anew. It is compared and never used to date anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from celador.domain.event import Event, EventKind, Origin
from celador.domain.operation import Span

RESTARTED = "reinicio_del_controlador"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400.0  # s
_SURE = 900.0  # s; no two zones are nearer to each other than twice this
_FELL = 5.0  # s; more than whole seconds and a slow answer can make
_WANDERS = 1e-4  # share of the time passed by which a sound clock may be off
_OUR_STEP = 1.0  # s by which our own two clocks may disagree


@dataclass(frozen=True, slots=True)
class ClockReading:
    """One answer.

    Attributes:
        raw: the 32 bits.
        asked: before it, UTC in microseconds since 1970.
        at: when the answer was whole, the same.
        monotonic: then, s.
    """

    raw: int
    asked: int
    at: int
    monotonic: float


class DeviceClock:
    """What is known of the clock of one device, since the monitor's start."""

    def __init__(self, zone: tzinfo) -> None:
        """Begin; `zone` is that of the clocks on the wall around the device."""
        self._zone = zone
        self._local: bool | None = None
        self._understood = False
        self._last: tuple[ClockReading, float] | None = None

    def drift(self, reading: ClockReading) -> float | None:
        """Seconds by which it is ahead of ours, behind if negative; None: not understood."""
        ours = (reading.asked + reading.at) / 2_000_000
        moment = (_EPOCH + timedelta(seconds=ours)).astimezone(self._zone)
        offset = (moment.utcoffset() or timedelta()).total_seconds()
        off = {False: reading.raw - ours, True: reading.raw - ours - offset}
        local = self._local
        if local is None:
            local = abs(off[True]) < abs(off[False])
            if abs(off[local]) <= _SURE:
                self._local = local
        self._understood = self._understood or abs(off[local]) <= _DAY
        return off[local] if self._understood else None

    def fell(self, reading: ClockReading, drift: float) -> tuple[Span, float] | None:
        """When it fell behind since the last reading, and by how much, s; None where it did not.

        A step of our own clock is none of its, and neither is our summer time, which one that keeps
        local time may not know.
        """
        last, self._last = self._last, (reading, drift)
        if last is None:
            return None
        before, was = last
        passed = reading.monotonic - before.monotonic
        if abs((reading.at - before.at) / 1_000_000 - passed) > _OUR_STEP:
            return None
        lost = min(was - drift, passed - (reading.raw - before.raw))
        return (Span(before.at, reading.at), lost) if lost > _FELL + _WANDERS * passed else None


def fell_event(device_id: int, span: Span, lost: float) -> Event:
    """The row of `eventos` for a clock that fell behind: a controller without power counts none."""
    days = lost / _DAY
    far = days >= 2
    es = f"{days:.0f} días" if far else f"{lost:.0f} s"
    en = f"{days:.0f} days" if far else f"{lost:.0f} s"
    return Event(
        device_id,
        span.hi,
        span.lo,
        EventKind.DERIVED,
        RESTARTED,
        None,
        f"{lost:.0f}",
        f"El reloj del controlador atrasó {es} de golpe: se reinició o lo pusieron en hora",
        f"The controller's clock fell {en} behind at once: it restarted or was set",
        Origin.DEVICE,
    )
