"""*Salud del sistema*: whether the data can be trusted to be there."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as build

from . import formulas, links, panels, style
from .sql import EVERY_DEVICE, NOW, ZONE, cadence, latest, per_device

_ALL = f"= {EVERY_DEVICE}"

# Expected and present readings by quarter of an hour, hour or day, whichever suits the range. A
# span without rows is 0 % from the device's first reading ever on: nothing arrived. Readings that
# have expired are remembered by the summaries alone. A span counts whole, up to the present.
_ORIGIN = "TIMESTAMPTZ '2000-01-01 00:00:00+00'"
_SINCE = "greatest(desde, $__timeFrom()::timestamptz)"

# The first reading of a device. Sought without bounds it is planned over every chunk there is, a
# sixth of a second with a year of them. So for long spans its hour does, and where the spans are
# short it is sought from a week before the range on; whatever else proves that the device answered
# before the range will do, since only the range counts.
_FIRST = """
    (SELECT fecha_hora FROM primeras_lecturas
    WHERE equipo_id = e.id AND $__interval_ms >= 3600000)
    UNION ALL (SELECT fecha_hora FROM mediciones
    WHERE equipo_id = e.id AND $__interval_ms < 3600000 AND fecha_hora <= $__timeTo()
      AND fecha_hora >= $__timeFrom()::timestamptz - INTERVAL '7 days'
    ORDER BY fecha_hora LIMIT 1)
    UNION ALL (SELECT fecha_hora FROM contadores
    WHERE equipo_id = e.id AND $__interval_ms < 3600000 AND fecha_hora < $__timeFrom()
    ORDER BY fecha_hora LIMIT 1)
    UNION ALL (SELECT fecha_hora FROM eventos
    WHERE equipo_id = e.id AND $__interval_ms < 3600000 AND fecha_hora < $__timeFrom()
      AND clase = 'enlace' AND 'arriba' IN (anterior, nuevo)
    ORDER BY fecha_hora LIMIT 1)
  """
_SPANS = f"""filas AS (
  SELECT equipo_id, fecha_hora, muestras FROM mediciones_15min
  WHERE $__interval_ms < 300000 AND $__timeFilter(fecha_hora)
  UNION ALL SELECT equipo_id, fecha_hora, muestras FROM mediciones_1h
  WHERE $__interval_ms >= 300000 AND $__interval_ms < 3600000 AND $__timeFilter(fecha_hora)
  UNION ALL SELECT equipo_id, fecha_hora, muestras FROM mediciones_1dia
  WHERE $__interval_ms >= 3600000 AND $__timeFilter(fecha_hora)
), primera AS (
  SELECT e.id AS equipo_id, CASE WHEN f.fecha_hora < m.fecha_hora - INTERVAL '1 day'
    THEN f.fecha_hora ELSE coalesce(m.fecha_hora, f.fecha_hora) END AS desde
  FROM equipos AS e
  LEFT JOIN LATERAL (SELECT min(fecha_hora) AS fecha_hora FROM ({_FIRST}) AS v) AS m ON TRUE
  LEFT JOIN (
    SELECT equipo_id, min(fecha_hora) AS fecha_hora FROM filas GROUP BY equipo_id
  ) AS f ON f.equipo_id = e.id
  WHERE m.fecha_hora IS NOT NULL OR f.fecha_hora IS NOT NULL
), tramos AS (
  SELECT equipo_id, t AS fecha_hora, greatest(t, desde) AS comienzo, least(t + paso, now()) AS fin
  FROM primera
  CROSS JOIN LATERAL (
    SELECT CASE WHEN $__interval_ms < 300000 THEN INTERVAL '15 minutes'
      ELSE INTERVAL '1 hour' END AS paso
  ) AS p
  CROSS JOIN LATERAL generate_series(date_bin(paso, {_SINCE}, {_ORIGIN}), {NOW}, paso) AS t
  WHERE $__interval_ms < 3600000 AND t >= $__timeFrom() AND t < {NOW}
  UNION ALL
  SELECT equipo_id, d AT TIME ZONE {ZONE}, greatest(d AT TIME ZONE {ZONE}, desde),
    least((d + INTERVAL '1 day') AT TIME ZONE {ZONE}, now())
  FROM primera
  CROSS JOIN LATERAL generate_series(
    date_trunc('day', {_SINCE} AT TIME ZONE {ZONE}), {NOW} AT TIME ZONE {ZONE}, INTERVAL '1 day'
  ) AS d
  WHERE $__interval_ms >= 3600000 AND d AT TIME ZONE {ZONE} >= $__timeFrom()
    AND d AT TIME ZONE {ZONE} < {NOW}
), cobertura AS (
  SELECT t.equipo_id, t.fecha_hora, coalesce(f.muestras, 0) AS lecturas,
    c.por_cuarto * extract(EPOCH FROM t.fin - t.comienzo)::float8 / 900 AS esperadas
  FROM tramos AS t
  JOIN cadencia AS c ON c.equipo_id = t.equipo_id
  LEFT JOIN filas AS f ON f.equipo_id = t.equipo_id AND f.fecha_hora = t.fecha_hora
  WHERE t.fin > t.comienzo
)"""

# What one span has too much must not stand for what another one lacks.
_COUNTED = "CASE WHEN lecturas > esperadas THEN esperadas ELSE lecturas END"

_COVERAGE = f"""WITH {cadence(_ALL)}, {_SPANS}
SELECT c.fecha_hora AS "time", e.rotulo AS metric,
  ({formulas.share("c.lecturas", "c.esperadas")})::float8 AS valor
