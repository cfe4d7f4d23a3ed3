"""The system: links, lateness, storage, the road to the historian, versions, settings, log.

Everybody may know how well the watch is kept. Where things are, the settings and the log, which
may tell of addresses and of people, are for administrators.
"""

from __future__ import annotations

import asyncio
import math
import platform
import shutil
from collections.abc import Sequence
from importlib.metadata import version

from nicegui import ui
from pydantic import SecretStr

from celador.config import Config, setting_values
from celador.domain.errors import CeladorError
from celador.pipeline.counts import LATENESS_BOUNDS, PollCounts
from celador.surfaces.live import DeviceLive
from celador.surfaces.web.access.roles import Role
from celador.surfaces.web.format import age
from celador.surfaces.web.page import Page, PageContext
from celador.surfaces.web.parts.markup import tag, text
from celador.surfaces.web.parts.natural import natural_key
from celador.surfaces.web.services import WebServices
from celador.surfaces.web.viewer import View

_PERIOD = 2.0  # s; few people look at this page, so it needs no stream
_PACKAGES = ("celador", "pymodbus", "nicegui", "uvicorn", "psycopg")
_MIB = 1024 * 1024
_LEVELS = {"WARNING": "warn", "ERROR": "err", "CRITICAL": "err"}
MASK = "••••••"


async def build(context: PageContext) -> None:
    """Cards that are drawn anew every two seconds; settings and versions once."""
    services, view = context.services, context.viewer.view
    inside = context.viewer.may(Role.ADMINISTRATOR)
    log: ui.html | None = None
    with ui.element("section").classes("sys"):
        state = ui.html(await state_card(services, view, inside=inside), sanitize=False)
        state.classes("card")
        links = ui.html(links_card(services, view), sanitize=False).classes("card wide links")
        if inside:
            log = ui.html(log_card(services, view), sanitize=False).classes("card wide")
        ui.html(_versions(view), sanitize=False).classes("card")
        if inside:
            ui.html(settings_card(services.config, view), sanitize=False).classes("card wide")

    async def again() -> None:
        state.set_content(await state_card(services, view, inside=inside))
        links.set_content(links_card(services, view))
        if log is not None:
            log.set_content(log_card(services, view))

    ui.timer(_PERIOD, again)


def _card(title: str, note: str, *inside: str) -> str:
    return tag("h2", text(title), tag("span", text(note))) + "".join(inside)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; the cells of `rows` are markup."""
    head = tag("tr", *(tag("th", text(each), scope="col") for each in heads)) if heads else ""
    body = "".join(tag("tr", *(tag("td", each) for each in row)) for row in rows)
    table = tag("table", tag("thead", head) if head else "", tag("tbody", body), class_="list")
    return tag("div", table, class_="scroll", tabindex="0")


async def state_card(services: WebServices, view: View, *, inside: bool) -> str:
    """Clock, store, disk, and the road to the historian; `inside`: where they are, too."""
    t, now = view.t, services.clock.now()
    rows = [(t("Clock"), f"{view.date(now)} {view.time(now)} {view.offset(now)}")]
    rows += _store(services, view, inside=inside)
    rows += await _road(services, view, inside=inside)
    return _card(t("State"), "", _table((), [(text(name), text(said)) for name, said in rows]))


def _store(services: WebServices, view: View, *, inside: bool) -> list[tuple[str, str]]:
    t, path = view.t, services.config.store.path
    rows = [(t("Store"), str(path))] if inside else []
    if services.store is None:
        rows.append((t("Monitor"), t("another process; this one follows what it stores")))
    else:
        health = services.store.health()
        rows += [
            (t("Monitor"), t("in this process")),
            (t("Writing"), _trouble(health.trouble, view, inside=inside)),
            (t("Rows stored since the start"), view.number(health.stored)),
            (t("Rows waiting for the disk"), view.number(health.queued)),
            (t("Rows lost"), view.number(health.lost)),
            (t("Size of the store"), f"{view.number(health.size / _MIB, 1)} MiB"),
        ]
    try:
        disk = shutil.disk_usage(path.parent)
    except OSError:
        return [*rows, (t("Free space of the disk"), t("not known"))]
    free = f"{view.number(disk.free / _MIB)} MiB ({view.number(100 * disk.free / disk.total)} %)"
    return [*rows, (t("Free space of the disk"), free)]


def _trouble(said: str | None, view: View, *, inside: bool) -> str:
    """What keeps the store from writing; its sentence may name files."""
    if not said:
        return view.t("all well")
    return said if inside else view.t("in trouble; ask an administrator")


async def _road(services: WebServices, view: View, *, inside: bool) -> list[tuple[str, str]]:
    t, historian = view.t, services.config.historian
    if services.backlog is None:
        return [(t("Historian"), t("none; the store keeps everything"))]
    where = (
        f"{historian.host}:{historian.port}/{historian.database}" if inside else t("there is one")
    )
    try:
        backlog = await asyncio.to_thread(services.backlog)
    except CeladorError as error:
        trouble = str(error) if inside else t("not known")
        return [(t("Historian"), where), (t("Rows waiting for the historian"), trouble)]
    waiting = view.number(backlog.rows)
    if backlog.oldest is not None:
        oldest = age(view, backlog.oldest, services.clock.now())
        waiting += " · " + t("the oldest is {age} old", age=oldest)
    return [
        (t("Historian"), where),
        (t("Rows waiting for the historian"), waiting),
        (t("Rows set aside"), view.number(backlog.set_aside)),
    ]


def links_card(services: WebServices, view: View) -> str:
    """Every recloser's link, and what its poller counts where that is in this process."""
    t, now = view.t, services.clock.now()
    counts = services.counts() if services.counts is not None else {}
    heads = [t("Recloser"), t("Link"), t("Since"), t("Newest sample")]
    if counts:
        heads += [t("Reads"), t("Skipped"), t("Repeated"), t("Failed"), t("Lateness, 99 % at most")]
    rows = [
        _link_row(known, counts.get(number), view, now)
        for number, known in sorted(services.live.devices.items(), key=link_urgency)
    ]
    note = "" if counts else t("the monitor is another process: it counts its reads itself")
    return _card(t("Links"), note, _table(heads, rows))


