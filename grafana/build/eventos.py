"""*Eventos y operaciones*: what happened, newest first."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as build

from . import marks, panels, style
from .sql import DEVICES

_CHOSEN = f"IN {DEVICES}"

_BY_CAUSE = f"""SELECT coalesce(o.causa, 'sin causa conocida') AS "Causa",
  count(*) AS "Operaciones", sum(o.disparos) AS "Disparos",
  count(*) FILTER (WHERE o.resultado = 'recierre exitoso') AS "Recierre exitoso",
  count(*) FILTER (WHERE o.resultado = 'bloqueo') AS "Bloqueo",
  max(CASE WHEN o.maximos_propios = 1
    THEN greatest(o.ia_max, o.ib_max, o.ic_max) END) AS "Mayor corriente"
FROM operaciones AS o
WHERE o.equipo_id {_CHOSEN} AND $__timeFilter(o.inicio_hasta)
GROUP BY 1 ORDER BY 2 DESC, 1"""

_PER_INTERVAL = f"""SELECT $__timeGroupAlias(v.fecha_hora,$__interval),
  v.clase AS metric, count(*)::float8 AS valor
FROM eventos AS v
WHERE (v.equipo_id {_CHOSEN} OR v.equipo_id IS NULL) AND v.clase IN (${{clase:sqlstring}})
  AND $__timeFilter(v.fecha_hora)
GROUP BY 1, 2 ORDER BY 1, 2"""

_OPERATIONS = f"""SELECT o.inicio_hasta AS "Comienzo",
  extract(EPOCH FROM o.inicio_hasta - o.inicio_desde)::float8 AS "±",
  e.rotulo AS "Reconectador", {marks.SENTENCE} AS "Operación",
  o.tipo AS "Tipo", o.causa AS "Causa", o.fases AS "Fases", o.disparos AS "Disparos",
  o.recierres AS "Recierres", o.resultado AS "Resultado",
  CASE WHEN o.maximos_propios = 1 THEN o.ia_max END AS "Ia máx",
  CASE WHEN o.maximos_propios = 1 THEN o.ib_max END AS "Ib máx",
  CASE WHEN o.maximos_propios = 1 THEN o.ic_max END AS "Ic máx",
  o.carga_previa_kw AS "Carga previa", o.fin_hasta AS "Fin", o.calidad AS "Calidad",
  o.nota AS "Nota", o.equipo_id
FROM operaciones AS o JOIN equipos_rotulados AS e ON e.id = o.equipo_id
WHERE o.equipo_id {_CHOSEN} AND $__timeFilter(o.inicio_hasta)
ORDER BY o.inicio_hasta DESC, o.id DESC LIMIT 1000"""

_OUTAGES = f"""SELECT i.inicio_hasta AS "Comienzo", e.rotulo AS "Reconectador",
  i.origen AS "Origen", i.duracion_min AS "Al menos", i.duracion_max AS "A lo sumo",
  i.clase_3min AS "Clase (3 min)", i.clase_5min AS "Clase (5 min)",
  i.clientes AS "Clientes", i.ens_kwh AS "ENS", i.fin_hasta AS "Fin",
  CASE i.programada WHEN 1 THEN 'sí' WHEN 0 THEN 'no' END AS "Programada",
  i.calidad AS "Calidad", i.equipo_id
FROM interrupciones AS i JOIN equipos_rotulados AS e ON e.id = i.equipo_id
WHERE i.equipo_id {_CHOSEN} AND $__timeFilter(i.inicio_hasta)
ORDER BY i.inicio_hasta DESC, i.id DESC LIMIT 1000"""

_EVENTS = f"""SELECT v.fecha_hora AS "Visto", v.incertidumbre AS "±",
  coalesce(e.rotulo, c.nombre) AS "Quién", v.clase AS "Clase", v.texto AS "Evento",
  v.anterior AS "Antes", v.nuevo AS "Después", v.punto AS "Punto", v.origen AS "Origen",
  v.calidad AS "Calidad", v.equipo_id
FROM eventos AS v LEFT JOIN equipos_rotulados AS e ON e.id = v.equipo_id
JOIN colectores AS c ON c.id = v.colector_id
WHERE (v.equipo_id {_CHOSEN} OR v.equipo_id IS NULL) AND v.clase IN (${{clase:sqlstring}})
  AND $__timeFilter(v.fecha_hora)
ORDER BY v.fecha_hora DESC, v.id DESC LIMIT 5000"""

_ALARMS = f"""SELECT a.prioridad AS "Prioridad", a.inicio AS "Desde",
  coalesce(e.rotulo, nullif(a.objeto, ''), c.nombre) AS "Quién", a.texto AS "Alarma",
  a.codigo AS "Código", a.estado AS "Estado", a.fin AS "Cesó", a.cierre AS "Terminó",
  a.reconocida AS "Reconocida", a.reconocida_por AS "Por", a.repeticiones AS "Repeticiones",
  a.valor AS "Valor", a.limite AS "Límite", a.motivo AS "Motivo", a.equipo_id
