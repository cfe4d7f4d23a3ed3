"""*Calidad de energía*: windows of 10 and 15 minutes, indicative.

What polling RMS values allows: no class of IEC 61000-4-30, and every title says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard as build

from . import formulas, marks, panels, style
from .sql import DEVICE, NOW, SHORT, cadence, with_gaps

_ORIGIN = "TIMESTAMPTZ '2000-01-01 00:00:00+00'"
_WINDOW = f"(CASE WHEN {SHORT} THEN ${{ventana}} ELSE 900 END)"
"""Length of a window in s: as chosen up to 15 days, and 15 minutes beyond."""
_SPAN = f"{_WINDOW} * INTERVAL '1 second'"
_POINT = f"greatest({_SPAN}, $__interval_ms * INTERVAL '1 millisecond')"
"""What one point of a panel covers."""
_ALIGNED = f"date_bin({_SPAN}, $__timeFrom()::timestamptz, {_ORIGIN})"
_LINES = ("vab", "vbc", "vca")


def _windows(*quantities: str) -> str:
    """Windows of the chosen device: from minutes, or beyond 15 days from the quarters of an hour.

    A voltage's mean is quadratic over the minutes' means (what varies within a minute is too
    little to matter); the other quantities' are arithmetic. `u_min` and `u_max` are the extremes
    of the line-to-line voltages.
    """
    lowest, highest = (
        f"{function}({', '.join(f'{v}_{suffix}' for v in _LINES)})::float8"
        for function, suffix in (("least", "min"), ("greatest", "max"))
    )
    means = ", ".join(f"{_mean(q)} AS {q}, sum({q}_n)::float8 AS {q}_n" for q in quantities)
    ready = ", ".join(f"{q}, {q}_n::float8" for q in quantities)
    return f"""SELECT equipo_id, date_bin({_SPAN}, fecha_hora, {_ORIGIN}) AS fecha_hora,
    sum(muestras)::float8 AS muestras, {means}, min({lowest}) AS u_min, max({highest}) AS u_max
  FROM mediciones_1min
  WHERE equipo_id = {DEVICE} AND fecha_hora >= {_ALIGNED} AND fecha_hora < $__timeTo() AND {SHORT}
  GROUP BY 1, 2
  UNION ALL SELECT equipo_id, fecha_hora, muestras::float8, {ready}, {lowest}, {highest}
  FROM mediciones_15min
  WHERE equipo_id = {DEVICE} AND fecha_hora >= {_ALIGNED} AND fecha_hora < $__timeTo()
    AND NOT ({SHORT})"""


def _mean(quantity: str) -> str:
    """The mean of the minutes' means, weighted with their readings."""
    count = f"nullif(sum({quantity}_n), 0)"
    if quantity in _LINES:
        return f"sqrt(sum({quantity}_n * {quantity} ^ 2) / {count})"
    return f"sum({quantity}_n * {quantity}) / {count}"


_EXPECTED = f"(por_cuarto * {_WINDOW} / 900)"


def _valid(expression: str, *quantities: str) -> str:
    """The expression where each quantity was there in 80 % of the expected readings."""
    enough = " AND ".join(f"{q}_n >= 0.8 * {_EXPECTED}" for q in quantities)
    return f"CASE WHEN {enough} THEN {expression} END"


def _windowed(
    values: dict[str, str], quantities: Sequence[str], limits: dict[str, str] | None = None
) -> str:
    """Series of windows; where a point of the panel covers several, their mean and extremes."""
    judged, spread, columns, shown = [], [], [], []
    for n, (name, value) in enumerate(values.items()):
        judged.append(f"({value})::float8 AS m{n}")
        spread.append(
            f"avg(m{n}) AS m{n}, min(m{n}) AS i{n}, max(m{n}) AS a{n}, count(m{n}) AS n{n}"
        )
        columns += [f"m{n}", f"i{n}", f"a{n}", f"n{n}"]
        shown += [f"('{name}', m{n})", f"('{name} mín', CASE WHEN n{n} > 1 THEN i{n} END)"]
        shown.append(f"('{name} máx', CASE WHEN n{n} > 1 THEN a{n} END)")
    source = f"""WITH {cadence(f"= {DEVICE}")}
  SELECT equipo_id, date_bin({_POINT}, fecha_hora, {_ORIGIN}) AS fecha_hora, {", ".join(spread)}
  FROM (
    SELECT v.equipo_id, v.fecha_hora, {", ".join(judged)}
    FROM ({_windows(*quantities)}) AS v
    JOIN equipos ON equipos.id = v.equipo_id
    JOIN cadencia AS c ON c.equipo_id = v.equipo_id
  ) AS juzgadas
  GROUP BY 1, 2"""
    return f"""{with_gaps(source, columns, step=_POINT)}
SELECT t AS "time", metric, valor::float8 AS valor FROM (
  SELECT fecha_hora AS t, metric, valor
  FROM puntos CROSS JOIN LATERAL (VALUES {", ".join(shown)}) AS s (metric, valor)
  {_constant(limits) if limits else ""}
) AS todo
ORDER BY 1, 2"""


