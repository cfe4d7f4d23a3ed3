"""Every query of every dashboard on a real server, as Grafana's role, with a day of data."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import psycopg
import pytest

from celador.domain.sample import Quality
from tests.grafana.boards import ALL, Statement, find
from tests.grafana.conftest import CHOICES, Grafana
from tests.grafana.day import END, START, at
from tests.grafana.macros import View

TIMESTAMPTZ, TEXT, FLOAT8 = 1184, 25, 701
RANGES = {
    "1h": (at(14, 30), at(15, 30)),
    "day": (START, END),
    "30d": (END - timedelta(days=30), END),
    "year": (END - timedelta(days=365), END),
}
every = pytest.mark.parametrize("statement", ALL, ids=str)


@every
@pytest.mark.parametrize("span", RANGES)
def test_answers_in_the_shape_that_grafana_needs(
    grafana: Grafana, statement: Statement, span: str
) -> None:
    columns, rows = grafana.run(statement, *RANGES[span])
    types = {column.name: column.type_code for column in columns}
    if statement.kind == "time_series":
        assert list(types) == ["time", "metric", "valor"]
        assert types["metric"] == TEXT
        assert types["valor"] == FLOAT8
        moments = [row["time"] for row in rows]
        assert None not in moments
        assert moments == sorted(moments)
    if statement.kind == "annotation":
        assert list(types) == ["time", "timeend", "text", "tags"]
        assert types["time"] == types["timeend"] == TIMESTAMPTZ
        assert all(row["text"] and row["time"] <= row["timeend"] for row in rows)
    if statement.kind == "variable":
        assert list(types) == ["__text", "__value"]
        assert [row["__value"] for row in rows] == ["1", "3", "2"]
    if span != "1h":
        assert rows, "there is data and nothing is shown"
        if statement.kind == "time_series":
            assert any(row["valor"] is not None for row in rows)


@every
def test_an_installation_without_devices_shows_nothing_and_fails_nowhere(
    nothing: psycopg.Connection[Any], statement: Statement
) -> None:
    view = View(START, END, {**CHOICES, "equipo": ""}, statement.points)
    rows = nothing.execute(view.expand(statement.sql).encode()).fetchall()
    if statement.kind != "table":
        limits = {"banda +", "banda -", "2 %", "+1 %", "-1 %", "0,95", "80 %"}
        assert {row[1] for row in rows} <= limits


def test_the_queries_run_as_the_role_that_can_only_read(grafana: Grafana) -> None:
    row = grafana.connection.execute("SELECT current_user").fetchone()
    assert row == ("celador_read",)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        grafana.connection.execute("DELETE FROM eventos")


def _series(rows: list[dict[str, Any]], name: str) -> list[tuple[datetime, float | None]]:
    return [(row["time"], row["valor"]) for row in rows if row["metric"] == name]


TRENDS = [s for s in ALL if s.board == "reconectador" and s.kind == "time_series"]


@pytest.mark.parametrize("statement", [s for s in TRENDS if s.name != "Enlace"], ids=str)
@pytest.mark.parametrize("hours", [1, 12])
def test_missing_readings_are_a_hole_and_never_a_line(
    grafana: Grafana, statement: Statement, hours: int
) -> None:
    until = at(19)
    rows = grafana.ask(statement, until - timedelta(hours=hours), until)
    before_last, after_first = at(17, 58), at(18, 41)
    for name in {row["metric"] for row in rows}:
        if name.startswith("nominal"):
            continue
        values = _series(rows, name)
        inside = [v for t, v in values if at(18, 0) <= t < at(18, 39)]
        assert all(v is None for v in inside)
        # The line is broken: between the last value before and the first after stands a NULL.
        if any(v is not None for t, v in values if before_last <= t < at(18)):
            assert None in [v for t, v in values if at(17, 59) < t < after_first]


def test_a_hole_at_the_end_of_the_range_is_a_hole_too(grafana: Grafana) -> None:
    rows = grafana.ask(find("reconectador", "Posición"), at(17), at(18, 20))
    assert rows[-1]["valor"] is None
    assert rows[-2]["valor"] == 1


def test_refused_registers_are_a_hole_in_their_own_curves_only(grafana: Grafana) -> None:
    lines = grafana.ask(find("reconectador", "Tensiones de línea"), at(19, 30), at(20, 30))
    ab = _series(lines, "AB")
    assert all(v is None for t, v in ab if at(20) <= t < at(20, 10))
    assert all(v is not None for t, v in ab if at(20, 10) <= t < at(20, 29))
    currents = grafana.ask(find("reconectador", "Corrientes"), at(19, 30), at(20, 30))
    assert all(v is not None for t, v in _series(currents, "A"))
    unbalance = grafana.ask(
        find("reconectador", "Desbalance de tensiones u2"), at(19, 30), at(20, 30)
    )
    assert all(v is None for t, v in _series(unbalance, "u2") if at(20) <= t < at(20, 10))


def test_a_short_range_shows_the_readings_themselves(grafana: Grafana) -> None:
    rows = grafana.ask(find("reconectador", "Corrientes"), at(9), at(10), fase=["b"])
    samples = grafana.day.between(1, at(9), at(10) + timedelta(microseconds=1))
    assert [v for _, v in _series(rows, "B")] == [s.values["ib"] for s in samples]
    assert {row["metric"] for row in rows} == {"B", "B mín", "B máx"}


def test_a_longer_range_shows_means_and_extremes_of_minutes(grafana: Grafana) -> None:
    rows = grafana.ask(find("reconectador", "Corrientes"), START, END)
    samples = [s.values["ia"] for s in grafana.day.between(1, at(12), at(12, 1))]
    currents = [float(value) for value in samples if value is not None]
    assert len(currents) == 12
    assert dict(_series(rows, "A"))[at(12)] == pytest.approx(sum(currents) / 12)
    assert dict(_series(rows, "A mín"))[at(12)] == min(currents)
    assert dict(_series(rows, "A máx"))[at(12)] == max(currents)


def test_positions_follow_the_sequence_of_s2_and_the_order(grafana: Grafana) -> None:
    rows = grafana.ask(find("reconectador", "Posición"), at(14, 50), at(15, 40))
    states = [None if row["valor"] is None else int(row["valor"]) for row in rows]
    changes = [b for a, b in pairwise([None, *states]) if a != b]
    assert changes[0] == 1
    assert changes[-1] == 1
    assert 3 in changes, "the second dead time lasts 15 s"
    assert changes[-2] == 2, "closed by the order out of the lockout"


def test_the_link_is_down_while_it_was_and_unknown_when_nobody_asks(grafana: Grafana) -> None:
    rows = grafana.ask(find("reconectador", "Enlace"), at(17), at(23))
    assert [(row["time"], row["valor"]) for row in rows][:3] == [
        (at(17), 1.0),
        (at(18, 0, 5), 0.0),
        (at(18, 40), 1.0),
    ]
    after = grafana.ask(
        find("reconectador", "Enlace"), END - timedelta(hours=1), END + timedelta(1)
    )
    assert after[-1]["valor"] is None
    assert END < after[-1]["time"] < END + timedelta(minutes=3)


def test_the_fleet_counts_what_it_does_not_know(grafana: Grafana) -> None:
    (now,) = grafana.ask(find("resumen", "Posiciones"), at(23), at(23, 59))
    assert now == {"CERRADO": 2, "ABIERTO": 0, "BLOQUEADO": 0, "RECERRANDO": 0, "SIN DATO": 1}
    (locked,) = grafana.ask(find("resumen", "Posiciones"), at(14), at(15, 10))
    assert (locked["BLOQUEADO"], locked["SIN DATO"]) == (1, 2)
    (silent,) = grafana.ask(find("resumen", "Posiciones"), at(17), at(18, 20))
    assert (silent["CERRADO"], silent["SIN DATO"]) == (0, 3)


def test_the_fleet_table_gives_no_old_value_for_a_present_one(grafana: Grafana) -> None:
    rows = grafana.ask(find("resumen", "Flota"), at(17), at(18, 20))
    norte = next(row for row in rows if row["Reconectador"] == "Norte")
    assert norte["Edad del dato"] == pytest.approx(20 * 60 + 5)
    shown = ("Estado", "Ia", "Ib", "Ic", "Vab", "Vbc", "Vca", "P", "S", "FP", "f")
    assert [norte[name] for name in shown] == [None] * len(shown)
    assert (norte["Alarmas"], norte["La peor"]) == (2, 1)
    assert rows[0] is norte, "the worst stands first"
    nuevo = next(row for row in rows if row["Reconectador"] == "Nuevo")
    assert (nuevo["Estado"], nuevo["Edad del dato"]) == (None, None)


def test_the_load_of_the_fleet_says_how_many_it_adds_up(grafana: Grafana) -> None:
    (row,) = grafana.ask(find("resumen", "Carga y datos"), at(23), END)
    last = [grafana.day.between(d, at(23, 59), END)[-1].values["p_act"] for d in (1, 2)]
    assert row["Carga"] == pytest.approx(sum(float(p) for p in last if p is not None))
    assert row["Reconectadores que la suman"] == 2


def test_the_last_operation_is_one_sentence(grafana: Grafana) -> None:
    name = find("reconectador", "Última operación")
    assert grafana.ask(name, at(14), at(15, 10)) == [
        {"Última operación": "14/05 15:00:00 OC3+ AB, 1657 A, 3 disparos, BLOQUEO"}
    ]
    assert grafana.ask(name, at(9), at(10, 10)) == [
        {"Última operación": "14/05 10:00:00 OC3+ AB, 1657 A, 1 disparo, recierre exitoso"}
    ]


def test_counters_show_what_changed_in_the_range(grafana: Grafana) -> None:
    rows = grafana.ask(find("reconectador", "Contadores"), START, END)
    by_name = {row["Contador"]: row for row in rows}
    readings = [c.values["disp_oc_a"] for c in grafana.day.counters if c.device_id == 1]
    row = by_name["Disparos por sobrecorriente, A"]
    assert (row["Valor"], row["Cambio en el rango"]) == (readings[-1], 4)


def test_marks_tell_of_operations_lost_links_and_holes(grafana: Grafana) -> None:
    marks = grafana.ask(find("reconectador", "Operaciones"), START, END)
    assert [(m["time"], m["timeend"]) for m in marks] == [
        (at(10), at(10, 0, 5)), (at(15), at(15, 0, 20)), (at(15, 30), at(15, 30)),
    ]  # fmt: skip
    (lost,) = grafana.ask(find("reconectador", "Enlace caído"), START, END)
    assert (lost["time"], lost["timeend"]) == (at(18, 0, 5), at(18, 40))
    (hole,) = grafana.ask(find("reconectador", "Huecos y sistema"), START, END)
    assert (hole["time"], hole["timeend"]) == (at(17, 59, 55), at(18, 40))


def _rms(values: list[float]) -> float:
    return float((sum(v * v for v in values) / len(values)) ** 0.5)


def test_a_window_is_the_quadratic_mean_of_its_readings(grafana: Grafana) -> None:
    statement = find("calidad", "Desviación de la tensión (indicativa)")
    rows = grafana.ask(statement, START, END)
    samples = grafana.day.between(1, at(12, 10), at(12, 20))
    voltages = [float(v) for s in samples if (v := s.values["vab"]) is not None]
    expected = 100 * (_rms(voltages) / 13_200 - 1)
    # Quadratic over the means of minutes: what varies within a minute is lost.
    assert dict(_series(rows, "AB"))[at(12, 10)] == pytest.approx(expected, abs=0.002)
    assert [v for _, v in _series(rows, "banda +")] == [8, 8]


def test_a_window_with_too_few_readings_is_a_hole(grafana: Grafana) -> None:
    for ventana, minutes in (("600", 10), ("900", 15)):
        statement = find("calidad", "Desviación de la tensión (indicativa)")
        values = dict(_series(grafana.ask(statement, START, END, ventana=ventana), "BC"))
        assert values[at(17)] is not None
        step = timedelta(minutes=minutes)
        touched = [t for t, v in values.items() if at(18) <= t < at(18, 40) and v is not None]
        assert touched == []
        assert values[at(20)] is None
        assert len([v for v in values.values() if v is not None]) > (END - START) / step * 0.8


def test_conformity_counts_whole_windows_and_says_its_coverage(grafana: Grafana) -> None:
    (row,) = grafana.ask(find("calidad", "Tensión en el rango (indicativa)"), START, END)
    # 144 windows less four of the hole and one of refused registers.
    assert row["Ventanas válidas"] == 139
    assert float(row["Cobertura"]) == pytest.approx(100 * 1400 / 1440, abs=0.01)
    assert row["Fuera de banda"] is not None


def test_demand_comes_from_quarters_of_an_hour(grafana: Grafana) -> None:
    (row,) = grafana.ask(find("calidad", "Demanda en el rango (indicativa)"), START, END)
    blocks = {}
    for number in range(96):
        begin = START + timedelta(minutes=15 * number)
        samples = grafana.day.between(1, begin, begin + timedelta(minutes=15))
        powers = [float(p) for s in samples if (p := s.values["p_act"]) is not None]
        if len(powers) >= 0.8 * 180:
            blocks[begin] = sum(powers) / len(powers)
    highest = max(blocks, key=lambda begin: blocks[begin])
    assert row["Demanda máxima"] == pytest.approx(blocks[highest])
    assert row["Cuándo"] == highest
    assert row["Bloques válidos"] == len(blocks) == 93
    mean = sum(blocks.values()) / len(blocks)
    assert row["Factor de carga"] == pytest.approx(100 * mean / blocks[highest])


def test_coverage_is_the_share_of_readings_that_are_there(grafana: Grafana) -> None:
    norte = dict(_series(grafana.ask(find("salud", "Cobertura"), START, END), "Norte"))
    assert norte[at(12)] == 100
    assert norte[at(18)] == norte[at(18, 15)] == 0
    assert norte[at(18, 30)] == pytest.approx(100 / 3, abs=0.1)
    by_day = _series(
        grafana.ask(find("salud", "Cobertura"), END - timedelta(days=90), END), "Norte"
    )
    ((day, share),) = by_day
    assert day == START
    assert share == pytest.approx(100 * 1400 / 1440, abs=0.01)


def test_the_health_table_tells_period_coverage_and_marks(grafana: Grafana) -> None:
    rows = grafana.ask(find("salud", "Reconectadores"), START, END)
    by_name = {row["Reconectador"]: row for row in rows}
    norte = by_name["Norte"]
    assert norte["Período"] == pytest.approx(5)
    assert norte["Cobertura"] == pytest.approx(100 * 1400 / 1440, abs=0.05)
    assert (norte["Enlace"], norte["Caídas"]) == (1, 1)
    assert "registros rechazados" in norte["Marcas"]
    assert by_name["Sur"]["Período"] == pytest.approx(1)
    nuevo = by_name["Nuevo"]
    assert (nuevo["Enlace"], nuevo["Cobertura"], nuevo["Marcas"]) == (None, None, None)


def test_coverage_begins_with_the_first_reading_ever_and_not_of_the_range(
    grafana: Grafana,
) -> None:
    """Device 1 is silent from 18:00 to 18:40: a range within it has no reading at all."""
    inside = grafana.ask(find("salud", "Cobertura"), at(18, 5), at(18, 30))
    assert {v for _, v in _series(inside, "Norte")} == {0}
    assert _series(inside, "Sur") == _series(inside, "Nuevo") == []
    rows = grafana.ask(find("salud", "Reconectadores"), at(18, 5), at(18, 30))
    norte = next(row for row in rows if row["Reconectador"] == "Norte")
    assert (norte["Lecturas"], norte["Cobertura"]) == (0, 0)
    # Device 2 begins at 22:00: what was before is not missing.
    sur = dict(_series(grafana.ask(find("salud", "Cobertura"), at(20), at(23)), "Sur"))
    assert (min(sur), set(sur.values())) == (at(22), {100})


def test_a_device_that_fell_silent_weeks_before_the_range_still_lacks_its_readings(
    grafana: Grafana,
) -> None:
    later = END + timedelta(days=20)
    rows = grafana.ask(find("salud", "Reconectadores"), later, later + timedelta(hours=1))
    norte = next(row for row in rows if row["Reconectador"] == "Norte")
    assert (norte["Lecturas"], norte["Cobertura"]) == (0, 0)


def test_a_link_that_thins_out_for_the_whole_range_is_not_taken_for_the_usual(
    grafana: Grafana,
) -> None:
    """By the data alone every 5 s would be the period; the configuration says every second."""
    with psycopg.connect(grafana.database.owner, autocommit=True) as owner:
        owner.execute("UPDATE equipos SET periodo_s = 1 WHERE id = 1")
        try:
            thin = grafana.ask(find("salud", "Cobertura"), at(11), at(13))
            (row,) = grafana.ask(
                find("calidad", "Tensión en el rango (indicativa)"), at(11), at(13)
            )
            means = grafana.ask(find("reconectador", "Corrientes"), START, END)
            owner.execute("UPDATE equipos SET periodo_s = NULL WHERE id = 1")
            unknown = grafana.ask(find("salud", "Cobertura"), at(11), at(13))
        finally:
            owner.execute("UPDATE equipos SET periodo_s = 5 WHERE id = 1")
    assert [v for _, v in _series(thin, "Norte")] == pytest.approx([20] * 8)
    assert (row["Ventanas válidas"], row["Cobertura"]) == (0, pytest.approx(20, abs=0.1))
    # A mean of a fifth of the readings is no mean of the minute; an extreme is one all the same.
    assert {v for t, v in _series(means, "A") if t < at(17)} == {None}
    assert all(v is not None for t, v in _series(means, "A máx") if t < at(17))
    assert {v for _, v in _series(unknown, "Norte")} == {None}


def test_collectors_tell_their_queue_while_they_speak(grafana: Grafana) -> None:
    panel = find("salud", "Colectores: el camino hasta aquí")
    (now,) = grafana.ask(panel, START, END)
    assert (now["En espera"], now["Ritmo"], now["Apartadas"]) == (1234, 51.5, 0)
    assert now["La más vieja"] == pytest.approx(120)
    assert now["Enlaces"] == "2 de 2"
    expected = 17_280 + 7_200
    assert float(now["Cobertura"]) == pytest.approx(100 * (expected - 480) / expected, abs=0.01)
    (before,) = grafana.ask(panel, START, at(23))
    assert (before["En espera"], before["Ritmo"]) == (None, None)


def test_two_devices_of_one_name_are_told_apart(grafana: Grafana) -> None:
    with psycopg.connect(grafana.database.owner, autocommit=True) as owner:
        owner.execute("UPDATE equipos SET nombre = 'Norte' WHERE id = 2")
        try:
            power = grafana.ask(find("resumen", "Potencia activa"), at(22), END)
            choices = grafana.ask(find("reconectador", "equipo"), START, END)
        finally:
            owner.execute("UPDATE equipos SET nombre = 'Sur' WHERE id = 2")
    assert {row["metric"] for row in power} == {"Norte (1)", "Norte (2)"}
    assert [row["__text"] for row in choices] == ["Norte (1)", "Norte (2)", "Nuevo"]


def test_the_history_of_alarms_names_their_state(grafana: Grafana) -> None:
    rows = grafana.ask(find("eventos", "Alarmas"), START, END, equipo=["1"])
    assert [(r["Código"], r["Prioridad"], r["Quién"]) for r in rows] == [
        ("AC_OFF", 2, "Norte"),
        ("LOCKOUT_FALLA", 1, "Norte"),
    ]
    assert grafana.ask(find("eventos", "Alarmas"), START, END, equipo=["2"]) == []


def test_every_mark_has_its_word(grafana: Grafana) -> None:
    with psycopg.connect(grafana.database.owner, autocommit=True) as owner:
        owner.execute(
            "INSERT INTO mediciones (fecha_hora, equipo_id, colector_id, calidad)"
            " VALUES (%s, 3, 1, 127)",
            (at(5),),
        )
        try:
            if grafana.database.timescale:
                owner.execute("CALL refresh_continuous_aggregate('mediciones_1min', NULL, NULL)")
                owner.execute("CALL refresh_continuous_aggregate('mediciones_15min', NULL, NULL)")
            rows = grafana.ask(find("salud", "Reconectadores"), START, END)
        finally:
            owner.execute("DELETE FROM mediciones WHERE equipo_id = 3")
            if grafana.database.timescale:
                owner.execute("CALL refresh_continuous_aggregate('mediciones_1min', NULL, NULL)")
                owner.execute("CALL refresh_continuous_aggregate('mediciones_15min', NULL, NULL)")
    marks = next(row["Marcas"] for row in rows if row["Reconectador"] == "Nuevo")
    assert len(marks.split(", ")) == len(Quality) == 7


def test_several_devices_are_asked_for_together(grafana: Grafana) -> None:
    statement = find("eventos", "Secuencia de eventos")
    one = grafana.ask(statement, START, END, equipo=["1"])
    both = grafana.ask(statement, START, END, equipo=["1", "2"])
    assert {row["equipo_id"] for row in one} == {1}
    assert {row["equipo_id"] for row in both} == {1, 2}
    links = grafana.ask(statement, START, END, equipo=["1", "2"], clase=["enlace"])
    assert {row["Clase"] for row in links} == {"enlace"}


def test_a_quote_in_a_variable_stays_a_quote(grafana: Grafana) -> None:
    statement = find("eventos", "Secuencia de eventos")
    assert grafana.ask(statement, START, END, equipo=["1') OR (true"]) == []
