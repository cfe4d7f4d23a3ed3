-- The historian's queries by name. What depends on a list of columns is put in at {braces} by the
-- code that runs it, from names that celador.domain.quantities spells, never from a user's text.

-- name: migrations
SELECT nombre FROM migraciones;

-- name: retention
SELECT retencion_dias FROM instalacion;

-- name: set_retention
UPDATE instalacion SET retencion_dias = %s;

-- name: expire_after
SELECT alter_job(job_id, config => jsonb_set(config, '{drop_after}', to_jsonb(%s::text || ' days')))
FROM timescaledb_information.jobs
WHERE
    proc_name = 'policy_retention' AND hypertable_schema = current_schema()
    AND hypertable_name IN ('mediciones', 'contadores');

-- name: refresh_back_to
-- A summary that were made anew from readings that are gone would be empty.
SELECT alter_job(j.job_id, config => jsonb_set(j.config, '{start_offset}', to_jsonb(%s::text || ' days')))
FROM timescaledb_information.jobs AS j
INNER JOIN _timescaledb_catalog.continuous_agg AS a
    ON a.mat_hypertable_id = (j.config ->> 'mat_hypertable_id')::integer
WHERE
    j.proc_name = 'policy_refresh_continuous_aggregate' AND a.user_view_schema = current_schema()
    AND a.user_view_name IN ('mediciones_1min', 'mediciones_15min', 'mediciones_1h', 'mediciones_1dia');

-- name: next_device
SELECT min(equipo_id) FROM {table} WHERE equipo_id > coalesce(%(after)s::integer, -2147483648);

-- name: expire
DELETE FROM {table} WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM {table}
    WHERE equipo_id = %s AND fecha_hora < now() - %s * INTERVAL '1 day'
    ORDER BY fecha_hora
    LIMIT %s
));

-- name: upsert_collector
INSERT INTO colectores (nombre) VALUES (%s) ON CONFLICT (nombre) DO NOTHING;

-- name: collector_id
SELECT id FROM colectores WHERE nombre = %s;

-- name: upsert_device
INSERT INTO equipos (id, nombre, lugar, perfil, tension_nominal, clientes, kva, periodo_s)
VALUES (
    %(id)s, %(nombre)s, %(lugar)s, %(perfil)s, %(tension_nominal)s, %(clientes)s, %(kva)s,
    %(periodo_s)s
)
ON CONFLICT (id) DO UPDATE SET
    nombre = excluded.nombre,
    lugar = excluded.lugar,
    perfil = excluded.perfil,
    tension_nominal = excluded.tension_nominal,
    clientes = excluded.clientes,
    kva = excluded.kva,
    periodo_s = excluded.periodo_s;

-- name: staging
-- A table of this session alone; its rows are gone with each transaction.
CREATE TEMPORARY TABLE {staging} ({columns}) ON COMMIT DELETE ROWS;

-- name: copy
COPY pg_temp.{staging} ({columns}) FROM STDIN (FORMAT BINARY);

-- name: add
INSERT INTO {table} (colector_id, {columns})
SELECT %(collector)s, {values} FROM pg_temp.{staging};

-- name: merge
INSERT INTO {table} (colector_id, {columns})
SELECT %(collector)s, {values} FROM pg_temp.{staging}
ON CONFLICT DO NOTHING;

-- name: bring_up_to_date
-- After `merge`, for rows that were there. ON CONFLICT DO UPDATE would need the right to read all.
UPDATE {table} AS t SET {changes}
FROM (SELECT {values} FROM pg_temp.{staging}) AS l
WHERE {same} AND {newer};

-- name: link
-- Operations and interruptions travel apart: whichever comes second ties the two.
UPDATE interrupciones AS i SET operacion_id = o.id
FROM operaciones AS o
WHERE
    o.equipo_id = i.equipo_id AND o.clave = i.operacion_clave
    AND i.operacion_id IS DISTINCT FROM o.id
    AND (i.equipo_id, i.{key}) IN (SELECT l.equipo_id, l.clave FROM pg_temp.{staging} AS l);

-- name: session
-- All that a reader asks for stands in the order of an index. Where a chunk is so new that nothing is
-- known of it yet, the planner would sooner fetch and sort it whole, for each 5000 rows again.
SET enable_bitmapscan = off;
-- A number as text has the digits that tell it from every other, whatever the server's own setting.
SET extra_float_digits = 1;

-- name: devices
SELECT id, nombre, lugar, perfil, tension_nominal, clientes, kva, periodo_s
FROM equipos ORDER BY id;