FROM cobertura AS c JOIN equipos_rotulados AS e ON e.id = c.equipo_id
ORDER BY 1, 2"""

_LINKS_NOW = """enlaces AS (
  SELECT DISTINCT ON (equipo_id) equipo_id, CASE nuevo WHEN 'arriba' THEN 1 WHEN 'abajo' THEN 0 END
    AS arriba, fecha_hora AS desde
  FROM eventos WHERE clase = 'enlace' AND fecha_hora <= $__timeTo()
  ORDER BY equipo_id, fecha_hora DESC, id DESC
)"""

_DEVICES = f"""WITH {latest("fecha_hora")}, {_SPANS}, {_LINKS_NOW}, sumas AS (
  SELECT equipo_id, sum(lecturas) AS lecturas, sum(esperadas) AS esperadas,
    sum({_COUNTED}) AS contadas
  FROM cobertura GROUP BY equipo_id
), caidas AS (
  SELECT equipo_id, count(*) AS veces FROM eventos
  WHERE clase = 'enlace' AND nuevo = 'abajo' AND $__timeFilter(fecha_hora) GROUP BY equipo_id
), marcas AS (
  SELECT equipo_id, bit_or(calidad) AS suma FROM mediciones_15min
  WHERE $__timeFilter(fecha_hora) GROUP BY equipo_id
)
SELECT u.nombre AS "Reconectador",
  CASE WHEN u.viva THEN n.arriba WHEN n.arriba = 0 THEN 0 END AS "Enlace",
  n.desde AS "Desde", u.edad AS "Edad del dato", coalesce(k.veces, 0) AS "Caídas",
  s.lecturas AS "Lecturas", round(s.esperadas) AS "Esperadas",
  ({formulas.share("s.contadas", "s.esperadas")})::float8 AS "Cobertura",
  900 / nullif(d.por_cuarto, 0) AS "Período",
  CASE WHEN q.suma IS NULL THEN NULL WHEN q.suma = 0 THEN 'ninguna' ELSE concat_ws(', ',
    CASE WHEN q.suma & 1 > 0 THEN 'sin entradas digitales' END,
    CASE WHEN q.suma & 2 > 0 THEN 'registros rechazados' END,
    CASE WHEN q.suma & 4 > 0 THEN 'fuera de rango' END,
    CASE WHEN q.suma & 8 > 0 THEN 'posición contradictoria' END,
    CASE WHEN q.suma & 16 > 0 THEN 'sentido desconocido' END,
    CASE WHEN q.suma & 32 > 0 THEN 'energía sin confirmar' END,
    CASE WHEN q.suma & 64 > 0 THEN 'fracción redondeada' END) END AS "Marcas",
  u.equipo_id
