"""The frame of every page: navigation, title, clock, the worst alarm, how it wants to be seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from typing import Literal

from nicegui import ui

from celador.domain.alarm import Alarm, AlarmState, Priority
from celador.domain.writing import Language
from celador.surfaces.web.assets import module, script, stylesheet
from celador.surfaces.web.page import Page, PageContext
from celador.surfaces.web.stream import Cell, Moment
from celador.surfaces.web.viewer import PALETTES, THEMES, View, Viewer

FRAME = "marco"
"""The topic of what the frame shows."""

HEAD = (
    stylesheet("celador.css") + stylesheet("equipos.css") + script("vista.js") + module("vivo.js")
)
"""What every page loads."""

# As NiceGUI and Quasar name them; the 24 h English, so that their calendars agree with ours.
LANG: Mapping[Language, Literal["es", "en-GB"]] = {"es": "es", "en": "en-GB"}

NAV = {"class_": "nav"}
MAIN = {"class_": "main", "id": "contenido", "tabindex": "-1"}
DEAD = {"class_": "dead"}
"""What the elements of the frame are like, whoever makes them: NiceGUI, or `plain`."""

_ZONES = (
    "America/Argentina/Buenos_Aires",
    "America/Montevideo",
    "America/Santiago",
    "America/Asuncion",
    "America/La_Paz",
    "America/Lima",
    "America/Bogota",
    "America/Mexico_City",
    "Europe/Madrid",
    "UTC",
)
_UNSEEN = (AlarmState.UNACK, AlarmState.RETURNED_UNACK, AlarmState.LATCHED_UNACK)
_VIEW_ICON = (
    '<path d="M4 6h16M4 12h16M4 18h16"/>'
    '<circle cx="9" cy="6" r="2"/><circle cx="15" cy="12" r="2"/><circle cx="7" cy="18" r="2"/>'
)
_EMPTY = Cell()
_LANGUAGE_NAMES = {"es": "Español", "en": "English"}  # each in itself: nobody reads the other
_THEME_NAMES = {"system": "As the system", "light": "Light", "dark": "Dark"}
_PALETTE_NAMES = {
    "utilitaria": "Utility: closed red, open green",
    "iec": "IEC safety: closed green, open red",
    "gris": "Grey (ISA-101)",
}
PRIORITY_NAMES: Mapping[Priority, str] = {
    Priority.CRITICAL: "CRITICAL",
    Priority.HIGH: "HIGH",
    Priority.MEDIUM: "MEDIUM",
    Priority.LOG: "LOG",
}


def svg_icon(inside: str) -> str:
    """A 24 x 24 picture that says nothing to who cannot see it; the word beside it does."""
    return f'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{inside}</svg>'


@contextmanager
def frame(page: Page, pages: Sequence[Page], context: PageContext) -> Iterator[None]:
    """The frame around a page of NiceGUI's elements, which go inside.

    Args:
        page: the page that is open.
        pages: all that the navigation may name.
        context: of the page.
    """
    label = context.viewer.t("Sections")
    ui.html(navigation(page, pages, context), sanitize=False, tag="nav").classes(
        NAV["class_"]
    ).props(f'aria-label="{label}"')
    main = ui.element("main").classes(MAIN["class_"])
    with main.props(f'id={MAIN["id"]} tabindex="{MAIN["tabindex"]}"'):
        ui.html(dead(context), sanitize=False).classes(DEAD["class_"])
        ui.html(header(page, context), sanitize=False)
        yield


def navigation(page: Page, pages: Sequence[Page], context: PageContext) -> str:
    """The inside of the navigation.

    Args:
        page: the page that is open.
        pages: all that it may name.
        context: of the page.
    """
    viewer = context.viewer
    visible = [
        each
        for each in pages
        if each.in_menu and viewer.may(each.needs) and each.shown(context.services)
    ]
    links = []
    for each in visible:
        here = ' aria-current="page"' if each.path == page.path else ""
        badge = '<span class="badge" data-live="alarms"></span>' if each.path == "/alarmas" else ""
        minor = ' class="minor"' if each.minor else ""
        links.append(
            f'<a href="{each.path}"{here}{minor}>{svg_icon(each.icon)}'
            f"{escape(viewer.t(each.title))}{badge}</a>"
        )
    skip = f'<a class="skip" href="#contenido">{escape(viewer.t("Skip to the content"))}</a>'
    return f'{skip}<div class="inner"><b>CELADOR</b>{"".join(links)}</div>'


def dead(context: PageContext) -> str:
    """That what is seen is old, or that nothing can be read; stays in sight on a long page."""
    cells = frame_topic(_moment(context))
    lost = context.viewer.t("The connection with the server is lost: what you see is old, of")
    return (
        f'<div class="offline" role="alert">{escape(lost)} {live("clock", cells, "time")}</div>'
        f"{live('blind', cells, 'div', role='alert')}"
    )


def header(page: Page, context: PageContext) -> str:
    """What stands above every page: its heading, links and clock, the worst alarm."""
    viewer = context.viewer
    cells = frame_topic(_moment(context))
    return (
        f'<div data-topic="{FRAME}" class="top"><h1>{escape(page.headed(context))}</h1>'
        f'<div class="right">{live("links", cells, "span")}{live("clock", cells, "time")}'
        f"{_view_menu(viewer)}</div></div>"
        f'<div aria-live="polite">{live("banner", cells, "div")}</div>'
    )


def _moment(context: PageContext) -> Moment:
    services = context.services
    return Moment(services.live, context.viewer.view, services.clock.now())


def live(
    key: str,
    cells: Mapping[str, Cell],
    tag: str = "span",
    css: str = "",
    *,
    inside: str | None = None,
    role: str | None = None,
) -> str:
    """An element that the live stream keeps up to date, as it is now.

    Args:
        key: of the cell.
        cells: the topic's cells now; without this one the element is empty.
        tag: the element.
        css: its classes where the cell says none.
        inside: what is in it where the cell says nothing of that.
        role: what it is to who does not see it, where the element alone does not say.
    """
    cell = cells.get(key, _EMPTY)
    if cell.html is not None:
        inside = cell.html
    elif cell.text is not None or inside is None:
        inside = escape(cell.text or "", quote=False)
    css = cell.css if cell.css is not None else css
    more = f' role="{role}"' if role else ""
    if css:
        more += f' class="{css}"'
    if cell.attributes:
        said = cell.attributes.items()
        more += "".join(f' {name}="{escape(value)}"' for name, value in said if value is not None)
    return f'<{tag} data-live="{key}"{more}>{inside}</{tag}>'


def _view_menu(viewer: Viewer) -> str:
    zones = dict.fromkeys((viewer.zone_name, *_ZONES))
    selects = (
        _select("language", viewer.t("Language"), _LANGUAGE_NAMES, viewer.language),
        _select("theme", viewer.t("Theme"), _names(viewer, THEMES, _THEME_NAMES), viewer.theme),
        _select(
            "palette",
            viewer.t("Palette of the switch"),
            _names(viewer, PALETTES, _PALETTE_NAMES),
            viewer.palette,
        ),
        _select("zone", viewer.t("Time zone"), {z: z for z in zones}, viewer.zone_name),
    )
    return (
        f'<details class="view"><summary>{svg_icon(_VIEW_ICON)}{escape(viewer.t("View"))}</summary>'
        f'<form data-vista="">{"".join(selects)}</form></details>'
    )


def _names(viewer: Viewer, keys: Sequence[str], names: Mapping[str, str]) -> dict[str, str]:
    return {key: viewer.t(names[key]) for key in keys}


def _select(name: str, label: str, options: Mapping[str, str], chosen: str) -> str:
    inside = "".join(
        f'<option value="{escape(key)}"{" selected" if key == chosen else ""}>'
        f"{escape(text)}</option>"
        for key, text in options.items()
    )
    return f'<label>{escape(label)}<select name="{name}">{inside}</select></label>'


def frame_topic(moment: Moment) -> Mapping[str, Cell]:
    """What the frame shows: clock, links, alarms, the worst of the unseen, our own trouble."""
    view, alarms = moment.view, moment.live.alarms()
    unseen = [alarm for alarm in alarms if alarm.state in _UNSEEN]
    clock = f"{view.date(moment.now)} {view.time(moment.now)} {view.offset(moment.now)}"
    return {
        "clock": Cell(clock),
        "links": Cell(html=_links(moment)),
        "blind": Cell(_blindness(moment), css="blind"),
        "alarms": Cell(str(len(unseen)) if unseen else ""),
        "banner": _banner(view, unseen[0], _name(moment, unseen[0]), len(unseen))
        if unseen
        else Cell(html="", css="banner"),
    }


def _links(moment: Moment) -> str:
    view, devices = moment.view, moment.live.devices.values()
    up = sum(1 for known in devices if known.link)
    css = "dot lost" if up < len(devices) else "dot"
    if not devices or moment.live.is_blind(moment.now):
        css = "dot none"  # nobody knows, and nothing must look well
    text = view.t("{up} of {all} links", up=up, all=len(devices))
    return f'<i class="{css}"></i>{escape(text)}'


def _blindness(moment: Moment) -> str:
    """That what is stored cannot be read; empty where it can."""
    live, view = moment.live, moment.view
    if not live.is_blind(moment.now):
        return ""
    if live.read_at is None:
        said = view.t("What is stored cannot be read: nothing is known of the reclosers.")
    else:
        since = view.when(live.read_at)
        said = view.t(
            "What is stored cannot be read since {since}: what you see is old.", since=since
        )
    return said if live.trouble is None else f"{said} {view.t('The reason is in the log.')}"


def _name(moment: Moment, alarm: Alarm) -> str:
    """Whose alarm it is; empty for one of all together."""
    known = moment.live.devices.get(alarm.device_id) if alarm.device_id is not None else None
    return "" if known is None else known.device.name


def _banner(view: View, alarm: Alarm, name: str, count: int) -> Cell:
    more = view.t("and {count} more", count=count - 1) if count > 1 else ""
    level = f"p{alarm.priority.value}"
    html = (
        f'<span class="shape {level} blink"></span>'
        f'<span class="tag">{escape(view.t(PRIORITY_NAMES[alarm.priority]))}</span>'
        f'<span class="what"><b>{escape(name)}</b> '
        f"{escape(view.pick(alarm.text_es, alarm.text_en))} "
        f'<span class="muted">{escape(more)}</span></span>'
        f'<a class="plain" href="/alarmas">{escape(view.t("Alarms"))}</a>'
    )
    return Cell(html=html, css=f"banner {level}")