-- name: chunks
-- Between which instants there are chunks of mediciones, µs since 1970; NULL where there are none.
SELECT min(s.range_start), max(s.range_end)
FROM _timescaledb_catalog.hypertable AS h
INNER JOIN _timescaledb_catalog.dimension AS d ON h.id = d.hypertable_id
INNER JOIN _timescaledb_catalog.dimension_slice AS s ON d.id = s.dimension_id
WHERE h.schema_name = current_schema() AND h.table_name = 'mediciones';

-- name: first_summary
SELECT fecha_hora FROM {aggregate} WHERE equipo_id = %s ORDER BY fecha_hora LIMIT 1;

-- name: summed_up_to
-- Up to where an aggregate and those that it is made of are made, µs since 1970.
WITH RECURSIVE cadena AS (
    SELECT mat_hypertable_id, parent_mat_hypertable_id
    FROM _timescaledb_catalog.continuous_agg
    WHERE user_view_name = %(aggregate)s AND user_view_schema = current_schema()
    UNION ALL
    SELECT a.mat_hypertable_id, a.parent_mat_hypertable_id
    FROM _timescaledb_catalog.continuous_agg AS a
    INNER JOIN cadena AS c ON a.mat_hypertable_id = c.parent_mat_hypertable_id
)

SELECT coalesce(min(w.watermark), 0)
FROM cadena AS c
INNER JOIN _timescaledb_catalog.continuous_aggs_watermark AS w
    ON c.mat_hypertable_id = w.mat_hypertable_id;

-- name: summed_up_between
-- The first and the last of the stretches of an aggregate in which a device has readings.
SELECT
    (
        SELECT fecha_hora FROM {aggregate}
        WHERE equipo_id = %(device)s AND fecha_hora >= %(start)s AND fecha_hora < %(end)s
        ORDER BY fecha_hora
        LIMIT 1
    ),
    (
        SELECT fecha_hora FROM {aggregate}
        WHERE equipo_id = %(device)s AND fecha_hora >= %(start)s AND fecha_hora < %(end)s
        ORDER BY fecha_hora DESC
        LIMIT 1
    );

-- name: next_instant
SELECT fecha_hora FROM mediciones
WHERE equipo_id = %s AND fecha_hora >= %s AND fecha_hora < %s
ORDER BY fecha_hora
LIMIT 1;

-- name: previous_instant
SELECT fecha_hora FROM mediciones
WHERE equipo_id = %s AND fecha_hora >= %s AND fecha_hora < %s
ORDER BY fecha_hora DESC
LIMIT 1;

-- name: count_samples
SELECT count(*) FROM mediciones WHERE equipo_id = %s AND fecha_hora >= %s AND fecha_hora < %s;

-- name: samples
SELECT fecha_hora{columns} FROM mediciones
WHERE equipo_id = %s AND fecha_hora >= %s AND fecha_hora < %s
ORDER BY fecha_hora
LIMIT %s;

-- name: windows
SELECT
    date_bin(%(width)s * INTERVAL '1 second', fecha_hora, %(first)s) AS ventana,
    count(*){columns}
FROM mediciones
WHERE equipo_id = %(device)s AND fecha_hora >= %(start)s AND fecha_hora < %(end)s
GROUP BY ventana
ORDER BY ventana;

-- name: windows_of_aggregate
-- What stands whole in the aggregate is taken from there, what lies at the edges from the rows.
SELECT
    date_bin(%(width)s * INTERVAL '1 second', fecha_hora, %(first)s) AS ventana,
    sum(muestras)::bigint{columns}
FROM (
    SELECT fecha_hora, muestras, estado, calidad{parts}
    FROM {aggregate}
    WHERE equipo_id = %(device)s AND fecha_hora >= %(inner_start)s AND fecha_hora < %(inner_end)s
    UNION ALL
    SELECT fecha_hora, 1, estado, calidad{rows}
    FROM mediciones
    WHERE equipo_id = %(device)s AND fecha_hora >= %(start)s AND fecha_hora < %(inner_start)s
    UNION ALL
    SELECT fecha_hora, 1, estado, calidad{rows}
    FROM mediciones
    WHERE equipo_id = %(device)s AND fecha_hora >= %(inner_end)s AND fecha_hora < %(end)s
) AS partes
GROUP BY ventana
ORDER BY ventana;