def link_urgency(device: tuple[int, DeviceLive]) -> tuple[int, tuple[tuple[str, int], ...]]:
    """Lost links first, then those of which nobody knows; within each by name."""
    known = device[1]
    return (False, None, True).index(known.link), natural_key(known.device.name)


def _link_row(known: DeviceLive, counts: PollCounts | None, view: View, now: int) -> list[str]:
    t = view.t
    css, word = {True: ("", t("up")), False: (" lost", t("down")), None: (" none", t("not known"))}[
        known.link
    ]
    sample = known.sample
    row = [
        tag("b", text(known.device.name)) + tag("small", text(f" {known.device.id}")),
        tag("span", tag("i", class_=f"dot{css}") + text(word)),
        _figure("—" if known.link_since is None else view.when(known.link_since)),
        _figure(age(view, sample.at if sample else None, now)),
    ]
    if counts is None:
        return row
    numbers = (counts.cycles, counts.skipped, counts.retries, counts.failures)
    return [*row, *(_figure(view.number(each)) for each in numbers), _figure(_late(counts, view))]


def _late(counts: PollCounts, view: View) -> str:
    late = counts.late_within(0.99)
    if late is None:
        return "—"
    if late == math.inf:
        return f"> {view.number(LATENESS_BOUNDS[-1], 1)} s"
    return f"{view.number(late * 1000)} ms"


def _figure(said: str) -> str:
    return tag("span", text(said), class_="num")


def log_card(services: WebServices, view: View) -> str:
    """The latest lines of this process's log."""
    t, lines = view.t, services.log.lines()
    rows = [
        [
            _figure(view.when(line.at)),
            tag("span", text(line.level), class_=f"level {_LEVELS.get(line.level, '')}".strip()),
            text(line.text),
        ]
        for line in lines[:100]
    ]
    inside = _table((), rows) if rows else tag("p", text(t("Nothing yet.")), class_="muted")
    return _card(
        t("Log"), t("this process, newest first"), tag("div", inside, class_="tail", lang="en")
    )


def _versions(view: View) -> str:
    rows = [(text(name), _figure(version(name))) for name in _PACKAGES]
    rows.append(("Python", _figure(platform.python_version())))
    rows.append((text(view.t("System")), _figure(f"{platform.system()} {platform.machine()}")))
    return _card(view.t("Versions"), "", _table((), rows))


def settings_card(config: Config, view: View) -> str:
    """Every setting, with its secrets masked."""
    rows = [
        (tag("code", text(name)), _figure(shown(value)))
        for name, value in setting_values(config).items()
    ]
    note = view.t("secrets are masked")
    table = _table((view.t("Setting"), view.t("Value")), rows)
    summary = tag("summary", text(view.t("Settings")), tag("span", text(note)))
    return tag("details", summary, table, class_="fold")


def shown(value: object) -> str:
    """A setting as it may be shown: a secret never is, whoever looks."""
    if isinstance(value, SecretStr):
        return MASK
    if isinstance(value, tuple | list):
        return ", ".join(shown(each) for each in value) or "—"
    if isinstance(value, bool):
        return str(value).lower()
    return "—" if value is None else str(value)


PAGE = Page(
    "/sistema",
    "System",
    '<path d="M3 4h18v7H3zM3 13h18v7H3z"/><path d="M7 7.5h.01M7 16.5h.01M12 7.5h6M12 16.5h6"/>',
    build,
    minor=True,
)
