"""The words of a notice, by hand."""

from __future__ import annotations

from dataclasses import replace

from celador.domain.alarm import AlarmState
from celador.domain.alarms.catalogue import catalogue
from celador.domain.notices.notice import notices_of_alarm
from celador.domain.notices.text import Account, DeviceState, Speech, render
from celador.domain.sample import SwitchState
from tests.notify.records import CORDOBA, TRIP, alarm, lockout

ES = """\
BLOQUEO por falla: OC3+ A,C 1.840 A, 2 disparos

Equipo: norte, Ruta 9 km 12
Cuándo: 18/07/2026 13:13:38,120 -03:00, o hasta 1 s antes
Operación: OC3+ A,C 1.840 A, 2 disparos, BLOQUEO
Carga previa: 132 A
Grupo de protección: 1
Qué hacer: Recorrer la línea, ver las corrientes de falla; cerrar por orden
Qué pasa si no: La línea queda sin servicio hasta que alguien la cierre
Estado del equipo: abierto y bloqueado, Ia 0 A, Uab 13.123 V, P 0 kW \
(18/07/2026 13:13:39,020 -03:00)
Para reconocerla: donde sea"""

EN_END = """\
What to do: Patrol the line, look at the fault currents; close by order
What follows if not: The line stays dead until somebody closes it
Last measured, before it: position unknown, Ia 0 A, Uab 13,123 V, P 0 kW (2026-07-18 13:13:37.120 \
-03:00)
To acknowledge it: anywhere"""


def account() -> Account:
    raised = alarm(operation=9)
    values = {"ia": 0.0, "ib": None, "vab": 13_123.4, "p_act": -0.0}
    return Account(
        notice=notices_of_alarm(raised, TRIP)[0],
        name="norte",
        place="Ruta 9 km 12",
        alarm=raised,
        operation=lockout(),
        state=DeviceState(TRIP + 900_000, SwitchState.LOCKED_OUT, values),
        uncertainty=1.0,
        catalogue=catalogue()["LOCKOUT_FALLA"],
        acknowledge=("donde sea", "anywhere"),
    )


def test_a_lockout_in_spanish() -> None:
    text = render(account(), Speech("es", CORDOBA))
    assert text.subject == (
        "[CRÍTICA] norte: BLOQUEO por falla: OC3+ A,C 1.840 A, 2 disparos (13:13:38)"
    )
    assert text.body == ES


def test_in_english_with_a_sample_that_is_older_and_knows_no_position() -> None:
    state = account().state
    assert state is not None
    older = replace(account(), state=replace(state, at=TRIP - 1_000_000, switch=None))
    text = render(older, Speech("en", CORDOBA))
    assert text.subject.startswith("[CRITICAL] norte: LOCKOUT after a fault: OC3+ A,C 1,840 A")
    assert text.body.endswith(EN_END)


def test_what_is_not_known_is_said_to_be_so() -> None:
    bare = replace(account(), state=None, uncertainty=None, operation=None, catalogue=None)
    body = render(bare, Speech("es", CORDOBA)).body
    assert "Visto: 18/07/2026 13:13:38,120 -03:00\n" in body
    assert "Estado del equipo: no se conoce" in body


def test_what_lasted_no_time_is_over_and_a_moment_has_no_end() -> None:
    gone = alarm(state=AlarmState.RETURNED_UNACK, ended=TRIP)
    said = {
        code: render(
            replace(account(), operation=None, alarm=gone, catalogue=catalogue()[code]),
            Speech("es", CORDOBA),
        )
        for code in ("LOCKOUT_FALLA", "RECIERRE_OK")
    }
    assert said["LOCKOUT_FALLA"].subject.endswith("(13:13:38, ya terminó 13:13:38)")
    assert "Terminó: 18/07/2026 13:13:38,120 -03:00\n" in said["LOCKOUT_FALLA"].body
    assert said["RECIERRE_OK"].subject.endswith("por falla (13:13:38)")
    assert "Terminó" not in said["RECIERRE_OK"].body


def test_a_life_that_was_closed_while_it_lasted_is_over() -> None:
    closed = alarm(state=AlarmState.NORMAL, closed=TRIP + 60_000_000)
    text = render(replace(account(), operation=None, alarm=closed), Speech("en", CORDOBA))
    assert text.subject == "[CRITICAL] norte: LOCKOUT after a fault (13:13:38, over since 13:14:38)"


def test_what_came_back_says_when_and_how_often_and_since_when_it_does() -> None:
    last = TRIP + 30_000_000
    again = alarm(repeats=2, came_back=last, at_start=True)
    (raised,) = notices_of_alarm(again, TRIP + 600_000_000)
    bare = replace(account(), notice=raised, operation=None, alarm=again)
    text = render(bare, Speech("es", CORDOBA))
    assert text.subject == "[CRÍTICA] norte: BLOQUEO por falla (13:14:08)"
    assert (
        "Cuándo: 18/07/2026 13:14:08,120 -03:00, o hasta 1 s antes\n"
        "Primera vez: 18/07/2026 13:13:38,120 -03:00; volvió 2 veces\n"
    ) in text.body


def test_the_end_of_what_was_there_at_the_start_does_not_say_so_of_the_end() -> None:
    gone = alarm(at_start=True, state=AlarmState.RETURNED_UNACK, ended=TRIP + 60_000_000)
    raised, returned = notices_of_alarm(gone, TRIP + 60_000_000)
    bare = replace(account(), operation=None, alarm=gone)
    said = [
        render(replace(bare, notice=each), Speech("es", CORDOBA)).body
        for each in (raised, returned)
    ]
    assert "Visto: 18/07/2026 13:13:38,120 -03:00; ya estaba así cuando comenzó" in said[0]
    assert "Cuándo: 18/07/2026 13:14:38,120 -03:00, o hasta 1 s antes\n" in said[1]


def test_of_what_came_back_before_that_was_written_down_nobody_says_when() -> None:
    again = alarm(state=AlarmState.RETURNED_UNACK, ended=TRIP + 60_000_000, repeats=1)
    raised = notices_of_alarm(again, TRIP + 600_000_000)[0]
    bare = replace(account(), notice=raised, operation=None, alarm=again)
    text = render(bare, Speech("en", CORDOBA))
    assert text.subject == (
        "[CRITICAL] norte: LOCKOUT after a fault (came back at a time not known, over since "
        "13:14:38)"
    )
    assert "It came back: nobody knows when, 2026-07-18 13:14:38.120 -03:00 at the latest" in (
        text.body
    )
