"""The sequence of events: who says so, and how much of it anybody saw."""

from __future__ import annotations

import re

import pytest

from celador.domain.event import Event, EventKind, Origin
from celador.ports import FoundEvent
from celador.surfaces.web.parts.soe import soe_table
from celador.surfaces.web.viewer import View
from tests.support.clock import MIDNIGHT


@pytest.mark.parametrize(
    ("origin", "es", "en"),
    [
        (Origin.DEVICE, "equipo, observado", "device, observed"),
        (Origin.ESTIMATED, "estimado, reconstruido", "estimated, reconstructed"),
    ],
)
def test_what_only_the_counters_tell_is_no_observation(origin: Origin, es: str, en: str) -> None:
    event = Event(
        *(1, MIDNIGHT, MIDNIGHT - 5_000_000, EventKind.DERIVED, "disparos", "4", "6"),
        *("Dos disparos que nadie vio", "Two trips that nobody saw", origin),
    )
    for view, said in ((View("es", "UTC"), es), (View("en", "UTC"), en)):
        table = soe_table(view, [FoundEvent(1, event)], {1: "R-001"}, [])
        assert re.findall(r'<td class="muted">([^<]*)', table) == [said]
