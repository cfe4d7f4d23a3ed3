"""*Resumen*: the fleet at one glance."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as build

from . import marks, panels, style
from .sql import EVERY_DEVICE, NOW, latest, per_device

_ALL = f"= {EVERY_DEVICE}"
_OPEN_ALARMS = f"a.inicio <= {NOW} AND (a.cierre IS NULL OR a.cierre > {NOW})"
_SHOWN = f"{_OPEN_ALARMS} AND a.estado NOT IN ('SHLVD', 'DSUPR', 'OOSRV') AND a.prioridad <= 3"

_POSITIONS = f"""WITH {latest("estado, fecha_hora")}
SELECT
  count(*) FILTER (WHERE viva AND estado = 1) AS "CERRADO",
  count(*) FILTER (WHERE viva AND estado = 0) AS "ABIERTO",
  count(*) FILTER (WHERE viva AND estado = 2) AS "BLOQUEADO",
  count(*) FILTER (WHERE viva AND estado = 3) AS "RECERRANDO",
  count(*) FILTER (WHERE NOT viva OR estado IS NULL) AS "SIN DATO"
FROM ultima"""

# Where no alarm was ever raised nobody may be watching: that is no figure, and never a good 0.
_WATCHED = "EXISTS (SELECT FROM alarmas)"
_ALARMS = f"""SELECT
  CASE WHEN {_WATCHED} THEN count(*) FILTER (WHERE a.prioridad = 1) END AS "■ críticas",
  CASE WHEN {_WATCHED} THEN count(*) FILTER (WHERE a.prioridad = 2) END AS "▲ altas",
  CASE WHEN {_WATCHED} THEN count(*) FILTER (WHERE a.prioridad = 3) END AS "◆ medias",
  CASE WHEN {_WATCHED} THEN count(*) FILTER (WHERE a.reconocida IS NULL) END AS "sin reconocer"
FROM alarmas AS a WHERE {_SHOWN}"""

_FLEET_LOAD = f"""WITH {latest("p_act, fecha_hora")}
SELECT sum(p_act) FILTER (WHERE viva) AS "Carga",
  count(p_act) FILTER (WHERE viva) AS "Reconectadores que la suman",
  max(edad) AS "Dato más viejo"
FROM ultima"""

_FLEET = f"""WITH {
    latest("fecha_hora, estado, ia, ib, ic, vab, vbc, vca, p_act, s_apar, fp, frec, calidad")
}, abiertas AS (
  SELECT a.equipo_id, min(a.prioridad) AS peor, count(*) AS cuantas
  FROM alarmas AS a WHERE {_SHOWN} GROUP BY a.equipo_id
)
SELECT u.nombre AS "Reconectador",
  CASE WHEN u.viva THEN u.estado END AS "Estado",
  u.edad AS "Edad del dato",
  CASE WHEN {_WATCHED} THEN coalesce(a.cuantas, 0) END AS "Alarmas", a.peor AS "La peor",
  CASE WHEN u.viva THEN u.ia END AS "Ia", CASE WHEN u.viva THEN u.ib END AS "Ib",
  CASE WHEN u.viva THEN u.ic END AS "Ic",
  CASE WHEN u.viva THEN u.vab END AS "Vab", CASE WHEN u.viva THEN u.vbc END AS "Vbc",
  CASE WHEN u.viva THEN u.vca END AS "Vca",
  CASE WHEN u.viva THEN u.p_act END AS "P", CASE WHEN u.viva THEN u.s_apar END AS "S",
  CASE WHEN u.viva THEN u.fp END AS "FP", CASE WHEN u.viva THEN u.frec END AS "f",
  u.lugar AS "Lugar", u.equipo_id
FROM ultima AS u LEFT JOIN abiertas AS a ON a.equipo_id = u.equipo_id
ORDER BY a.peor NULLS LAST, u.nombre"""

_ALARM_LIST = f"""SELECT a.prioridad AS "Prioridad", a.inicio AS "Desde",
  coalesce(e.rotulo, nullif(a.objeto, ''), c.nombre) AS "Reconectador", a.texto AS "Alarma",
  a.codigo AS "Código",
  a.estado AS "Estado", a.reconocida_por AS "Reconocida por", a.repeticiones AS "Repeticiones",
  a.equipo_id
FROM alarmas AS a LEFT JOIN equipos_rotulados AS e ON e.id = a.equipo_id
JOIN colectores AS c ON c.id = a.colector_id
WHERE {_OPEN_ALARMS}
ORDER BY a.prioridad, a.inicio DESC LIMIT 500"""

_LAST_OPERATIONS = f"""SELECT e.rotulo AS "Reconectador", {marks.SENTENCE} AS "Operación",
  o.equipo_id
