"""What people ask of the monitor about alarms: left in the box, and its answer waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from celador.domain.errors import CeladorError
from celador.domain.request import Answer, Request, RequestKind
from celador.ports import RequestBox
from celador.surfaces.web.access.roles import Role
from celador.surfaces.web.parts.alarm_view import Target
from celador.surfaces.web.viewer import View, Viewer

LONGEST_SHELF_H = 12
_PATIENCE = 5.0  # s for which the monitor's answer is waited for; it looks once a second
_LOOK = 0.2  # s
_HOUR = 3_600_000_000  # µs
_MOST = 200  # alarms at a time


class RefusedError(Exception):
    """What was asked cannot be; the text says why, in the viewer's language."""


def requests_for(
    kind: RequestKind,
    targets: Sequence[Target],
    viewer: Viewer,
    now: int,
    *,
    reason: str = "",
    hours: float | None = None,
) -> list[Request]:
    """The requests of one action.

    Args:
        kind: what is asked.
        targets: of which alarms.
        viewer: who asks.
        now: UTC in µs since 1970.
        reason: in the person's words; needed to shelve and to take out of service.
        hours: how long to shelve, more than 0 and at most 12.

    Raises:
        RefusedError: the viewer may not, or something is missing.
    """
    view = viewer.view
    if not viewer.may(Role.OPERATOR):
        raise RefusedError(view.t("Only operators may do this; ask an administrator for the role."))
    if not targets:
        raise RefusedError(view.t("Select an alarm first."))
    if len(targets) > _MOST:
        raise RefusedError(view.t("At most {count} alarms at a time.", count=_MOST))
    needs_reason = kind in (RequestKind.SHELVE, RequestKind.OUT_OF_SERVICE)
    if needs_reason and not reason.strip():
        raise RefusedError(view.t("Write the reason."))
    until = None
    if kind is RequestKind.SHELVE:
        if hours is None or not 0 < hours <= LONGEST_SHELF_H:
            raise RefusedError(
                view.t("Choose for how long, at most {count} h.", count=LONGEST_SHELF_H)
            )
        until = now + round(hours * _HOUR)
    return [
        Request(now, viewer.name, kind, each.device_id, each.key, reason.strip() or None, until)
        for each in targets
    ]


async def ask(box: RequestBox, requests: Sequence[Request]) -> dict[str, Answer | None]:
    """Leave requests and wait a while for what became of them.

    Returns:
        By ticket the answer; None for one that the monitor has not answered yet.

    Raises:
        CeladorError: a request could not be left, or may not be made by this person.
    """
    tickets = [await asyncio.to_thread(box.put, each) for each in requests]
    answers: dict[str, Answer | None] = dict.fromkeys(tickets)
    for _ in range(round(_PATIENCE / _LOOK)):
        for ticket in [each for each, answer in answers.items() if answer is None]:
            answers[ticket] = await asyncio.to_thread(box.answer, ticket)
        if None not in answers.values():
            break
        await asyncio.sleep(_LOOK)
    return answers


def outcome(answers: Mapping[str, Answer | None], view: View) -> tuple[str, bool]:
    """What to tell: a sentence, and whether all is well."""
    failed = [answer for answer in answers.values() if answer is not None and not answer.done]
    if failed:
        return view.pick(failed[0].text_es, failed[0].text_en), False
    waiting = sum(1 for answer in answers.values() if answer is None)
    if waiting:
        said = "The monitor does not answer. The request is kept and carried out when it is back."
        return view.t(said), False
    return view.t("Done."), True


def failure(error: CeladorError, view: View) -> str:
    """Why a request could not be left."""
    return view.t("It could not be asked: {reason}", reason=error)
