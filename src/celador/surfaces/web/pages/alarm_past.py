"""The past of the alarms: how many a day against the targets of ISA-18.2, and their lives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nicegui import ui

from celador.domain.alarm import Alarm, Priority
from celador.domain.writing import plain
from celador.surfaces.web.page import PageContext, whole_number
from celador.surfaces.web.parts.alarm_figures import (
    DAILY_LIMIT,
    DAILY_TARGET,
    MIX,
    announced,
    chattering,
    floods,
    mix,
    per_day,
    stale,
)
from celador.surfaces.web.parts.alarm_view import day_chart, history_rows
from celador.surfaces.web.parts.markup import tag, text
from celador.surfaces.web.parts.priority import priority_symbol, priority_word
from celador.surfaces.web.services import WebReader
from celador.surfaces.web.viewer import View

_DAY = 86_400_000_000  # µs
_DAYS = 14  # of the chart
_PERIODS = (1, 7, 30, 90)
_MOST = 300  # rows of the history; more are reached by a narrower filter


async def past(context: PageContext) -> None:
    """The figures and the history, as the address asks for them."""
    services, view = context.services, context.viewer.view
    now = services.clock.now()
    wanted = Wanted(context.parameters)
    names = {number: known.device.name for number, known in services.live.devices.items()}

    def read(reader: WebReader) -> tuple[list[Alarm], list[Alarm], list[Alarm]]:
        recent = list(reader.alarms(now - _DAYS * _DAY, now + 1))
        lives = list(reader.alarms(now - wanted.days * _DAY, now + 1, wanted.devices))
        return recent, list(reader.open_alarms()), lives

    recent, open_now, lives = await services.history(read)
    found = [each for each in reversed(lives) if wanted.fits(each)]
    ui.html(_figures(recent, open_now, names, view, now), sanitize=False).classes("contents")
    ui.html(_history(found, wanted, names, view), sanitize=False).classes("contents")


class Wanted:
    """What the address asks for; whatever in it is not understood is left out."""

    def __init__(self, parameters: Mapping[str, str]) -> None:
        days, device = parameters.get("dias", ""), parameters.get("equipo", "")
        priority = parameters.get("prioridad", "")
        period = whole_number(days)
        self.days = period if period is not None and period in _PERIODS else 7
        self.device = whole_number(device)
        self.priority = Priority(int(priority)) if priority in ("1", "2", "3", "4") else None
        self.words = parameters.get("texto", "")[:100]

    @property
    def devices(self) -> tuple[int, ...]:
        """As the reader wants it: empty for all."""
        return () if self.device is None else (self.device,)

    def fits(self, alarm: Alarm) -> bool:
        """Whether an alarm is one of those asked for."""
        if self.priority is not None and alarm.priority is not self.priority:
            return False
        said = f"{alarm.text_es} {alarm.text_en} {alarm.code} {alarm.reason or ''}"
        return all(word in plain(said) for word in plain(self.words).split())


def _figures(
    recent: Sequence[Alarm],
    open_now: Sequence[Alarm],
    names: Mapping[int, str],
    view: View,
    now: int,
) -> str:
    counted = announced(recent)
    days = per_day(counted, view.zone, view.local(now).date(), _DAYS)
    today, busiest = days[-1].total, max(day.total for day in days)
    head = tag("h2", text(view.t("Alarms per day")), tag("span", text(_target(view))))
    tiles = tag(
        "div",
        _tile(view.t("Today"), view.number(today), mind=today > DAILY_TARGET),
        _tile(view.t("Busiest day"), view.number(busiest), mind=busiest > DAILY_LIMIT),
        _tile(view.t("Floods"), view.number(len(floods(counted))), mind=bool(floods(counted))),
        _tile(view.t("Standing for more than 24 h"), view.number(len(stale(open_now, now)))),
        class_="facts four",
    )
    chart = tag("div", head, day_chart(days, view), tiles, class_="card")
    return tag("section", chart, _mix(counted, names, view), class_="al-figures")


def _target(view: View) -> str:
    said = "target at most {target} for one operator, limit {limit} (ISA-18.2)"
    return view.t(said, target=DAILY_TARGET, limit=DAILY_LIMIT)


def _tile(title: str, said: str, *, mind: bool = False) -> str:
    mark = tag("i", " ▲", class_="mind") if mind else ""
    return tag("div", tag("span", text(title)), tag("strong", text(said), mark), class_="tile")


def _mix(counted: Sequence[Alarm], names: Mapping[int, str], view: View) -> str:
    shares = mix(counted)
    rows = "".join(
        tag(
            "tr",
            tag(
                "td", priority_symbol(priority, view.t), " ", text(priority_word(priority, view.t))
            ),
            tag(
                "td",
                "—" if shares is None else f"{view.number(shares[priority])} %",
                class_="num r",
            ),
            tag("td", text(view.t("target {share} %", share=goal)), class_="muted r"),
        )
        for priority, goal in sorted(MIX.items())
    )
    noisy = "".join(
        tag("li", text(f"{names.get(device or 0, '—')}: {code}, {count}"))
        for device, code, count in chattering(counted)[:6]
    )
    if not noisy:
        noisy = tag("li", text(view.t("None.")), class_="muted")
    return tag(
        "div",
        tag("h2", text(view.t("Mix of priorities, 14 days"))),
        tag("table", tag("tbody", rows), class_="list"),
        tag("h2", text(view.t("Chattering: three times within a minute")), class_="second"),
        tag("ul", noisy, class_="bare"),
        class_="card",
    )


def _history(found: Sequence[Alarm], wanted: Wanted, names: Mapping[int, str], view: View) -> str:
    heads = ("Raised", "", "Recloser", "Alarm", "Lasted", "Acknowledged", "State")
    head = tag(
        "tr", *(tag("th", text(view.t(each)) if each else "", scope="col") for each in heads)
    )
    rows = history_rows(found[:_MOST], names, view)
    if not found:
        said = text(view.t("No alarms in this period."))
        rows = tag("tr", tag("td", said, colspan=len(heads), class_="nothing"))
    more = ""
    if len(found) > _MOST:
        said = view.t("The latest {count} are shown; filter for the others.", count=_MOST)
        more = tag("p", text(said), class_="note")
    table = tag("table", tag("thead", head), tag("tbody", rows), class_="list history")
    title = tag("h2", text(view.t("History")), tag("span", text(view.number(len(found)))))
    scroll = tag(
        "div", table, class_="scroll", tabindex="0", role="region", aria_label=view.t("History")
    )
    return tag("div", title, _form(wanted, names, view), scroll, more, class_="card past")


def _form(wanted: Wanted, names: Mapping[int, str], view: View) -> str:
    t = view.t
    days = [(str(each), t("1 day") if each == 1 else t("{n} days", n=each)) for each in _PERIODS]
    everyone = [("", t("All"))]
    devices = everyone + [(str(number), name) for number, name in names.items()]
    levels = everyone + [(str(int(each)), priority_word(each, t)) for each in Priority]
    words = tag("input", type="search", name="texto", value=wanted.words, maxlength=100)
    return tag(
        "form",
        _select("dias", t("Period"), days, str(wanted.days)),
        _select("equipo", t("Recloser"), devices, str(wanted.device or "")),
        _select("prioridad", t("Priority"), levels, str(int(wanted.priority or 0) or "")),
        tag("label", text(t("Text")), words, class_="field"),
        tag("button", text(t("Search")), type="submit", class_="plain"),
        method="get",
        class_="ask",
    )


def _select(name: str, label: str, options: Sequence[tuple[str, str]], chosen: str) -> str:
    inside = "".join(
        tag("option", text(said), value=value, selected=value == chosen) for value, said in options
    )
    return tag("label", text(label), tag("select", inside, name=name), class_="field")
