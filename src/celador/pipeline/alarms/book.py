"""The book of every alarm that is open: one life at most of each code, device and subject."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from celador.domain.alarm import Alarm, AlarmState, Priority, Signature
from celador.domain.alarms.catalogue import AlarmKind, Latch
from celador.domain.alarms.machine import FORGOTTEN, Input, Life, settle, step
from celador.domain.event import Event

Place = tuple[int | None, str, str]
"""Device, code and subject."""


@dataclass(frozen=True, slots=True)
class Raised:
    """A condition that has become an alarm.

    Attributes:
        device_id: `equipos.id`; None for an alarm without device.
        kind: of the catalogue, with what the configuration changes.
        at: when, UTC in microseconds since 1970.
        subject: of which of several things it speaks; "" for none.
        value: what raised it.
        detail: more for its sentence, Spanish and English.
        at_start: it was there already when watching began.
        operation: key of the operation that it belongs to.
        priority: another than the kind's, where the moment makes it more urgent.
    """

    device_id: int | None
    kind: AlarmKind
    at: int
    subject: str = ""
    value: float | None = None
    detail: tuple[str, str] | None = None
    at_start: bool = False
    operation: int | None = None
    priority: Priority | None = None

    @property
    def place(self) -> Place:
        """Where it stands in the book."""
        return (self.device_id, self.kind.code, self.subject)

    @property
    def texts(self) -> tuple[str, str]:
        """Its sentences, Spanish and English."""
        return sentences(self.kind, self.subject, self.value, self.detail)


def sentences(
    kind: AlarmKind, subject: str, value: float | None, detail: tuple[str, str] | None
) -> tuple[str, str]:
    """The sentences of an alarm, Spanish and English."""
    es, en = kind.text("es", subject, value), kind.text("en", subject, value)
    return (es, en) if detail is None else (f"{es}: {detail[0]}", f"{en}: {detail[1]}")


class Book:
    """Every open life, and the only place where one changes.

    Attributes:
        events: what is to be told besides the rows; whoever takes the rows takes them too.
    """

    def __init__(
        self, open_alarms: Iterable[Alarm] = (), last_keys: Mapping[int | None, int] | None = None
    ) -> None:
        """Begin with what the store holds.

        Args:
            open_alarms: every alarm whose life is not over.
            last_keys: the highest key of each device.
        """
        self._lives: dict[Place, Life] = {}
        self._last_key = max((last_keys or {}).values(), default=0)
        self._changed: dict[Place, Alarm] = {}
        self._over: list[Alarm] = []
        self._due: int | None = None
        self.events: list[Event] = []
        self.raised: list[Raised] = []
        for alarm in open_alarms:
            suppressed = alarm.parent is not None or alarm.state is AlarmState.SUPPRESSED
            place = (alarm.device_id, alarm.code, alarm.subject)
            self._lives[place] = Life(alarm, Latch.NO, suppressed)
        self._plan()

    def adopt(self, device_id: int | None, kinds: Mapping[str, AlarmKind]) -> None:
        """Say which latches hold for a device's alarms."""
        for place, life in self._lives.items():
            if place[0] == device_id and place[1] in kinds:
                self._lives[place] = replace(life, latch=kinds[place[1]].latch)

    def get(self, device_id: int | None, code: str, subject: str = "") -> Alarm | None:
        """The open life at a place; None where there is none."""
        life = self._lives.get((device_id, code, subject))
        return None if life is None else life.alarm

    def find(self, device_id: int | None, key: int) -> Alarm | None:
        """The open life with a key."""
        return next((each for each in self.alarms(device_id) if each.key == key), None)

    def alarms(self, device_id: int | None) -> Iterator[Alarm]:
        """The open lives of a device."""
        return (life.alarm for place, life in self._lives.items() if place[0] == device_id)

    def __iter__(self) -> Iterator[Alarm]:
        """Every open life."""
        return (life.alarm for life in self._lives.values())

    def take(self) -> list[Alarm]:
        """Every row that has changed since the last call, as it now is; ended lives first."""
        rows = [*self._over, *self._changed.values()]
        self._over, self._changed = [], {}
        return rows

    def raise_(self, raised: Raised) -> Alarm:
        """Open a life, or bring the one that is still open back."""
        place = raised.place
        self.raised.append(raised)
        es, en = raised.texts
        known = self._lives.get(place)
        if known is None:
            alarm = Alarm(
                device_id=raised.device_id,
                key=self._next_key(raised.at),
                code=raised.kind.code,
                priority=raised.priority or raised.kind.priority,
                state=AlarmState.UNACK,
                began=raised.at,
                text_es=es,
                text_en=en,
                subject=raised.subject,
                at_start=raised.at_start,
                operation=raised.operation,
                value=raised.value,
                limit=raised.kind.limit if raised.value is not None else None,
            )
            life = settle(Life(alarm, raised.kind.latch), raised.at)
        else:
            life = step(replace(known, latch=raised.kind.latch), Input.RETURN, raised.at)
            alarm = replace(
                life.alarm,
                text_es=es,
                text_en=en,
                value=raised.value,
                operation=raised.operation or life.alarm.operation,
            )
            life = replace(life, alarm=alarm)
        self._put(place, life)
        return life.alarm

    def clear(self, place: Place, at: int) -> None:
        """The condition has gone."""
        self._step(place, Input.CLEAR, at)

    def suppress(self, place: Place, at: int, *, parent: int | None = None) -> None:
        """Another trouble speaks for it; `parent` is that alarm's key where it has no device."""
        life = self._lives.get(place)
        if life is None or (life.suppressed and life.alarm.parent == parent):
            return
        life = replace(life, alarm=replace(life.alarm, parent=parent), suppressed=True)
        self._put(place, settle(life, at))

    def release(self, place: Place, at: int) -> None:
        """Nothing speaks for it any more."""
        life = self._lives.get(place)
        if life is not None and life.suppressed:
            life = replace(life, alarm=replace(life.alarm, parent=None))
            self._put(place, step(life, Input.RELEASE, at))

    def suppressed(self, place: Place) -> bool:
        """Whether something speaks for it."""
        life = self._lives.get(place)
        return life is not None and life.suppressed

    def retell(self, place: Place, texts: tuple[str, str], at: int) -> None:
        """Say it better: more is known now."""
        life = self._lives.get(place)
        if life is not None and (life.alarm.text_es, life.alarm.text_en) != texts:
            alarm = replace(life.alarm, text_es=texts[0], text_en=texts[1])
            self._put(place, settle(replace(life, alarm=alarm), at))

    def act(
        self,
        alarm: Alarm,
        what: Input,
        signature: Signature,
        *,
        reason: str | None = None,
        until: int | None = None,
    ) -> Alarm:
        """A person does something to an open life.

        Raises:
            NotPossibleError: its state does not allow it.
        """
        place = (alarm.device_id, alarm.code, alarm.subject)
        life = step(
            self._lives[place], what, signature.at, by=signature.by, reason=reason, until=until
        )
        self._put(place, life)
        return life.alarm

    def drop(self, alarm: Alarm, at: int) -> None:
        """End the life of an alarm that nobody judges any more."""
        place = (alarm.device_id, alarm.code, alarm.subject)
        ended = replace(alarm, ended=alarm.ended or at, state=AlarmState.NORMAL, closed=at)
        self._put(place, replace(self._lives[place], alarm=ended))

    def pass_time(self, now: int) -> None:
        """End what was put away for a time, and forget what returned long ago."""
        if self._due is None or now < self._due:
            return
        for place, life in list(self._lives.items()):
            alarm = life.alarm
            if alarm.shelved_until is not None and now >= alarm.shelved_until:
                self._step(place, Input.UNSHELVE, now)
            elif alarm.ended is not None and now >= alarm.ended + FORGOTTEN:
                self._step(place, Input.FORGET, now)
        self._plan()

    def _plan(self) -> None:
        dues = []
        for life in self._lives.values():
            alarm = life.alarm
            if alarm.shelved_until is not None:
                dues.append(alarm.shelved_until)
            elif alarm.state is AlarmState.RETURNED_UNACK and alarm.ended is not None:
                dues.append(alarm.ended + FORGOTTEN)
        self._due = min(dues, default=None)

    def _step(self, place: Place, what: Input, at: int) -> None:
        life = self._lives.get(place)
        if life is not None:
            after = step(life, what, at)
            if after is not life:
                self._put(place, after)

    def _put(self, place: Place, life: Life) -> None:
        alarm = life.alarm
        if alarm.closed is None:
            self._lives[place] = life
            self._changed[place] = alarm
            soon = alarm.shelved_until
            if alarm.state is AlarmState.RETURNED_UNACK and alarm.ended is not None:
                soon = alarm.ended + FORGOTTEN
            if soon is not None:
                self._due = soon if self._due is None else min(self._due, soon)
            return
        self._lives.pop(place, None)
        self._changed.pop(place, None)
        self._over.append(alarm)

    def _next_key(self, at: int) -> int:
        # No other of this collector has it, whatever recloser it is of: people type it.
        self._last_key = max(self._last_key + 1, at)
        return self._last_key
