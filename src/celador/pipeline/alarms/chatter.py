"""Alarms that come and go: from the third time in a minute on one stays until a minute of calm.

ISA-18.2-2016, clause 16.5.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from celador.domain.alarms.catalogue import AlarmKind
from celador.domain.event import Event, EventKind, Origin
from celador.pipeline.alarms.cell import Timing

_RAISES = 3
_MINUTE = 60 * 1_000_000

Subject = tuple[str, str]
"""Code and subject of an alarm of one recloser."""


class Chatter:
    """Which alarms of one recloser chatter."""

    def __init__(self) -> None:
        self._raises: dict[Subject, deque[int]] = {}
        self._chattering: set[Subject] = set()

    def timing(self, subject: Subject, timing: Timing) -> Timing:
        """Of a condition: one that chatters must be gone for a minute before its alarm is."""
        if subject not in self._chattering or timing.off >= _MINUTE:
            return timing
        return replace(timing, off=_MINUTE)

    def raised(self, device_id: int, kind: AlarmKind, subject: str, at: int) -> Event | None:
        """Note a raise at `at`, UTC in µs since 1970; the event where it begins to chatter."""
        place = (kind.code, subject)
        times = self._raises.setdefault(place, deque(maxlen=_RAISES))
        times.append(at)
        if len(times) < _RAISES or at - times[0] > _MINUTE or place in self._chattering:
            return None
        self._chattering.add(place)
        return Event(
            device_id,
            at,
            None,
            EventKind.DERIVED,
            "alarma_oscilante",
            None,
            kind.code,
            f"La alarma oscila y queda activa hasta un minuto de calma: {kind.es.title}",
            f"The alarm chatters and stays until a minute of calm: {kind.en.title}",
            Origin.SYSTEM,
        )

    def calmed(self, subject: Subject) -> None:
        """Its alarm is gone."""
        self._chattering.discard(subject)
