"""One message out of one notice or many, with what its reader must know about its journey."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celador.domain.alarm import Priority
from celador.domain.notices.hours import local
from celador.domain.notices.notice import NoticeKind
from celador.domain.notices.text import Speech, Text, tag

_LISTED = 100  # lines of one message; a phone shows no more, and mail servers have limits
_TAG = re.compile(r"^\[[^]]*\] ")
Line = tuple[int, str]
"""When something happened, UTC in microseconds since 1970, and its subject."""

_LATE = 120_000_000  # µs; what comes sooner needs no excuse


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice in words, waiting to be sent.

    Attributes:
        text: its words.
        at: when it happened, UTC in microseconds since 1970.
        kind: what sort of change.
        priority: how urgent.
        made: when it was ready to go, UTC in microseconds since 1970.
        due: when it was meant to go, same unit.
        together: it was meant to wait for the others.
        stopgap: by the rules nobody was to hear of it.
        doubt: it may have arrived already.
    """

    text: Text
    at: int
    kind: NoticeKind
    priority: Priority
    made: int
    due: int
    together: bool = False
    stopgap: bool = False
    doubt: bool = False


def compose(letters: Sequence[Letter], expired: Sequence[Line], speech: Speech, now: int) -> Text:
    """The message that goes out.

    Args:
        letters: most urgent first; may be empty where `expired` is not.
        expired: notices that grew too old before they could be sent, not yet told.
        speech: how the reader is spoken to.
        now: UTC in microseconds since 1970.
    """
    if not letters:
        return _only_expired(expired, speech)
    subject, lines = (
        (letters[0].text.subject, [letters[0].text.body])
        if len(letters) == 1
        else (_many_subject(letters, speech), list(_many_lines(letters, speech)))
    )
    if any(letter.doubt for letter in letters):
        subject += speech.say(" [posible repetición]", " [possibly repeated]")
    remarks = list(_remarks(letters, speech, now))
    if expired:
        remarks += ["", *_expired_lines(expired, speech)]
    return Text(subject, "\n".join([*lines, *([""] if remarks else []), *remarks]))


def _many_subject(letters: Sequence[Letter], speech: Speech) -> str:
    first = letters[0]
    digest = all(letter.together for letter in letters)
    word = (
        speech.say("[RESUMEN]", "[DIGEST]") if digest else tag(first.kind, first.priority, speech)
    )
    rest = len(letters) - 1
    more = speech.say(f"y {rest} más", f"and {rest} more")
    return f"{word} {_TAG.sub('', first.text.subject)} {more}"


def _many_lines(letters: Sequence[Letter], speech: Speech) -> Iterator[str]:
    count = len(letters)
    yield speech.say(f"{count} avisos, el más urgente primero:", f"{count} notices, urgent first:")
    yield ""
    yield from _listed([(letter.at, letter.text.subject) for letter in letters], speech)
    yield ""
    yield letters[0].text.body


def _listed(lines: Sequence[Line], speech: Speech) -> Iterator[str]:
    for at, subject in lines[:_LISTED]:
        yield f"- {local(at, speech.zone):%d/%m} {subject}"
    left = len(lines) - _LISTED
    if left > 0:
        yield speech.say(
            f"y {left} más: celador notify list los muestra",
            f"and {left} more: celador notify list shows them",
        )


def _remarks(letters: Sequence[Letter], speech: Speech, now: int) -> Iterator[str]:
    if any(letter.stopgap for letter in letters):
        yield speech.say(
            "Este aviso crítico no era para este canal según la configuración, pero no había otro "
            "que lo recibiera.",
            "By the configuration this critical alarm was not for this channel, but no other "
            "could be told.",
        )
    if any(letter.doubt for letter in letters):
        yield speech.say(
            "Posible repetición: no se sabe si el envío anterior llegó.",
            "Possibly repeated: whether the earlier sending arrived is not known.",
        )
    waited = now - min(max(letter.made, letter.due) for letter in letters)
    if waited > _LATE:
        late = speech.span(waited / 1e6)
        yield speech.say(f"Enviado con {late} de demora.", f"Sent {late} late.")


def _only_expired(expired: Sequence[Line], speech: Speech) -> Text:
    count = len(expired)
    subject = speech.say(
        f"[VENCIDOS] {count} avisos no pudieron enviarse a tiempo",
        f"[EXPIRED] {count} notices could not be sent in time",
    )
    return Text(subject, "\n".join(_expired_lines(expired, speech)))


def _expired_lines(expired: Sequence[Line], speech: Speech) -> Iterator[str]:
    yield speech.say(
        "Estos avisos envejecieron sin poder enviarse:",
        "These notices grew old before they could be sent:",
    )
    yield from _listed(expired, speech)
