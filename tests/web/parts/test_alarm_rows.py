"""The history of alarms as rows."""

from __future__ import annotations

import pytest

from celador.domain.alarm import Alarm, AlarmState, Priority
from celador.surfaces.web.parts.alarm_view import history_rows
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
