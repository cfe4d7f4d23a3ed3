"""`celador operations` and `celador events`, run as people run them."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from celador.documents import dump
from celador.domain.causes import Direction
from celador.domain.device import Device
from celador.domain.event import Event, EventKind, Origin
from celador.domain.memory import Memory
from celador.domain.operation import (
    Extremes,
    Operation,
    OperationKind,
    RecordQuality,
    Result,
    Span,
)
from celador.pipeline.operations.context import Context
from celador.pipeline.operations.witnesses import COUNTED, CYCLES, Counts
from celador.pipeline.watch import SUBJECT, Remembered
from tests.cli.conftest import Run
from tests.support.clock import MIDNIGHT
from tests.support.edge_store import write_store

SECOND = 1_000_000
WINDOW = ("--from", "2026-07-18T00:00Z", "--to", "2026-07-19T00:00Z")
TRIP = Operation(
    device_id=1,
    key=1,
    start=Span(MIDNIGHT + 9 * SECOND, MIDNIGHT + 10 * SECOND),
    end=Span(MIDNIGHT + 25 * SECOND, MIDNIGHT + 26 * SECOND),
    kind=OperationKind.SEQUENCE,
    result=Result.LOCKOUT,
    quality=RecordQuality.OBSERVED,
    cause="OC3+",
    elements=("OC3+", "OC1+"),
    phases="CA",
    trips=2,
    recloses=1,
    dead_times=((0.4, 0.8),),
    extremes=Extremes(ia=1840.0, ic=1812.0),
    own_extremes=True,
    direction=Direction.FORWARD,
    group=2,
    counters_before={"co_total": 240, "disp_oc_a": 17, "disp_ef": 3},
    counters_after={"co_total": 241, "disp_oc_a": 19, "disp_ef": 3},
    load_kw=1962.4,
    load_a=92.0,
    cycles=1,
)
COUNTERS_MOVED = (
    "contadores maniobras cierre-apertura en la vida del equipo 240 → 241; "
    "disparos por sobrecorriente, fase A 17 → 19"
)
ORDER = replace(
    TRIP,
    device_id=2,
    key=2,
    start=Span(None, MIDNIGHT + 40 * SECOND),
    kind=OperationKind.ORDER,
    result=Result.CLOSED,
    cause="SCADA",
    elements=("SCADA",),
    phases=None,
    trips=0,
    recloses=0,
    dead_times=(),
    direction=None,
    extremes=Extremes(),
    own_extremes=None,
    group=None,
    counters_after=None,
    load_kw=None,
    load_a=None,
)
GAP = Event(
    1, MIDNIGHT + 70 * SECOND, MIDNIGHT + 60 * SECOND, EventKind.GAP, "hueco_de_datos", None, "10",
    "Hueco de datos de 10 s", "Gap in the data of 10 s", Origin.SYSTEM,
)  # fmt: skip


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("history") / "celador.db"
    devices = [Device(1, "norte", "", "noja-rc10", 13_200.0)]
    devices.append(Device(2, "sur", "", "noja-rc10", 13_200.0))
    write_store(path, devices, [TRIP, ORDER, GAP])
    return path


def test_operations_are_a_table_of_sentences(celador: Run, history: Path) -> None:
    done = celador("operations", *WINDOW, "--store", str(history))
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[0] == ["comienzo", "±", "s", "reconectador", "calidad", "maniobra"]
    assert " ".join(lines[1]) == (
        "2026-07-17 21:00:10-03:00 1.0 norte observada OC3+ A,C 1.840 A, 2 disparos, BLOQUEO"
    )
    assert " ".join(lines[2]) == "2026-07-17 21:00:40-03:00 ? sur observada CERRADO por SCADA"


@pytest.mark.parametrize("what", ["operations", "events"])
def test_the_head_of_a_csv_is_the_same_with_and_without_rows(
    what: str, celador: Run, history: Path
) -> None:
    csv_of = (what, "--store", str(history), "--csv")
    rows = celador(*csv_of, *WINDOW).stdout.splitlines()
    none = celador(*csv_of, "--from", "2026-01-01", "--to", "2026-02-01")
    assert len(rows) > 1
    assert none.stdout.splitlines() == rows[:1]
    assert none.stderr.startswith(f"no {what} found")


def test_operations_of_one_recloser_in_english(celador: Run, history: Path) -> None:
    done = celador("operations", *WINDOW, "--device", "sur", "--english", "--store", str(history))
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines == [
        "began ± s recloser quality operation",
        "2026-07-17 21:00:40-03:00 ? sur observed CLOSED by SCADA",
    ]


def test_events_in_english_have_no_spanish_word(celador: Run, history: Path) -> None:
    done = celador("events", *WINDOW, "--english", "--store", str(history))
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[0] == "seen ± s recloser kind event"
    assert " gap " in lines[1]
    assert " hueco " not in lines[1]


def test_operations_as_json_and_csv_have_the_names_of_the_table(
    celador: Run, history: Path
) -> None:
    where = (*WINDOW, "--timezone", "UTC", "--store", str(history))
    (trip, order) = json.loads(celador("operations", *where, "--json").stdout)["operations"]
    rows = list(csv.DictReader(io.StringIO(celador("operations", *where, "--csv").stdout)))
    expected = {
        "equipo": "norte",
        "inicio_desde": "2026-07-18 00:00:09.000+00:00",
        "inicio_hasta": "2026-07-18 00:00:10.000+00:00",
        "causa": "OC3+",
        "elementos": "OC3+ OC1+",
        "fases": "CA",
        "disparos": 2,
        "resultado": "bloqueo",
        "ia_max": 1840.0,
        "ib_max": None,
        "tiempos_muertos": "[[0.4, 0.8]]",
        "clave": 1,
        "sentido": "directo",
        "duracion_min_s": 15.0,
        "duracion_max_s": 17.0,
        "grupo": 2,
        "carga_previa_kw": 1962.4,
        "calidad": "observada",
    }
    assert {name: trip[name] for name in expected} == expected
    assert json.loads(trip["contadores_antes"]) == TRIP.counters_before
    assert json.loads(trip["contadores_despues"]) == TRIP.counters_after
    assert (order["inicio_desde"], order["duracion_max_s"]) == (None, None)
    assert [row["equipo"] for row in rows] == ["norte", "sur"]
    assert list(rows[0]) == list(trip)
    assert (rows[0]["ia_max"], rows[0]["ib_max"]) == ("1840.0", "")


def test_everything_that_is_known_of_an_operation_is_told(celador: Run, history: Path) -> None:
    where = (*WINDOW, "--timezone", "UTC", "--store", str(history), "--detail")
    trip, order = celador("operations", *where).stdout.split("\n\n")
    title, *facts = [" ".join(line.split()) for line in trip.splitlines()]
    assert title == "2026-07-18 00:00:10+00:00 norte OC3+ A,C 1.840 A, 2 disparos, BLOQUEO"
    assert facts == [
        "comienzo entre 2026-07-18 00:00:09+00:00 y 2026-07-18 00:00:10+00:00",
        "fin entre 2026-07-18 00:00:25+00:00 y 2026-07-18 00:00:26+00:00",
        "duración 15,0 a 17,0 s",
        "elementos OC3+, OC1+",
        "fases A, C",
        "sentido directo",
        "disparos 2",
        "recierres 1",
        "tiempos muertos 0,4 a 0,8 s",
        "máximos Ia 1.840 A, Ic 1.812 A",
        "grupo de ajustes 2",
        "carga previa 1.962 kW, 92 A",
        COUNTERS_MOVED,
        "calidad observada: se vio cada movimiento",
    ]
    # Nothing that is not known looks like a value.
    lines = [" ".join(line.split()) for line in order.splitlines()]
    assert "comienzo no se sabe; visto 2026-07-18 00:00:40+00:00" in lines
    assert "duración 0,0 s o más" in lines
    assert {"fases —", "sentido —", "grupo de ajustes —", "carga previa —"} <= set(lines)
    assert "contadores todavía no leídos" in lines
    in_english = celador("operations", *where, "--english", "--device", "norte").stdout
    assert " ".join(in_english.splitlines()[3].split()) == "lasted 15.0 to 17.0 s"


def test_currents_of_another_trip_are_not_told_as_those_of_this_one(
    celador: Run, tmp_path: Path
) -> None:
    path = tmp_path / "celador.db"
    devices = [Device(1, "norte", "", "noja-rc10", 13_200.0)]
    write_store(path, devices, [replace(TRIP, own_extremes=False, extremes=Extremes())])
    told = celador("operations", *WINDOW, "--store", str(path), "--detail").stdout
    assert "máximos" in told
    assert "no hay: los registros del equipo son los de un disparo anterior" in told


@pytest.mark.parametrize(
    ("chosen", "names"),
    [
        (("--kind", "orden"), ["sur"]),
        (("--result", "bloqueo"), ["norte"]),
        (("--result", "cerrada-por-orden", "--result", "bloqueo"), ["norte", "sur"]),
        (("--kind", "secuencia", "--result", "cerrada por orden"), []),
    ],
)
def test_operations_are_chosen_by_kind_and_result(
    celador: Run, history: Path, chosen: tuple[str, ...], names: list[str]
) -> None:
    done = celador("operations", *WINDOW, *chosen, "--csv", "--store", str(history))
    assert [row["equipo"] for row in csv.DictReader(io.StringIO(done.stdout))] == names
    assert ("no operations found" in done.stderr) == (not names)


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        (("--kind", "hueco"), True),
        (("--kind", "punto", "--kind", "deducido"), False),
        (("--origin", "sistema"), True),
        (("--origin", "equipo"), False),
        (("--find", "HUECO DE"), True),
        (("--find", "gap in the"), True),
        (("--find", "hueco_de_datos"), True),
        (("--find", "bloqueo"), False),
    ],
)
def test_events_are_chosen_by_kind_origin_and_words(
    celador: Run, history: Path, chosen: tuple[str, ...], found: bool
) -> None:
    done = celador("events", *WINDOW, *chosen, "--store", str(history))
    assert ("Hueco de datos de 10 s" in done.stdout) == found


def test_events_are_listed_with_their_uncertainty(celador: Run, history: Path) -> None:
    done = celador("events", *WINDOW, "--store", str(history))
    assert done.returncode == 0, done.stderr
    line = " ".join(done.stdout.splitlines()[1].split())
    assert line == "2026-07-17 21:01:10-03:00 10.0 norte hueco Hueco de datos de 10 s"
    (event,) = json.loads(celador("events", *WINDOW, "--json", "--store", str(history)).stdout)[
        "events"
    ]
    assert (event["clase"], event["incertidumbre"], event["nuevo"]) == ("hueco", 10.0, "10")
    assert (event["origen"], event["calidad"]) == ("sistema", "observada")


def test_a_difference_to_the_devices_own_counter_is_said(celador: Run, tmp_path: Path) -> None:
    """The device counted five cycles since watching began, and two are on record."""
    context = Context(
        baseline=Counts(MIDNIGHT, {**dict.fromkeys(COUNTED, 0), CYCLES: 245}, {}),
        counted=5,
        recorded=2,
    )
    path = tmp_path / "celador.db"
    devices = [Device(1, "norte", "", "noja-rc10", 13_200.0)]
    document = dump(Remembered(MIDNIGHT, {}, context))
    write_store(path, devices, [TRIP, Memory(1, MIDNIGHT, SUBJECT, document)])
    done = celador("operations", *WINDOW, "--csv", "--store", str(path))
    assert "norte" in done.stderr
    assert "now 245" in done.stderr
    assert "moved by 5" in done.stderr
    assert "hold 2" in done.stderr
    assert len(done.stdout.splitlines()) == 2


def test_wrong_use_is_one_sentence(celador: Run, history: Path) -> None:
    both = celador("events", "--json", "--csv", "--store", str(history))
    unknown = celador("operations", "--device", "nort", "--store", str(history))
    assert (both.returncode, unknown.returncode) == (2, 2)
    assert both.stderr == "celador: --json and --csv exclude each other; give one of them\n"
    assert "did you mean norte?" in unknown.stderr
    nothing = celador("operations", "--result", "bloqueado", "--store", str(history))
    assert nothing.returncode == 2
    assert nothing.stderr.startswith(
        "celador: --result bloqueado is not known; use one of recierre"
    )
    both = celador("operations", "--detail", "--csv", "--store", str(history))
    assert (both.returncode, both.stdout) == (2, "")
