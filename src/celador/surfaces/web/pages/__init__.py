"""The pages of the room, in the order of the navigation."""

from __future__ import annotations

from celador.surfaces.web.page import Page
from celador.surfaces.web.pages import events, export, fleet, operations, quality, reliability, trends

PAGES: tuple[Page, ...] = (
    fleet.PAGE,
    trends.PAGE,
    events.PAGE,
    operations.PAGE,
    operations.DETAIL,
    quality.PAGE,
    reliability.PAGE,
    export.PAGE,
)
