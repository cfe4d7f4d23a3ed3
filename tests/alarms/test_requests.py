"""What people ask is carried out once, told as an event, and answered, whoever is killed when."""

from __future__ import annotations

import asyncio
from contextlib import closing
from dataclasses import dataclass, field

import pytest

from celador.domain.alarm import AlarmState
from celador.domain.alarms.catalogue import catalogue
from celador.domain.errors import StoreError
from celador.domain.event import Event, Origin
from celador.domain.reliability.marks import ForceMajeure
from celador.domain.request import Answer, Request, RequestKind
from celador.pipeline.alarms.book import Raised
from celador.pipeline.alarms.centre import AlarmCentre
from celador.pipeline.alarms.requests import Ledger, RequestClerk
from celador.stores.sqlite import SqliteReader, SqliteRequestBox, SqliteStore
from tests.stores.support import DAY, SECOND, SqliteHarness
from tests.stores.test_operations import OUTAGE
from tests.support.clock import MIDNIGHT


@dataclass
class Forgetful:
    """A box whose disk fails at the worst moment: what was done is not noted."""

    box: SqliteRequestBox
    failures: int = 0
    settled: list[str] = field(default_factory=list)

    def waiting(self) -> object:
        return self.box.waiting()

    def settle(self, answers: dict[str, Answer]) -> None:
        if self.failures:
            self.failures -= 1
            raise StoreError("the disk is away")
        self.settled += answers
        self.box.settle(answers)


class Room:
    """A store, its box, and a clerk over them."""

    def __init__(self, harness: SqliteHarness) -> None:
        self.harness = harness

    async def start(self) -> None:
        self.store = await self.harness.open()
        assert isinstance(self.store, SqliteStore)
        self.centre = AlarmCentre(self.store.open_alarms, self.store.last_alarm_keys)
        self.box = SqliteRequestBox.beside(self.harness.path)
        self.desk = Forgetful(self.box)
        ledger = Ledger(
            has_outage=lambda d, k: self.asked(lambda r: r.has_outage(d, k)),
            was_told=lambda p, s: self.asked(lambda r: r.was_told(p, s)),
        )
        self.clerk = RequestClerk(
            self.desk,  # type: ignore[arg-type]
            self.centre,
            self.store,
            self.harness.clock,
            ledger,
        )

    def asked(self, question: object) -> bool:
        with closing(SqliteReader(self.harness.path)) as reader:
            return bool(question(reader))  # type: ignore[operator]

    def raise_(self) -> int:
        alarm = self.centre.book.raise_(Raised(1, catalogue()["LOCAL"], MIDNIGHT))
        self.store.add(self.centre.settle(MIDNIGHT))
        return alarm.key

    async def events(self) -> list[Event]:
        await self.store.flush()
        with closing(self.harness.reader()) as reader:
            found = list(reader.events(MIDNIGHT - DAY, MIDNIGHT + DAY))
        return [each for each in found if each.origin is Origin.OPERATOR]


def ask(kind: RequestKind, key: int, device: int | None = 1, **more: object) -> Request:
    return Request(MIDNIGHT, "ana", kind, device, key, **more)  # type: ignore[arg-type]


async def test_an_acknowledgement_is_a_row_an_event_and_an_answer(sqlite: SqliteHarness) -> None:
    room = Room(sqlite)
    await room.start()
    ticket = room.box.put(ask(RequestKind.ACKNOWLEDGE, room.raise_()))
    await room.clerk.look()
    answer = room.box.answer(ticket)
    assert answer is not None
    assert answer.done
    (event,) = await room.events()
    assert (event.old, event.new, event.point) == ("UNACK", "ACK", f"pedido {ticket}")
    assert event.text_es == "ana reconoció: LOCAL, Control local"
    with closing(sqlite.reader()) as reader:
        (alarm,) = reader.open_alarms()
    assert alarm.state is AlarmState.ACK
    assert alarm.acknowledged is not None
    assert alarm.acknowledged.by == "ana"
    await room.store.close()


async def test_what_was_done_is_not_done_again_after_a_kill(sqlite: SqliteHarness) -> None:
    """Killed after the store had it and before the box knew."""
    room = Room(sqlite)
    await room.start()
    ticket = room.box.put(ask(RequestKind.ACKNOWLEDGE, room.raise_()))
    room.desk.failures = 1
    with pytest.raises(StoreError):
        await room.clerk.look()
    assert room.box.answer(ticket) is None
    await room.store.close()
    await room.start()
    await room.clerk.look()
    answer = room.box.answer(ticket)
    assert answer is not None
    assert answer.done
    assert len(await room.events()) == 1
    await room.store.close()


async def test_a_box_that_fails_for_a_while_changes_nothing_twice(sqlite: SqliteHarness) -> None:
    room = Room(sqlite)
    await room.start()
    until = MIDNIGHT + 3600 * SECOND
    key = room.raise_()
    room.box.put(ask(RequestKind.SHELVE, key, reason="x", until=until))
    room.desk.failures = 2
    for _ in range(2):
        with pytest.raises(StoreError):
            await room.clerk.look()
    await room.clerk.look()
    assert len(await room.events()) == 1
    await room.store.close()


async def test_what_cannot_be_done_is_answered_with_the_reason(sqlite: SqliteHarness) -> None:
    room = Room(sqlite)
    await room.start()
    key = room.raise_()
    asked = {
        "open any more": ask(RequestKind.ACKNOWLEDGE, key + 1),
        "not shelved": ask(RequestKind.UNSHELVE, key),
        "reason is needed": ask(RequestKind.OUT_OF_SERVICE, key),
        "no such interruption": ask(RequestKind.MARK_OUTAGE, 5, planned=True),
    }
    tickets = {words: room.box.put(request) for words, request in asked.items()}
    await room.clerk.look()
    for words, ticket in tickets.items():
        answer = room.box.answer(ticket)
        assert answer is not None
        assert not answer.done
        assert words in answer.text_en
        assert answer.text_es
    assert await room.events() == []
    await room.store.close()


async def test_a_mark_reaches_the_interruption_and_tells_who_said_it(
    sqlite: SqliteHarness,
) -> None:
    room = Room(sqlite)
    await room.start()
    room.store.add([OUTAGE])
    await room.store.flush()
    request = ask(
        RequestKind.MARK_OUTAGE,
        OUTAGE.key,
        OUTAGE.device_id,
        planned=True,
        force_majeure=ForceMajeure.CLAIMED,
        reason="OT 4711",
    )
    ticket = room.box.put(request)
    await room.clerk.look()
    answer = room.box.answer(ticket)
    assert answer is not None
    assert answer.done
    (event,) = await room.events()
    assert "ana marcó la interrupción" in event.text_es
    assert "OT 4711" in event.text_es
    with closing(sqlite.reader()) as reader:
        mark = reader.outage_marks()[OUTAGE.device_id, OUTAGE.key]
    assert (mark.planned, mark.force_majeure) == (True, ForceMajeure.CLAIMED)
    await room.store.close()


async def test_the_clerk_takes_requests_by_itself(sqlite: SqliteHarness) -> None:
    room = Room(sqlite)
    await room.start()
    key = room.raise_()
    clerk = asyncio.create_task(room.clerk.run())
    ticket = room.box.put(ask(RequestKind.ACKNOWLEDGE, key))
    clock = room.harness.clock
    for _ in range(200):
        await clock.advance(0.25)
        await asyncio.sleep(0.01)
        if room.box.answer(ticket):
            break
    clerk.cancel()
    assert room.box.answer(ticket) is not None
    await room.store.close()