FROM ultima AS u
LEFT JOIN enlaces AS n ON n.equipo_id = u.equipo_id
LEFT JOIN sumas AS s ON s.equipo_id = u.equipo_id
LEFT JOIN caidas AS k ON k.equipo_id = u.equipo_id
LEFT JOIN marcas AS q ON q.equipo_id = u.equipo_id
LEFT JOIN cadencia AS d ON d.equipo_id = u.equipo_id
ORDER BY "Cobertura" NULLS FIRST, u.nombre"""

# What a collector said of its road holds for two minutes, and for the present alone.
_SAID = f"r.fecha_hora BETWEEN {NOW} - INTERVAL '2 minutes' AND {NOW} + INTERVAL '1 minute'"
_OF_DEVICES = """SELECT u.colector_id, max(u.fecha_hora) AS ultima, count(*) AS equipos,
    count(*) FILTER (WHERE u.viva AND n.arriba = 1) AS enlazados,
    sum(s.contadas) AS contadas, sum(s.esperadas) AS esperadas
  FROM ultima AS u
  LEFT JOIN enlaces AS n ON n.equipo_id = u.equipo_id
  LEFT JOIN sumas AS s ON s.equipo_id = u.equipo_id
  WHERE u.colector_id IS NOT NULL GROUP BY u.colector_id"""
_COLLECTORS = f"""WITH {latest("fecha_hora, colector_id")}, {_SPANS}, {_LINKS_NOW}, sumas AS (
  SELECT equipo_id, sum(esperadas) AS esperadas, sum({_COUNTED}) AS contadas
  FROM cobertura GROUP BY equipo_id
), suyos AS (
  {_OF_DEVICES}
)
SELECT c.nombre AS "Colector", s.ultima AS "Último dato",
  extract(EPOCH FROM {NOW} - s.ultima)::float8 AS "Atraso",
  r.en_espera AS "En espera",
  extract(EPOCH FROM {NOW} - r.mas_vieja)::float8 AS "La más vieja",
  r.ritmo AS "Ritmo", r.apartadas AS "Apartadas",
  s.enlazados || ' de ' || s.equipos AS "Enlaces",
  ({formulas.share("s.contadas", "s.esperadas")})::float8 AS "Cobertura",
  (SELECT max(v.fecha_hora) FROM eventos AS v
   WHERE v.colector_id = c.id AND v.fecha_hora <= $__timeTo()) AS "Último evento"
FROM colectores AS c
LEFT JOIN suyos AS s ON s.colector_id = c.id
LEFT JOIN reenvios AS r ON r.colector_id = c.id AND {_SAID}
ORDER BY c.nombre"""

_TROUBLE = """SELECT v.fecha_hora AS "Visto", c.nombre AS "Colector", e.rotulo AS "Reconectador",
  v.clase AS "Clase", v.texto AS "Qué pasó", v.desde AS "Desde",
  v.incertidumbre AS "Duración o incertidumbre"
