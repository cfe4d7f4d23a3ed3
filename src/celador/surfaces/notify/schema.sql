-- La cola de avisos: un archivo propio junto al almacén. Instantes en µs desde 1970, UTC.

-- Hasta qué revisión de cada tabla del almacén se miró.
CREATE TABLE cursores (
    tabla TEXT PRIMARY KEY,
    revision INTEGER NOT NULL CHECK (revision >= 0)
) STRICT, WITHOUT ROWID;

-- Desde cuándo se avisa a cada destino: lo anterior no es novedad para él.
CREATE TABLE destinos (
    destino TEXT PRIMARY KEY,
    desde INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Un aviso para un destino.
CREATE TABLE avisos (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    clave TEXT NOT NULL, -- qué se avisa: alarma/equipo/clave/activa/repetición, operación/equipo/clave
    destino TEXT NOT NULL, -- a quién: canal, o canal/dirección
    canal TEXT NOT NULL,
    clase TEXT NOT NULL CHECK (clase IN ('activa', 'normal', 'operación')),
    equipo_id INTEGER, -- NULL: de un alimentador o de todo el colector
    codigo TEXT NOT NULL, -- de la alarma; vacío en una operación
    prioridad INTEGER NOT NULL CHECK (prioridad BETWEEN 1 AND 4),
    operacion_clave INTEGER,
    completo INTEGER NOT NULL CHECK (completo IN (0, 1)), -- ya trae las corrientes de la operación
    ocurrio INTEGER NOT NULL,
    creado INTEGER NOT NULL,
    no_antes INTEGER NOT NULL, -- cuándo debe salir
    vence INTEGER NOT NULL, -- después ya no se envía, y eso se avisa
    junto INTEGER NOT NULL CHECK (junto IN (0, 1)), -- espera al resumen
    suplente INTEGER NOT NULL CHECK (suplente IN (0, 1)), -- según las reglas no era para este canal
    -- apartado: nunca podrá enviarse; retirado: dejó de hacer falta antes de salir
    estado TEXT NOT NULL CHECK (estado IN ('pendiente', 'enviando', 'enviado', 'apartado', 'vencido', 'retirado')),
    en_duda INTEGER NOT NULL DEFAULT 0 CHECK (en_duda IN (0, 1)), -- un envío quizás llegó
    cubierto INTEGER NOT NULL DEFAULT 0 CHECK (cubierto IN (0, 1)), -- que terminó lo dice el de que comenzó
    vencimiento_avisado INTEGER NOT NULL DEFAULT 0 CHECK (vencimiento_avisado IN (0, 1)),
    asunto TEXT NOT NULL,
    cuerpo TEXT NOT NULL,
    UNIQUE (clave, destino)
) STRICT;

CREATE INDEX avisos_por_estado ON avisos (estado, destino, no_antes);

CREATE INDEX avisos_por_fecha ON avisos (creado);

-- Cada envío intentado y cómo terminó.
CREATE TABLE intentos (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    destino TEXT NOT NULL,
    inicio INTEGER NOT NULL,
    fin INTEGER, -- NULL: está en curso
    resultado TEXT NOT NULL CHECK (
        resultado IN ('en curso', 'entregado', 'falló', 'rechazado', 'en duda')
    ),
    motivo TEXT, -- por qué no
    asunto TEXT NOT NULL
) STRICT;

CREATE INDEX intentos_por_destino ON intentos (destino, inicio);

-- Qué avisos llevaba cada intento.
CREATE TABLE intentos_avisos (
    intento_id INTEGER NOT NULL REFERENCES intentos (id) ON DELETE CASCADE,
    aviso_id INTEGER NOT NULL REFERENCES avisos (id) ON DELETE CASCADE,
    PRIMARY KEY (intento_id, aviso_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX intentos_avisos_por_aviso ON intentos_avisos (aviso_id);