-- name: is_stale
-- Has a row come for a time that an aggregate has summed up already, and has it not been taken in
-- yet? Asks the aggregate and those that it is made of. Instants are µs since 1970.
WITH RECURSIVE cadena AS (
    SELECT mat_hypertable_id, raw_hypertable_id, parent_mat_hypertable_id
    FROM _timescaledb_catalog.continuous_agg
    WHERE user_view_name = %(aggregate)s AND user_view_schema = current_schema()
    UNION ALL
    SELECT a.mat_hypertable_id, a.raw_hypertable_id, a.parent_mat_hypertable_id
    FROM _timescaledb_catalog.continuous_agg AS a
    INNER JOIN cadena AS c ON a.mat_hypertable_id = c.parent_mat_hypertable_id
),

cambios AS (
    SELECT c.mat_hypertable_id, i.lowest_modified_value, i.greatest_modified_value
    FROM cadena AS c
    INNER JOIN _timescaledb_catalog.continuous_aggs_hypertable_invalidation_log AS i
        ON c.raw_hypertable_id = i.hypertable_id
    UNION ALL
    SELECT c.mat_hypertable_id, i.lowest_modified_value, i.greatest_modified_value
    FROM cadena AS c
    INNER JOIN _timescaledb_catalog.continuous_aggs_materialization_invalidation_log AS i
        ON c.mat_hypertable_id = i.materialization_id
)

SELECT EXISTS (
    SELECT FROM cambios AS m
    INNER JOIN _timescaledb_catalog.continuous_aggs_watermark AS w
        ON m.mat_hypertable_id = w.mat_hypertable_id
    WHERE
        m.lowest_modified_value < least(w.watermark, %(end)s)
        AND m.greatest_modified_value >= %(start)s
);

-- name: events
SELECT
    id, equipo_id, fecha_hora, desde, clase, punto, anterior, nuevo, texto, texto_en, origen
FROM eventos
WHERE
    (fecha_hora, id) > (%s, %s) AND fecha_hora < %s
    {devices}
ORDER BY fecha_hora, id
LIMIT %s;

-- name: operations
SELECT
    id, equipo_id, clave, inicio_desde, inicio_hasta, fin_desde, fin_hasta, tipo,
    causa, elementos::text, fases, sentido, disparos, recierres, tiempos_muertos::text, resultado,
    ia_max, ib_max, ic_max, in_max, uv_min, uf_min, maximos_propios, grupo,
    contadores_antes::text, contadores_despues::text, carga_previa_kw, carga_previa_a, ciclos,
    calidad
FROM operaciones
WHERE
    (inicio_hasta, id) > (%s, %s) AND inicio_hasta < %s
    {devices}
ORDER BY inicio_hasta, id
LIMIT %s;

-- name: outages
SELECT
    id, equipo_id, clave, operacion_clave, inicio_desde, inicio_hasta, fin_desde, fin_hasta,
    origen, clientes, kva, calidad
FROM interrupciones
WHERE
    (inicio_hasta, id) > (%s, %s) AND inicio_hasta < %s
    {devices}
ORDER BY inicio_hasta, id
LIMIT %s;

-- name: memories
SELECT equipo_id, fecha_hora, tema, documento FROM memorias WHERE tema = %s ORDER BY equipo_id;

-- name: outage_marks
SELECT equipo_id, clave, programada, fuerza_mayor FROM interrupciones
WHERE programada IS NOT NULL OR fuerza_mayor <> 'no';

-- name: readings
SELECT fecha_hora{columns} FROM contadores
WHERE equipo_id = %s AND fecha_hora >= %s AND fecha_hora < %s
ORDER BY fecha_hora
LIMIT %s;

-- name: alarms
SELECT
    id, equipo_id, clave, codigo, objeto, prioridad, estado, inicio, activa_al_arrancar, fin,
    cierre, reconocida, reconocida_por, apartada, apartada_por, apartada_hasta,
    fuera_de_servicio, fuera_de_servicio_por, motivo, madre_clave, operacion_clave, valor, limite,
    repeticiones, texto, texto_en, reaparecida
FROM alarmas
WHERE
    (inicio, id) > (%s, %s) AND inicio < %s
    {devices}
ORDER BY inicio, id
LIMIT %s;

-- name: open_alarms
SELECT
    id, equipo_id, clave, codigo, objeto, prioridad, estado, inicio, activa_al_arrancar, fin,
    cierre, reconocida, reconocida_por, apartada, apartada_por, apartada_hasta,
    fuera_de_servicio, fuera_de_servicio_por, motivo, madre_clave, operacion_clave, valor, limite,
    repeticiones, texto, texto_en, reaparecida
FROM alarmas
WHERE cierre IS NULL
ORDER BY prioridad, inicio, id;

