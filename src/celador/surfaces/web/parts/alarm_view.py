"""Alarms as a list: what it is, since when, what to do, and what one may do with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from celador.domain.alarm import Alarm, AlarmState, Priority
from celador.domain.alarms.catalogue import catalogue
from celador.domain.request import RequestKind
from celador.surfaces.live import Live
from celador.surfaces.web.format import duration
from celador.surfaces.web.parts.alarm_figures import DAILY_LIMIT, DAILY_TARGET, Day
from celador.surfaces.web.parts.alarm_states import QUIET, STATE_WORDS, UNSEEN
from celador.surfaces.web.parts.markup import number, tag, text
from celador.surfaces.web.parts.priority import priority_symbol, priority_word
from celador.surfaces.web.viewer import View

_MINUTE = 60_000_000  # µs
ACT_WORDS = {
    RequestKind.ACKNOWLEDGE: "Acknowledge",
    RequestKind.SHELVE: "Shelve…",
    RequestKind.UNSHELVE: "Take off the shelf",
    RequestKind.OUT_OF_SERVICE: "Out of service…",
    RequestKind.IN_SERVICE: "Back in service",
    RequestKind.RESET: "Reset",
}


@dataclass(frozen=True, slots=True)
class Target:
    """Which alarm a person means; travels to the browser and back as text."""

    device_id: int | None
    key: int

    def __str__(self) -> str:
        return f"{'-' if self.device_id is None else self.device_id}/{self.key}"

    @classmethod
    def read(cls, said: str) -> Target:
        """From the text.

        Raises:
            ValueError: it is none.
        """
        device, _, key = said.partition("/")
        return cls(None if device == "-" else int(device), int(key))


def target_of(alarm: Alarm) -> Target:
    """The one that means this alarm."""
    return Target(alarm.device_id, alarm.key)


def possible(alarm: Alarm) -> list[RequestKind]:
    """What may be asked for an alarm in its state, the most likely first (ISA-18.2, 5.2)."""
    state = alarm.state
    if state is AlarmState.SHELVED:
        return [RequestKind.UNSHELVE]
    if state is AlarmState.OUT_OF_SERVICE:
        return [RequestKind.IN_SERVICE]
    if state in (AlarmState.NORMAL, AlarmState.SUPPRESSED):
        return []
    first = []
    if state in UNSEEN:
        first = [RequestKind.ACKNOWLEDGE]
    elif state is AlarmState.LATCHED_ACK:
        first = [RequestKind.RESET]
    return [*first, RequestKind.SHELVE, RequestKind.OUT_OF_SERVICE]


def split(alarms: Sequence[Alarm]) -> tuple[list[Alarm], list[Alarm]]:
    """Those that ask for somebody, and the quiet ones."""
    asking = [each for each in alarms if each.state not in QUIET]
    return asking, [each for each in alarms if each.state in QUIET]


def alarm_list(alarms: Sequence[Alarm], live: Live, view: View, now: int) -> str:
    """The rows; a sentence where there are none."""
    if not alarms:
        return tag("li", text(view.t("No alarm needs attention.")), class_="none-open")
    return "".join(_item(each, live, view, now) for each in alarms)


def _item(alarm: Alarm, live: Live, view: View, now: int) -> str:
    unseen, quiet = alarm.state in UNSEEN, alarm.state in QUIET
    said = view.pick(alarm.text_es, alarm.text_en)
    target = str(target_of(alarm))
    box = tag(
        "input",
        type="checkbox",
        data_pick=target,
        aria_label=view.t("Select: {alarm}", alarm=said),
    )
    css = f"al prio-{int(alarm.priority)}{' unseen' if unseen else ''}{' quiet' if quiet else ''}"
    body = tag("div", _title(alarm, said, view), _meta(alarm, live, view, now), _do(alarm, view))
    symbol = priority_symbol(alarm.priority, view.t, size=18, blinking=unseen)
    return tag(
        "li", box, symbol, body, _acts(alarm, view), class_=css, data_alarm=target, tabindex="0"
    )


def _title(alarm: Alarm, said: str, view: View) -> str:
    word = tag("span", text(priority_word(alarm.priority, view.t)), class_="word")
    return tag("h3", word, text(said))


def _meta(alarm: Alarm, live: Live, view: View, now: int) -> str:
    known = None if alarm.device_id is None else live.devices.get(alarm.device_id)
    if known is None:
        where = text(alarm.subject or view.t("all"))
    else:
        name = text(known.device.name)
        where = tag("a", tag("b", name), href=f"/reconectador/{alarm.device_id}")
    lasting = duration(view, max(0, (alarm.ended or now) - alarm.began) // _MINUTE * 60)
    parts = [
        where,
        text(view.t("since {when}", when=view.when(alarm.began))),
        text(lasting if lasting[0] != "0" else view.t("less than a minute")),
        text(view.t(STATE_WORDS[alarm.state])),
        *map(text, _signatures(alarm, view)),
    ]
    if alarm.at_start:
        parts.append(text(view.t("there already when watching began")))
    if alarm.repeats:
        parts.append(text(_came_back(alarm, view)))
    return tag("div", " · ".join(parts), class_="meta")


def _came_back(alarm: Alarm, view: View) -> str:
    often = view.t("came back {count} times", count=alarm.repeats)
    said = view.t("came back once") if alarm.repeats == 1 else often
    if alarm.came_back is None:  # of an older version
        return said
    when = view.when(alarm.came_back)
    return f"{said}, {when if alarm.repeats == 1 else view.t('the last {when}', when=when)}"


def _signatures(alarm: Alarm, view: View) -> list[str]:
    found = []
    if alarm.acknowledged is not None:
        by, at = alarm.acknowledged.by, view.when(alarm.acknowledged.at)
        found.append(view.t("acknowledged by {name} {when}", name=by, when=at))
    if alarm.state is AlarmState.SHELVED and alarm.shelved is not None:
        until = "—" if alarm.shelved_until is None else view.when(alarm.shelved_until)
        found.append(view.t("shelved by {name} until {when}", name=alarm.shelved.by, when=until))
    if alarm.state is AlarmState.OUT_OF_SERVICE and alarm.out_of_service is not None:
        found.append(view.t("out of service by {name}", name=alarm.out_of_service.by))
    if alarm.reason:
        found.append(f"«{alarm.reason}»")
    return found


def _do(alarm: Alarm, view: View) -> str:
    kind = catalogue().get(alarm.code)
    if kind is None or alarm.state in QUIET:
        return ""
    return tag("p", text(view.pick(kind.es.action, kind.en.action)), class_="do")


def _acts(alarm: Alarm, view: View) -> str:
    buttons = "".join(
        tag(
            "button",
            text(view.t(ACT_WORDS[kind])),
            type="button",
            data_act=kind.name,
            data_key=str(target_of(alarm)),
            class_="main-act" if kind is RequestKind.ACKNOWLEDGE else "plain",
        )
        for kind in possible(alarm)
    )
    return tag("div", buttons, class_="acts")


def day_chart(days: Sequence[Day], view: View) -> str:
    """Alarms per day, stacked by priority, with what one operator can manage.

    It is drawn twice, for a desk and for a phone, where the same picture would be too small to
    read; the style shows the one that fits.
    """
    return _day_chart(days, view, 620, "at-desk", 1) + _day_chart(days, view, 330, "on-phone", 2)


def _day_chart(days: Sequence[Day], view: View, width: int, css: str, dated: int) -> str:
    """The picture, so many px wide; every `dated`-th day has its date, today among them."""
    height, left, right, bottom = 170, 34, 8, 22
    top = max(20.0, *(day.total * 1.15 for day in days), 0.0)
    if max(day.total for day in days) > DAILY_TARGET / 3:
        top = max(top, DAILY_LIMIT * 1.1)
    room = height - bottom - 8
    step = (width - left - right) / len(days)
    bars = "".join(
        _bar(day, left + place * step, step, height - bottom, room / top, view)
        for place, day in enumerate(days)
    )
    dates = "".join(
        tag(
            "text",
            text(f"{day.day:%d/%m}"),
            x=number(left + (place + 0.5) * step),
            y=height - bottom + 15,
            text_anchor="middle",
            class_="tick",
        )
        for place, day in enumerate(days)
        if (len(days) - 1 - place) % dated == 0
    )
    lines = "".join(
        _line(said, left, width, height - bottom - count * room / top)
        for count, said in (
            (DAILY_TARGET, view.t("target {count}", count=DAILY_TARGET)),
            (DAILY_LIMIT, view.t("limit {count}", count=DAILY_LIMIT)),
        )
        if count <= top
    )
    floor = tag("path", d=f"M{left} {height - bottom}H{width}", class_="grid-line")
    return tag(
        "svg",
        floor,
        bars,
        dates,
        lines,
        viewBox=f"0 0 {width} {height}",
        class_=f"hour days-chart {css}",
        role="img",
        aria_label=view.t("Alarms per day"),
    )


def _bar(day: Day, x: float, step: float, floor: float, scale: float, view: View) -> str:
    y = floor
    parts = [tag("title", text(f"{day.day:%d/%m/%Y}: {day.total}"))]
    for priority in (Priority.MEDIUM, Priority.HIGH, Priority.CRITICAL):
        size = day.counts.get(priority, 0) * scale
        if size:
            y -= size
            parts.append(
                tag(
                    "rect",
                    x=float(x + step * 0.18),
                    y=float(y),
                    width=float(step * 0.64),
                    height=float(size),
                    class_=f"prio prio-{int(priority)}",
                )
            )
    if day.total:
        said, middle = text(view.number(day.total)), number(x + step / 2)
        parts.append(
            tag("text", said, x=middle, y=float(y - 4), text_anchor="middle", class_="tick")
        )
    return tag("g", *parts)


def _line(said: str, left: float, width: float, y: float) -> str:
    line = tag("path", d=f"M{number(left)} {number(y)}H{number(width)}", class_="goal")
    return line + tag("text", text(said), x=width, y=y - 4, text_anchor="end", class_="tick")


def history_rows(alarms: Sequence[Alarm], names: Mapping[int, str], view: View) -> str:
    """Lives of alarms as rows of a table, in the order given."""
    return "".join(_life(each, names, view) for each in alarms)


def _life(alarm: Alarm, names: Mapping[int, str], view: View) -> str:
    name = "—" if alarm.device_id is None else names.get(alarm.device_id, f"#{alarm.device_id}")
    lasted = "—"
    if alarm.ended is not None:
        seconds = (alarm.ended - alarm.began) / 1_000_000
        lasted = duration(view, seconds) if seconds >= 1 else "< 1 s"  # no poll knows it better
    seen = alarm.acknowledged
    return tag(
        "tr",
        tag("td", text(view.when(alarm.began)), class_="num"),
        tag("td", priority_symbol(alarm.priority, view.t)),
        tag("td", text(name)),
        tag("td", text(view.pick(alarm.text_es, alarm.text_en))),
        tag("td", text(lasted), class_="num r"),
        tag("td", text("—" if seen is None else f"{seen.by} {view.when(seen.at)}")),
        tag("td", text(view.t(STATE_WORDS[alarm.state]))),
    )
