"""`celador alarms` and what people do about them, run as people run them."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from celador.domain.alarm import Alarm, AlarmState, Priority
from celador.domain.device import Device
from celador.domain.request import Request, RequestKind
from celador.stores.sqlite import SqliteRequestBox
from celador.stores.sqlite.store import SqliteStore
from tests.cli.conftest import Run
from tests.support.clock import MIDNIGHT, TurnedClock

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

    async def fill() -> None:
        devices = [
            Device(n, name, "", "noja-rc10", 13_200.0) for n, name in ((1, "norte"), (2, "sur"))
        ]
        store = await SqliteStore.open(path, devices=devices, collector="a", clock=TurnedClock())
        over = replace(
            alarm(3, "RTC", Priority.MEDIUM, AlarmState.NORMAL),
            ended=MIDNIGHT + 4 * SECOND,
            closed=MIDNIGHT + 4 * SECOND,
        )
        store.add([LOCAL, LOCKOUT, VOLTAGE, over])
        await store.close()

    asyncio.run(fill())
    return path


def left(history: Path) -> list[Request]:
    return [each.request for each in SqliteRequestBox.beside(history).waiting()]


def listed(celador: Run, history: Path, *arguments: str) -> list[str]:
    done = celador("alarms", "--store", str(history), *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return [each["codigo"] for each in json.loads(done.stdout)["alarms"]]


def test_open_alarms_are_listed_the_most_urgent_first(celador: Run, history: Path) -> None:
    table = celador("alarms", "--store", str(history), "--timezone", "UTC").stdout.splitlines()
    assert [line.split()[0] for line in table[1:4]] == ["1", "2", "3"]
    for word in ("2026-07-18 00:00:10", "norte", "UNACK", "LOCKOUT_FALLA en 1"):
        assert word in table[1]
    assert listed(celador, history)[0] == "LOCKOUT_FALLA"
    assert "RTC" not in listed(celador, history)


def test_filters_and_history_choose(celador: Run, history: Path) -> None:
    assert listed(celador, history, "--priority", "1") == ["LOCKOUT_FALLA"]
    assert listed(celador, history, "--state", "ACK") == ["LOCAL"]
    assert listed(celador, history, "--code", "TENSION_ALTA") == ["TENSION_ALTA"]
    assert listed(celador, history, "--device", "sur") == ["TENSION_ALTA"]
    window = ("--from", "2026-07-18T00:00Z", "--to", "2026-07-18T00:00:06Z")
    assert sorted(listed(celador, history, *window)) == ["LOCAL", "RTC"]


def test_csv_has_the_columns_of_the_table(celador: Run, history: Path) -> None:
    text = celador("alarms", "--store", str(history), "--csv").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert (rows[0]["codigo"], rows[0]["prioridad"], rows[0]["fin"]) == ("LOCKOUT_FALLA", "1", "")


def test_an_acknowledgement_says_who_and_of_which_alarm(celador: Run, history: Path) -> None:
    done = celador("alarms", "ack", "1", "--by", "ana", "--store", str(history))
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
    done = celador("alarms", command, "1", *more, "--by", "ana", "--store", str(history))
    assert done.returncode == 0, done.stderr
    (request,) = left(history)
    assert (request.kind, request.key) == (kind, LOCKOUT.key)
    assert request.reason == (more[1] if more else None)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("ack", "99"), "no open alarm has the clave 99"),
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
