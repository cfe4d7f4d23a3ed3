-- name: from_version_1
-- Which were covered, and which withdrawn, was not told apart then.
ALTER TABLE avisos ADD COLUMN cubierto INTEGER NOT NULL DEFAULT 0 CHECK (cubierto IN (0, 1));
UPDATE avisos SET cubierto = 1 WHERE clase = 'normal' AND estado = 'retirado';

-- name: cursor
SELECT revision FROM cursores WHERE tabla = ?;

-- name: set_cursor
INSERT INTO cursores (tabla, revision) VALUES (?, ?)
ON CONFLICT (tabla) DO UPDATE SET revision = excluded.revision;

-- name: destinations
SELECT destino, desde FROM destinos;

-- name: add_destination
INSERT INTO destinos (destino, desde) VALUES (?, ?);

-- name: put
-- What waits is told as it is now, not as it was; what was sent stays as it was sent.
INSERT INTO avisos (
    clave, destino, canal, clase, equipo_id, codigo, prioridad, operacion_clave, completo,
    ocurrio, creado, no_antes, vence, junto, suplente, estado, asunto, cuerpo
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pendiente', ?, ?)
ON CONFLICT (clave, destino) DO UPDATE SET
    prioridad = excluded.prioridad,
    operacion_clave = excluded.operacion_clave,
    completo = excluded.completo,
    no_antes = CASE estado WHEN 'retirado' THEN excluded.no_antes ELSE min(no_antes, excluded.no_antes) END,
    vence = CASE estado WHEN 'retirado' THEN excluded.vence ELSE vence END,
    estado = 'pendiente',
    asunto = excluded.asunto,
    cuerpo = excluded.cuerpo
WHERE estado IN ('pendiente', 'retirado');

-- name: state_of
SELECT estado, en_duda, cubierto FROM avisos WHERE clave = ? AND destino = ?;

-- name: happened
SELECT min(ocurrio) FROM avisos WHERE clave = ?;

-- name: cover
-- The notice before it, which still waits, tells this one too.
INSERT INTO avisos (
    clave, destino, canal, clase, equipo_id, codigo, prioridad, operacion_clave, completo,
    ocurrio, creado, no_antes, vence, junto, suplente, estado, cubierto, asunto, cuerpo
)
SELECT
    ?1, destino, canal, ?2, equipo_id, codigo, prioridad, operacion_clave, completo,
    ?3, creado, no_antes, vence, junto, suplente, 'retirado', 1, asunto, cuerpo
FROM avisos WHERE clave = ?4 AND destino = ?5
ON CONFLICT (clave, destino) DO UPDATE SET cubierto = 1 WHERE estado = 'retirado';

-- name: withdraw
UPDATE avisos SET estado = 'retirado' WHERE estado = 'pendiente' AND clave >= ? AND clave < ?;

-- name: told_completely
SELECT count(*) FROM avisos
WHERE
    destino = ? AND equipo_id = ? AND operacion_clave = ? AND clase = 'activa'
    AND estado IN ('pendiente', 'enviando', 'enviado')
    AND (completo = 1 OR instr(asunto, ?) > 0);

-- name: due
SELECT id, clave, clase, prioridad, ocurrio, creado, no_antes, junto, suplente, en_duda, asunto, cuerpo
FROM avisos
WHERE estado = 'pendiente' AND destino = ? AND no_antes <= ?
ORDER BY prioridad, ocurrio, id;

-- name: next_due
SELECT min(no_antes) FROM avisos WHERE estado = 'pendiente' AND destino = ? AND no_antes > ?;

-- name: begin_attempt
INSERT INTO intentos (destino, inicio, resultado, asunto) VALUES (?, ?, 'en curso', ?);

-- name: carry
INSERT INTO intentos_avisos (intento_id, aviso_id) VALUES (?, ?);

-- name: mark_sending
UPDATE avisos SET estado = 'enviando' WHERE id = ?;

-- name: end_attempt
UPDATE intentos SET fin = ?, resultado = ?, motivo = ? WHERE id = ?;

-- name: settle
-- An attempt that was given up may still report that it arrived.
UPDATE avisos SET estado = ?, en_duda = max(en_duda, ?)
WHERE estado IN ('enviando', 'pendiente')
AND id IN (SELECT aviso_id FROM intentos_avisos WHERE intento_id = ?);

-- name: interrupted
SELECT id FROM intentos WHERE resultado = 'en curso';

-- name: expire
UPDATE avisos SET estado = 'vencido' WHERE estado = 'pendiente' AND vence <= ?;

-- name: expired_untold
SELECT id, ocurrio, asunto FROM avisos
WHERE estado = 'vencido' AND destino = ? AND vencimiento_avisado = 0
ORDER BY prioridad, ocurrio, id;

-- name: told_expired
UPDATE avisos SET vencimiento_avisado = 1 WHERE id = ?;

-- name: sent_since
SELECT inicio FROM intentos
WHERE destino = ? AND inicio > ? AND resultado IN ('entregado', 'en duda', 'en curso')
ORDER BY inicio;

-- name: stranded
-- Critical alarms that a destination could not be told of, and no other was.
SELECT a.id, a.clave, a.destino FROM avisos AS a
WHERE
    a.prioridad = 1 AND a.clase = 'activa' AND a.creado > ?1
    AND (
        a.estado IN ('apartado', 'vencido')
        OR (a.estado = 'pendiente' AND max(a.no_antes, a.creado) < ?2)
    )
    AND NOT EXISTS (
        SELECT 1 FROM avisos AS b
        WHERE b.clave = a.clave AND b.destino <> a.destino AND b.estado IN ('enviado', 'enviando')
    );

-- name: stand_in
INSERT INTO avisos (
    clave, destino, canal, clase, equipo_id, codigo, prioridad, operacion_clave, completo,
    ocurrio, creado, no_antes, vence, junto, suplente, estado, asunto, cuerpo
)
SELECT
    clave, ?2, ?3, clase, equipo_id, codigo, prioridad, operacion_clave, completo,
    ocurrio, ?4, 0, ?5, 0, 1, 'pendiente', asunto, cuerpo
FROM avisos WHERE id = ?1
ON CONFLICT (clave, destino) DO NOTHING;

-- name: waiting
SELECT count(*) FROM avisos WHERE estado IN ('pendiente', 'enviando');

-- name: prune_notices
DELETE FROM avisos WHERE creado < ? AND estado NOT IN ('pendiente', 'enviando');

-- name: prune_attempts
DELETE FROM intentos WHERE inicio < ? AND resultado <> 'en curso';

-- name: list_notices
SELECT
    id, clave, destino, clase, equipo_id, codigo, prioridad, ocurrio, creado, max(no_antes, creado),
    estado, en_duda, asunto
FROM avisos
WHERE creado >= ? AND creado < ?
ORDER BY creado, id;

-- name: attempts_of
SELECT i.inicio, i.fin, i.resultado, i.motivo
FROM intentos AS i
INNER JOIN intentos_avisos AS v ON v.intento_id = i.id
WHERE v.aviso_id = ?
ORDER BY i.id;
