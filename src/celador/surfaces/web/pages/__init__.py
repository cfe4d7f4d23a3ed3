"""The pages of the room, in the order of the navigation."""

from __future__ import annotations

from celador.surfaces.web.page import Page
from celador.surfaces.web.pages import (
    alarms,
    events,
    export,
    fleet,
    operations,
    quality,
    recloser,
    reliability,
    simulator,
    system,
    trends,
)

PAGES: tuple[Page, ...] = (
    fleet.PAGE,
    recloser.PAGE,
    alarms.PAGE,
    trends.PAGE,
    events.PAGE,
    operations.PAGE,
    operations.DETAIL,
    quality.PAGE,
    reliability.PAGE,
    export.PAGE,
    system.PAGE,
    simulator.PAGE,
)
