-- The store's queries by name. What depends on a list of columns is put in at {braces} by the code
-- that runs it, from names that celador.domain.quantities spells, never from a user's text.

-- name: upsert_collector
INSERT INTO colectores (nombre) VALUES (?)
ON CONFLICT (nombre) DO NOTHING;

-- name: collector_id
SELECT id FROM colectores WHERE nombre = ?;

-- name: upsert_device
INSERT INTO equipos (id, nombre, lugar, perfil, tension_nominal, clientes, kva, periodo_s)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
    nombre = excluded.nombre,
    lugar = excluded.lugar,
    perfil = excluded.perfil,
    tension_nominal = excluded.tension_nominal,
    clientes = excluded.clientes,
    kva = excluded.kva,
    periodo_s = excluded.periodo_s;

-- name: insert_reading
INSERT INTO {table} ({columns}) VALUES ({marks})
ON CONFLICT (equipo_id, fecha_hora) DO NOTHING;

-- name: insert_event
INSERT INTO eventos (
    fecha_hora, equipo_id, colector_id, clase, punto, anterior, nuevo, desde,
    texto, texto_en, origen, calidad
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: insert_reject
INSERT INTO rechazos (fecha_hora, colector_id, tabla, motivo, contenido) VALUES (?, ?, ?, ?, ?);

-- name: trim_rejects
DELETE FROM rechazos WHERE id <= (SELECT max(id) FROM rechazos) - 10000;

-- name: high_marks
-- Rows that change in place move no id; their revisions tell.
SELECT name, seq FROM sqlite_sequence
WHERE name IN ('mediciones', 'contadores', 'eventos', 'rechazos')
UNION ALL SELECT 'operaciones', max(revision) FROM operaciones
UNION ALL SELECT 'interrupciones', max(revision) FROM interrupciones
UNION ALL SELECT 'alarmas', max(revision) FROM alarmas
UNION ALL SELECT 'memorias', max(revision) FROM memorias
ORDER BY name;

-- name: devices
SELECT id, nombre, lugar, perfil, tension_nominal, clientes, kva, periodo_s
FROM equipos ORDER BY id;

-- name: device_ids
SELECT id FROM equipos ORDER BY id;

-- name: first_instant
SELECT min(fecha_hora) FROM {table} WHERE equipo_id = ?;

-- name: last_instant
SELECT max(fecha_hora) FROM {table} WHERE equipo_id = ?;

-- name: next_instant
SELECT min(fecha_hora) FROM mediciones WHERE equipo_id = ? AND fecha_hora >= ? AND fecha_hora < ?;

-- name: count_samples
SELECT count(*) FROM mediciones WHERE equipo_id = ? AND fecha_hora >= ? AND fecha_hora < ?;

-- name: samples
SELECT fecha_hora{columns} FROM mediciones
WHERE equipo_id = ? AND fecha_hora >= ? AND fecha_hora < ?
ORDER BY fecha_hora
LIMIT ?;

-- name: newest
SELECT m.equipo_id, m.fecha_hora{columns}
FROM equipos AS e
INNER JOIN {table} AS m
    ON
        m.equipo_id = e.id
        AND m.fecha_hora = (SELECT max(n.fecha_hora) FROM {table} AS n WHERE n.equipo_id = e.id)
ORDER BY m.equipo_id;

-- name: first_samples
-- A look into the index for each stretch: an hour of 500 devices takes 0.2 s, its rows take 6 s.
WITH RECURSIVE tramos (desde) AS (
    SELECT ?1 WHERE ?1 < ?2 UNION ALL SELECT desde + ?3 FROM tramos WHERE desde + ?3 < ?2
)

SELECT m.equipo_id, m.fecha_hora{columns}
FROM equipos AS e
CROSS JOIN tramos AS t
CROSS JOIN mediciones AS m
    ON
        m.equipo_id = e.id
        AND m.fecha_hora = (
            SELECT min(n.fecha_hora) FROM mediciones AS n
            WHERE n.equipo_id = e.id AND n.fecha_hora >= t.desde AND n.fecha_hora < min(t.desde + ?3, ?2)
        )
ORDER BY e.id, t.desde;

-- name: window
SELECT count(*){columns}
FROM mediciones
WHERE equipo_id = ?1 AND fecha_hora >= ?2 AND fecha_hora < ?3;

-- name: last_known
-- Part of `window`: a walk back along the index, which ends at the first value that is there.
(
    SELECT {column} FROM mediciones
    WHERE equipo_id = ?1 AND fecha_hora >= ?2 AND fecha_hora < ?3 AND {column} IS NOT NULL
    ORDER BY fecha_hora DESC
    LIMIT 1
)

-- name: events
SELECT
    id, equipo_id, fecha_hora, desde, clase, punto, anterior, nuevo, texto, texto_en, origen
FROM eventos
WHERE
    (fecha_hora, id) > (?, ?) AND fecha_hora < ?
    {devices}
ORDER BY fecha_hora, id
LIMIT ?;

-- name: expire
-- The plus keeps SQLite from walking all ids instead of the index of device and instant.
DELETE FROM {table} WHERE id IN (
    SELECT id FROM {table} WHERE equipo_id = ? AND fecha_hora < ? AND +id <= ?
    ORDER BY fecha_hora LIMIT ?
)
RETURNING id;

-- name: confirmed
SELECT confirmado FROM envios WHERE tabla = ?;

-- name: confirm
INSERT INTO envios (tabla, confirmado, fecha_hora) VALUES (?, ?, ?)
ON CONFLICT (tabla) DO UPDATE SET
    confirmado = max(confirmado, excluded.confirmado),
    fecha_hora = excluded.fecha_hora;

-- name: count_lost
INSERT INTO envios (tabla, fecha_hora, perdidas) VALUES (?, ?, ?)
ON CONFLICT (tabla) DO UPDATE SET perdidas = perdidas + excluded.perdidas;

-- name: lost_unsent
SELECT coalesce(sum(perdidas), 0) FROM envios;

-- name: progress
SELECT coalesce(sum(confirmado), 0), max(fecha_hora) FROM envios WHERE confirmado > 0;

-- name: set_aside
INSERT INTO apartados (fecha_hora, tabla, fila, motivo, contenido) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (tabla, fila) DO UPDATE SET
    fecha_hora = excluded.fecha_hora, motivo = excluded.motivo, contenido = excluded.contenido;

-- name: count_set_aside
SELECT count(*) FROM apartados;

-- name: waiting
SELECT {position}, {collector}, {columns} FROM {table} WHERE {position} > ?
ORDER BY {position} LIMIT ?;

-- name: waiting_row
SELECT {columns} FROM {table} WHERE {position} = ?;

-- name: first_waiting
SELECT {instant} FROM {table} WHERE {position} > ? ORDER BY {position} LIMIT 1;

-- name: last_position
SELECT coalesce(max({position}), 0) FROM {table};

-- name: collector_name
SELECT nombre FROM colectores WHERE id = ?;

-- name: first_position_since
SELECT min({position}) FROM {table} WHERE {instant} >= ?;

-- name: send_again
UPDATE envios SET confirmado = ? WHERE tabla = ? AND confirmado > ?;

-- name: retry_set_aside
DELETE FROM apartados WHERE tabla = ? AND fila > ?;

-- name: upsert_operation
INSERT INTO operaciones (
    revision, equipo_id, clave, colector_id, inicio_desde, inicio_hasta, fin_desde, fin_hasta, tipo,
    causa, elementos, fases, sentido, disparos, recierres, tiempos_muertos, resultado,
    ia_max, ib_max, ic_max, in_max, uv_min, uf_min, maximos_propios, grupo,
    contadores_antes, contadores_despues, carga_previa_kw, carga_previa_a, ciclos, calidad
) VALUES (
    (SELECT ifnull(max(revision), 0) + 1 FROM operaciones),
    ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
)
ON CONFLICT (equipo_id, clave) DO UPDATE SET
    revision = excluded.revision,
    colector_id = excluded.colector_id,
    inicio_desde = excluded.inicio_desde,
    inicio_hasta = excluded.inicio_hasta,
    fin_desde = excluded.fin_desde,
    fin_hasta = excluded.fin_hasta,
    tipo = excluded.tipo,
    causa = excluded.causa,
    elementos = excluded.elementos,
    fases = excluded.fases,
    sentido = excluded.sentido,
    disparos = excluded.disparos,
    recierres = excluded.recierres,
    tiempos_muertos = excluded.tiempos_muertos,
    resultado = excluded.resultado,
    ia_max = excluded.ia_max,
    ib_max = excluded.ib_max,
    ic_max = excluded.ic_max,
    in_max = excluded.in_max,
    uv_min = excluded.uv_min,
    uf_min = excluded.uf_min,
    maximos_propios = excluded.maximos_propios,
    grupo = excluded.grupo,
    contadores_antes = excluded.contadores_antes,
    contadores_despues = excluded.contadores_despues,
    carga_previa_kw = excluded.carga_previa_kw,
    carga_previa_a = excluded.carga_previa_a,
    ciclos = excluded.ciclos,
    calidad = excluded.calidad;

-- name: upsert_outage
-- What a person has added to the row (programada, fuerza_mayor, nota) stays.
INSERT INTO interrupciones (
    revision, equipo_id, clave, colector_id, operacion_id, inicio_desde, inicio_hasta,
    fin_desde, fin_hasta, origen, clase_3min, clase_5min, clientes, kva, calidad
) VALUES (
    (SELECT ifnull(max(revision), 0) + 1 FROM interrupciones),
    ?1, ?2, ?3, (SELECT id FROM operaciones WHERE equipo_id = ?1 AND clave = ?4),
    ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14
)
ON CONFLICT (equipo_id, clave) DO UPDATE SET
    revision = excluded.revision,
    colector_id = excluded.colector_id,
    operacion_id = excluded.operacion_id,
    inicio_desde = excluded.inicio_desde,
    inicio_hasta = excluded.inicio_hasta,
    fin_desde = excluded.fin_desde,
    fin_hasta = excluded.fin_hasta,
    origen = excluded.origen,
    clase_3min = excluded.clase_3min,
    clase_5min = excluded.clase_5min,
    clientes = excluded.clientes,
    kva = excluded.kva,
    calidad = excluded.calidad;

-- name: upsert_memory
INSERT INTO memorias (revision, equipo_id, tema, fecha_hora, documento)
VALUES ((SELECT ifnull(max(revision), 0) + 1 FROM memorias), ?, ?, ?, ?)
ON CONFLICT (equipo_id, tema) DO UPDATE SET
    revision = excluded.revision,
    fecha_hora = excluded.fecha_hora,
    documento = excluded.documento;

-- name: memories
SELECT equipo_id, tema, fecha_hora, documento FROM memorias ORDER BY id;

-- name: operations
SELECT
    id, equipo_id, clave, inicio_desde, inicio_hasta, fin_desde, fin_hasta, tipo,
    causa, elementos, fases, sentido, disparos, recierres, tiempos_muertos, resultado,
    ia_max, ib_max, ic_max, in_max, uv_min, uf_min, maximos_propios, grupo,
    contadores_antes, contadores_despues, carga_previa_kw, carga_previa_a, ciclos, calidad
FROM operaciones
WHERE
    (inicio_hasta, id) > (?, ?) AND inicio_hasta < ?
    {devices}
ORDER BY inicio_hasta, id
LIMIT ?;

-- name: outages
SELECT
    i.id, i.equipo_id, i.clave, o.clave, i.inicio_desde, i.inicio_hasta, i.fin_desde, i.fin_hasta,
    i.origen, i.clientes, i.kva, i.calidad
FROM interrupciones AS i
LEFT JOIN operaciones AS o ON i.operacion_id = o.id
WHERE
    (i.inicio_hasta, i.id) > (?, ?) AND i.inicio_hasta < ?
    {devices}
ORDER BY i.inicio_hasta, i.id
LIMIT ?;

-- name: readings
SELECT fecha_hora{columns} FROM contadores
WHERE equipo_id = ? AND fecha_hora >= ? AND fecha_hora < ?
ORDER BY fecha_hora
LIMIT ?;

-- name: outage_marks
SELECT equipo_id, clave, programada, fuerza_mayor FROM interrupciones
WHERE programada IS NOT NULL OR fuerza_mayor <> 'no';

-- name: upsert_alarm
INSERT INTO alarmas (
    revision, equipo_id, clave, colector_id, codigo, objeto, prioridad, estado, inicio,
    activa_al_arrancar, fin, cierre, reconocida, reconocida_por, apartada, apartada_por,
    apartada_hasta, fuera_de_servicio, fuera_de_servicio_por, motivo, madre_clave,
    operacion_clave, valor, limite, repeticiones, texto, texto_en, reaparecida
) VALUES (
    (SELECT ifnull(max(revision), 0) + 1 FROM alarmas),
    ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
)
ON CONFLICT (colector_id, ifnull(equipo_id, 0), clave) DO UPDATE SET
    revision = excluded.revision,
    prioridad = excluded.prioridad,
    estado = excluded.estado,
    fin = excluded.fin,
    cierre = excluded.cierre,
    reconocida = excluded.reconocida,
    reconocida_por = excluded.reconocida_por,
    apartada = excluded.apartada,
    apartada_por = excluded.apartada_por,
    apartada_hasta = excluded.apartada_hasta,
    fuera_de_servicio = excluded.fuera_de_servicio,
    fuera_de_servicio_por = excluded.fuera_de_servicio_por,
    motivo = excluded.motivo,
    madre_clave = excluded.madre_clave,
    operacion_clave = excluded.operacion_clave,
    valor = excluded.valor,
    limite = excluded.limite,
    repeticiones = excluded.repeticiones,
    texto = excluded.texto,
    texto_en = excluded.texto_en,
    reaparecida = excluded.reaparecida;

-- name: alarms
SELECT
    id, equipo_id, clave, codigo, objeto, prioridad, estado, inicio, activa_al_arrancar, fin,
    cierre, reconocida, reconocida_por, apartada, apartada_por, apartada_hasta,
    fuera_de_servicio, fuera_de_servicio_por, motivo, madre_clave, operacion_clave, valor, limite,
    repeticiones, texto, texto_en, reaparecida
FROM alarmas
WHERE
    (inicio, id) > (?, ?) AND inicio < ?
    {devices}
ORDER BY inicio, id
LIMIT ?;

-- name: open_alarms
SELECT
    id, equipo_id, clave, codigo, objeto, prioridad, estado, inicio, activa_al_arrancar, fin,
    cierre, reconocida, reconocida_por, apartada, apartada_por, apartada_hasta,
    fuera_de_servicio, fuera_de_servicio_por, motivo, madre_clave, operacion_clave, valor, limite,
    repeticiones, texto, texto_en, reaparecida
FROM alarmas
WHERE cierre IS NULL
ORDER BY prioridad, inicio, id;

-- name: alarms_since
SELECT
    id, equipo_id, clave, codigo, objeto, prioridad, estado, inicio, activa_al_arrancar, fin,
    cierre, reconocida, reconocida_por, apartada, apartada_por, apartada_hasta,
    fuera_de_servicio, fuera_de_servicio_por, motivo, madre_clave, operacion_clave, valor, limite,
    repeticiones, texto, texto_en, reaparecida, revision
FROM alarmas
WHERE revision > ?
ORDER BY revision
LIMIT ?;

-- name: operations_since
SELECT
    id, equipo_id, clave, inicio_desde, inicio_hasta, fin_desde, fin_hasta, tipo,
    causa, elementos, fases, sentido, disparos, recierres, tiempos_muertos, resultado,
    ia_max, ib_max, ic_max, in_max, uv_min, uf_min, maximos_propios, grupo,
    contadores_antes, contadores_despues, carga_previa_kw, carga_previa_a, ciclos, calidad, revision
FROM operaciones
WHERE revision > ?
ORDER BY revision
LIMIT ?;

-- name: operation_of_key
SELECT
    id, equipo_id, clave, inicio_desde, inicio_hasta, fin_desde, fin_hasta, tipo,
    causa, elementos, fases, sentido, disparos, recierres, tiempos_muertos, resultado,
    ia_max, ib_max, ic_max, in_max, uv_min, uf_min, maximos_propios, grupo,
    contadores_antes, contadores_despues, carga_previa_kw, carga_previa_a, ciclos, calidad
FROM operaciones
WHERE equipo_id = ? AND clave = ?;

-- name: last_revision
SELECT ifnull(max(revision), 0) FROM {table};

-- name: last_sample
SELECT fecha_hora, estado{columns} FROM mediciones
WHERE equipo_id = ?
ORDER BY fecha_hora DESC
LIMIT 1;

-- name: uncertainty_at
SELECT max(fecha_hora - desde) FROM eventos
WHERE equipo_id = ? AND fecha_hora = ? AND desde IS NOT NULL;

-- name: summarize
-- Rows that have expired are not there to be counted: a summary never comes to rest on fewer of them.
INSERT OR REPLACE INTO mediciones_15min (
    clave, equipo_id, fecha_hora, muestras, estado, calidad{columns}
)
SELECT
    ?4, equipo_id, ?2, count(*),
    {state},
    {marks}{figures}
FROM mediciones
WHERE equipo_id = ?1 AND fecha_hora >= ?2 AND fecha_hora < ?3
GROUP BY equipo_id
HAVING count(*) >= ifnull((SELECT r.muestras FROM mediciones_15min AS r WHERE r.clave = ?4), 1);

-- name: next_pending
SELECT fecha_hora, equipo_id FROM resumen_pendiente WHERE fecha_hora <= ?
ORDER BY fecha_hora LIMIT 1;

-- name: no_longer_pending
DELETE FROM resumen_pendiente WHERE fecha_hora = ? AND equipo_id = ?;

-- name: next_backlog
SELECT equipo_id, desde, hasta FROM resumen_atraso ORDER BY hasta DESC LIMIT 1;

-- name: last_before
SELECT max(fecha_hora) FROM mediciones WHERE equipo_id = ? AND fecha_hora >= ? AND fecha_hora < ?;

-- name: shorter_backlog
UPDATE resumen_atraso SET hasta = ? WHERE equipo_id = ?;

-- name: no_backlog
DELETE FROM resumen_atraso WHERE equipo_id = ?;

-- name: count_up_to
SELECT count(*) FROM (
    SELECT 1 FROM mediciones WHERE equipo_id = ? AND fecha_hora >= ? AND fecha_hora < ? LIMIT ?
);

-- name: summary_count
SELECT ifnull(sum(muestras), 0) FROM mediciones_15min
WHERE equipo_id = ? AND fecha_hora >= ? AND fecha_hora < ?;

-- name: pending_within
SELECT fecha_hora FROM resumen_pendiente
WHERE equipo_id = ? AND fecha_hora >= ? AND fecha_hora < ?;

-- name: backlog_of
SELECT desde, hasta FROM resumen_atraso WHERE equipo_id = ?;

-- name: rows_summed_up
SELECT count(*){columns} FROM mediciones
WHERE equipo_id = ? AND fecha_hora >= ? AND fecha_hora < ?;

-- name: summaries_summed_up
SELECT sum(muestras){columns} FROM mediciones_15min
WHERE equipo_id = ? AND fecha_hora >= ? AND fecha_hora < ?;

-- name: mark_outage
UPDATE interrupciones SET
    revision = (SELECT max(revision) + 1 FROM interrupciones),
    programada = ifnull(?3, programada),
    fuerza_mayor = ifnull(?4, fuerza_mayor),
    nota = ifnull(?5, nota)
WHERE equipo_id = ?1 AND clave = ?2;

-- name: has_outage
SELECT 1 FROM interrupciones WHERE equipo_id = ? AND clave = ?;

-- name: was_told
-- Whether an event of this point was seen since then.
SELECT 1 FROM eventos WHERE fecha_hora >= ? AND punto = ? LIMIT 1;

-- name: last_alarm_keys
SELECT equipo_id, max(clave) FROM alarmas GROUP BY equipo_id;

-- name: make_requests
CREATE TABLE IF NOT EXISTS pedidos (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    boleto TEXT NOT NULL UNIQUE,
    puesto INTEGER NOT NULL, -- cuándo se pidió, µs desde 1970 UTC
    documento TEXT NOT NULL, -- qué se pide, JSON
    contestado INTEGER, -- cuándo se contestó; NULL: espera
    hecho INTEGER CHECK (hecho IN (0, 1)),
    respuesta TEXT,
    respuesta_en TEXT
) STRICT;

-- name: index_requests
CREATE INDEX IF NOT EXISTS pedidos_en_espera ON pedidos (id) WHERE contestado IS NULL;

-- name: put_request
INSERT INTO pedidos (boleto, puesto, documento) VALUES (?, ?, ?)
ON CONFLICT (boleto) DO NOTHING;

-- name: waiting_requests
SELECT boleto, documento FROM pedidos WHERE contestado IS NULL ORDER BY id LIMIT 200;

-- name: answer_request
UPDATE pedidos SET contestado = ?, hecho = ?, respuesta = ?, respuesta_en = ? WHERE boleto = ?;

-- name: answer_of
SELECT hecho, respuesta, respuesta_en FROM pedidos WHERE boleto = ? AND contestado IS NOT NULL;

-- name: forget_requests
DELETE FROM pedidos WHERE contestado < ?;

-- name: find_events
-- The newest first; what it is narrowed down by is put in at {conditions}, with its arguments.
SELECT
    id, equipo_id, fecha_hora, desde, clase, punto, anterior, nuevo, texto, texto_en, origen
FROM eventos
WHERE (fecha_hora, id) < (?, ?) AND fecha_hora >= ?{conditions}
ORDER BY fecha_hora DESC, id DESC
LIMIT ?;
