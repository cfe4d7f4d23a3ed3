"""*Reconectador*: one device, everything that it measures."""

from __future__ import annotations

from collections.abc import Sequence

from grafana_foundation_sdk.builders import dashboard as build

from . import formulas, links, marks, panels, style
from .sql import DEVICE, NOW, latest, readings, series, with_gaps

_PHASE = "lower(left(metric, 1)) IN (${fase:sqlstring})"
_LIMITS = ("nominal +8 %", "nominal -8 %")
_UNBALANCE_U = formulas.voltage_unbalance("vab", "vbc", "vca", "tension_nominal")
_UNBALANCE_I = formulas.current_unbalance("ia", "ib", "ic")
_SEQUENCE_I = formulas.negative_sequence_current("ia", "ib", "ic", "in_res")


def _columns(names: Sequence[str]) -> list[str]:
    return [f"{name}{suffix}" for name in names for suffix in ("", "_min", "_max")]


def _bands(names: dict[str, str]) -> dict[str, str]:
    """Per series its mean, and its extremes where the table has them."""
    values = {}
    for shown, column in names.items():
        values[shown] = column
        values[f"{shown} mín"] = f"{column}_min"
        values[f"{shown} máx"] = f"{column}_max"
    return values


_POSITION = f"""{with_gaps(readings(["estado"]), ["estado"])}
SELECT fecha_hora AS "time", 'Posición' AS metric, estado::float8 AS valor
FROM puntos ORDER BY 1"""

_NOW_COLUMNS = (
    "fecha_hora, estado, ia, ib, ic, in_res, vab, vbc, vca, p_act, p_react, s_apar, fp, frec"
)


def _live(*named: tuple[str, str]) -> str:
    return ", ".join(f'CASE WHEN viva THEN {value} END AS "{name}"' for value, name in named)


_STATE = f"""WITH {latest("fecha_hora, estado")}
SELECT CASE WHEN viva THEN estado END AS "Posición", edad AS "Edad del dato"
FROM ultima WHERE equipo_id = {DEVICE}"""

_FIGURES = f"""WITH {latest(_NOW_COLUMNS)}
SELECT {
    _live(
        ("ia", "Ia"),
        ("ib", "Ib"),
        ("ic", "Ic"),
        ("in_res", "In"),
        ("vab", "Vab"),
        ("vbc", "Vbc"),
        ("vca", "Vca"),
        ("p_act", "P"),
        ("p_react", "Q"),
        ("s_apar", "S"),
        ("fp", "FP"),
        ("frec", "f"),
        (_UNBALANCE_U, "u2"),
        (_UNBALANCE_I, "Desbalance I"),
    )
}
FROM ultima WHERE equipo_id = {DEVICE}"""

_LAST_OPERATION = f"""SELECT {marks.SENTENCE} AS "Última operación"
FROM operaciones AS o WHERE o.equipo_id = {DEVICE} AND o.inicio_hasta <= {NOW}
ORDER BY o.inicio_hasta DESC LIMIT 1"""

_COUNTERS = (
    ("co_total", "Maniobras cierre-apertura"),
    ("desgaste_contacto", "Desgaste de contactos, %"),
    ("desgaste_mec", "Desgaste mecánico, %"),
    ("disp_oc_a", "Disparos por sobrecorriente, A"),
    ("disp_oc_b", "Disparos por sobrecorriente, B"),
    ("disp_oc_c", "Disparos por sobrecorriente, C"),
    ("disp_ef", "Disparos por falla a tierra"),
    ("disp_sef", "Disparos por falla a tierra sensible"),
    ("disp_uv", "Disparos por subtensión"),
    ("disp_uf", "Disparos por subfrecuencia"),
    ("kvah_dir", "Energía aparente directa, kVAh"),
    ("kvarh_dir", "Energía reactiva directa, kvarh"),
    ("kvah_inv", "Energía aparente inversa, kVAh"),
    ("kvarh_inv", "Energía reactiva inversa, kvarh"),
)

_COUNTER_ROWS = ", ".join(
    f"({i}, '{text}', z.{name}::float8, (z.{name} - a.{name})::float8)"
    for i, (name, text) in enumerate(_COUNTERS)
)
_COUNTER_NAMES = ", ".join(name for name, _ in _COUNTERS)
_COUNTER_TABLE = f"""WITH z AS (
  SELECT fecha_hora, {_COUNTER_NAMES} FROM contadores
  WHERE equipo_id = {DEVICE} AND $__timeFilter(fecha_hora) ORDER BY fecha_hora DESC LIMIT 1
), a AS (
  SELECT fecha_hora, {_COUNTER_NAMES} FROM contadores
  WHERE equipo_id = {DEVICE} AND $__timeFilter(fecha_hora) ORDER BY fecha_hora LIMIT 1
)
SELECT s.nombre AS "Contador", s.valor AS "Valor", s.cambio AS "Cambio en el rango",
  z.fecha_hora AS "Leído"
FROM z CROSS JOIN a CROSS JOIN LATERAL (VALUES {_COUNTER_ROWS}) AS s (orden, nombre, valor, cambio)
ORDER BY s.orden"""

