"""The state of the links over time, from their events."""

from __future__ import annotations

from .sql import NOW


def link_states(devices: str) -> str:
    """Per device 1 while its link was up and 0 while it was down.

    The state at the beginning of the range is that of the last event before it. A link that was up
    and has brought nothing for two minutes is not known to be up: nobody asks any more. Its last
    reading is known to the hour where it is older than a day.
    """
    return f"""WITH cambios AS (
  SELECT equipo_id, fecha_hora, id, nuevo FROM eventos
  WHERE clase = 'enlace' AND equipo_id {devices} AND $__timeFilter(fecha_hora)
  UNION ALL
  (SELECT DISTINCT ON (equipo_id) equipo_id, $__timeFrom()::timestamptz, id, nuevo FROM eventos
   WHERE clase = 'enlace' AND equipo_id {devices} AND fecha_hora < $__timeFrom()
   ORDER BY equipo_id, fecha_hora DESC, id DESC)
), ultimo AS (
  SELECT DISTINCT ON (equipo_id) equipo_id, fecha_hora, nuevo FROM cambios
  ORDER BY equipo_id, fecha_hora DESC, id DESC
), callados AS (
  SELECT u.equipo_id, greatest(u.fecha_hora, m.fecha_hora) + INTERVAL '2 minutes' AS fecha_hora
  FROM ultimo AS u
  LEFT JOIN LATERAL (
    (SELECT fecha_hora FROM mediciones
     WHERE equipo_id = u.equipo_id AND fecha_hora <= $__timeTo()
       AND fecha_hora > $__timeTo()::timestamptz - INTERVAL '1 day'
     ORDER BY fecha_hora DESC LIMIT 1)
    UNION ALL
    (SELECT fecha_hora + INTERVAL '1 hour' FROM mediciones_1h
     WHERE equipo_id = u.equipo_id AND $__timeFilter(fecha_hora)
       AND fecha_hora <= $__timeTo()::timestamptz - INTERVAL '1 day'
     ORDER BY fecha_hora DESC LIMIT 1)
    ORDER BY fecha_hora DESC LIMIT 1
  ) AS m ON TRUE
  WHERE u.nuevo = 'arriba'
)
SELECT c.fecha_hora AS "time", e.rotulo AS metric, c.valor
FROM (
  SELECT equipo_id, fecha_hora, id,
    (CASE nuevo WHEN 'arriba' THEN 1 WHEN 'abajo' THEN 0 END)::float8 AS valor
  FROM cambios
  UNION ALL
  SELECT equipo_id, fecha_hora, NULL, NULL FROM callados WHERE fecha_hora < {NOW}
) AS c
JOIN equipos_rotulados AS e ON e.id = c.equipo_id
ORDER BY c.fecha_hora, c.id"""
