-- name: add_user
INSERT INTO usuarios (nombre, rol, clave, creado, clave_cambiada) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (nombre) DO NOTHING RETURNING id;

-- name: users
SELECT id, nombre, rol, creado, clave_cambiada, ultimo_ingreso FROM usuarios ORDER BY nombre;

-- name: user_named
SELECT id, nombre, rol, creado, clave_cambiada, ultimo_ingreso FROM usuarios WHERE nombre = ?;

-- name: password_of
SELECT id, rol, clave FROM usuarios WHERE nombre = ?;

-- name: count_users
SELECT count(*) FROM usuarios;

-- name: other_administrators
SELECT count(*) FROM usuarios WHERE rol = 'administrador' AND nombre <> ?;

-- name: set_password
UPDATE usuarios SET clave = ?, clave_cambiada = ? WHERE nombre = ? RETURNING id;

-- name: rehash_password
-- Only where nobody has changed the password since it was read.
UPDATE usuarios SET clave = ? WHERE nombre = ? AND clave = ?;

-- name: set_role
UPDATE usuarios SET rol = ? WHERE nombre = ? RETURNING id;

-- name: remove_user
DELETE FROM usuarios WHERE nombre = ? RETURNING id;

-- name: note_login
UPDATE usuarios SET ultimo_ingreso = ? WHERE id = ?;

-- name: add_session
-- Only while the password is still the one that was checked.
INSERT INTO sesiones (huella, usuario_id, inicio, vista, vence, direccion, navegador)
SELECT ?, id, ?, ?, ?, ?, ? FROM usuarios WHERE id = ? AND clave = ?
RETURNING id;

-- name: session
SELECT s.id, s.usuario_id, u.nombre, u.rol, s.vista, s.vence
FROM sesiones AS s JOIN usuarios AS u ON u.id = s.usuario_id
WHERE s.huella = ? AND s.vence > ? AND s.vista > ? AND s.inicio <= ? + 60000000;

-- name: touch_session
UPDATE sesiones SET vista = ? WHERE id = ?;

-- name: sessions_of
SELECT id, inicio, vista, vence, direccion, navegador FROM sesiones
WHERE usuario_id = ? AND vence > ? AND vista > ? ORDER BY vista DESC;

-- name: end_session
DELETE FROM sesiones WHERE id = ? AND usuario_id = ? RETURNING id;

-- name: end_sessions_of
DELETE FROM sesiones WHERE usuario_id = ?;

-- name: end_expired
DELETE FROM sesiones WHERE vence <= ? OR vista <= ?;

-- name: end_surplus
-- A user's oldest sessions beyond a number of them.
DELETE FROM sesiones WHERE id IN (
    SELECT id FROM sesiones WHERE usuario_id = ? ORDER BY vista DESC LIMIT -1 OFFSET ?
);

-- name: add_token
INSERT INTO fichas (huella, usuario_id, nombre, creada, vence) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (usuario_id, nombre) DO NOTHING RETURNING id;

-- name: token
SELECT f.id, f.usuario_id, u.nombre, u.rol, f.usada
FROM fichas AS f JOIN usuarios AS u ON u.id = f.usuario_id
WHERE f.huella = ? AND (f.vence IS NULL OR f.vence > ?);

-- name: touch_token
UPDATE fichas SET usada = ? WHERE id = ?;

-- name: tokens
SELECT u.nombre, f.nombre, f.creada, f.vence, f.usada
FROM fichas AS f JOIN usuarios AS u ON u.id = f.usuario_id ORDER BY u.nombre, f.nombre;

-- name: revoke_token
DELETE FROM fichas WHERE usuario_id = ? AND nombre = ? RETURNING id;

-- name: revoke_tokens_of
DELETE FROM fichas WHERE usuario_id = ?;

-- name: add_audit
INSERT INTO auditoria (fecha_hora, usuario, origen, direccion, accion, objeto, resultado, detalle)
VALUES (?, ?, ?, ?, ?, ?, ?, ?);

-- name: audit
SELECT fecha_hora, usuario, origen, direccion, accion, objeto, resultado, detalle
FROM auditoria WHERE fecha_hora >= ? AND fecha_hora < ? ORDER BY fecha_hora DESC, id DESC LIMIT ?;

-- name: trim_audit
DELETE FROM auditoria WHERE fecha_hora < ?;

-- name: session_seen
SELECT vista FROM sesiones WHERE id = ? AND usuario_id = ? AND vence > ? AND vista > ?;

-- name: token_exists
SELECT 1 FROM fichas WHERE id = ? AND usuario_id = ? AND (vence IS NULL OR vence > ?);