def _constant(limits: dict[str, str]) -> str:
    """A line from one end of the range to the other for each limit."""
    values = ", ".join(f"('{name}', ({value})::float8)" for name, value in limits.items())
    return f"""UNION ALL SELECT t, metric, valor
  FROM (VALUES ($__timeFrom()::timestamptz), ($__timeTo()::timestamptz)) AS r (t)
  CROSS JOIN (VALUES {values}) AS s (metric, valor)"""


_DEVIATIONS = [formulas.deviation(v, "tension_nominal") for v in _LINES]
_U2 = formulas.voltage_unbalance("vab", "vbc", "vca", "tension_nominal")
_OUT = " OR ".join(f"abs({d}) > ${{banda}}" for d in _DEVIATIONS)
_MARKED = "(u_min < 0.9 * tension_nominal OR u_max > 1.1 * tension_nominal)"
_ALL_VALID = _valid("TRUE", *_LINES)

_EXPECTED_IN_RANGE = f"(max(esperadas) * extract(EPOCH FROM {NOW} - {_ALIGNED}) / {_WINDOW})"

_CONFORMITY = f"""WITH ventanas AS (
  {_windows(*_LINES)}
), {cadence(f"= {DEVICE}")}, juzgadas AS (
  SELECT ({_ALL_VALID}) AS valida, ({_OUT}) AS fuera, {_MARKED} AS marcada,
    {_valid(_U2, *_LINES)} AS u2, {_EXPECTED} AS esperadas, muestras
  FROM ventanas AS p JOIN equipos ON equipos.id = p.equipo_id
  JOIN cadencia AS c ON c.equipo_id = p.equipo_id
)
SELECT count(*) FILTER (WHERE valida) AS "Ventanas válidas",
  100.0 * count(*) FILTER (WHERE valida AND fuera)
    / nullif(count(*) FILTER (WHERE valida), 0) AS "Fuera de banda",
  100.0 * count(*) FILTER (WHERE valida AND fuera AND NOT marcada)
    / nullif(count(*) FILTER (WHERE valida AND NOT marcada), 0) AS "Fuera, sin las marcadas",
  count(*) FILTER (WHERE valida AND marcada) AS "Marcadas",
  percentile_cont(0.95) WITHIN GROUP (ORDER BY u2) AS "u2, percentil 95",
  {formulas.share("sum(muestras)", _EXPECTED_IN_RANGE)} AS "Cobertura"
FROM juzgadas"""

_DEMAND = f"""WITH {cadence(f"= {DEVICE}")}, bloques AS (
  SELECT m.fecha_hora, m.p_act, m.s_apar, m.muestras FROM mediciones_15min AS m
  JOIN cadencia AS c ON c.equipo_id = m.equipo_id
  WHERE m.equipo_id = {DEVICE} AND $__timeFilter(m.fecha_hora) AND m.p_act_n >= 0.8 * c.por_cuarto
), mayor AS (
  SELECT fecha_hora, p_act FROM bloques ORDER BY p_act DESC, fecha_hora LIMIT 1
)
SELECT (SELECT p_act FROM mayor) AS "Demanda máxima",
  (SELECT fecha_hora FROM mayor) AS "Cuándo",
  max(s_apar) AS "S máxima", avg(p_act) AS "Demanda media",
  CASE WHEN max(p_act) > 0 THEN 100 * avg(p_act) / max(p_act) END AS "Factor de carga",
  count(*) AS "Bloques válidos"
FROM bloques"""


def _figures(board: build.Dashboard) -> None:
    percent = style.field("percent", 2)
    board.with_panel(
        panels.figures(
            "Tensión en el rango (indicativa)",
            "Ventanas con 80 % o más de las lecturas esperadas en las tres tensiones de línea; "
            "está fuera la que tiene alguna más allá de la banda elegida. Marcada: con una lectura "
            "por debajo de 90 % o por encima de 110 % de la nominal. De más de 15 días, siempre "
            "ventanas de 15 min.",
            _CONFORMITY,
            {
                "Ventanas válidas": style.field("none", 0),
                "Fuera de banda": percent,
                "Fuera, sin las marcadas": percent,
                "Marcadas": style.field("none", 0),
                "u2, percentil 95": percent,
                "Cobertura": style.field("percent", 1),
            },
            width=14,
        )
    )
    board.with_panel(
        panels.figures(
            "Demanda en el rango (indicativa)",
            "Bloques de 15 min de reloj con 80 % o más de las lecturas esperadas. El factor de "
            "carga es la demanda media sobre la máxima de los bloques válidos.",
            _DEMAND,
            {
                "Demanda máxima": style.field("kwatt", 2),
                "Cuándo": style.field("dateTimeAsLocal"),
                "S máxima": style.field("kvoltamp", 2),
                "Demanda media": style.field("kwatt", 2),
                "Factor de carga": style.field("percent", 1),
                "Bloques válidos": style.field("none", 0),
            },
            width=10,
        )
    )


