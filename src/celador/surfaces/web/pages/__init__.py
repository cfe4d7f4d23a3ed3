"""The pages of the room, in the order of the navigation."""

from __future__ import annotations

from celador.surfaces.web.page import Page
from celador.surfaces.web.pages import alarms, fleet, recloser, simulator, system, trends

PAGES: tuple[Page, ...] = (
    fleet.PAGE,
    recloser.PAGE,
    trends.PAGE,
    alarms.PAGE,
    system.PAGE,
    simulator.PAGE,
)
