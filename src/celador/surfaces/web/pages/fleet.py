"""The fleet: one row per recloser."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from nicegui import ui

from celador.domain.sample import SwitchState
from celador.surfaces.web.format import age, quantity
from celador.surfaces.web.layout import live
from celador.surfaces.web.page import Page, PageContext
from celador.surfaces.web.stream import Cell, Moment

_WORDS = {
    SwitchState.CLOSED: ("CLOSED", "closed"),
    SwitchState.OPEN: ("OPEN", "open"),
    SwitchState.LOCKED_OUT: ("LOCKED OUT", "open"),
    SwitchState.RECLOSING: ("RECLOSING", "open"),
}


def fleet_topic(moment: Moment) -> Mapping[str, Cell]:
    """State, current, voltage and age of every recloser."""
    cells: dict[str, Cell] = {}
    view = moment.view
    for number, known in moment.live.devices.items():
        sample = known.sample
        state = sample.state if sample is not None and known.link else None
        word, css = ("?", "unknown") if state is None else _WORDS[state]
        values = sample.values if sample is not None else {}
        cells[f"{number}.state"] = Cell(view.t(word), f"state {css}")
        cells[f"{number}.ia"] = Cell(html=quantity(view, values.get("ia"), "A"))
        cells[f"{number}.va"] = Cell(html=quantity(view, values.get("va"), "V"))
        cells[f"{number}.age"] = Cell(age(view, sample.at if sample else None, moment.now))
    return cells


async def build(context: PageContext) -> None:
    """The table as it is now; the stream keeps it so."""
    services, t = context.services, context.viewer.t
    now = services.clock.now()
    cells = fleet_topic(Moment(services.live, context.viewer.view, now))
    heads = ("Recloser", "State", "Current", "Voltage", "Age of the data")
    head = "".join(f"<th>{escape(t(each))}</th>" for each in heads)
    rows = "".join(
        f"<tr><td>{escape(known.device.name)}</td><td>{live(f'{number}.state', cells)}</td>"
        + "".join(
            f'<td class="num">{live(f"{number}.{key}", cells)}</td>' for key in ("ia", "va", "age")
        )
        + "</tr>"
        for number, known in services.live.devices.items()
    )
    ui.html(
        f'<div class="scroll"><table class="list" data-topic="flota">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>",
        sanitize=False,
    ).classes("card")


PAGE = Page(
    "/",
    "Fleet",
    '<path d="M3 4h7v7H3zM14 4h7v7h-7zM3 14h7v7H3zM14 14h7v7h-7z"/>',
    build,
    topics={"flota": fleet_topic},
)
