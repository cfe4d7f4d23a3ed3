"""What people ask: taken from the box, carried out once, told as an event, answered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from celador.domain.alarm import Alarm, Signature
from celador.domain.alarms.machine import Input, NotPossibleError
from celador.domain.errors import StoreError
from celador.domain.event import Event, EventKind, Origin
from celador.domain.reliability.marks import ForceMajeure, Marking
from celador.domain.request import Answer, Left, Request, RequestKind
from celador.pipeline.alarms.centre import AlarmCentre
from celador.ports import Clock, EdgeStore, Record, RequestDesk

_log = logging.getLogger("celador.requests")

_LOOK = 0.25  # s between looks into the box; a request is carried out within a second
_REST = 5.0  # s after a box that cannot be read
_EARLIER = 86_400_000_000  # µs by which clocks of two processes may differ

_INPUTS = {
    RequestKind.ACKNOWLEDGE: (Input.ACKNOWLEDGE, "reconoció", "acknowledged"),
    RequestKind.SHELVE: (Input.SHELVE, "apartó", "shelved"),
    RequestKind.UNSHELVE: (Input.UNSHELVE, "repuso", "unshelved"),
    RequestKind.OUT_OF_SERVICE: (Input.OUT, "sacó de servicio", "took out of service"),
    RequestKind.IN_SERVICE: (Input.IN, "puso en servicio", "put in service"),
    RequestKind.RESET: (Input.RESET, "restableció", "reset"),
}
_MAJEURE_EN = {
    ForceMajeure.NO: "no",
    ForceMajeure.CLAIMED: "claimed",
    ForceMajeure.ACCEPTED: "accepted",
}
_GONE = Answer(False, "esa alarma ya no está abierta", "that alarm is not open any more")
_NO_OUTAGE = Answer(False, "no existe esa interrupción", "there is no such interruption")
_AGAIN = Answer(True, "ya estaba hecho", "it was done before")


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is asked of the store, both blocking.

    Attributes:
        has_outage: whether there is an interruption of this device and key.
        was_told: whether an event of this point was seen at this instant or later.
    """

    has_outage: Callable[[int, int], bool]
    was_told: Callable[[str, int], bool]


class RequestClerk:
    """Carries out what people ask; the box, its disk and its troubles never delay the polling."""

    def __init__(
        self, desk: RequestDesk, centre: AlarmCentre, store: EdgeStore, clock: Clock, ledger: Ledger
    ) -> None:
        """Prepare."""
        self._desk = desk
        self._centre = centre
        self._store = store
        self._clock = clock
        self._ledger = ledger
        self._first = True
        self._done: dict[str, Answer] = {}  # carried out, and the box does not know it yet

    async def run(self) -> None:
        """Look into the box until cancelled."""
        while True:
            rest = _LOOK
            try:
                await self.look()
            except StoreError as error:
                _log.warning("requests of people wait: %s", error)
                rest = _REST
            await self._clock.sleep(rest)

    async def look(self) -> None:
        """Carry out everything that waits.

        Raises:
            StoreError: the box cannot be read or written; what waits goes on waiting.
        """
        left = await asyncio.to_thread(self._desk.waiting)
        if not left:
            self._first = False
            return
        for each in left:
            if each.ticket not in self._done:
                self._done[each.ticket] = await self._carry_out(each)
        self._first = False
        # Answered only when durable: killed in between, the event tells that it was done.
        await self._store.flush()
        await asyncio.to_thread(self._desk.settle, self._done)
        self._done = {}

    async def _carry_out(self, left: Left) -> Answer:
        request = left.request
        since = request.at - _EARLIER
        if self._first and await asyncio.to_thread(self._ledger.was_told, left.point, since):
            return _AGAIN
        if request.kind is RequestKind.MARK_OUTAGE:
            return await self._mark(left)
        return self._alarm(left)

    async def _mark(self, left: Left) -> Answer:
        request, device = left.request, left.request.device_id
        if device is None or not await asyncio.to_thread(
            self._ledger.has_outage, device, request.key
        ):
            return _NO_OUTAGE
        now = self._clock.now()
        es, en = _marked(request)
        marking = Marking(
            device, request.key, now, request.planned, request.force_majeure, request.reason
        )
        self._store.add([marking, _event(left, now, None, request.kind.value, es, en)])
        return Answer(True, es, en)

    def _alarm(self, left: Left) -> Answer:
        request = left.request
        alarm = self._centre.book.find(request.device_id, request.key)
        if alarm is None:
            return _GONE
        now = self._clock.now()
        what, did_es, did_en = _INPUTS[request.kind]
        try:
            after = self._centre.book.act(
                alarm, what, Signature(now, request.by), reason=request.reason, until=request.until
            )
        except NotPossibleError as error:
            return Answer(False, error.es, error.en)
        es = _sentence(request, did_es, alarm, alarm.text_es)
        en = _sentence(request, did_en, alarm, alarm.text_en)
        event = _event(left, now, alarm.state.value, after.state.value, es, en)
        records: list[Record] = [event, *self._centre.settle(now)]
        self._store.add(records)
        return Answer(True, es, en)


def _sentence(request: Request, did: str, alarm: Alarm, text: str) -> str:
    reason = f" ({request.reason})" if request.reason else ""
    return f"{request.by} {did}: {alarm.code}, {text}{reason}"


def _marked(request: Request) -> tuple[str, str]:
    es, en = [], []
    if request.planned is not None:
        es.append("programada" if request.planned else "no programada")
        en.append("planned" if request.planned else "not planned")
    if request.force_majeure is not None:
        es.append(f"fuerza mayor: {request.force_majeure.value}")
        en.append(f"force majeure: {_MAJEURE_EN[request.force_majeure]}")
    if request.reason is not None:
        es.append(f"nota: {request.reason}")
        en.append(f"note: {request.reason}")
    return (
        f"{request.by} marcó la interrupción {request.key}: {', '.join(es)}",
        f"{request.by} marked the interruption {request.key}: {', '.join(en)}",
    )


def _event(left: Left, at: int, old: str | None, new: str, es: str, en: str) -> Event:
    return Event(
        left.request.device_id,
        at,
        None,
        EventKind.SYSTEM,
        left.point,
        old,
        new,
        es,
        en,
        Origin.OPERATOR,
    )
