"""What the cards of a recloser and its row in the fleet say, against figures written by hand."""

from __future__ import annotations

import re

import pytest

from celador.documents import dump
from celador.domain.alarm import Alarm, AlarmState, Priority
from celador.domain.device import Device
from celador.domain.memory import Memory
from celador.domain.operation import (
    Extremes,
    Operation,
    OperationKind,
    RecordQuality,
    Result,
    Span,
)
from celador.domain.sample import CounterReading, Quality, Sample, SwitchState
from celador.pipeline.operations.context import Context, State
from celador.pipeline.operations.facts import Facts, Position
from celador.pipeline.watch import SUBJECT, Remembered
from celador.surfaces.live import DeviceLive, Live, Outlook
from celador.surfaces.web.parts.alarm_view import alarm_list
from celador.surfaces.web.parts.fleet_view import cells_of, facts_of
from celador.surfaces.web.parts.recloser_pictures import picture_cells
from celador.surfaces.web.parts.recloser_view import recloser_cells
from celador.surfaces.web.parts.scene import Scene
from celador.surfaces.web.viewer import View

_S = 1_000_000
_NOW = 1_784_391_218 * _S  # 18/07/2026 13:13:38 in Buenos Aires
_ES = View("es", "America/Argentina/Buenos_Aires")
_BITS = {"open": 0, "closed": 1, "lockout": 0, "ar_initiated": 0, "open_prot": 0}
_BITS |= {"osm_disconnected": 0}
_VALUES: dict[str, float | None] = {
    **dict.fromkeys(("va", "vb", "vc", "vr", "vs", "vt"), 7621.0),
    "vab": 13_214.0,
    "vbc": 13_177.0,
    "vca": 13_193.0,
    "ia": 70.0,
    "ib": 68.0,
    "ic": 190.0,
    "in_res": 2.0,
    "p_act": 1522.0,
    "p_react": 589.0,
    "s_apar": 1632.0,
    "fp": 0.93,
    "frec": 50.02,
}


def _live(context: Context | None = None, **bits: int) -> Live:
    outlook = Outlook(trips_to_lockout=3, base_current=200.0)
    live = Live([Device(1, "rec", "", "noja-rc10", 13_200.0)], {1: outlook})
    remembered = Remembered(_NOW - _S, _BITS | bits, context or Context())
    live.committed(
        [
            Sample(1, _NOW - _S, _VALUES, SwitchState.CLOSED, Quality.GOOD),
            Memory(1, _NOW - _S, SUBJECT, dump(remembered)),
        ]
    )
    live.devices[1].link = True
    return live