_EVENTS = f"""SELECT v.fecha_hora AS "Visto", v.incertidumbre AS "±", v.texto AS "Evento",
  v.anterior AS "Antes", v.nuevo AS "Después", v.calidad AS "Calidad"
FROM eventos AS v
WHERE v.equipo_id = {DEVICE} AND $__timeFilter(v.fecha_hora)
ORDER BY v.fecha_hora DESC, v.id DESC LIMIT 200"""


def _header(board: build.Dashboard) -> None:
    board.with_panel(
        panels.figures(
            "Ahora",
            "Posición y edad de la última lectura hasta el fin del rango. Sin lectura vigente la "
            "posición no se conoce.",
            _STATE,
            {
                "Posición": style.state(style.POSITION),
                "Edad del dato": style.field("s", 0),
            },
            width=6,
        )
    )
    board.with_panel(
        panels.figures(
            "Última operación",
            "La última hasta el fin del rango, en hora de la instalación. La corriente es la del "
            "propio disparo; si el equipo no la renovó, no se dice.",
            _LAST_OPERATION,
            {"Última operación": style.field("string")},
            width=18,
        )
    )
    figures = panels.figures(
        "Magnitudes de la última lectura",
        "Una raya es un valor que no se conoce, o que no está vigente. u2 y el desbalance de "
        "corrientes se calculan de los valores eficaces; el segundo, desde 10 A de media.",
        _FIGURES,
        {
            **{name: style.field("amp", 0) for name in ("Ia", "Ib", "Ic", "In")},
            **{name: style.field("volt", 2) for name in ("Vab", "Vbc", "Vca")},
            "P": style.field("kwatt", 2),
            "Q": style.field("kvoltampreact", 0),
            "S": style.field("kvoltamp", 2),
            "FP": style.field("none", 3),
            "f": style.field("hertz", 2),
            "u2": style.field("percent", 2),
            "Desbalance I": style.field("percent", 1),
        },
        width=24,
        height=3,
    )
    board.with_panel(figures)
    board.with_panel(
        panels.timeline(
            "Posición",
            "Sin lecturas no hay posición. En rangos largos cada tramo muestra la última posición "
            "conocida del tramo; las operaciones breves se ven como marcas.",
            _POSITION,
            style.POSITION,
            height=3,
        )
    )
    board.with_panel(
        panels.timeline(
            "Enlace",
            "Según los eventos del enlace. Si nadie interroga al equipo, el enlace no se conoce.",
            links.link_states(f"= {DEVICE}"),
            style.LINK,
            height=3,
        )
    )


def _voltages_and_currents(board: build.Dashboard) -> None:
    more = " La banda pálida va del mínimo al máximo de cada tramo, cuando no son lecturas sueltas."
    line = {"AB": "vab", "BC": "vbc", "CA": "vca"}
    limits = {_LIMITS[0]: "1.08 * tension_nominal", _LIMITS[1]: "0.92 * tension_nominal"}
    board.with_panel(
        panels.trend(
            "Tensiones de línea",
            "Vab, Vbc y Vca; a trazos, la nominal del equipo ±8 %." + more,
            series({**_bands(line), **limits}, _columns(list(line.values()))),
            unit="volt",
            decimals=2,
            colors=style.PHASES,
            limits=_LIMITS,
        )
    )
    current = {"A": "ia", "B": "ib", "C": "ic"}
    board.with_panel(
        panels.trend(
            "Corrientes",
            "Ia, Ib e Ic de las fases elegidas." + more,
            series(_bands(current), _columns(list(current.values())), only=_PHASE),
            unit="amp",
            decimals=0,
            colors=style.PHASES,
        )
    )
    earth = {"A": "va", "B": "vb", "C": "vc"}
    board.with_panel(
        panels.trend(
            "Tensiones fase-tierra, lado ABC",
            "Va, Vb y Vc de las fases elegidas." + more,
            series(_bands(earth), _columns(list(earth.values())), only=_PHASE),
            unit="volt",
            decimals=2,
            colors=style.PHASES,
        )
    )
    other = {"R": "vr", "S": "vs", "T": "vt"}
    board.with_panel(
        panels.trend(
            "Tensiones fase-tierra, lado RST",
            "Vr, Vs y Vt: el otro lado del reconectador." + more,
            series(_bands(other), _columns(list(other.values()))),
            unit="volt",
            decimals=2,
            colors=style.PHASES,
        )
    )