-- name: may_read
SELECT current_user, has_table_privilege('mediciones', 'SELECT');

-- name: report
-- How a collector says that its road is.
INSERT INTO reenvios (colector_id, fecha_hora, en_espera, mas_vieja, apartadas, ritmo)
VALUES (
    %(collector)s, now(), %(waiting)s,
    TIMESTAMPTZ 'epoch' + %(oldest)s::bigint * INTERVAL '1 microsecond', %(aside)s, %(rate)s
)
ON CONFLICT (colector_id) DO UPDATE SET
    fecha_hora = excluded.fecha_hora,
    en_espera = excluded.en_espera,
    mas_vieja = excluded.mas_vieja,
    apartadas = excluded.apartadas,
    ritmo = excluded.ritmo;

-- name: collector_of
SELECT DISTINCT colector_id FROM {table} WHERE equipo_id IS NOT DISTINCT FROM %s AND clave = %s;

-- name: put_request
INSERT INTO pedidos (boleto, colector_id, documento) VALUES (%s, %s, %s);

-- name: answer_of
SELECT hecho, respuesta, respuesta_en FROM pedidos WHERE boleto = %s AND contestado IS NOT NULL;

-- name: waiting_requests
-- The collector forgets an answer after a day: what has none after two never gets one.
SELECT p.boleto, p.documento, p.tomado IS NOT NULL
FROM pedidos AS p
INNER JOIN colectores AS c ON p.colector_id = c.id
WHERE
    c.nombre = %s AND p.contestado IS NULL
    AND (p.tomado IS NULL OR p.tomado > now() - INTERVAL '2 days')
ORDER BY p.id
LIMIT 200;

-- name: take_request
UPDATE pedidos SET tomado = now() WHERE boleto = %s AND tomado IS NULL;

-- name: answer_request
UPDATE pedidos SET contestado = now(), hecho = %s, respuesta = %s, respuesta_en = %s
WHERE boleto = %s AND contestado IS NULL;

-- name: newest
SELECT e.id, m.fecha_hora{columns}
FROM equipos AS e
CROSS JOIN LATERAL (
    SELECT * FROM {table} AS r WHERE r.equipo_id = e.id ORDER BY r.fecha_hora DESC LIMIT 1
) AS m
ORDER BY e.id;

-- name: first_samples
-- The bounds of all stretches, written in each, tell the planner which chunks it need not look at:
-- with 365 of them and 100 devices an hour took longer than two minutes, and takes half a second.
SELECT e.id, m.fecha_hora{columns}
FROM equipos AS e
CROSS JOIN generate_series(%(start)s::timestamptz, %(end)s, %(step)s) AS t (desde)
CROSS JOIN LATERAL (
    SELECT * FROM mediciones AS r
    WHERE
        r.equipo_id = e.id
        AND r.fecha_hora >= %(start)s AND r.fecha_hora < %(end)s
        AND r.fecha_hora >= t.desde AND r.fecha_hora < least(t.desde + %(step)s, %(end)s)
    ORDER BY r.fecha_hora LIMIT 1
) AS m
ORDER BY e.id, t.desde;

-- name: find_events
-- The newest first; what narrows them down is put in with its arguments.
SELECT
    id, equipo_id, fecha_hora, desde, clase, punto, anterior, nuevo, texto, texto_en, origen
FROM eventos
WHERE (fecha_hora, id) < (%s, %s) AND fecha_hora >= %s{conditions}
ORDER BY fecha_hora DESC, id DESC
LIMIT %s;

-- name: count_up_to
SELECT count(*) FROM (
    SELECT FROM mediciones WHERE equipo_id = %s AND fecha_hora >= %s AND fecha_hora < %s LIMIT %s
) AS algunas;

-- name: envelope
-- Least, sum, greatest and count of each column, in stretches of one width.
SELECT
    date_bin(%(width)s * INTERVAL '1 microsecond', fecha_hora, TIMESTAMPTZ 'epoch') AS tramo,
    {samples}{columns}
FROM {table}
WHERE equipo_id = %(device)s AND fecha_hora >= %(start)s AND fecha_hora < %(end)s
GROUP BY tramo
ORDER BY tramo;

-- name: csv_lines
COPY (
    SELECT fecha_hora AT TIME ZONE 'UTC' + {shift}, E'\x1f'{columns}
    FROM mediciones
    WHERE equipo_id = {device} AND fecha_hora >= {start} AND fecha_hora < {end}
    ORDER BY fecha_hora
    LIMIT {limit}
) TO STDOUT (DELIMITER ',', NULL '');