def _told(known: DeviceLive, cell: str) -> str:
    """The words of a cell, without its pictures."""
    html = recloser_cells(Scene(known, _NOW), _ES)[cell].html or ""
    html = re.sub(r"<svg.*?</svg>", "", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


@pytest.mark.parametrize(("sign", "arrow", "way"), [(1, "↓", "carga"), (-1, "↑", "fuente")])
def test_power_factor_and_frequency_are_told_with_the_way_the_power_goes(
    sign: int, arrow: str, way: str
) -> None:
    known = _live().devices[1]
    values = _VALUES | {"p_act": sign * 1522.0}
    known.sample = Sample(1, _NOW, values, SwitchState.CLOSED, Quality.GOOD)
    assert _told(known, "net") == (
        f"Potencia activa {arrow} 1.522 kW hacia la {way} Potencia reactiva 589 kvar "
        "Potencia aparente 1.632 kVA Factor de potencia 0,93 Frecuencia 50,02 Hz"
    )


def test_the_values_of_each_phase_have_their_bars() -> None:
    known = _live().devices[1]
    cells = recloser_cells(Scene(known, _NOW), _ES)
    for name, said in (("ia", "70 A"), ("vab", "13.214 V"), ("va", "7.621 V"), ("in_res", "2 A")):
        assert _told(known, f"q.{name}") == said
    assert all("<svg" in (cells[f"q.{name}"].html or "") for name in ("ia", "vab", "va"))
    picture = picture_cells(Scene(known, _NOW), _ES)
    assert "u2" in (picture["unbalance"].html or "")


@pytest.mark.parametrize(
    ("volts", "told"),
    [
        (7621.0, "Ángulos de tensión calculados a partir de los seis módulos."),
        (0.0, "No hay tensión: no hay qué dibujar."),
        (None, "Falta una tensión: no hay qué dibujar."),
    ],
)
def test_the_phasors_say_what_they_rest_on(volts: float | None, told: str) -> None:
    known = _live().devices[1]
    phases = dict.fromkeys(("va", "vb", "vc"), volts)
    lines = dict.fromkeys(("vab", "vbc", "vca"), None if volts is None else volts * 3**0.5)
    values = {**_VALUES, **phases, **lines}
    known.sample = Sample(1, _NOW, values, SwitchState.CLOSED, Quality.GOOD)
    cells = picture_cells(Scene(known, _NOW), _ES)
    assert (cells["angles"].text or "").startswith(told)
    assert ("vector" in (cells["phasors"].html or "")) == bool(volts)


@pytest.mark.parametrize(
    ("state", "bits", "n", "told", "beads"),
    [
        (State.OPEN_DEADTIME, {"open": 1, "closed": 0, "ar_initiated": 1, "open_prot": 1}, 2,
         "RECERRANDO 2/3 · disparo 2/3", [True, True, False]),
        (State.CLOSED_RECLAIM, {}, 1,
         "CERRADO, corre el tiempo de reposición · disparo 1/3", [True, False, False]),
        (State.CLOSED, {}, 0, "Sin secuencia en curso · 3 disparos a bloqueo", []),
    ],
)  # fmt: skip
def test_the_sequence_says_how_far_it_is(
    state: State, bits: dict[str, int], n: int, told: str, beads: list[bool]
) -> None:
    facts = Facts(Position.OPEN if "open" in bits else Position.CLOSED, tripped=bool(bits))
    known = _live(Context(state=state, n=n, facts=facts), **bits).devices[1]
    assert _told(known, "seq") == told
    html = recloser_cells(Scene(known, _NOW), _ES)["seq"].html or ""
    assert ["done" in each for each in re.findall(r"<i class=\"([^\"]*)\"></i>", html)] == beads
    known.link = False
    assert _told(known, "seq") == "Secuencia desconocida"


def test_counters_and_wear_are_told_and_unknown_ones_are_a_dash() -> None:
    live = _live()
    assert "0" not in _told(live.devices[1], "counters")
    counted: dict[str, float | None] = {"co_total": 1150, "desgaste_contacto": 12, "disp_oc_a": 3}
    live.committed([CounterReading(1, _NOW - 60 * _S, counted, Quality.GOOD)])
    told = _told(live.devices[1], "counters")
    assert "Maniobras cierre-apertura 1.150" in told
    assert "Desgaste de contactos 12 %" in told
    assert "3 · — · —" in told


@pytest.mark.parametrize(("since", "doubt"), [(_NOW - _S, "±1,0 s"), (None, "±?")])
def test_the_last_operation_is_a_sentence_that_leads_to_its_picture(
    since: int | None, doubt: str
) -> None:
    live = _live()
    assert _told(live.devices[1], "last") == "No hay operaciones registradas."
    live.committed(
        [
            Operation(
                device_id=1, key=7, start=Span(since, _NOW), end=Span(_NOW, _NOW + _S),
                kind=OperationKind.SEQUENCE, result=Result.LOCKOUT,
                quality=RecordQuality.OBSERVED, cause="OC3+", phases="AC", trips=2,
                extremes=Extremes(ia=1840.0, ic=1790.0),
            )
        ]
    )  # fmt: skip
    assert _told(live.devices[1], "last") == (
        f"18/07 13:13:38 \N{MINUS SIGN}03 {doubt} OC3+ A,C 1.840 A, 2 disparos, BLOQUEO"
    )
    html = recloser_cells(Scene(live.devices[1], _NOW), _ES)["last"].html or ""
    assert 'href="/operaciones/1/7"' in html


def _alarm(key: int, priority: Priority, state: AlarmState, said: str, began: int = _NOW) -> Alarm:
    return Alarm(1, key, f"C{key}", priority, state, began, said, said)


def test_a_row_of_the_fleet_has_load_voltage_age_trend_and_the_worst_alarm() -> None:
    live = _live()
    live.replace_alarms(
        [
            _alarm(1, Priority.MEDIUM, AlarmState.UNACK, "media"),
            _alarm(2, Priority.HIGH, AlarmState.UNACK, "alta"),
            _alarm(3, Priority.CRITICAL, AlarmState.SHELVED, "apartada"),
        ]
    )
    row = cells_of(facts_of(live.devices[1], _NOW), _ES)

    def said(name: str) -> str:
        cell = row[name]
        return " ".join(re.sub(r"<[^>]*>", " ", cell.html or cell.text or "").split())

    assert said("state").endswith("CERRADO")
    assert (said("amps"), said("kw"), said("volts")) == ("190 A", "1.522 kW", "13,19 kV")
    assert said("age") == "≤ 5 s"
    assert said("alarm") == "alta alta +2"  # the name of its shape, what it is, and two more
    assert "<svg" in (row["trend"].html or "")
    sorting = row["row"].attributes or {}
    assert (sorting["data-prio"], sorting["data-amps"], sorting["data-state"]) == (
        "2",
        "190",
        "closed",
    )
    # Voltage beyond the band is marked, and what is old does not look like now.
    known = live.devices[1]
    low = _VALUES | dict.fromkeys(("vab", "vbc", "vca"), 11_000.0)
    known.sample = Sample(1, _NOW, low, SwitchState.CLOSED, Quality.GOOD)
    assert "▼" in (cells_of(facts_of(known, _NOW), _ES)["volts"].html or "")
    old = cells_of(facts_of(known, _NOW + 600 * _S), _ES)
    assert "✕" in (old["volts"].html or "")
    assert old["age"].text == "10 min"


def test_alarms_stand_by_priority_then_age_and_blink_until_they_are_acknowledged() -> None:
    live = _live()
    live.replace_alarms(
        [
            _alarm(1, Priority.MEDIUM, AlarmState.UNACK, "cuatro", _NOW - 9 * _S),
            _alarm(2, Priority.CRITICAL, AlarmState.ACK, "dos", _NOW - _S),
            _alarm(3, Priority.HIGH, AlarmState.UNACK, "tres"),
            _alarm(4, Priority.CRITICAL, AlarmState.UNACK, "uno", _NOW - 5 * _S),
        ]
    )
    drawn = alarm_list(live.alarms(), live, _ES, _NOW)
    rows = re.findall(r"<li.*?</li>", drawn, flags=re.DOTALL)
    assert [re.findall(r"</span>(\w+)</h3>", row)[0] for row in rows] == [
        "uno",
        "dos",
        "tres",
        "cuatro",
    ]
    assert ["blink" in row for row in rows] == [True, False, True, True]
