"""What an alarm says of its operation, while that runs and after it."""

from __future__ import annotations

from tests.alarms.timelines import Bench, parse

TRIP = "10 -10075 10035 10036 10039 10004 10005 30075+1 30083=1840\n"
SAID = "Apertura por protección, espera recierre: OC3+ A 1.840 A, 1 disparo"


def said(text: str) -> str:
    """The sentence of APERTURA_PROT as it stands on the disk at the end."""
    bench = Bench(parse(text))
    bench.run()
    (alarm,) = [each for each in bench.disk.values() if each.code == "APERTURA_PROT"]
    return alarm.text_es


def test_an_alarm_of_an_operation_that_runs_does_not_say_that_it_runs() -> None:
    """ "Bloqueo por falla: OC A, 2 disparos, en curso" would say two things at once."""
    assert said(f"until 20\n{TRIP}") == SAID


def test_it_says_how_the_operation_ended_once_it_has() -> None:
    reclosed = "20 10075 -10035 -10036 -10039 -10004 -10005 10076 10077 30072+1\n"
    assert said(f"until 60\n{TRIP}{reclosed}") == f"{SAID}, RECIERRE EXITOSO"