FROM eventos AS v JOIN colectores AS c ON c.id = v.colector_id
LEFT JOIN equipos_rotulados AS e ON e.id = v.equipo_id
WHERE v.clase IN ('hueco', 'sistema', 'enlace') AND $__timeFilter(v.fecha_hora)
ORDER BY v.fecha_hora DESC, v.id DESC LIMIT 1000"""

_BASE = """SELECT pg_database_size(current_database()) AS "Tamaño de la base",
  (SELECT count(*) FROM equipos) AS "Equipos", (SELECT count(*) FROM colectores) AS "Colectores",
  extract(EPOCH FROM now() - pg_postmaster_start_time())::float8 AS "En marcha desde hace",
  (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS "TimescaleDB" """


def _tables(board: build.Dashboard) -> None:
    time = style.field("dateTimeAsLocal", width=170)
    count = style.field("none", 0, width=100)
    board.with_panel(
        panels.rows(
            "Reconectadores",
            "Cobertura: lecturas que hay sobre las que debería haber con el período configurado "
            "hoy, desde la primera lectura del equipo; la peor primero. Marcas: lo que les faltó a "
            "algunas lecturas.",
            _DEVICES,
            {
                "Reconectador": [panels.device_link()],
                "Enlace": style.state(style.LINK, width=110, cell="color-background"),
                "Desde": time,
                "Edad del dato": style.field("s", 0, width=110),
                "Caídas": count,
                "Lecturas": count,
                "Esperadas": count,
                "Cobertura": style.field("percent", 2, width=100),
                "Período": style.field("s", 1, width=90),
                "Marcas": [style.prop("custom.width", 240)],
                "equipo_id": style.HIDDEN,
            },
            width=24,
        )
    )
    board.with_panel(
        panels.rows(
            "Colectores: el camino hasta aquí",
            "Edad del dato más nuevo que llegó; lo que el colector dice que espera, desde cuándo y "
            "cuántas filas por segundo llegan. Una raya: hace dos minutos que no dice nada, o el "
            "rango no termina ahora. Enlaces y cobertura, de los equipos que él lee.",
            _COLLECTORS,
            {
                "Último dato": time,
                "Atraso": style.field("s", 0, width=90),
                "En espera": style.field("none", 0, width=100),
                "La más vieja": style.field("s", 0, width=110),
                "Ritmo": style.field("none", 1, width=80),
                "Apartadas": style.field("none", 0, width=100),
                "Enlaces": [style.prop("custom.width", 90)],
                "Cobertura": style.field("percent", 2, width=100),
                "Último evento": time,
            },
            width=24,
            height=6,
        )
    )
    board.with_panel(
        panels.figures(
            "Base central",
            "Tamaño, equipos y colectores que conoce, y la versión de TimescaleDB; una raya: la "
            "base no la tiene.",
            _BASE,
            {
                "Tamaño de la base": style.field("bytes", 1),
                "Equipos": style.field("none", 0),
                "Colectores": style.field("none", 0),
                "En marcha desde hace": style.field("s", 0),
                "TimescaleDB": style.field("string"),
            },
            width=24,
            height=4,
        )
    )
    board.with_panel(
        panels.rows(
            "Huecos, enlaces y sistema",
            "Lo que el propio sistema avisó, hasta 1000: enlaces caídos y repuestos, tramos sin "
            "lecturas, registros que no se pudieron guardar, arranques y saltos del reloj.",
            _TROUBLE,
            {
                "Visto": time,
                "Desde": time,
                "Qué pasó": [style.prop("custom.width", 420)],
                "Duración o incertidumbre": style.field("s", 1, width=190),
            },
            height=10,
        )
    )


def dashboard() -> build.Dashboard:
    """Links, age of data, coverage, gaps."""
    board = panels.board(
        "Salud del sistema",
        "celador-salud",
        "Si los datos están: enlaces, edad, atraso, cobertura y huecos.",
        since="now-24h",
        refresh="30s",
    )
    _tables(board)
    board.with_panel(
        panels.timeline(
            "Enlaces",
            "Según los eventos de cada enlace. Si nadie interroga al equipo, el enlace no se "
            "conoce.",
            links.link_states(_ALL),
            style.LINK,
            height=8,
        )
    )
    board.with_panel(
        panels.trend(
            "Cobertura",
            "Lecturas que hay sobre las que debería haber con el período configurado hoy, por "
            "cuarto de hora, hora o día según el rango, desde la primera lectura del equipo. 0 %: "
            "no llegó ninguna.",
            _COVERAGE,
            unit="percent",
            decimals=1,
        )
    )
    board.with_panel(
        panels.trend(
            "Lecturas por minuto",
            "Cuántas hay en la base. En rangos largos, la media de cada tramo.",
            per_device(
                "muestras / CASE WHEN $__interval_ms < 300000 THEN 1 "
                "WHEN $__interval_ms < 1800000 THEN 15 WHEN $__interval_ms < 21600000 THEN 60 "
                "ELSE 1440 END::float8",
                ["muestras"],
            ),
            unit="none",
            decimals=1,
        )
    )
    return board
