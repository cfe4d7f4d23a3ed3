"""The queries' building blocks: which table answers a range, and how a gap becomes a gap.

Every query works on PostgreSQL with TimescaleDB and without. Grafana puts in the range, the panel's
interval and the variables; its macros may hold no brackets inside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

DEVICE = "(SELECT id FROM equipos WHERE id::text = ${equipo:sqlstring})"
"""The chosen device. Compared as text, so that an empty choice finds nothing instead of failing."""

DEVICES = "(SELECT id FROM equipos WHERE id::text IN (${equipo:sqlstring}))"
"""The chosen devices, where the variable takes several."""

EVERY_DEVICE = "ANY (ARRAY(SELECT id FROM equipos))"
"""All devices, said so that an index on `equipo_id` is used."""

NOW = "least(now(), $__timeTo()::timestamptz)"
"""The end of the range; a range that ends in the future ends now."""

ENOUGH = 0.5
"""Share of the expected readings below which a window's mean is not drawn."""

ZONE = "(SELECT zona_horaria FROM instalacion)"

GAP = 1.8
"""Two rows further apart than this many usual steps have a gap between them: one lost reading is
a gap already, the jitter of the network is not."""


@dataclass(frozen=True, slots=True)
class Level:
    """A table of samples and the panel intervals (ms) that it answers.

    Attributes:
        table: its name.
        finest: least interval, inclusive.
        coarsest: greatest interval, exclusive; None where nothing is coarser.
    """

    table: str
    finest: int
    coarsest: int | None

    @property
    def raw(self) -> bool:
        """True for the readings themselves, which have no extremes and counts."""
        return self.table == "mediciones"

    @property
    def width(self) -> int:
        """Length of one row's window, s."""
        return {"1min": 60, "15min": 900, "1h": 3600, "1dia": 86_400}[self.table.split("_")[1]]

    @property
    def condition(self) -> str:
        """Constant once the interval is put in: the planner drops the other tables' branches."""
        lower = f"$__interval_ms >= {self.finest}"
        return lower if self.coarsest is None else f"{lower} AND $__interval_ms < {self.coarsest}"


# With a thousand points a panel, and intervals as Grafana rounds them: readings up to 2 hours,
# minutes up to 2 days, quarters of an hour up to 17 days, hours up to 6 months.
LEVELS = (
    Level("mediciones", 0, 10_000),
    Level("mediciones_1min", 10_000, 300_000),
    Level("mediciones_15min", 300_000, 1_800_000),
    Level("mediciones_1h", 1_800_000, 21_600_000),
    Level("mediciones_1dia", 21_600_000, None),
)
# For the whole fleet at once: readings of twenty devices would be a hundred thousand points.
FLEET_LEVELS = (Level("mediciones_1min", 0, 300_000), *LEVELS[2:])


_WHOLE_WINDOW = ("estado", "calidad", "muestras")


def _column(name: str, level: Level) -> str:
    if level.raw and name.endswith(("_min", "_max")):
        return f"NULL::float8 AS {name}"
    if level.raw and name == "muestras":
        return "1::bigint AS muestras"
    if level.raw or name in _WHOLE_WINDOW or name.endswith(("_min", "_max", "_n")):
        return name
    # A mean of a few readings would look like one of all; extremes are true however few they are.
    period = f"(SELECT periodo_s FROM equipos WHERE id = {level.table}.equipo_id)"
    seconds = f"extract(EPOCH FROM least({NOW} - fecha_hora, INTERVAL '{level.width} s'))"
    return (
        f"CASE WHEN muestras < {ENOUGH} * {seconds} / {period} THEN NULL ELSE {name} END AS {name}"
    )


def readings(
    columns: Sequence[str], *, devices: str = f"= {DEVICE}", levels: Sequence[Level] = LEVELS
) -> str:
    """Rows of the chosen devices from the table that suits the range.

    Args:
        columns: names as in the aggregates; `ia_min` and the like are NULL in raw readings.
        devices: comparison that `equipo_id` must meet.
        levels: the tables to choose from.
    """
    branches = (
        f"SELECT equipo_id, fecha_hora, {', '.join(_column(c, level) for c in columns)} "
        f"FROM {level.table} WHERE equipo_id {devices} AND $__timeFilter(fecha_hora) "
        f"AND {level.condition}"
        for level in levels
    )
    return "\n  UNION ALL ".join(branches)


_MEDIAN_STEP = """coalesce(
    percentile_cont(0.5) WITHIN GROUP (ORDER BY siguiente - fecha_hora), INTERVAL '1 minute'
  )"""


