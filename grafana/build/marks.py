"""Marks on the time series: what happened, where it happened."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as build

from . import style
from .panels import annotation
from .sql import DEVICE, NOW, ZONE

SENTENCE = f"""to_char(o.inicio_hasta AT TIME ZONE {ZONE}, 'DD/MM HH24:MI:SS') || ' '
  || concat_ws(', ',
    concat_ws(' ', coalesce(o.causa, o.tipo), o.fases),
    CASE WHEN o.maximos_propios = 1
      THEN round(greatest(o.ia_max, o.ib_max, o.ic_max)) || ' A' END,
    o.disparos || CASE o.disparos WHEN 1 THEN ' disparo' ELSE ' disparos' END,
    CASE o.resultado WHEN 'bloqueo' THEN 'BLOQUEO' ELSE o.resultado END,
    CASE o.calidad WHEN 'observada' THEN NULL ELSE o.calidad END)"""
"""One operation in one sentence. The maxima are told only where they are its own."""


def operations(devices: str = f"= {DEVICE}") -> build.AnnotationQuery:
    """Operations, from beginning to end."""
    sql = f"""SELECT o.inicio_hasta AS "time", coalesce(o.fin_hasta, {NOW}) AS timeend,
  e.rotulo || ': ' || {SENTENCE} AS text, concat_ws(',', o.tipo, o.causa) AS tags
FROM operaciones AS o JOIN equipos_rotulados AS e ON e.id = o.equipo_id
WHERE o.equipo_id {devices} AND $__timeFilter(o.inicio_hasta)
ORDER BY 1"""
    return annotation("Operaciones", style.STRONG, sql)


def lost_links(devices: str = f"= {DEVICE}") -> build.AnnotationQuery:
    """Losses of the link, until it was back."""
    sql = f"""WITH cambios AS (
  SELECT equipo_id, fecha_hora, nuevo, texto,
    lead(fecha_hora) OVER (PARTITION BY equipo_id ORDER BY fecha_hora, id) AS siguiente
  FROM eventos WHERE clase = 'enlace' AND equipo_id {devices} AND $__timeFilter(fecha_hora)
)
SELECT c.fecha_hora AS "time", coalesce(c.siguiente, {NOW}) AS timeend,
  e.rotulo || ': ' || c.texto AS text, 'enlace' AS tags
FROM cambios AS c JOIN equipos_rotulados AS e ON e.id = c.equipo_id
WHERE c.nuevo = 'abajo'
ORDER BY 1"""
    return annotation("Enlace caído", style.HIGH, sql)


def holes(devices: str = f"= {DEVICE}") -> build.AnnotationQuery:
    """Gaps that the collector itself tells of, and what it could not store."""
    sql = f"""SELECT coalesce(v.desde, v.fecha_hora) AS "time", v.fecha_hora AS timeend,
  concat_ws(': ', e.rotulo, v.texto) AS text, v.clase AS tags
FROM eventos AS v LEFT JOIN equipos_rotulados AS e ON e.id = v.equipo_id
WHERE v.clase IN ('hueco', 'sistema') AND (v.equipo_id {devices} OR v.equipo_id IS NULL)
  AND $__timeFilter(v.fecha_hora)
ORDER BY 1"""
    return annotation("Huecos y sistema", style.GREY, sql)
