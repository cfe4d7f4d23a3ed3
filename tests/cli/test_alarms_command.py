"""`celador alarms` and what people do about them, run as people run them."""

from __future__ import annotations

import csv
import io
import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from celador.domain.alarm import Alarm, AlarmState, Priority, Signature
from celador.domain.device import Device
from celador.domain.request import Request, RequestKind
from celador.stores.sqlite import SqliteRequestBox
from tests.cli.conftest import Run, in_terminal
from tests.support.clock import MIDNIGHT
from tests.support.edge_store import write_store

SECOND = 1_000_000
HOUR = 3600 * SECOND


def alarm(key: int, code: str, priority: Priority, state: AlarmState, device: int = 1) -> Alarm:
    began = MIDNIGHT + key * SECOND
    return Alarm(device, key, code, priority, state, began, f"{code} en {device}", f"{code} at")


LOCKOUT = alarm(10, "LOCKOUT_FALLA", Priority.CRITICAL, AlarmState.UNACK)
LOCAL = alarm(5, "LOCAL", Priority.MEDIUM, AlarmState.ACK)
VOLTAGE = alarm(7, "TENSION_ALTA", Priority.MEDIUM, AlarmState.UNACK, device=2)


@pytest.fixture
def history(tmp_path: Path) -> Path:
    path = tmp_path / "celador.db"
    devices = [Device(n, name, "", "noja-rc10", 13_200.0) for n, name in ((1, "norte"), (2, "sur"))]
    over = replace(
        alarm(3, "RTC", Priority.MEDIUM, AlarmState.NORMAL),
        ended=MIDNIGHT + 4 * SECOND,
        closed=MIDNIGHT + 4 * SECOND,
    )
    write_store(path, devices, [LOCAL, LOCKOUT, VOLTAGE, over])
    return path


def test_the_head_of_a_csv_is_the_same_with_and_without_rows(celador: Run, history: Path) -> None:
    rows = celador("alarms", "--store", str(history), "--csv").stdout.splitlines()
    none = celador("alarms", "--store", str(history), "--csv", "--code", "AC_OFF")
    assert len(rows) == 4
    assert none.stdout.splitlines() == rows[:1]
    assert none.stderr.startswith("no alarms found")


def write(history: Path, *alarms: Alarm) -> None:
    write_store(history, [], alarms)


def left(history: Path) -> list[Request]:
    return [each.request for each in SqliteRequestBox.beside(history).waiting()]


