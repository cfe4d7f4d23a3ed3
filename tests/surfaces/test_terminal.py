"""What the live screen says, and what it must not say."""

from __future__ import annotations

from datetime import UTC
from io import StringIO

import pytest
from rich.console import Console, RenderableType

from celador.domain.device import Device
from celador.domain.event import Event, EventKind, Origin
from celador.domain.sample import Quality, Sample, SwitchState
from celador.ports import StoreHealth
from celador.surfaces.live import Live
from celador.surfaces.terminal import line, number, screen, spark

NOON = 1_784_376_000_000_000  # 2026-07-18 12:00:00 UTC
SECOND = 1_000_000
WELL = StoreHealth(queued=0, stored=12, lost=0, trouble=None, size=500_000)


def fleet(count: int = 1) -> Live:
    devices = [
        Device(n, f"norte-{n}", "campus", "noja-rc10", 13_200.0) for n in range(1, count + 1)
    ]
    return Live(devices)


def sample(
    device: int = 1, at: int = NOON, state: SwitchState | None = SwitchState.CLOSED
) -> Sample:
    values = {"ia": 71.0, "vab": 13_214.0, "p_act": 1522.0, "fp": 0.93, "frec": None}
    return Sample(device, at, values, state, Quality.GOOD)


def link(new: str, at: int = NOON) -> Event:
    return Event(
        1, at, None, EventKind.LINK, "enlace", None, new, f"Enlace {new}", "", Origin.SYSTEM
    )


def text(shown: RenderableType, width: int = 80) -> str:
    console = Console(file=StringIO(), width=width, record=True)
    console.print(shown)
    return console.export_text()


def shown(live: Live, now: int, health: StoreHealth = WELL, height: int = 24) -> str:
    return text(screen(live, health, now, UTC, footer="demo.db", height=height))


def test_a_recloser_shows_its_state_and_spanish_figures() -> None:
    live = fleet()
    live.committed([link("arriba"), sample()])
    told = shown(live, NOON + SECOND)
    assert "■ CERRADO" in told
    assert "13.214" in told
    assert "1.522 kW" in told
    assert "hace 1,0 s" in told


def test_what_is_not_known_is_a_dash_and_never_zero() -> None:
    live = fleet()
    live.committed([sample()])
    told = shown(live, NOON)
    assert "f — Hz" in told
    assert number(None, 0) == "—"


@pytest.mark.parametrize("count", [1, 2])
def test_a_lost_link_is_not_shown_as_the_present(count: int) -> None:
    live = fleet(count)
    live.committed([link("arriba"), sample(), link("abajo", NOON + SECOND)])
    told = shown(live, NOON + 20 * SECOND)
    assert "■ CERRADO" not in told
    assert "? SIN DATO (era" in told
    assert "sin enlace" in told


def test_old_data_are_not_shown_as_the_present_though_the_link_is_up() -> None:
    live = fleet()
    live.committed([link("arriba"), sample()])
    told = shown(live, NOON + 15 * SECOND)
    assert "SIN DATO (era CERRADO hace 15 s)" in told


def test_a_line_for_pipes_has_no_figures_of_a_lost_link() -> None:
    live = fleet()
    live.committed([sample()])
    assert "Ia 71 A" in line(live.devices[1], NOON).plain
    live.committed([link("abajo")])
    told = line(live.devices[1], NOON + 3 * SECOND).plain
    assert "Ia" not in told
    assert "sin enlace, hace 3,0 s" in told


def test_a_store_that_cannot_store_is_said_first_and_fits_a_small_terminal() -> None:
    live = fleet()
    live.committed([link("arriba"), sample(), *(link("arriba") for _ in range(40))])
    full = StoreHealth(1200, 12, 3, "the disk is full: free some space", 500_000)
    lines = shown(live, NOON, full).splitlines()
    assert "SIN GUARDAR EN DISCO: 1200 filas en espera, 3 perdidas" in lines[1]
    assert len(lines) <= 26


@pytest.mark.parametrize("height", [24, 30, 50])
def test_the_screen_fits_its_terminal(height: int) -> None:
    live = fleet()
    live.committed([link("arriba"), sample(), *(link("arriba") for _ in range(50))])
    assert len(shown(live, NOON, height=height).splitlines()) <= height


def test_a_change_lies_before_the_poll_that_saw_it() -> None:
    live = fleet()
    change = Event(
        1,
        NOON,
        NOON - SECOND,
        EventKind.POINT,
        "open",
        "0",
        "1",
        "Abierto: 0 → 1",
        "",
        Origin.DEVICE,
    )
    live.committed([sample(), change])
    assert "-1,0 s  Abierto" in shown(live, NOON)


def test_a_trend_shows_a_hole_as_a_hole() -> None:
    assert spark([0.0, None, 10.0]) == "▁ █"
    assert spark([None, None]) == ""


def test_a_fleet_shows_the_ones_in_trouble_first() -> None:
    live = fleet(3)
    live.committed([sample(1), sample(2), sample(3)])
    live.committed(
        [Event(3, NOON, None, EventKind.LINK, "enlace", None, "abajo", "", "", Origin.SYSTEM)]
    )
    told = shown(live, NOON)
    assert told.index("norte-3") < told.index("norte-1")
