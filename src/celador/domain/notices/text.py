"""Notices in words: the sentence that matters first, readable on a phone, then what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from celador.domain.alarm import Alarm, Priority
from celador.domain.alarms.catalogue import AlarmKind
from celador.domain.notices.hours import local
from celador.domain.notices.notice import Notice, NoticeKind, over
from celador.domain.operation import Operation, Span
from celador.domain.operation_text import detail, told
from celador.domain.sample import SwitchState, Value
from celador.domain.writing import Language, trimmed

_PRIORITIES: Mapping[Priority, tuple[str, str]] = {
    Priority.CRITICAL: ("CRÍTICA", "CRITICAL"),
    Priority.HIGH: ("ALTA", "HIGH"),
    Priority.MEDIUM: ("MEDIA", "MEDIUM"),
    Priority.LOG: ("REGISTRO", "LOG"),
}
_OTHER_TAGS: Mapping[NoticeKind, tuple[str, str]] = {
    NoticeKind.RETURNED: ("NORMAL", "NORMAL"),
    NoticeKind.OPERATION: ("OPERACIÓN", "OPERATION"),
    NoticeKind.TEST: ("PRUEBA", "TEST"),
}
_STATES: Mapping[SwitchState, tuple[str, str]] = {
    SwitchState.OPEN: ("abierto", "open"),
    SwitchState.CLOSED: ("cerrado", "closed"),
    SwitchState.LOCKED_OUT: ("abierto y bloqueado", "open and locked out"),
    SwitchState.RECLOSING: ("abierto, en ciclo de recierre", "open, within a reclose sequence"),
}
_SHOWN = (
    ("ia", "Ia", "A"),
    ("ib", "Ib", "A"),
    ("ic", "Ic", "A"),
    ("vab", "Uab", "V"),
    ("vbc", "Ubc", "V"),
    ("vca", "Uca", "V"),
    ("p_act", "P", "kW"),
)


@dataclass(frozen=True, slots=True)
class DeviceState:
    """What the last sample of a recloser says.

    Attributes:
        at: its instant, UTC in microseconds since 1970.
        switch: position; None where it is not known.
        values: by quantity name; None where the device could not give it.
    """

    at: int
    switch: SwitchState | None
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Account:
    """Everything that is known about what a notice tells.

    Attributes:
        notice: what there is to tell.
        name: of the recloser, or of the collector where there is none.
        place: where it stands; "" where nobody said.
        alarm: as it stands now; None for an operation.
        operation: the one that it is or belongs to; None for none, or not known.
        state: of the recloser; None where nothing was measured yet.
        uncertainty: it happened up to so many seconds before it was seen; None where not known.
        catalogue: what follows from it and what is to be done; None for an operation.
        acknowledge: how it is acknowledged, in both languages.
        since: when what has gone was told to have come, UTC in microseconds since 1970; None where
            it was not.
    """

    notice: Notice
    name: str
    place: str = ""
    alarm: Alarm | None = None
    operation: Operation | None = None
    state: DeviceState | None = None
    uncertainty: float | None = None
    catalogue: AlarmKind | None = None
    acknowledge: tuple[str, str] | None = None
    since: int | None = None

    @property
    def over(self) -> int | None:
        """When the alarm had gone; None while it lasts, and for a moment, which has no duration."""
        moment = self.catalogue is not None and self.catalogue.moment
        return None if self.alarm is None or moment else over(self.alarm)

    @property
    def at_start(self) -> bool:
        """Whether it tells of what was so already when watching began."""
        alarm, kind = self.alarm, self.notice.kind
        first = alarm is not None and alarm.at_start and not alarm.repeats
        return first and kind is NoticeKind.RAISED

    @property
    def unseen(self) -> bool:
        """Whether it came back and went before anybody could note when it came."""
        return self.notice.late and self.over is not None and self.over <= self.notice.at


@dataclass(frozen=True, slots=True)
class Text:
    """A message in words.

    Attributes:
        subject: one line; begins with the priority in brackets.
        body: several lines.
    """

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Speech:
    """How one reader is spoken to.

    Attributes:
        language: "es" or "en".
        zone: whose clock.
        place: 0 for Spanish, 1 for English, in pairs of words.
    """

    language: Language
    zone: tzinfo
    place: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "place", 0 if self.language == "es" else 1)

    def say(self, es: str, en: str) -> str:
        """The one of two texts that this reader understands."""
        return (es, en)[self.place]

    def clock(self, at: int) -> str:
        """The time of the day, to the second."""
        return local(at, self.zone).strftime("%H:%M:%S")

    def moment(self, at: int) -> str:
        """Date, time to the millisecond and offset: 18/07/2026 13:13:38,120 -03:00."""
        moment = local(at, self.zone)
        offset = moment.isoformat()[-6:]
        date = moment.strftime("%d/%m/%Y %H:%M:%S" if self.place == 0 else "%Y-%m-%d %H:%M:%S")
        return f"{date}{self.mark}{moment.microsecond // 1000:03d} {offset}"

    @property
    def mark(self) -> str:
        """The decimal mark."""
        return "," if self.place == 0 else "."

    def number(self, value: float) -> str:
        """A value: whole from 100 on, else with at most two decimals."""
        return trimmed(value, 0 if abs(value) >= 100 else 2, self.language)

    def span(self, seconds: float) -> str:
        """A length of time in words of two digits: 45 s, 12 min, 3 h, 2 d."""
        for unit, name in ((86_400, "d"), (3600, "h"), (60, "min")):
            if seconds >= 2 * unit:
                return f"{seconds / unit:.0f} {name}"
        return f"{seconds:.0f} s"


def render(account: Account, speech: Speech) -> Text:
    """A notice as one message."""
    return Text(_subject(account, speech), "\n".join(_body(account, speech)))


def trial_text(destination: str, collector: str, speech: Speech, now: int) -> Text:
    """A message that only tries the way; `now` is UTC in microseconds since 1970."""
    mark, when = tag(NoticeKind.TEST, Priority.LOG, speech), speech.moment(now)
    return Text(
        speech.say(
            f"{mark} Celador: los avisos llegan a {destination}",
            f"{mark} Celador: notices reach {destination}",
        ),
        speech.say(
            f"Este mensaje prueba el canal; no pasó nada.\n\nColector: {collector}\n"
            f"Enviado: {when}",
            f"This message tries the channel; nothing happened.\n\nCollector: {collector}\n"
            f"Sent: {when}",
        ),
    )


def tag(kind: NoticeKind, priority: Priority, speech: Speech) -> str:
    """The word in brackets with which a subject begins, brackets included."""
    words = _OTHER_TAGS.get(kind) or _PRIORITIES[priority]
    return f"[{words[speech.place]}]"


def headline(account: Account, speech: Speech) -> str:
    """The sentence that matters: what happened, without where and when."""
    alarm, operation = account.alarm, account.operation
    if alarm is None:
        return "" if operation is None else told(operation, speech.language)
    text = speech.say(alarm.text_es, alarm.text_en).rstrip(".")
    if operation is None or (operation.cause or "") in (word.strip(",:") for word in text.split()):
        return text
    return f"{text}: {detail(operation, speech.language)}"


def _subject(account: Account, speech: Speech) -> str:
    notice = account.notice
    what = headline(account, speech)
    when = speech.clock(notice.at)
    if notice.kind is NoticeKind.RETURNED:
        what = speech.say(f"terminó: {what}", f"over: {what}")
    elif account.over is not None:
        ended = speech.clock(account.over)
        if account.unseen:
            when = speech.say("volvió a una hora no conocida", "came back at a time not known")
        when += speech.say(f", ya terminó {ended}", f", over since {ended}")
    return f"{tag(notice.kind, notice.priority, speech)} {account.name}: {what} ({when})"


def _body(account: Account, speech: Speech) -> Iterator[str]:
    notice, alarm = account.notice, account.alarm
    yield headline(account, speech)
    yield ""
    where = f"{account.name}, {account.place}" if account.place else account.name
    yield speech.say(f"Equipo: {where}", f"Recloser: {where}")
    yield _when(account, speech)
    if alarm is not None:
        yield from _life(account, alarm, speech)
    if account.operation is not None:
        yield from _operation(account.operation, notice, speech)
    if notice.kind is not NoticeKind.RETURNED and account.catalogue:
        words = account.catalogue.es if speech.place == 0 else account.catalogue.en
        yield speech.say("Qué hacer: ", "What to do: ") + words.action
        yield speech.say("Qué pasa si no: ", "What follows if not: ") + words.consequence
    yield _state(account.state, notice.at, speech)
    if alarm is not None and alarm.closed is None and alarm.acknowledged is None:
        yield from _acknowledge(account, speech)


def _when(account: Account, speech: Speech) -> str:
    text = speech.moment(account.notice.at)
    if account.notice.late and account.notice.kind is NoticeKind.RAISED:
        if account.unseen:
            return speech.say(
                f"Volvió: no se sabe cuándo, a más tardar {text}",
                f"It came back: nobody knows when, {text} at the latest",
            )
        return speech.say(f"Volvió: {text}, o antes", f"It came back: {text}, or before")
    if account.at_start:
        return speech.say(
            f"Visto: {text}; ya estaba así cuando comenzó la supervisión",
            f"Seen: {text}; it was so already when watching began",
        )
    if account.uncertainty is None:
        return speech.say(f"Visto: {text}", f"Seen: {text}")
    before = speech.number(account.uncertainty)
    return speech.say(
        f"Cuándo: {text}, o hasta {before} s antes", f"When: {text}, or up to {before} s earlier"
    )


def _came_back(alarm: Alarm, speech: Speech) -> str:
    first, often = speech.moment(alarm.began), alarm.repeats
    times = speech.say("una vez", "once")
    if often > 1:
        times = speech.say(f"{often} veces", f"{often} times")
    return speech.say(
        f"Primera vez: {first}; volvió {times}", f"First time: {first}; it came back {times}"
    )


def _life(account: Account, alarm: Alarm, speech: Speech) -> Iterator[str]:
    if account.notice.kind is NoticeKind.RETURNED:
        began = alarm.began if account.since is None else account.since
        lasted = speech.span((account.notice.at - began) / 1e6)
        more = speech.say(" o más", " or more") if account.notice.late else ""
        yield speech.say("Duró: ", "It lasted: ") + lasted + more
    elif account.over is not None:
        yield speech.say("Terminó: ", "Over since: ") + speech.moment(account.over)
    if alarm.repeats:
        yield _came_back(alarm, speech)
    if alarm.acknowledged is not None:
        by, at = alarm.acknowledged.by, speech.moment(alarm.acknowledged.at)
        yield speech.say(f"Reconocida por {by}: {at}", f"Acknowledged by {by}: {at}")


def _operation(operation: Operation, notice: Notice, speech: Speech) -> Iterator[str]:
    if notice.kind is not NoticeKind.OPERATION:
        yield speech.say("Operación: ", "Operation: ") + told(operation, speech.language)
    elif operation.end is not None:
        yield speech.say("Comenzó: ", "It began: ") + _spanned(operation.start, speech)
    if operation.load_a is not None:
        load = speech.number(operation.load_a)
        yield speech.say(f"Carga previa: {load} A", f"Load before: {load} A")
    if operation.group is not None:
        yield speech.say("Grupo de protección: ", "Setting group: ") + str(operation.group)
    if operation.trips and operation.own_extremes is None:
        yield speech.say(
            "Las corrientes de falla todavía no se leyeron.",
            "The fault currents have not been read yet.",
        )


def _spanned(span: Span, speech: Speech) -> str:
    text = speech.moment(span.hi)
    if span.lo is None:
        return text
    before = speech.number((span.hi - span.lo) / 1e6)
    return speech.say(f"{text}, o hasta {before} s antes", f"{text}, or up to {before} s earlier")


def _state(state: DeviceState | None, at: int, speech: Speech) -> str:
    label = speech.say("Estado del equipo: ", "State of the recloser: ")
    if state is not None and state.at < at:  # it does not show yet what happened
        label = speech.say("Última medición, anterior: ", "Last measured, before it: ")
    if state is None:
        return label + speech.say("no se conoce", "not known")
    known = None if state.switch is None else _STATES[state.switch][speech.place]
    position = known or speech.say("posición desconocida", "position unknown")
    values = [
        f"{symbol} {speech.number(value)} {unit}"
        for name, symbol, unit in _SHOWN
        if (value := state.values.get(name)) is not None
    ]
    shown = ", ".join((position, *values))
    return f"{label}{shown} ({speech.moment(state.at)})"


def _acknowledge(account: Account, speech: Speech) -> Iterator[str]:
    if account.acknowledge and account.notice.kind is NoticeKind.RAISED:
        yield (
            speech.say("Para reconocerla: ", "To acknowledge it: ")
            + (account.acknowledge[speech.place])
        )
