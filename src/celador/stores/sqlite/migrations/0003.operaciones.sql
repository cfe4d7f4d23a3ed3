-- Operaciones e interrupciones que crecen mientras ocurren, y la memoria de las reglas que las arman.

-- Los eventos deducidos de varios puntos o de los contadores son una clase más; SQLite no puede
-- cambiar un CHECK sin rehacer la tabla.
DROP VIEW eventos_legible;

CREATE TABLE eventos_nueva (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    fecha_hora INTEGER NOT NULL CHECK (fecha_hora BETWEEN 0 AND 253402300799999999), -- cuándo se vio
    equipo_id INTEGER REFERENCES equipos (id), -- NULL: de todo el colector
    colector_id INTEGER NOT NULL REFERENCES colectores (id),
    clase TEXT NOT NULL CHECK (clase IN ('punto', 'enlace', 'hueco', 'sistema', 'deducido')),
    punto TEXT NOT NULL, -- clave del punto en el perfil, o una palabra para la clase
    anterior TEXT,
    nuevo TEXT,
    desde INTEGER CHECK (desde BETWEEN 0 AND 253402300799999999), -- última vez que se vio el estado anterior
    incertidumbre REAL GENERATED ALWAYS AS ((fecha_hora - desde) / 1000000.0) VIRTUAL, -- s
    texto TEXT NOT NULL,
    texto_en TEXT NOT NULL,
    origen TEXT NOT NULL CHECK (origen IN ('equipo', 'estimado', 'operador', 'sistema')),
    calidad TEXT NOT NULL CHECK (calidad IN ('observada', 'reconstruida', 'estimada'))
) STRICT;

INSERT INTO eventos_nueva (id, fecha_hora, equipo_id, colector_id, clase, punto, anterior, nuevo, desde, texto, texto_en, origen, calidad)
SELECT id, fecha_hora, equipo_id, colector_id, clase, punto, anterior, nuevo, desde, texto, texto_en, origen, calidad
FROM eventos;

DROP TABLE eventos;

ALTER TABLE eventos_nueva RENAME TO eventos;

CREATE INDEX eventos_por_fecha ON eventos (fecha_hora);

CREATE INDEX eventos_por_equipo ON eventos (equipo_id, fecha_hora);

CREATE VIEW eventos_legible AS
SELECT
    v.id,
    strftime('%Y-%m-%dT%H:%M:%S', v.fecha_hora / 1000000, 'unixepoch') || printf('.%06dZ', v.fecha_hora % 1000000) AS fecha_hora,
    e.nombre AS equipo,
    v.clase, v.punto, v.anterior, v.nuevo,
    strftime('%Y-%m-%dT%H:%M:%S', v.desde / 1000000, 'unixepoch') || printf('.%06dZ', v.desde % 1000000) AS desde,
    v.incertidumbre, v.texto, v.texto_en, v.origen, v.calidad, c.nombre AS colector
FROM eventos AS v
LEFT JOIN equipos AS e ON v.equipo_id = e.id
INNER JOIN colectores AS c ON v.colector_id = c.id;

-- Ninguna versión anterior escribió en estas dos: se rehacen.
DROP TABLE interrupciones;

DROP TABLE operaciones;

CREATE TABLE operaciones (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    revision INTEGER NOT NULL UNIQUE CHECK (revision > 0), -- crece con cada cambio de cualquier fila
    equipo_id INTEGER NOT NULL REFERENCES equipos (id),
    clave INTEGER NOT NULL, -- distingue las operaciones de un equipo; crece de una a la siguiente
    colector_id INTEGER NOT NULL REFERENCES colectores (id),
    inicio_desde INTEGER CHECK (inicio_desde BETWEEN 0 AND 253402300799999999), -- el comienzo está en (desde, hasta]
    inicio_hasta INTEGER NOT NULL CHECK (inicio_hasta BETWEEN 0 AND 253402300799999999),
    fin_desde INTEGER CHECK (fin_desde BETWEEN 0 AND 253402300799999999),
    fin_hasta INTEGER CHECK (fin_hasta BETWEEN 0 AND 253402300799999999), -- NULL: en curso
    tipo TEXT NOT NULL CHECK (tipo IN ('secuencia', 'orden', 'automatismo', 'desconocida')),
    causa TEXT, -- el elemento o mando más específico
    elementos TEXT, -- todos los que se vieron, como arreglo JSON
    fases TEXT CHECK (fases IN ('A', 'B', 'C', 'AB', 'BC', 'CA', 'ABC')), -- NULL: no determinada
    sentido TEXT CHECK (sentido IN ('directo', 'inverso')),
    disparos INTEGER CHECK (disparos >= 0),
    recierres INTEGER CHECK (recierres >= 0),
    tiempos_muertos TEXT, -- arreglo JSON de [mínimo, máximo] en segundos; null: no observado
    resultado TEXT CHECK (
        resultado IN (
            'recierre exitoso', 'bloqueo', 'sin recierre', 'interrumpida', 'abierta por orden',
            'cerrada por orden', 'en curso'
        )
    ),
    ia_max REAL, -- A
    ib_max REAL, -- A
    ic_max REAL, -- A
    in_max REAL, -- A
    uv_min REAL, -- V
    uf_min REAL, -- Hz
    maximos_propios INTEGER CHECK (maximos_propios IN (0, 1)), -- 0: iguales a los de la anterior
    grupo INTEGER CHECK (grupo BETWEEN 1 AND 4), -- grupo de ajustes activo
    contadores_antes TEXT, -- como objeto JSON, porque las filas de contadores caducan
    contadores_despues TEXT,
    carga_previa_kw REAL, -- media de los 60 s anteriores
    carga_previa_a REAL,
    calidad TEXT NOT NULL CHECK (calidad IN ('observada', 'reconstruida', 'estimada')),
    ciclos INTEGER NOT NULL DEFAULT 0 CHECK (ciclos >= 0), -- ciclos cierre-apertura que contó el equipo
    nota TEXT,
    UNIQUE (equipo_id, clave)
) STRICT;

