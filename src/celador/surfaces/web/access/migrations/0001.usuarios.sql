-- Quién puede entrar a la sala de control, y qué hizo. Está en un archivo propio, al lado de los
-- datos: quien copia las mediciones no se lleva las claves. Los instantes son microsegundos UTC
-- desde 1970. De claves, sesiones y fichas se guarda solo una huella.
CREATE TABLE usuarios (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    nombre TEXT NOT NULL UNIQUE CHECK (nombre <> ''), -- en minúsculas
    rol TEXT NOT NULL CHECK (rol IN ('observador', 'operador', 'administrador')),
    clave TEXT NOT NULL CHECK (clave LIKE '$argon2id$%'), -- huella, con sus parámetros
    creado INTEGER NOT NULL,
    clave_cambiada INTEGER NOT NULL,
    ultimo_ingreso INTEGER -- NULL: nunca entró
) STRICT;

CREATE TABLE sesiones (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    huella BLOB NOT NULL UNIQUE CHECK (length(huella) = 32), -- SHA-256 del contenido de la cookie
    usuario_id INTEGER NOT NULL REFERENCES usuarios (id) ON DELETE CASCADE,
    inicio INTEGER NOT NULL,
    vista INTEGER NOT NULL, -- último uso
    vence INTEGER NOT NULL, -- aunque se use
    direccion TEXT NOT NULL,
    navegador TEXT NOT NULL
) STRICT;

CREATE INDEX sesiones_por_usuario ON sesiones (usuario_id);

CREATE TABLE fichas (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    huella BLOB NOT NULL UNIQUE CHECK (length(huella) = 32), -- SHA-256 de la ficha
    usuario_id INTEGER NOT NULL REFERENCES usuarios (id) ON DELETE CASCADE,
    nombre TEXT NOT NULL CHECK (nombre <> ''),
    creada INTEGER NOT NULL,
    vence INTEGER, -- NULL: hasta que se la revoque
    usada INTEGER, -- último uso, con exactitud de un minuto; NULL: nunca
    UNIQUE (usuario_id, nombre)
) STRICT;

-- Nombra a las personas por su nombre, porque queda cuando el usuario ya no está.
CREATE TABLE auditoria (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    fecha_hora INTEGER NOT NULL,
    usuario TEXT, -- NULL: nadie que se conozca
    origen TEXT NOT NULL CHECK (origen IN ('sesion', 'ficha', 'consola', 'local')),
    direccion TEXT, -- NULL: la misma máquina, desde la consola
    accion TEXT NOT NULL,
    objeto TEXT NOT NULL DEFAULT '',
    resultado TEXT NOT NULL CHECK (resultado IN ('hecho', 'rechazado', 'fallido')),
    detalle TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX auditoria_por_fecha ON auditoria (fecha_hora);

CREATE TRIGGER auditoria_no_cambia BEFORE UPDATE ON auditoria
BEGIN
    SELECT raise(ABORT, 'una fila de auditoria no se cambia');
END;

-- Lo que tiene menos de un año no se puede borrar, tampoco por error.
CREATE TRIGGER auditoria_no_se_borra BEFORE DELETE ON auditoria
WHEN old.fecha_hora > unixepoch() * 1000000 - 31536000000000
BEGIN
    SELECT raise(ABORT, 'una fila de auditoria de menos de un año no se borra');
END;

PRAGMA user_version = 1;