_HOLES = " Una ventana con menos de 80 % de las lecturas esperadas es un hueco."


@dataclass(frozen=True, slots=True)
class _Curve:
    """One quantity over the windows: what it is called, its expression, its limits."""

    title: str
    description: str
    values: dict[str, str]
    quantities: Sequence[str]
    limits: dict[str, str]
    unit: str
    decimals: int


_CURVES = (
    _Curve(
        "Desbalance de tensiones u2 (indicativo)",
        "Secuencia negativa sobre positiva, de las tensiones de línea de cada ventana; a trazos, "
        "2 %. Por debajo no se distingue del error de los sensores." + _HOLES,
        {"u2": _valid(_U2, *_LINES)},
        _LINES,
        {"2 %": "2"},
        "percent",
        2,
    ),
    _Curve(
        "Frecuencia (indicativa)",
        "Media de cada ventana; a trazos, 50 Hz ±1 %." + _HOLES,
        {"f": _valid("frec", "frec")},
        ("frec",),
        {"+1 %": "50.5", "-1 %": "49.5"},
        "hertz",
        3,
    ),
    _Curve(
        "Factor de potencia (indicativo)",
        "Media de cada ventana, sin signo: el equipo no dice si es inductivo o capacitivo; a "
        "trazos, 0,95." + _HOLES,
        {"FP": _valid("fp", "fp")},
        ("fp",),
        {"0,95": "0.95"},
        "none",
        3,
    ),
    _Curve(
        "Cobertura de las ventanas",
        "Lecturas que hay sobre las que debería haber con el período configurado; a trazos, las "
        "que hacen falta.",
        {"cobertura": formulas.share("muestras", _EXPECTED)},
        ("vab",),
        {"80 %": "80"},
        "percent",
        1,
    ),
)


def _curves(board: build.Dashboard) -> None:
    named = dict(zip(("AB", "BC", "CA"), _DEVIATIONS, strict=True))
    board.with_panel(
        panels.trend(
            "Desviación de la tensión (indicativa)",
            "Media cuadrática de cada ventana respecto de la nominal; a trazos, la banda elegida."
            + _HOLES,
            _windowed(
                {n: _valid(d, v) for (n, d), v in zip(named.items(), _LINES, strict=True)},
                _LINES,
                {"banda +": "${banda}", "banda -": "-${banda}"},
            ),
            unit="percent",
            decimals=2,
            width=24,
            height=9,
            colors=style.PHASES,
            limits=("banda +", "banda -"),
        )
    )
    for curve in _CURVES:
        board.with_panel(
            panels.trend(
                curve.title,
                curve.description,
                _windowed(curve.values, curve.quantities, curve.limits),
                unit=curve.unit,
                decimals=curve.decimals,
                colors=dict.fromkeys(curve.values, style.STRONG),
                limits=list(curve.limits),
            )
        )
    board.with_panel(
        panels.trend(
            "Demanda (indicativa)",
            "Potencia activa y aparente medias de cada ventana (kW, kVA). Para la demanda de "
            "facturación elija ventanas de 15 min." + _HOLES,
            _windowed(
                {"P": _valid("p_act", "p_act"), "S": _valid("s_apar", "s_apar")},
                ("p_act", "s_apar"),
            ),
            unit="none",
            decimals=0,
            width=24,
            colors={"P": style.STRONG, "S": style.MEDIUM},
        )
    )


def dashboard() -> build.Dashboard:
    """Voltage deviation, unbalance, frequency, power factor and demand by windows."""
    board = panels.board(
        "Calidad de energía",
        "celador-calidad",
        "Indicativa: valores eficaces leídos cada pocos segundos, no una medición de clase A ni S "
        "(IEC 61000-4-30). Ni armónicas ni flicker: el equipo no los da por Modbus.",
        since="now-7d",
        refresh="5m",
    )
    board.with_variable(panels.device_variable())
    board.with_variable(panels.choice("ventana", "Ventana", {"10 min": "600", "15 min": "900"}))
    bands = {"±8 %": "8", "±5 %": "5", "±10 %": "10"}
    board.with_variable(panels.choice("banda", "Banda", bands))
    board.annotation(marks.operations())
    board.annotation(marks.lost_links())
    _figures(board)
    _curves(board)
    return board