CREATE INDEX operaciones_por_equipo ON operaciones (equipo_id, inicio_hasta);

CREATE TABLE interrupciones (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    revision INTEGER NOT NULL UNIQUE CHECK (revision > 0), -- crece con cada cambio de cualquier fila
    equipo_id INTEGER NOT NULL REFERENCES equipos (id),
    clave INTEGER NOT NULL, -- distingue las interrupciones de un equipo; crece de una a la siguiente
    colector_id INTEGER NOT NULL REFERENCES colectores (id),
    operacion_id INTEGER REFERENCES operaciones (id),
    inicio_desde INTEGER CHECK (inicio_desde BETWEEN 0 AND 253402300799999999), -- NULL: ya estaba abierta
    inicio_hasta INTEGER NOT NULL CHECK (inicio_hasta BETWEEN 0 AND 253402300799999999),
    fin_desde INTEGER CHECK (fin_desde BETWEEN 0 AND 253402300799999999),
    fin_hasta INTEGER CHECK (fin_hasta BETWEEN 0 AND 253402300799999999), -- NULL: en curso
    duracion_min REAL GENERATED ALWAYS AS (max(0, fin_desde - inicio_hasta) / 1000000.0) VIRTUAL, -- s
    duracion_max REAL GENERATED ALWAYS AS ((fin_hasta - inicio_desde) / 1000000.0) VIRTUAL, -- s
    origen TEXT NOT NULL CHECK (
        origen IN ('propia-falla', 'propia-maniobra', 'externa', 'desconocida')
    ),
    clase_3min TEXT CHECK (clase_3min IN ('momentánea', 'sostenida', 'indeterminada')),
    clase_5min TEXT CHECK (clase_5min IN ('momentánea', 'sostenida', 'indeterminada')),
    clientes INTEGER CHECK (clientes >= 0),
    kva REAL CHECK (kva >= 0),
    ens_kwh REAL CHECK (ens_kwh >= 0), -- energía no suministrada
    programada INTEGER CHECK (programada IN (0, 1)),
    fuerza_mayor TEXT NOT NULL DEFAULT 'no' CHECK (
        fuerza_mayor IN ('no', 'invocada', 'aceptada')
    ),
    calidad TEXT NOT NULL CHECK (calidad IN ('observada', 'reconstruida', 'estimada')),
    nota TEXT,
    UNIQUE (equipo_id, clave)
) STRICT;

CREATE INDEX interrupciones_por_equipo ON interrupciones (equipo_id, inicio_hasta);

-- Lo que una regla debe recordar de un equipo tras un reinicio. Se guarda junto con los registros
-- que salen de ella, en la misma transacción.
CREATE TABLE memorias (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    revision INTEGER NOT NULL UNIQUE CHECK (revision > 0), -- crece con cada cambio de cualquier fila
    equipo_id INTEGER NOT NULL REFERENCES equipos (id),
    tema TEXT NOT NULL, -- qué regla recuerda
    fecha_hora INTEGER NOT NULL CHECK (fecha_hora BETWEEN 0 AND 253402300799999999), -- de qué instante habla
    documento TEXT NOT NULL, -- objeto JSON, solo para el programa
    UNIQUE (equipo_id, tema)
) STRICT;

PRAGMA user_version = 3;
