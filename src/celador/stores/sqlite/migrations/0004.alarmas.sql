-- Alarmas que cambian mientras viven, como las operaciones: con clave y revisión. Ninguna versión
-- anterior escribió en la tabla: se rehace.
DROP TABLE alarmas;

CREATE TABLE alarmas (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    revision INTEGER NOT NULL UNIQUE CHECK (revision > 0), -- crece con cada cambio de cualquier fila
    equipo_id INTEGER REFERENCES equipos (id), -- NULL: de un alimentador o de todo el colector
    clave INTEGER NOT NULL, -- distingue las alarmas de un equipo; crece de una a la siguiente
    colector_id INTEGER NOT NULL REFERENCES colectores (id),
    codigo TEXT NOT NULL, -- del catálogo, por ejemplo LOCKOUT_FALLA
    objeto TEXT NOT NULL DEFAULT '', -- de qué habla, donde un equipo puede tener varias a la vez
    prioridad INTEGER NOT NULL CHECK (prioridad BETWEEN 1 AND 4), -- 1 crítica, 4 solo registro
    estado TEXT NOT NULL CHECK (
        estado IN (
            'NORM', 'UNACK', 'ACK', 'RTNUN', 'LATCH_UNACK', 'LATCH_ACK', 'SHLVD', 'DSUPR', 'OOSRV'
        )
    ),
    inicio INTEGER NOT NULL CHECK (inicio BETWEEN 0 AND 253402300799999999),
    activa_al_arrancar INTEGER NOT NULL DEFAULT 0 CHECK (activa_al_arrancar IN (0, 1)),
    fin INTEGER CHECK (fin BETWEEN 0 AND 253402300799999999), -- la condición cesó
    cierre INTEGER CHECK (cierre BETWEEN 0 AND 253402300799999999), -- la vida terminó: NORM
    reconocida INTEGER CHECK (reconocida BETWEEN 0 AND 253402300799999999),
    reconocida_por TEXT,
    apartada INTEGER CHECK (apartada BETWEEN 0 AND 253402300799999999), -- SHLVD: desde
    apartada_hasta INTEGER, -- a lo sumo 12 h después
    apartada_por TEXT,
    fuera_de_servicio INTEGER CHECK (fuera_de_servicio BETWEEN 0 AND 253402300799999999), -- OOSRV: desde
    fuera_de_servicio_por TEXT,
    motivo TEXT, -- de apartarla o sacarla de servicio
    madre_clave INTEGER, -- DSUPR: clave de la alarma sin equipo que habla por esta
    operacion_clave INTEGER, -- operaciones.clave del mismo equipo
    valor REAL, -- lo que la levantó, y su límite
    limite REAL,
    repeticiones INTEGER NOT NULL DEFAULT 0 CHECK (repeticiones >= 0),
    texto TEXT NOT NULL,
    texto_en TEXT NOT NULL,
    CHECK ((reconocida IS NULL) = (reconocida_por IS NULL)),
    CHECK ((apartada IS NULL) = (apartada_hasta IS NULL)),
    CHECK (apartada_hasta - apartada BETWEEN 0 AND 43200000000),
    CHECK (estado <> 'SHLVD' OR (apartada IS NOT NULL AND apartada_por IS NOT NULL AND motivo IS NOT NULL)),
    CHECK (
        estado <> 'OOSRV'
        OR (fuera_de_servicio IS NOT NULL AND fuera_de_servicio_por IS NOT NULL AND motivo IS NOT NULL)
    ),
    CHECK ((estado = 'NORM') = (cierre IS NOT NULL))
) STRICT;

CREATE UNIQUE INDEX alarmas_claves ON alarmas (colector_id, ifnull(equipo_id, 0), clave);

-- De cada alarma de cada equipo hay a lo sumo una vida abierta.
CREATE UNIQUE INDEX alarmas_abiertas ON alarmas (ifnull(equipo_id, 0), codigo, objeto) WHERE cierre IS NULL;

CREATE INDEX alarmas_por_equipo ON alarmas (equipo_id, inicio);

CREATE INDEX alarmas_por_inicio ON alarmas (inicio);

PRAGMA user_version = 4;