def _power(board: build.Dashboard) -> None:
    board.with_panel(
        panels.trend(
            "Potencias",
            "P en kW, negativa en flujo inverso; Q en kvar y S en kVA, sin signo.",
            series({"P": "p_act", "Q": "p_react", "S": "s_apar"}, ["p_act", "p_react", "s_apar"]),
            unit="none",
            decimals=0,
            colors={"P": style.STRONG, "Q": style.MEDIUM, "S": style.GREY},
        )
    )
    board.with_panel(
        panels.trend(
            "Factor de potencia",
            "Total, sin signo: el equipo no dice si es inductivo o capacitivo.",
            series(_bands({"FP": "fp"}), _columns(["fp"])),
            unit="none",
            decimals=3,
            colors={"FP": style.STRONG},
        )
    )
    board.with_panel(
        panels.trend(
            "Frecuencia",
            "Del lado ABC. Sin tensión no hay frecuencia: un hueco es normal.",
            series(_bands({"f": "frec"}), _columns(["frec"])),
            unit="hertz",
            decimals=2,
            colors={"f": style.STRONG},
        )
    )
    board.with_panel(
        panels.trend(
            "Corriente residual",
            "3I0." + " La banda pálida va del mínimo al máximo de cada tramo.",
            series(_bands({"In": "in_res"}), _columns(["in_res"])),
            unit="amp",
            decimals=0,
            colors={"In": style.STRONG},
        )
    )
    board.with_panel(
        panels.trend(
            "Desbalance de tensiones u2",
            "Secuencia negativa sobre positiva, de las tres tensiones de línea (IEC 61000-4-30, "
            "5.7), con valores eficaces. Hueco si falta una o baja de la mitad de la nominal. Por "
            "debajo de 2 % no se distingue del error de los sensores.",
            series({"u2": _UNBALANCE_U}, ["vab", "vbc", "vca"]),
            unit="percent",
            decimals=2,
            colors={"u2": style.STRONG},
        )
    )
    board.with_panel(
        panels.trend(
            "Desbalance de corrientes",
            "Mayor apartamiento de la media (NEMA), y I2/I1 cuando la residual es menor que 5 % de "
            "la media. Hueco por debajo de 10 A de media.",
            series({"NEMA": _UNBALANCE_I, "I2/I1": _SEQUENCE_I}, ["ia", "ib", "ic", "in_res"]),
            unit="percent",
            decimals=1,
            colors={"NEMA": style.STRONG, "I2/I1": style.MEDIUM},
        )
    )


def _tables(board: build.Dashboard) -> None:
    board.with_panel(
        panels.rows(
            "Contadores",
            "Última lectura del rango y su diferencia con la primera. Una diferencia negativa es "
            "un contador que dio la vuelta o un equipo cambiado.",
            _COUNTER_TABLE,
            {
                "Valor": style.field("none", 1),
                "Cambio en el rango": style.field("none", 1),
                "Leído": style.field("dateTimeAsLocal", width=170),
            },
            width=10,
            height=11,
        )
    )
    board.with_panel(
        panels.rows(
            "Eventos",
            "Los 200 últimos del rango. Cada uno ocurrió en los segundos ± anteriores a su hora.",
            _EVENTS,
            {
                "Visto": style.field("dateTimeAsLocal", width=170),
                "±": style.field("s", 1, width=80),
            },
            width=14,
            height=11,
        )
    )


def dashboard() -> build.Dashboard:
    """One recloser: position, link, magnitudes, unbalance, counters, last operation."""
    board = panels.board(
        "Reconectador",
        "celador-reconectador",
        "Un reconectador: posición, tensiones, corrientes, potencias, desbalances y contadores.",
        since="now-1h",
        refresh="10s",
    )
    board.with_variable(panels.device_variable())
    phases = {"A": "a", "B": "b", "C": "c"}
    board.with_variable(panels.choice("fase", "Fase", phases, several=True, chosen=list(phases)))
    for mark in (marks.operations(), marks.lost_links(), marks.holes()):
        board.annotation(mark)
    _header(board)
    _voltages_and_currents(board)
    _power(board)
    _tables(board)
    return board
