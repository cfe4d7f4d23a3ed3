"""`celador outages` and `celador outages mark`, run as people run them."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC
from itertools import product
from pathlib import Path

import pytest

from celador.cli.outages import outage_line
from celador.cli.records import Choice
from celador.domain.device import Device
from celador.domain.operation import RecordQuality, Span
from celador.domain.outage import Outage, OutageOrigin
from celador.domain.reliability.marks import ForceMajeure, OutageMarks
from celador.domain.request import RequestKind
from celador.stores.sqlite import SqliteRequestBox
from tests.cli.conftest import Run, in_terminal
from tests.support.clock import MIDNIGHT
from tests.support.edge_store import write_store

SECOND = 1_000_000
WINDOW = ("--from", "2026-07-18T00:00Z", "--to", "2026-07-19T00:00Z", "--timezone", "UTC")
FAULT = Outage(
    device_id=1,
    key=MIDNIGHT + 10 * SECOND,
    start=Span(MIDNIGHT + 9 * SECOND, MIDNIGHT + 10 * SECOND),
    end=Span(MIDNIGHT + 209 * SECOND, MIDNIGHT + 210 * SECOND),
    origin=OutageOrigin.OWN_FAULT,
    quality=RecordQuality.OBSERVED,
    customers=400,
)
RUNNING = Outage(
    device_id=1,
    key=MIDNIGHT + 400 * SECOND,
    start=Span(None, MIDNIGHT + 400 * SECOND),
    origin=OutageOrigin.EXTERNAL,
    quality=RecordQuality.ESTIMATED,
)


@pytest.fixture
def history(tmp_path: Path) -> Path:
    path = tmp_path / "celador.db"
    devices = [Device(1, "norte", "", "noja-rc10", 13_200.0)]
    write_store(path, devices, [FAULT, RUNNING])
    return path


def test_the_list_says_when_how_long_and_whose_doing(celador: Run, history: Path) -> None:
    told = celador("outages", "--store", str(history), *WINDOW).stdout.splitlines()
    # From 199 to 201 s: longer than 3 min whichever it was.
    assert "2026-07-18 00:00:10" in told[1]
    assert all(word in told[1] for word in ("3:19 min … 3:21 min", "propia-falla", "sostenida"))
    assert all(word in told[2] for word in ("?", "externa", "en curso", "estimada"))


def test_the_list_in_english_has_no_spanish_word(celador: Run, history: Path) -> None:
    told = celador("outages", "--store", str(history), *WINDOW, "--english").stdout.splitlines()
    assert told[0].split()[3:] == ["recloser", "lasted", "origin", "class", "marks", "quality"]
    assert all(word in told[1] for word in ("own fault", "sustained", "observed"))
    assert all(word in told[2] for word in ("external", "under way", "estimated"))


def test_every_stored_word_has_an_english_one() -> None:
    choice = Choice(0, 0, (), {1: "norte"}, UTC)
    for origin, quality in product(OutageOrigin, RecordQuality):
        for majeure, planned in product(ForceMajeure, (None, True, False)):
            outage = replace(FAULT, origin=origin, quality=quality)
            marks = OutageMarks(planned, majeure)
            assert outage_line(outage, marks, choice, english=True)
    lasted = (1, 170, 300)
    ends = [Span(FAULT.start.hi + a * SECOND, FAULT.start.hi + (a + 20) * SECOND) for a in lasted]
    words = [outage_line(replace(FAULT, end=end), None, choice, english=True)[5] for end in ends]
    assert words == ["momentary", "undetermined", "sustained"]


def test_filters_choose_by_origin_and_by_what_has_not_ended(celador: Run, history: Path) -> None:
    store = ("--store", str(history), *WINDOW, "--json")
    by_origin = json.loads(celador("outages", *store, "--origin", "propia-falla").stdout)["outages"]
    assert [each["clave"] for each in by_origin] == [FAULT.key]
    assert by_origin[0]["duracion_min_s"] == 199.0
    assert by_origin[0]["clase_5min"] == "momentánea"
    still = json.loads(celador("outages", *store, "--open").stdout)["outages"]
    assert [each["clave"] for each in still] == [RUNNING.key]
    assert still[0]["fin_hasta"] is None


def test_an_empty_list_is_said_to_be_empty_where_a_person_reads_it(
    celador: Run, history: Path
) -> None:
    earlier = ("--store", str(history), "--from", "2026-01-01", "--to", "2026-02-01")
    assert celador("outages", *earlier).stderr.startswith("no outages found")
    done = celador("outages", *earlier, "--json")
    assert (json.loads(done.stdout), done.stderr) == ({"outages": []}, "")


def test_the_head_of_a_csv_is_the_same_with_and_without_rows(celador: Run, history: Path) -> None:
    rows = celador("outages", "--store", str(history), *WINDOW, "--csv").stdout.splitlines()
    earlier = ("--from", "2026-01-01", "--to", "2026-02-01")
    none = celador("outages", "--store", str(history), *earlier, "--csv").stdout.splitlines()
    assert len(rows) == 3
    assert none == rows[:1]


def test_a_narrow_terminal_cuts_no_word(history: Path) -> None:
    told = in_terminal(80, "outages", "--store", str(history), *WINDOW)
    first, below = told.splitlines()[1:3]
    assert first.split() == [
        "2026-07-18", "00:00:10+00:00", "1.0", "norte", "3:19", "min", "…", "3:21", "min",
    ]  # fmt: skip
    assert below.strip() == "propia-falla, sostenida, observada"
    assert max(map(len, told.splitlines())) <= 80


def test_csv_has_the_columns_of_the_table(celador: Run, history: Path) -> None:
    text = celador("outages", "--store", str(history), *WINDOW, "--csv").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["origen"] for row in rows] == ["propia-falla", "externa"]
    assert rows[0]["clientes"] == "400"


def test_a_mark_waits_in_the_box_until_a_monitor_runs(celador: Run, history: Path) -> None:
    """By the beginning as the list shows it; what is left is what was said, and by whom."""
    done = celador(
        "outages", "mark", "norte", "2026-07-18 00:00:10+00:00", "--planned",
        "--force-majeure", "invocada", "--note", "OT 4711", "--by", "ana", "--store", str(history),
    )  # fmt: skip
    assert done.returncode == 0
    assert "once it runs again" in done.stdout
    (left,) = SqliteRequestBox.beside(history).waiting()
    request = left.request
    assert (request.kind, request.by) == (RequestKind.MARK_OUTAGE, "ana")
    assert (request.device_id, request.key) == (1, FAULT.key)
    assert (request.planned, request.force_majeure) == (True, ForceMajeure.CLAIMED)
    assert request.reason == "OT 4711"


def test_a_mark_gets_its_row_in_the_audit_trail_of_the_control_room(
    celador: Run, history: Path
) -> None:
    secret = history.with_name("clave")
    secret.write_text("tres tristes tigres", encoding="utf-8")
    there = ("--store", str(history))
    celador("users", "add", "vera", "--password-file", str(secret), *there)
    done = celador(
        "outages", "mark", "norte", str(FAULT.key), "--planned", "--note", "OT 4711",
        "--by", "ana", *there,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(celador("users", "audit", "--json", *there).stdout)["audit"][0]
    assert (told["usuario"], told["origen"]) == ("ana", "consola")
    assert (told["accion"], told["objeto"]) == ("marcar interrupción", f"1/{FAULT.key}")
    assert (told["resultado"], told["detalle"]) == ("hecho", "OT 4711")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("norte", "2026-07-18 00:05:00+00:00", "--planned"), "the last ones began"),
        (("norte", str(FAULT.key)), "nothing is said of it"),
        (("sur", str(FAULT.key), "--planned"), "sur"),
    ],
)
def test_what_cannot_be_marked_is_said_with_the_mend(
    celador: Run, history: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    done = celador("outages", "mark", *arguments, "--store", str(history))
    assert done.returncode == 2
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not SqliteRequestBox.beside(history).waiting()