FROM alarmas AS a LEFT JOIN equipos_rotulados AS e ON e.id = a.equipo_id
JOIN colectores AS c ON c.id = a.colector_id
WHERE (a.equipo_id {_CHOSEN} OR a.equipo_id IS NULL) AND $__timeFilter(a.inicio)
ORDER BY a.inicio DESC, a.id DESC LIMIT 1000"""

_TIME = style.field("dateTimeAsLocal", width=170)
_SPREAD = style.field("s", 1, width=80)


def _operations(board: build.Dashboard) -> None:
    link = [panels.device_link()]
    amps = style.field("amp", 0, width=80)
    count = style.field("none", 0, width=100)
    board.with_panel(
        panels.rows(
            "Operaciones por causa",
            "Cuántas hubo en el rango. La corriente es la mayor de las que son del propio disparo.",
            _BY_CAUSE,
            {
                **dict.fromkeys(("Operaciones", "Disparos", "Recierre exitoso", "Bloqueo"), count),
                "Mayor corriente": style.field("amp", 0, width=130),
            },
            width=10,
            height=7,
        )
    )
    board.with_panel(
        panels.bars(
            panels.trend(
                "Eventos en el tiempo",
                "Cuántos por tramo y clase. Sin barra no hubo, o nadie miraba: véase la cobertura "
                "en Salud del sistema.",
                _PER_INTERVAL,
                unit="none",
                decimals=0,
                width=14,
                height=7,
                legend=("sum",),
            )
        )
    )
    board.with_panel(
        panels.rows(
            "Operaciones",
            "Cada una comenzó en los segundos ± anteriores a su hora. Las corrientes máximas son "
            "las del propio disparo; si el equipo no las renovó, una raya.",
            _OPERATIONS,
            {
                "Comienzo": _TIME,
                "±": _SPREAD,
                "Reconectador": link,
                "Operación": [style.prop("custom.width", 420)],
                "Disparos": count,
                "Recierres": count,
                **dict.fromkeys(("Ia máx", "Ib máx", "Ic máx"), amps),
                "Carga previa": style.field("kwatt", 2, width=110),
                "Fin": _TIME,
                "equipo_id": style.HIDDEN,
            },
        )
    )
    board.with_panel(
        panels.rows(
            "Interrupciones del suministro",
            "Del lado de la carga. La duración está entre las dos que se dan; sin fin, sigue.",
            _OUTAGES,
            {
                "Comienzo": _TIME,
                "Reconectador": link,
                "Al menos": style.field("s", 0, width=100),
                "A lo sumo": style.field("s", 0, width=100),
                "Clientes": count,
                "ENS": style.field("kwatth", 1, width=100),
                "Fin": _TIME,
                "equipo_id": style.HIDDEN,
            },
            height=7,
        )
    )


def dashboard() -> build.Dashboard:
    """Operations, outages of supply and the sequence of events."""
    board = panels.board(
        "Eventos y operaciones",
        "celador-eventos",
        "Operaciones, interrupciones y la secuencia de eventos, con su incertidumbre.",
        since="now-7d",
        refresh="1m",
    )
    board.with_variable(panels.device_variable(several=True))
    classes = {"punto": "punto", "enlace": "enlace", "hueco": "hueco", "sistema": "sistema"}
    board.with_variable(
        panels.choice("clase", "Clase de evento", classes, several=True, chosen=list(classes))
    )
    _operations(board)
    board.with_panel(
        panels.rows(
            "Alarmas",
            "Las que se levantaron en el rango, hasta 1000, también las que ya terminaron.",
            _ALARMS,
            {
                "Prioridad": style.state(style.PRIORITY, width=110, cell="color-text"),
                "Desde": _TIME,
                "Alarma": [style.prop("custom.width", 320)],
                "Estado": style.state(style.ENDED_ALARM_STATE, width=170),
                "Cesó": _TIME,
                "Terminó": _TIME,
                "Reconocida": _TIME,
                "Repeticiones": style.field("none", 0, width=110),
                "Valor": style.field("none", 2, width=90),
                "Límite": style.field("none", 2, width=90),
                "equipo_id": style.HIDDEN,
            },
            height=9,
        )
    )
    board.with_panel(
        panels.rows(
            "Secuencia de eventos",
            "El más nuevo arriba, hasta 5000. Cada cambio ocurrió en los segundos ± anteriores a "
            "su hora; los cambios de una misma lectura comparten hora y quedan en el orden en que "
            "se guardaron.",
            _EVENTS,
            {
                "Visto": _TIME,
                "±": _SPREAD,
                "Evento": [style.prop("custom.width", 420)],
                "equipo_id": style.HIDDEN,
            },
            height=14,
        )
    )
    return board