def listed(celador: Run, history: Path, *arguments: str) -> list[str]:
    done = celador("alarms", "--store", str(history), *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return [each["codigo"] for each in json.loads(done.stdout)["alarms"]]


def test_open_alarms_are_listed_the_most_urgent_first(celador: Run, history: Path) -> None:
    table = celador("alarms", "--store", str(history), "--timezone", "UTC").stdout.splitlines()
    assert [line.split()[0] for line in table[1:4]] == ["10", "5", "7"]
    for word in ("2026-07-18 00:00:10", "norte", "UNACK", "LOCKOUT_FALLA en 1"):
        assert word in table[1]
    assert listed(celador, history)[0] == "LOCKOUT_FALLA"
    assert "RTC" not in listed(celador, history)


def test_a_narrow_terminal_has_the_sentence_under_its_row(history: Path) -> None:
    sentence = "Bloqueo por falla: OC3+ A,B 1.657 A, 3 disparos, BLOQUEO, según los contadores"
    long = replace(LOCKOUT, text_es=sentence)
    write(history, long)
    asked = ("alarms", "--store", str(history), "--timezone", "UTC", "--priority", "1")
    assert in_terminal(80, *asked).splitlines() == [
        "#   comienzo                   reconectador  prioridad  estado",
        "10  2026-07-18 00:00:10+00:00  norte         1          UNACK",
        "    Bloqueo por falla: OC3+ A,B 1.657 A, 3 disparos, BLOQUEO, según los         ",
        "    contadores                                                                  ",
    ]
    wide = in_terminal(150, *asked).splitlines()
    assert len(wide) == 2
    assert sentence in wide[1]


def test_the_list_says_what_has_become_of_an_alarm(celador: Run, history: Path) -> None:
    state, ana = AlarmState.SHELVED, Signature(MIDNIGHT + 20 * SECOND, "ana")
    until = MIDNIGHT + HOUR
    shelved = replace(LOCAL, state=state, shelved=ana, shelved_until=until, reason="OT 4711")
    gone = replace(VOLTAGE, ended=MIDNIGHT + 50 * SECOND, repeats=2, came_back=MIDNIGHT + HOUR)
    write(history, shelved, gone, replace(LOCKOUT, state=AlarmState.ACK, acknowledged=ana))
    said = celador("alarms", "--store", str(history), "--timezone", "UTC").stdout
    assert "LOCKOUT_FALLA en 1; reconocida por ana" in said
    assert "LOCAL en 1; apartada por ana hasta 2026-07-18 01:00:00+00:00; «OT 4711»" in said
    assert (
        "en 2; volvió 2 veces, la última 2026-07-18 01:00:00+00:00; cesó 2026-07-18 00:00:50"
        in said
    )


def test_the_number_of_an_alarm_stays_its_own_when_others_are_raised(
    celador: Run, history: Path
) -> None:
    old = replace(LOCAL, key=1_795_753_528_001_538, code="AC_OFF")
    write(history, old)
    assert "\n538 " in celador("alarms", "--store", str(history)).stdout
    urgent = replace(old, device_id=2, key=1_795_753_528_001_777, priority=Priority.CRITICAL)
    write(history, urgent)
    assert celador("alarms", "ack", "538", "--store", str(history)).returncode == 0
    assert [(each.device_id, each.key) for each in left(history)] == [(1, old.key)]
    write(history, replace(urgent, key=1_795_753_528_002_538, code="LOCKOUT_FALLA"))
    refused = celador("alarms", "ack", "538", "--store", str(history))
    assert (refused.returncode, len(left(history))) == (2, 1)
    listed = celador("alarms", "--store", str(history)).stdout
    assert {line.split()[0] for line in listed.splitlines()} >= {"1538", "2538", "777"}


def test_filters_and_history_choose(celador: Run, history: Path) -> None:
    assert listed(celador, history, "--priority", "1") == ["LOCKOUT_FALLA"]
    assert listed(celador, history, "--state", "ack") == ["LOCAL"]
    assert listed(celador, history, "--code", "tension_alta") == ["TENSION_ALTA"]
    assert listed(celador, history, "--device", "sur") == ["TENSION_ALTA"]
    window = ("--from", "2026-07-18T00:00Z", "--to", "2026-07-18T00:00:06Z")
    assert sorted(listed(celador, history, *window)) == ["LOCAL", "RTC"]


def test_csv_has_the_columns_of_the_table(celador: Run, history: Path) -> None:
    text = celador("alarms", "--store", str(history), "--csv").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert (rows[0]["codigo"], rows[0]["prioridad"], rows[0]["fin"]) == ("LOCKOUT_FALLA", "1", "")


def test_an_acknowledgement_says_who_and_of_which_alarm(celador: Run, history: Path) -> None:
    done = celador("alarms", "ack", "10", "--by", "ana", "--store", str(history))
    assert done.returncode == 0
    assert "once it runs again" in done.stdout
    (request,) = left(history)
    assert (request.kind, request.by) == (RequestKind.ACKNOWLEDGE, "ana")
    assert (request.device_id, request.key) == (1, LOCKOUT.key)


def test_all_acknowledges_what_nobody_has_seen_and_no_more(celador: Run, history: Path) -> None:
    assert celador("alarms", "ack", "--all", "--by", "ana", "--store", str(history)).returncode == 0
    assert {(each.device_id, each.key) for each in left(history)} == {(1, 10), (2, 7)}


def test_a_shelf_has_a_reason_and_an_end(celador: Run, history: Path) -> None:
    words = ("--hours", "4", "--reason", "cuadrilla en camino", "--by", "ana")
    before = time.time_ns() // 1000
    done = celador("alarms", "shelve", str(VOLTAGE.key), *words, "--store", str(history))
    assert done.returncode == 0
    (request,) = left(history)
    assert (request.kind, request.device_id, request.key) == (RequestKind.SHELVE, 2, VOLTAGE.key)
    assert request.reason == "cuadrilla en camino"
    assert request.until is not None
    assert before + 4 * HOUR <= request.until <= time.time_ns() // 1000 + 4 * HOUR


@pytest.mark.parametrize(
    ("command", "kind", "more"),
    [
        ("unshelve", RequestKind.UNSHELVE, ()),
        ("out-of-service", RequestKind.OUT_OF_SERVICE, ("--reason", "OT 4711")),
        ("in-service", RequestKind.IN_SERVICE, ()),
        ("reset", RequestKind.RESET, ()),
    ],
)
def test_each_deed_is_asked_by_its_name(
    celador: Run, history: Path, command: str, kind: RequestKind, more: tuple[str, ...]
) -> None:
    done = celador("alarms", command, "10", *more, "--by", "ana", "--store", str(history))
    assert done.returncode == 0, done.stderr
    (request,) = left(history)
    assert (request.kind, request.key) == (kind, LOCKOUT.key)
    assert request.reason == (more[1] if more else None)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("ack", "99"), "no open alarm has the number 99"),
        (("ack",), "give the alarm or --all"),
        (("ack", "1", "--all"), "give the alarm or --all"),
        (("shelve", "1"), "--reason"),
        (("shelve", "1", "--reason", "x", "--hours", "13"), "less than or equal to 12"),
    ],
)
def test_what_cannot_be_asked_leaves_nothing(
    celador: Run, history: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    done = celador("alarms", *arguments, "--store", str(history))
    assert done.returncode == 2
    assert sentence in done.stderr
    assert not left(history)


def test_words_that_are_not_known_are_said(celador: Run, history: Path) -> None:
    for option, word in (("--state", "SEEN"), ("--code", "TENSION")):
        done = celador("alarms", option, word, "--store", str(history))
        assert done.returncode == 2
        assert word in done.stderr


def test_the_catalogue_as_it_holds_for_one_recloser(celador: Run, tmp_path: Path) -> None:
    (tmp_path / "celador.toml").write_text(
        '[[devices]]\nid = 1\nname = "norte"\nhost = "10.0.0.1"\n[devices.alarms.catalogue]\n'
        "TENSION_ALTA = { limit = 6.5, on_delay_s = 90 }\nLOCAL = { disabled = true }\n",
        encoding="utf-8",
    )

    def table(*more: str) -> dict[str, str]:
        told = celador("alarms", "catalogue", *more).stdout.splitlines()
        return {line.split()[0]: " ".join(line.split()) for line in told}

    spanish, english = table("--device", "norte"), table("--device", "norte", "--english")
    assert spanish["alarma"].endswith("retención qué es, y qué hacer")
    assert english["alarm"].endswith("latch what, and what to do")
    assert spanish["TENSION_ALTA"].startswith("TENSION_ALTA 3 6,5 % 90 60 no Tensión alta.")
    assert english["TENSION_ALTA"].startswith("TENSION_ALTA 3 6.5 % 90 60 no High voltage.")
    assert table()["TENSION_ALTA"].startswith("TENSION_ALTA 3 8 % 60 60 no Tensión alta.")
    assert "reconocer Bloqueo por falla" in spanish["LOCKOUT_FALLA"]
    assert "ack Fault lockout" in english["LOCKOUT_FALLA"]
    assert "[desactivada] Control local" in spanish["LOCAL"]
    assert "[disabled] Local control" in english["LOCAL"]
