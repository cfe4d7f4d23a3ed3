"""Alarms: what asks for somebody now, what to do, and how much the alarms ask of people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from celador.domain.alarm import Alarm, Priority
from celador.domain.errors import CeladorError
from celador.domain.request import RequestKind
from celador.surfaces.live import Live
from celador.surfaces.web.access.roles import Role
from celador.surfaces.web.assets import module
from celador.surfaces.web.layout import live
from celador.surfaces.web.page import Page, PageContext, whole_number
from celador.surfaces.web.pages.alarm_actions import (
    LONGEST_SHELF_H,
    RefusedError,
    ask,
    failure,
    outcome,
    requests_for,
)
from celador.surfaces.web.pages.alarm_past import past
from celador.surfaces.web.parts.alarm_states import UNSEEN
from celador.surfaces.web.parts.alarm_view import Target, alarm_list, split
from celador.surfaces.web.parts.markup import tag, text
from celador.surfaces.web.parts.priority import priority_symbol, priority_word
from celador.surfaces.web.stream import Cell, Moment
from celador.surfaces.web.viewer import View

_TOPIC = "alarmas"
_HOURS = (0.5, 1, 2, 4, 8, LONGEST_SHELF_H)


def alarms_topic(moment: Moment) -> Mapping[str, Cell]:
    """The list, the quiet ones below it, and how many there are; an argument names a recloser."""
    wanted = whole_number(moment.argument)
    asking, quiet = split(_of(moment.live, wanted))
    view, feed, now = moment.view, moment.live, moment.now
    cells = {
        "al.list": Cell(html=alarm_list(asking, feed, view, now)),
        "al.quiet": Cell(html=alarm_list(quiet, feed, view, now) if quiet else ""),
        "al.quiet-count": Cell(view.t("Shelved, suppressed, out of service: {n}", n=len(quiet))),
        "al.unseen": Cell(str(sum(1 for each in asking if each.state in UNSEEN)), css="count"),
    }
    for priority in Priority:
        count = sum(1 for each in asking if each.priority is priority)
        css = "count" if count else "count none"
        cells[f"al.count{int(priority)}"] = Cell(str(count), css=css)
    return cells


def _of(feed: Live, device: int | None) -> Sequence[Alarm]:
    found = feed.alarms()
    return found if device is None else [each for each in found if each.device_id == device]


async def build(context: PageContext) -> None:
    """The list as it is now; the stream keeps it so. Below it the past, as it is asked for."""
    services, view = context.services, context.viewer.view
    device = context.parameters.get("equipo", "")
    argument = f"/{device}" if device.isdecimal() else ""
    moment = Moment(services.live, view, services.clock.now(), argument[1:])
    cells = alarms_topic(moment)
    may = context.viewer.may(Role.OPERATOR) and services.requests is not None
    ui.add_head_html(module("alarmas.js"))
    css = "al-may" if may else "al-look"
    ui.html(
        tag(
            "div",
            _tools(cells, view, may=may),
            _lists(cells, view),
            data_topic=_TOPIC + argument,
            data_alarms=True,
            class_=css,
        ),
        sanitize=False,
    ).classes("contents")
    _Desk(context).open()
    await past(context)


def _tools(cells: Mapping[str, Cell], view: View, *, may: bool) -> str:
    counts = "".join(
        tag(
            "span",
            priority_symbol(priority, view.t, size=15),
            tag("span", text(priority_word(priority, view.t))),
            live(f"al.count{int(priority)}", cells, "b"),
            class_="filter as-is",
        )
        for priority in Priority
    )
    unseen = tag("span", text(view.t("unacknowledged")), " ", live("al.unseen", cells, "b"))
    acts = ""
    if may:
        acts = tag(
            "button",
            text(view.t("Select the unacknowledged")),
            type="button",
            data_all=True,
            class_="plain",
        ) + "".join(
            tag("button", text(view.t(said)), type="button", data_act=kind.name, class_=css)
            for kind, said, css in (
                (RequestKind.ACKNOWLEDGE, "Acknowledge the selected", "main-act"),
                (RequestKind.SHELVE, "Shelve the selected…", "plain"),
            )
        )
    status = tag("span", role="status", aria_live="polite", data_asked=True, class_="asked")
    group = tag("div", counts, tag("span", unseen, class_="filter as-is"), class_="filters")
    return tag("div", group, tag("div", status, acts, class_="acts"), class_="tools")


def _lists(cells: Mapping[str, Cell], view: View) -> str:
    keys = view.t("Keys: ↑ ↓ move · space selects · R acknowledges · A shelves")
    summary = live("al.quiet-count", cells, "summary")
    return tag(
        "div",
        live("al.list", cells, "ul", "al-list"),
        tag("details", summary, live("al.quiet", cells, "ul", "al-list"), class_="quiet-ones fold"),
        tag("p", text(keys), class_="note keys"),
        class_="card al-card",
    )


class _Desk:
    """Takes what a person asks on the page to the monitor, and tells what became of it."""

    def __init__(self, context: PageContext) -> None:
        self._context = context
        self._view = context.viewer.view
        self._targets: list[Target] = []
        self._kind = RequestKind.SHELVE

    def open(self) -> None:
        """Listen to the page's buttons and keys."""
        t = self._view.t
        ui.on("celador_alarma", self._asked, args=["kind", "keys"])
        with ui.dialog() as self._dialog, ui.card().classes("card dialog"):
            self._title = ui.label().classes("dialog-title")
            self._reason = ui.textarea(t("Reason")).props("autofocus outlined maxlength=300 rows=3")
            hours = {each: f"{self._view.number(each, 1 if each < 1 else 0)} h" for each in _HOURS}
            self._hours = ui.select(hours, value=1, label=t("For how long")).props("outlined")
            with ui.row().classes("dialog-acts"):
                ui.button(t("Cancel"), on_click=self._dialog.close).props("flat no-caps")
                ui.button(t("Confirm"), on_click=self._confirmed).props("unelevated no-caps")

    async def _asked(self, event: GenericEventArguments) -> None:
        found = self._understood(event.args)
        if found is None:
            return
        self._kind, self._targets = found
        if self._kind not in (RequestKind.SHELVE, RequestKind.OUT_OF_SERVICE):
            await self._send()
            return
        try:  # before anybody writes a reason in vain
            requests_for(RequestKind.ACKNOWLEDGE, self._targets, self._context.viewer, self._now())
        except RefusedError as refused:
            self._tell(str(refused), well=False)
            return
        shelving = self._kind is RequestKind.SHELVE
        said = "Shelve {count} alarms" if shelving else "Take {count} alarms out of service"
        self._title.set_text(self._view.t(said, count=len(self._targets)))
        self._reason.set_value("")
        self._hours.set_visibility(shelving)
        self._dialog.open()

    def _understood(self, args: Any) -> tuple[RequestKind, list[Target]] | None:  # noqa: ANN401
        """What the browser says; None for what no page of ours says."""
        try:
            return RequestKind[str(args["kind"])], [Target.read(str(key)) for key in args["keys"]]
        except (KeyError, TypeError, ValueError):
            return None

    async def _confirmed(self) -> None:
        reason = str(self._reason.value or "")
        if not reason.strip():
            self._reason.props(f'error error-message="{self._view.t("Write the reason.")}"')
            return
        self._reason.props(remove="error error-message")
        self._dialog.close()
        await self._send(reason, float(self._hours.value or 0))

    def _now(self) -> int:
        return self._context.services.clock.now()

    async def _send(self, reason: str = "", hours: float | None = None) -> None:
        box, view = self._context.services.requests, self._view
        if box is None:
            self._tell(view.t("Here nothing can be asked of the monitor."), well=False)
            return
        try:
            asked = requests_for(
                self._kind,
                self._targets,
                self._context.viewer,
                self._now(),
                reason=reason,
                hours=hours,
            )
            self._tell(view.t("Asked; waiting for the monitor…"), well=True)
            said, well = outcome(await ask(box, asked), view)
        except RefusedError as refused:
            said, well = str(refused), False
        except CeladorError as error:
            said, well = failure(error, view), False
        self._tell(said, well=well)

    def _tell(self, said: str, *, well: bool) -> None:
        detail = {"said": said, "well": well}
        ui.run_javascript(
            "document.dispatchEvent(new CustomEvent('celador:pedido', "
            f"{{detail: {json.dumps(detail)}}}))"
        )


PAGE = Page(
    "/alarmas",
    "Alarms",
    '<path d="M6 16V11a6 6 0 0112 0v5l2 2H4zM10 21h4"/>',
    build,
    topics={_TOPIC: alarms_topic},
)