FROM operaciones AS o JOIN equipos_rotulados AS e ON e.id = o.equipo_id
WHERE o.inicio_hasta <= {NOW}
ORDER BY o.inicio_hasta DESC LIMIT 20"""

_MEAN_VOLTAGE = "100 * (vab + vbc + vca) / 3 / nullif(tension_nominal, 0)"


def _figures(board: build.Dashboard) -> None:
    count = style.field("none", 0)
    board.with_panel(
        panels.figures(
            "Posiciones",
            "Cuántos reconectadores hay en cada posición. SIN DATO: su última lectura tiene más de "
            "dos minutos y de tres períodos, o no dice la posición.",
            _POSITIONS,
            {
                "CERRADO": [*count, style.color_of(style.CLOSED)],
                "ABIERTO": [*count, style.color_of(style.OPEN)],
                "BLOQUEADO": [*count, style.color_of(style.LOCKED_OUT)],
                "RECERRANDO": [*count, style.color_of(style.RECLOSING)],
                "SIN DATO": [*count, style.color_of(style.UNKNOWN)],
            },
            width=10,
        )
    )
    board.with_panel(
        panels.figures(
            "Alarmas abiertas",
            "Vidas de alarma abiertas, sin las apartadas, suprimidas o fuera de servicio. "
            "Una raya: todavía nadie evalúa alarmas en esta instalación.",
            _ALARMS,
            {
                "■ críticas": [*count, style.color_of(style.CRITICAL)],
                "▲ altas": [*count, style.color_of(style.HIGH)],
                "◆ medias": [*count, style.color_of(style.MEDIUM)],
                "sin reconocer": count,
            },
            width=7,
        )
    )
    board.with_panel(
        panels.figures(
            "Carga y datos",
            "Suma de la potencia activa de los reconectadores con dato vigente, cuántos son, y la "
            "edad del dato más viejo de la flota.",
            _FLEET_LOAD,
            {
                "Carga": style.field("kwatt", 2),
                "Reconectadores que la suman": count,
                "Dato más viejo": style.field("s", 0),
            },
            width=7,
        )
    )


def _tables(board: build.Dashboard) -> None:
    link = [panels.device_link(), style.prop("custom.width", 170)]
    amps, volts = style.field("amp", 0, width=80), style.field("volt", 2, width=95)
    board.with_panel(
        panels.rows(
            "Flota",
            "Un renglón por reconectador, el peor primero; su nombre lleva a su tablero. Un dato "
            "que no está vigente es una raya, con su edad al lado; de más de dos días no se busca.",
            _FLEET,
            {
                "Reconectador": link,
                "Estado": style.state(style.POSITION, width=130, cell="color-background"),
                "Edad del dato": style.field("s", 0, width=110),
                "Alarmas": style.field("none", 0, width=80),
                "La peor": style.state(style.PRIORITY, width=100, cell="color-text"),
                **dict.fromkeys(("Ia", "Ib", "Ic"), amps),
                **dict.fromkeys(("Vab", "Vbc", "Vca"), volts),
                "P": style.field("kwatt", 2, width=95),
                "S": style.field("kvoltamp", 2, width=95),
                "FP": style.field("none", 3, width=70),
                "f": style.field("hertz", 2, width=95),
                "equipo_id": style.HIDDEN,
            },
            height=9,
        )
    )
    board.with_panel(
        panels.rows(
            "Alarmas abiertas, una por una",
            "Hasta 500, la peor primero. También las apartadas, suprimidas y fuera de servicio, "
            "con su estado.",
            _ALARM_LIST,
            {
                "Prioridad": style.state(style.PRIORITY, width=110, cell="color-text"),
                "Desde": style.field("dateTimeAsLocal", width=170),
                "Reconectador": link,
                "Estado": style.state(style.ALARM_STATE, width=170),
                "Repeticiones": style.field("none", 0, width=110),
                "equipo_id": style.HIDDEN,
            },
            width=14,
        )
    )
    board.with_panel(
        panels.rows(
            "Últimas operaciones",
            "Las 20 últimas hasta el fin del rango. La hora es la de la instalación; su "
            "incertidumbre está en el tablero de eventos.",
            _LAST_OPERATIONS,
            {"Reconectador": link, "equipo_id": style.HIDDEN},
            width=10,
        )
    )


def _curves(board: build.Dashboard) -> None:
    board.with_panel(
        panels.timeline(
            "Posiciones en el tiempo",
            "En rangos largos cada tramo muestra la última posición conocida del tramo; las "
            "operaciones breves se ven como marcas. Sin lecturas no hay posición.",
            per_device("estado", ["estado"]),
            style.POSITION,
            height=8,
        )
    )
    board.with_panel(
        panels.trend(
            "Potencia activa",
            "Media por minuto, o más en rangos largos; negativa en flujo inverso.",
            per_device("p_act", ["p_act"]),
            unit="kwatt",
            decimals=2,
        )
    )
    board.with_panel(
        panels.trend(
            "Tensión media de línea, de la nominal",
            "Media de Vab, Vbc y Vca sobre la tensión nominal del equipo; hueco si falta alguna.",
            per_device(_MEAN_VOLTAGE, ["vab", "vbc", "vca"]),
            unit="percent",
            decimals=1,
        )
    )


def dashboard() -> build.Dashboard:
    """The fleet: positions, alarms, age of data, load, voltage."""
    board = panels.board(
        "Resumen",
        "celador-resumen",
        "La flota: posición, alarmas abiertas, edad de los datos, carga y tensión.",
        since="now-3h",
        refresh="10s",
    )
    for mark in (marks.operations(_ALL), marks.lost_links(_ALL), marks.holes(_ALL)):
        board.annotation(mark)
    _figures(board)
    _tables(board)
    _curves(board)
    return board
