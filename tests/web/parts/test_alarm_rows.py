"""The history of alarms as rows."""

from __future__ import annotations

import pytest

from celador.domain.alarm import Alarm, AlarmState, Priority
from celador.domain.device import Device
from celador.surfaces.live import DeviceLive, Live
from celador.surfaces.web.pages.alarm_past import Wanted
from celador.surfaces.web.pages.system import link_urgency
from celador.surfaces.web.parts.alarm_view import alarm_list, history_rows
from celador.surfaces.web.parts.operation_view import alarm_list as raised
from celador.surfaces.web.viewer import View
from tests.support.clock import MIDNIGHT


@pytest.mark.parametrize(
    ("lasting", "told"), [(0, "&lt; 1 s"), (400_000, "&lt; 1 s"), (2_500_000, "2,5 s")]
)
def test_a_life_shorter_than_a_poll_is_not_told_as_no_time(lasting: int, told: str) -> None:
    alarm = Alarm(
        *(1, 7, "RECIERRE_OK", Priority.MEDIUM, AlarmState.RETURNED_UNACK, MIDNIGHT, "a", "a"),
        ended=MIDNIGHT + lasting,
    )
    assert f">{told}<" in history_rows([alarm], {1: "norte"}, View("es", "UTC"))


@pytest.mark.parametrize(
    ("repeats", "came_back", "told"),
    [
        (1, MIDNIGHT + 30_000_000, "volvió una vez, 18/07 00:00:30 +00"),
        (3, MIDNIGHT + 30_000_000, "volvió 3 veces, la última 18/07 00:00:30 +00"),
        (3, None, "volvió 3 veces"),
    ],
)
def test_the_list_says_when_an_alarm_came_back(
    repeats: int, came_back: int | None, told: str
) -> None:
    alarm = Alarm(
        *(1, 7, "LOCAL", Priority.MEDIUM, AlarmState.UNACK, MIDNIGHT, "a", "a"),
        repeats=repeats,
        came_back=came_back,
    )
    assert f"{told}</div>" in alarm_list([alarm], Live([]), View("es", "UTC"), MIDNIGHT)


def test_an_operation_tells_the_priority_of_its_alarms_by_shape_and_word_on_paper_too() -> None:
    """A coloured box would not be printed; what is drawn is."""
    alarm = Alarm(
        *(1, 7, "LOCKOUT_FALLA", Priority.CRITICAL, AlarmState.UNACK, MIDNIGHT, "bloqueo", "a")
    )
    row = raised(View("es", "UTC"), [alarm])
    assert 'aria-label="crítica"' in row
    assert "<rect" in row
    assert "18/07 00:00:00 +00 bloqueo</li>" in row


@pytest.mark.parametrize(
    ("words", "fits"),
    [("tension FUENTE", True), ("tensión", True), ("supply", True), ("tensión batería", False)],
)
def test_past_alarms_are_found_without_their_accents(words: str, fits: bool) -> None:
    alarm = Alarm(
        *(1, 7, "SIN_FUENTE", Priority.MEDIUM, AlarmState.UNACK, MIDNIGHT),
        "Sin tensión del lado fuente",
        "No supply at the source",
    )
    assert Wanted({"texto": words}).fits(alarm) is fits


def test_the_hour_that_comes_twice_is_told_apart_by_its_distance_from_utc() -> None:
    """Chile went back from -03 to -04 on 5 April 2026 at 03:00 UTC."""
    view, change = View("es", "America/Santiago"), 1_775_358_000_000_000
    assert view.when(change - 1_800_000_000) == "04/04 23:30:00 \N{MINUS SIGN}03"
    assert view.when(change + 1_800_000_000) == "04/04 23:30:00 \N{MINUS SIGN}04"
    assert View("es", "Asia/Kolkata").when(change) == "05/04 08:30:00 +05:30"


def test_on_the_system_page_lost_links_stand_first() -> None:
    links = {"R-10": True, "R-2": True, "R-7": None, "R-30": False, "R-4": False}
    known = {
        number: DeviceLive(Device(number, name, "", "noja-rc10", 13_200.0), link=link)
        for number, (name, link) in enumerate(links.items())
    }
    shown = [each.device.name for _, each in sorted(known.items(), key=link_urgency)]
    assert shown == ["R-4", "R-30", "R-7", "R-2", "R-10"]
