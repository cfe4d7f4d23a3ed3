"""What operators ask through the API: to acknowledge an alarm, or to put it on the shelf."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass

from starlette.requests import Request as HttpRequest

from celador.domain.request import Answer, Request, RequestKind
from celador.ports import Clock, RequestBox
from celador.surfaces.export_http.refusals import Refusal
from celador.surfaces.web.access.roles import Identity
from celador.surfaces.web.page import whole_number

_LONGEST_BODY = 4096  # bytes
_LONGEST_SHELF_MIN = 720  # ISA-18.2 wants a limit; the store's is 12 h
_MINUTE_US = 60_000_000
_PATIENCE_S = 3.0  # the monitor looks into the box once a second
_LOOK_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Shelving:
    """For how long and why an alarm is put away.

    Attributes:
        minutes: 1 to 720.
        reason: in the person's words.
    """

    minutes: int
    reason: str


async def read_shelving(request: HttpRequest) -> Shelving:
    """The body `{"minutes": 60, "reason": "..."}`.

    Raises:
        Refusal: it is not that.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST_BODY:
            raise Refusal(413, "the body is too long; send minutes and reason alone", "")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):  # brackets within brackets without end
        found = None
    if not isinstance(found, dict) or set(found) != {"minutes", "reason"}:
        raise Refusal(400, 'send JSON: {"minutes": 60, "reason": "..."}', "")
    minutes, reason = found["minutes"], found["reason"]
    if type(minutes) is not int or not 1 <= minutes <= _LONGEST_SHELF_MIN:
        raise Refusal(400, f"minutes must be a whole number from 1 to {_LONGEST_SHELF_MIN}", "")
    if not isinstance(reason, str) or not 1 <= len(reason.strip()) <= 500:
        raise Refusal(400, "reason must be text of 1 to 500 characters", "")
    return Shelving(minutes, reason.strip())


def request_about(
    who: Identity, clock: Clock, device: str, key: str, shelving: Shelving | None
) -> Request:
    """The request about an alarm.

    Args:
        who: who asks.
        clock: the time.
        device: `equipos.id` as text; "-" for an alarm without device.
        key: of the alarm, as text.
        shelving: None to acknowledge.

    Raises:
        Refusal: there can be no such alarm.
    """
    number, about = whole_number(device), whole_number(key)
    if about is None or (number is None and device != "-"):
        raise Refusal(404, f"there is no alarm {device}/{key}; look at /api/v1/alarms", "")
    now = clock.now()
    return Request(
        at=now,
        by=who.name,
        kind=RequestKind.ACKNOWLEDGE if shelving is None else RequestKind.SHELVE,
        device_id=number,
        key=about,
        reason=None if shelving is None else shelving.reason,
        until=None if shelving is None else now + shelving.minutes * _MINUTE_US,
    )


async def leave(box: RequestBox, request: Request, clock: Clock) -> tuple[str, Answer | None]:
    """Leave a request and wait a moment for its answer.

    Returns:
        Its ticket, and what became of it; None where no monitor has answered yet.

    Raises:
        NotAllowedError: the person may not ask for it.
        StoreError: it could not be left.
    """
    ticket = await asyncio.to_thread(box.put, request)
    deadline = clock.monotonic() + _PATIENCE_S
    while True:
        answer = await asyncio.to_thread(box.answer, ticket)
        if answer is not None or clock.monotonic() >= deadline:
            return ticket, answer
        await clock.sleep(_LOOK_EVERY_S)