def with_gaps(source: str, columns: Sequence[str], *, step: str | None = None) -> str:
    """CTE `puntos(equipo_id, fecha_hora, columns)`: rows of `source`, and NULLs where some lack.

    Wherever readings are missing, also between the last one and the end of the range, there is a
    row of NULLs, which breaks the line. What is usual is `step`, or else the median step between
    rows; the last rows have 15 s to arrive.
    """
    usual = f"min({step})" if step else _MEDIAN_STEP
    names = ", ".join(columns)
    nothing = ", ".join("NULL" for _ in columns)
    return f"""WITH lecturas AS (
  {source}
), saltos AS (
  SELECT equipo_id, fecha_hora,
    lead(fecha_hora) OVER (PARTITION BY equipo_id ORDER BY fecha_hora) AS siguiente
  FROM lecturas
), pasos AS (
  SELECT equipo_id, {usual} AS paso
  FROM saltos GROUP BY equipo_id
), puntos AS (
  SELECT equipo_id, fecha_hora, {names} FROM lecturas
  UNION ALL
  SELECT equipo_id, fecha_hora + paso, {nothing} FROM saltos JOIN pasos USING (equipo_id)
  WHERE coalesce(siguiente, {NOW} - INTERVAL '15 seconds') - fecha_hora > {GAP} * paso
)"""


def series(
    values: Mapping[str, str],
    columns: Sequence[str],
    *,
    source: str | None = None,
    only: str = "",
) -> str:
    """A time series per entry of `values` (name to expression over `puntos` and the device).

    Args:
        values: what the legend says, and the SQL expression.
        columns: the columns that the expressions need.
        source: rows to use; by default readings of the chosen device.
        only: further condition, on `metric`.
    """
    rows = ", ".join(f"('{name}', ({value})::float8)" for name, value in values.items())
    return f"""{with_gaps(source or readings(columns), columns)}
SELECT fecha_hora AS "time", metric, valor
FROM puntos JOIN equipos ON equipos.id = puntos.equipo_id
CROSS JOIN LATERAL (VALUES {rows}) AS s (metric, valor)
{f"WHERE {only}" if only else ""}
ORDER BY 1, 2"""


def per_device(
    value: str, columns: Sequence[str], *, levels: Sequence[Level] = FLEET_LEVELS
) -> str:
    """One time series per device of the fleet, named after it."""
    source = readings(columns, devices=f"= {EVERY_DEVICE}", levels=levels)
    return f"""{with_gaps(source, columns)}
SELECT fecha_hora AS "time", equipos_rotulados.rotulo AS metric, ({value})::float8 AS valor
FROM puntos JOIN equipos_rotulados ON equipos_rotulados.id = puntos.equipo_id
ORDER BY 1, 2"""


SHORT = "$__timeTo()::timestamptz - $__timeFrom()::timestamptz <= INTERVAL '15 days'"


def cadence(devices: str) -> str:
    """CTE `cadencia(equipo_id, por_cuarto)`: readings that a quarter of an hour should have.

    By the period that the device is configured with now; NULL where the base does not know it.
    """
    return f"""cadencia AS (
  SELECT id AS equipo_id, 900 / periodo_s AS por_cuarto FROM equipos WHERE id {devices}
)"""


def latest(columns: str) -> str:
    """CTEs `cadencia` and `ultima`: per device its last reading up to the end of the range.

    With it `edad` (s) and `viva`, false where it is older than two minutes and three periods. It
    is looked for in the last two days.
    """
    return f"""{cadence(f"= {EVERY_DEVICE}")}, ultima AS (
  SELECT e.id AS equipo_id, e.rotulo AS nombre, e.lugar, e.tension_nominal, m.*,
    extract(EPOCH FROM {NOW} - m.fecha_hora)::float8 AS edad,
    coalesce(
      {NOW} - m.fecha_hora <= greatest(
        INTERVAL '2 minutes', 3 * INTERVAL '15 minutes' / nullif(c.por_cuarto, 0)
      ),
      FALSE
    ) AS viva
  FROM equipos_rotulados AS e
  LEFT JOIN cadencia AS c ON c.equipo_id = e.id
  LEFT JOIN LATERAL (
    SELECT {columns} FROM mediciones
    WHERE mediciones.equipo_id = e.id AND fecha_hora <= $__timeTo()
      AND fecha_hora > $__timeTo()::timestamptz - INTERVAL '2 days'
    ORDER BY fecha_hora DESC LIMIT 1
  ) AS m ON TRUE
)"""
