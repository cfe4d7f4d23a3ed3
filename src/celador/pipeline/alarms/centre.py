"""Where the alarms of all reclosers meet: one outage upstream is one alarm; a flood is said."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from celador.domain.alarm import Alarm, Priority
from celador.domain.alarms.catalogue import AlarmKind, catalogue
from celador.pipeline.alarms.book import Book, Raised
from celador.pipeline.alarms.rules import AlarmRules
from celador.ports import Record

SOURCE_LOST = "SIN_TENSION_FUENTE"
FEEDER_LOST = "SIN_TENSION_ALIMENTADOR"
FLOOD = "AVALANCHA"

_CALM = 0.5
"""Share of a flood's limit below which it is over (ISA-18.2-2016, clause 16.5: 10 and 5)."""


@dataclass(frozen=True, slots=True)
class _Fall:
    """A recloser lost its source."""

    at: int
    device_id: int


class AlarmCentre:
    """The book, and the rules that look at more than one recloser.

    Attributes:
        book: every open alarm.
    """

    def __init__(
        self,
        open_alarms: Iterable[Alarm] = (),
        last_keys: Mapping[int | None, int] | None = None,
        kinds: Mapping[str, AlarmKind] | None = None,
    ) -> None:
        """Begin with what the store holds.

        Args:
            open_alarms: every alarm whose life is not over.
            last_keys: the highest key of each device.
            kinds: the catalogue with what the configuration changes for all.
        """
        self._kinds = kinds or catalogue()
        self.book = Book(open_alarms, last_keys)
        self.book.adopt(None, self._kinds)
        self._feeders: dict[int, str] = {}
        self._rules: dict[int, AlarmRules] = {}
        self._falls: dict[str, deque[_Fall]] = {}
        window = self._kinds[FLOOD].window_s * 1_000_000
        began = sorted(alarm.began for alarm in self.book)
        self._recent = deque(at for at in began if began[-1] - at <= window)

    def add(self, rules: AlarmRules) -> None:
        """Take in the rules of one recloser."""
        self._rules[rules.device_id] = rules
        feeder = rules.settings.feeder
        if feeder is None:
            return
        self._feeders[rules.device_id] = feeder
        alarm = self.book.get(rules.device_id, SOURCE_LOST)
        if alarm is not None and alarm.ended is None:
            self._falls.setdefault(feeder, deque()).append(_Fall(alarm.began, rules.device_id))

    def start(self, now: int) -> list[Record]:
        """End the alarms that no rule judges any more, since the configuration has changed.

        Called once, after all rules were taken in.
        """
        for alarm in list(self.book):
            if alarm.device_id is None:
                fleet = self._kinds.get(alarm.code)
                if fleet is None or fleet.disabled:
                    self.book.drop(alarm, now)
            elif alarm.device_id not in self._rules:
                self.book.drop(alarm, now)
        for rules in self._rules.values():
            for place in rules.unjudged():
                orphan = self.book.get(*place)
                if orphan is not None:
                    self.book.drop(orphan, now)
        return self.settle(now)

    def settle(self, at: int) -> list[Record]:
        """What the rules of one recloser did, and what follows for the others, as records."""
        book = self.book
        raised, book.raised = book.raised, []
        for each in raised:
            self._note(each)
        if raised or self._open_feeders():
            self._feeders_lost(at)
        if raised or book.get(None, FLOOD):
            self._flood(at)
        book.raised = []
        events, book.events = book.events, []
        return [*events, *book.take()]

    def pass_time(self, now: int) -> list[Record]:
        """What time alone brings about; to be called once a second."""
        for rules in self._rules.values():
            rules.pass_time(now)
        self.book.pass_time(now)
        return self.settle(now)

    def _note(self, raised: Raised) -> None:
        device_id = raised.device_id
        if device_id is None:
            return
        if (raised.priority or raised.kind.priority) is not Priority.LOG:
            self._recent.append(raised.at)
        feeder = self._feeders.get(device_id)
        if raised.kind.code == SOURCE_LOST and feeder is not None:
            self._falls.setdefault(feeder, deque()).append(_Fall(raised.at, device_id))

    # ---- one outage of a feeder ------------------------------------------------------------------

    def _open_feeders(self) -> bool:
        return any(self._falls.values())

    def _feeders_lost(self, at: int) -> None:
        kind = self._kinds[FEEDER_LOST]
        if kind.disabled:
            return
        for feeder, falls in self._falls.items():
            dead = {alarm.device_id: alarm for alarm in self._dead(feeder)}
            for fall in [each for each in falls if each.device_id not in dead]:
                falls.remove(fall)
            parent = self.book.get(None, FEEDER_LOST, feeder)
            standing = parent is not None and parent.ended is None
            window = kind.window_s * 1_000_000
            if not standing and self._together(falls, window) >= (kind.limit or 0):
                parent = self.book.raise_(Raised(None, kind, at, feeder, value=float(len(dead))))
            elif standing and parent is not None and not dead:
                self.book.clear((None, FEEDER_LOST, feeder), at)
                parent = None
            elif not standing:
                parent = None
            if parent is not None:
                for child in dead.values():
                    place = (child.device_id, child.code, child.subject)
                    self.book.suppress(place, at, parent=parent.key)

    def _dead(self, feeder: str) -> Iterator[Alarm]:
        for device_id, name in self._feeders.items():
            if name == feeder:
                alarm = self.book.get(device_id, SOURCE_LOST)
                if alarm is not None and alarm.ended is None:
                    yield alarm

    @staticmethod
    def _together(falls: deque[_Fall], window: int) -> int:
        """The most reclosers that lost their source within the window."""
        times = sorted({each.device_id: each.at for each in falls}.values())
        return max(
            (sum(first <= at <= first + window for at in times) for first in times), default=0
        )

    # ---- floods ----------------------------------------------------------------------------------

    def _flood(self, at: int) -> None:
        kind = self._kinds[FLOOD]
        if kind.disabled:
            return
        window = kind.window_s * 1_000_000
        while self._recent and at - self._recent[0] > window:
            self._recent.popleft()
        count, most = len(self._recent), kind.limit or 0
        known = self.book.get(None, FLOOD)
        if known is None or known.ended is not None:
            if count >= most:
                self.book.raise_(Raised(None, kind, at, value=float(count)))
        elif count < _CALM * most:
            self.book.clear((None, FLOOD, ""), at)
