"""What may be shown of a recloser now, against bits and ages written by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from celador.documents import dump
from celador.domain.device import Device
from celador.domain.memory import Memory
from celador.domain.sample import Quality, Sample, SwitchState
from celador.pipeline.operations.context import Context, State
from celador.pipeline.operations.facts import Facts, Position
from celador.pipeline.watch import SUBJECT, Remembered
from celador.surfaces.live import DeviceLive, Live, Outlook
from celador.surfaces.web.parts.energised import Supply
from celador.surfaces.web.parts.fleet_view import cells_of, facts_of
from celador.surfaces.web.parts.mimic import Flow
from celador.surfaces.web.parts.recloser_pictures import hour_names
from celador.surfaces.web.parts.recloser_view import magnitudes, recloser_cells
from celador.surfaces.web.parts.scene import Scene
from celador.surfaces.web.parts.status import protection_chips, status_names, supply_chips
from celador.surfaces.web.parts.switch import Shown, word
from celador.surfaces.web.viewer import View

_S = 1_000_000
_NOW = 1_800_000_000 * _S
_ES = View("es", "UTC")
_CLOSED = {
    "open": 0,
    "closed": 1,
    "lockout": 0,
    "ar_initiated": 0,
    "open_prot": 0,
    "osm_disconnected": 0,
}
_DEAD_TIME = _CLOSED | {"open": 1, "closed": 0, "ar_initiated": 1, "open_prot": 1}
_LOCKED = _CLOSED | {"open": 1, "closed": 0, "lockout": 1, "open_prot": 1}
_BY_ORDER = _CLOSED | {"open": 1, "closed": 0, "lockout": 1}
_TRIPPED = _CLOSED | {"open": 1, "closed": 0, "open_prot": 1}
_LIVE = dict.fromkeys(("va", "vb", "vc", "vr", "vs", "vt"), 7621.0)
_LINES = dict.fromkeys(("vab", "vbc", "vca", "vrs", "vst", "vtr"), 13_200.0)


def _known(
    points: dict[str, int] | None = None,
    *,
    age: float = 1.0,
    state: SwitchState | None = SwitchState.CLOSED,
    context: Context | None = None,
    **values: float | None,
) -> DeviceLive:
    """A recloser whose bits and values were read `age` seconds ago."""
    live = Live([Device(1, "rec", "", "noja-rc10", 13_200.0)], {1: Outlook(trips_to_lockout=3)})
    at = _NOW - round(age * _S)
    figures = {**_LIVE, **_LINES, "ia": 70.0, "ib": 68.0, "ic": 72.0, "p_act": 1522.0, **values}
    records: list[Sample | Memory] = [Sample(1, at, figures, state, Quality.GOOD)]
    if points is not None:
        records.append(_memory(at, points, context))
    live.committed(records)
    live.devices[1].link = True
    return live.devices[1]


def _memory(at: int, points: dict[str, int], context: Context | None = None) -> Memory:
    return Memory(1, at, SUBJECT, dump(Remembered(at, points, context or Context())))


@pytest.mark.parametrize(
    ("points", "said"),
    [
        (_CLOSED, "CERRADO"),
        (_LOCKED, "BLOQUEADO"),
        (_BY_ORDER, "ABIERTO"),
        (_DEAD_TIME, "RECERRANDO 2/3"),
        (_TRIPPED, "DISPARADO"),
        (_CLOSED | {"open": 1}, "?"),
        (_CLOSED | {"closed": 0}, "?"),
        (_CLOSED | {"osm_disconnected": 1}, "?"),
    ],
)
def test_the_state_is_what_the_bits_say(points: dict[str, int], said: str) -> None:
    facts = Facts(Position.OPEN, tripped=bool(points["open_prot"]))
    context = Context(state=State.OPEN_DEADTIME, n=2, facts=facts)
    scene = Scene(_known(points, context=context), _NOW)
    assert word(scene.switch, _ES.t) == said


def test_bits_that_are_newer_than_the_sample_win() -> None:
    known = _known(state=SwitchState.CLOSED, age=4.0)
    known.memory = _memory(_NOW - _S, _LOCKED)
    assert Scene(known, _NOW).switch.shown is Shown.LOCKED
    known.memory = _memory(_NOW - 5 * _S, _LOCKED)
    assert Scene(known, _NOW).switch.shown is Shown.CLOSED


@pytest.mark.parametrize("lost", ["link", "silence"])
def test_what_is_old_is_unknown_and_keeps_its_last_value_with_its_age(lost: str) -> None:
    known = _known(_CLOSED, age=30.0 if lost == "silence" else 1.0)
    if lost == "link":
        known.link = False
    scene = Scene(known, _NOW)
    assert scene.switch.shown is Shown.UNKNOWN
    assert scene.last_switch is not None
    assert scene.last_switch.shown is Shown.CLOSED
    assert scene.source().supply is Supply.UNKNOWN
    assert scene.flow is Flow.UNKNOWN
    assert (scene.figure("ia").value, scene.figure("ia").mark) == (70.0, "✕")
    cells = recloser_cells(scene, _ES)
    assert "era CERRADO" in (cells["mimic"].html or "")
    assert 'class="bad"' in (cells["q.ia"].html or "")
    row = cells_of(facts_of(known, _NOW), _ES)
    assert "✕" in (row["amps"].html or "")
    assert (row["row"].attributes or {})["data-amps"] == "-1"


def test_a_value_out_of_range_keeps_its_last_sound_one_marked() -> None:
    known = _known(_CLOSED, age=3.0)
    later = Sample(1, _NOW - _S, {"ib": 68.0}, SwitchState.CLOSED, Quality.OUT_OF_RANGE)
    live = Live([known.device])
    live.devices[1] = known
    live.committed([later])
    found = Scene(known, _NOW).figure("ia")
    assert (found.value, found.at, found.mark) == (70.0, _NOW - 3 * _S, "!")
    assert Scene(known, _NOW).figure("fp").value is None


def test_energised_follows_the_voltages_and_not_the_position() -> None:
    closed_and_dead = _known(_CLOSED, vr=0.0, vs=0.0, vt=0.0)
    assert Scene(closed_and_dead, _NOW).load().supply is Supply.DEAD
    open_and_live = _known(_LOCKED)
    assert Scene(open_and_live, _NOW).load().supply is Supply.LIVE


def test_the_source_is_where_the_settings_say() -> None:
    known = _known(_CLOSED, va=0.0, vb=0.0, vc=0.0)
    known.outlook = replace(known.outlook, source_side="rst")
    scene = Scene(known, _NOW)
    assert (scene.source().terminals, scene.source().supply) == ("rst", Supply.LIVE)
    assert scene.load().supply is Supply.DEAD
    shown = {title: names for title, _, _, names, _ in magnitudes("rst")}
    assert shown["Voltage to earth, source"] == ("vr", "vs", "vt") == hour_names(known)[1]
    assert shown["Voltage to earth, load"] == ("va", "vb", "vc")
    assert shown["Line voltage"] == ("vrs", "vst", "vtr")
    cells = recloser_cells(scene, _ES)
    assert "13.200" in str(cells["q.vrs"].html)
    assert all("<svg" in str(cells[f"q.{name}"].html) for name in ("vr", "vrs", "vtr"))


@pytest.mark.parametrize(
    ("power", "quality", "flow"),
    [
        (10.0, Quality.GOOD, Flow.FORWARD),
        (-10.0, Quality.GOOD, Flow.REVERSE),
        (0.0, Quality.GOOD, Flow.NONE),
        (10.0, Quality.DIRECTION_UNKNOWN, Flow.UNKNOWN),
        (None, Quality.GOOD, Flow.UNKNOWN),
    ],
)
def test_the_flow(power: float | None, quality: Quality, flow: Flow) -> None:
    known = _known(_CLOSED)
    known.sample = Sample(1, _NOW, {"p_act": power}, SwitchState.CLOSED, quality)
    assert Scene(known, _NOW).flow is flow


def test_chips_mind_a_line_without_protection_and_people_on_it() -> None:
    names = status_names("noja-rc10")
    points = {
        "prot_on": 0,
        "ll_on": 1,
        "ar_on": 0,
        "group2_on": 1,
        "group1_on": 0,
        "local_control": 1,
    }
    chips = {each.label: each for each in protection_chips(_ES, names, points)}
    assert chips["Prot OFF"].mind
    assert chips["LL"].mind
    assert (chips["AR"].on, chips["AR"].mind) == (False, False)
    assert chips["EF"].on is None  # not read
    assert chips["Grupo 2"].on
    assert chips["Local"].mind
    supply = {
        each.label: each for each in supply_chips(_ES, names, {"ac_off": 1, "battery_off": 0})
    }
    assert supply["Falta la CA"].mind
    assert supply["Batería"].on
    assert supply["Capacitores cargados"].on is None


def test_a_difference_between_counter_and_records_is_shown() -> None:
    known = _known(_CLOSED, context=Context(counted=5, recorded=3))
    assert "Todavía no" in (recloser_cells(Scene(known, _NOW), _ES)["audit"].html or "")
