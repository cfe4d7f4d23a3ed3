-- Hecho por `celador.stores.timescale.init_sql` a partir de las migraciones; no se edita a mano.
--
-- La imagen de PostgreSQL lo corre con psql la primera vez que arranca, en la base POSTGRES_DB.
-- Deja la extensión, los papeles y las tablas, y anotado qué migraciones son: `celador historian
-- migrate` sigue desde ahí. Del entorno toma:
--
--   CELADOR_INGEST_PASSWORD, CELADOR_READ_PASSWORD, CELADOR_WEB_PASSWORD  claves de celador_ingest,
--       celador_read y celador_web; o sus archivos, en CELADOR_INGEST_PASSWORD_FILE y así
--   CELADOR_TIME_ZONE  zona horaria de la instalación (America/Argentina/Cordoba si falta)

\set ON_ERROR_STOP on

\set zona ''
\getenv zona CELADOR_TIME_ZONE
SELECT set_config('celador.zona_horaria', :'zona', FALSE) \g /dev/null

BEGIN;

-- El esquema del historiador de Celador; explicado tabla por tabla en docs/esquema.md.
--
-- Vale en PostgreSQL 14 o más nuevo, con TimescaleDB o sin él; lo que cambia está en la migración
-- 0002 de cada uno. Lo que no se sabe es NULL, nunca 0. Un id no se repite jamás.

-- Qué migraciones tiene esta base; cada una se anota en su propia transacción.
CREATE TABLE migraciones (
    nombre TEXT PRIMARY KEY,
    aplicada TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- Tres papeles además del dueño: el reenviador entrega (celador_ingest), Grafana y el exportador solo
-- leen (celador_read), las pantallas web leen y dejan pedidos (celador_web). Las claves se ponen
-- aparte, nunca aquí; sin clave nadie entra. Un papel es de todo el servidor, por eso puede existir ya.
-- Lo que cada uno puede en la base entera, y por cuánto tiempo, está en permisos.sql.
DO $$
DECLARE papel TEXT;
BEGIN
    FOREACH papel IN ARRAY ARRAY['celador_ingest', 'celador_read', 'celador_web'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = papel) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', papel);
        END IF;
        EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', papel);
    END LOOP;
    IF NOT pg_has_role('celador_web', 'celador_read', 'USAGE') THEN
        GRANT celador_read TO celador_web;
    END IF;
END
$$;

-- Lo que en PostgreSQL puede cualquiera y aquí no hace falta a nadie: llenar el disco con objetos
-- grandes o con mensajes en el registro de transacciones. Solo un superusuario puede quitarlo.
DO $$
DECLARE funcion REGPROCEDURE;
BEGIN
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        RETURN;
    END IF;
    FOR funcion IN
        SELECT oid FROM pg_proc
        WHERE pronamespace = 'pg_catalog'::regnamespace AND proname IN (
            'lo_create', 'lo_creat', 'lo_from_bytea', 'lo_open', 'lo_put', 'lowrite', 'lo_truncate',
            'lo_truncate64', 'lo_unlink', 'pg_logical_emit_message'
        )
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', funcion);
    END LOOP;
END
$$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;

ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO celador_read;

-- Un número en coma flotante que se repite mucho (factores de potencia, frecuencias, energías). Como
-- dominio, TimescaleDB lo comprime por diccionario, en un tercio del lugar que ocupa sin él.
CREATE DOMAIN magnitud AS DOUBLE PRECISION;

-- Lo que vale para toda la instalación; una sola fila.
CREATE TABLE instalacion (
    unica BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (unica),
    zona_horaria TEXT NOT NULL, -- en la que empieza el día de mediciones_1dia
    retencion_dias INTEGER NOT NULL DEFAULT 730 CHECK (retencion_dias >= 365) -- de mediciones y contadores
);

INSERT INTO instalacion (zona_horaria) VALUES (
    coalesce(nullif(current_setting('celador.zona_horaria', TRUE), ''), 'America/Argentina/Cordoba')
);

CREATE TABLE colectores (
    id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    nombre TEXT NOT NULL UNIQUE -- el programa que interroga a los equipos
);

CREATE TABLE equipos (
    id INTEGER PRIMARY KEY, -- lo da la configuración; no se reutiliza
    nombre TEXT NOT NULL, -- sin UNIQUE: un equipo de reemplazo puede heredar el nombre
    lugar TEXT NOT NULL DEFAULT '',
    perfil TEXT NOT NULL,
    tension_nominal DOUBLE PRECISION NOT NULL CHECK (tension_nominal > 0), -- entre líneas, V
    clientes INTEGER CHECK (clientes >= 0), -- usuarios aguas abajo
    kva DOUBLE PRECISION CHECK (kva >= 0), -- potencia de transformación aguas abajo, kVA
    periodo_s DOUBLE PRECISION CHECK (periodo_s > 0) -- cada cuánto se leen los puntos analógicos, s; NULL: no se sabe
);

-- Los equipos con un rótulo que los distingue: el nombre, y el id donde dos se llaman igual.
CREATE VIEW equipos_rotulados AS
SELECT
    *,
    nombre || CASE WHEN count(*) OVER (PARTITION BY nombre) > 1 THEN format(' (%s)', id) ELSE '' END AS rotulo
FROM equipos;

-- Cómo está el camino de cada colector hasta aquí, según él mismo; una fila por colector. Lo que no
-- sabe es NULL. Si fecha_hora queda atrás, el colector no llega o no anda: lo demás ya no vale.
CREATE TABLE reenvios (
    colector_id INTEGER PRIMARY KEY REFERENCES colectores (id),
    fecha_hora TIMESTAMPTZ NOT NULL DEFAULT now(), -- cuándo lo dijo, por el reloj de esta base
    en_espera BIGINT CHECK (en_espera >= 0), -- filas que esta base no confirmó; a lo sumo estas
    mas_vieja TIMESTAMPTZ, -- instante de la más vieja de ellas; NULL: ninguna espera
    apartadas BIGINT CHECK (apartadas >= 0), -- filas que esta base no aceptará tal como están
    ritmo DOUBLE PRECISION CHECK (ritmo >= 0) -- filas por segundo en los últimos diez
);

-- Una fila por lectura de los puntos analógicos de un equipo. Las doce primeras columnas conservan
-- su nombre y su tipo. Las demás son enteras donde los registros del equipo lo son: comprimidas
-- ocupan la mitad.
CREATE TABLE mediciones (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    fecha_hora TIMESTAMPTZ NOT NULL CHECK (fecha_hora BETWEEN '1970-01-01 00:00:00+00' AND '9999-12-31 23:59:59+00'),
    ia DOUBLE PRECISION, -- corriente de fase A, A
    ib DOUBLE PRECISION, -- corriente de fase B, A
    ic DOUBLE PRECISION, -- corriente de fase C, A
    va DOUBLE PRECISION, -- tensión fase-tierra A, V
    vb DOUBLE PRECISION, -- tensión fase-tierra B, V
    vc DOUBLE PRECISION, -- tensión fase-tierra C, V
    p_act DOUBLE PRECISION, -- potencia activa total, negativa en flujo inverso, kW
    p_react DOUBLE PRECISION, -- potencia reactiva total, sin signo, kvar
    fp MAGNITUD, -- factor de potencia total, sin signo
    estado INTEGER CHECK (estado BETWEEN 0 AND 3), -- 0 abierto, 1 cerrado, 2 bloqueado por falla, 3 en secuencia de recierre
    equipo_id INTEGER NOT NULL, -- equipos.id; sin REFERENCES: la lectura puede llegar antes que su equipo
    colector_id INTEGER NOT NULL, -- colectores.id
    calidad INTEGER NOT NULL CHECK (calidad >= 0), -- suma de marcas; 0 es una muestra íntegra
    in_res INTEGER, -- corriente residual (3I0), A
    vr INTEGER, -- tensión fase-tierra R, V
    vs INTEGER, -- tensión fase-tierra S, V
    vt INTEGER, -- tensión fase-tierra T, V
    vab INTEGER, -- tensión de línea AB, V
    vbc INTEGER, -- tensión de línea BC, V
    vca INTEGER, -- tensión de línea CA, V
    vrs INTEGER, -- tensión de línea RS, V
    vst INTEGER, -- tensión de línea ST, V
    vtr INTEGER, -- tensión de línea TR, V
    s_apar INTEGER, -- potencia aparente total, kVA
    s_a INTEGER, -- potencia aparente A, kVA
    s_b INTEGER, -- potencia aparente B, kVA
    s_c INTEGER, -- potencia aparente C, kVA
    p_a INTEGER, -- potencia activa A, sin signo, kW
    p_b INTEGER, -- potencia activa B, sin signo, kW
    p_c INTEGER, -- potencia activa C, sin signo, kW
    q_a INTEGER, -- potencia reactiva A, sin signo, kvar
    q_b INTEGER, -- potencia reactiva B, sin signo, kvar
    q_c INTEGER, -- potencia reactiva C, sin signo, kvar
    fp_a MAGNITUD, -- factor de potencia A
    fp_b MAGNITUD, -- factor de potencia B
    fp_c MAGNITUD, -- factor de potencia C
    frec MAGNITUD, -- frecuencia del lado ABC, Hz
    frec_rst MAGNITUD, -- frecuencia del lado RST, Hz
    sec_abc BIGINT, -- secuencia de fases ABC: 1 directa, 0 inversa
    sec_rst BIGINT, -- secuencia de fases RST: 1 directa, 0 inversa
    dir_oc BIGINT, -- sentido del flujo (fase): 0 directo, 1 inverso
    dir_ef BIGINT, -- sentido del flujo (tierra): 0 directo, 1 inverso
    dir_sef BIGINT, -- sentido del flujo (tierra sensible): 0 directo, 1 inverso
    analog_1 MAGNITUD, -- analógica de usuario 1
    analog_2 MAGNITUD, -- analógica de usuario 2
    analog_3 MAGNITUD, -- analógica de usuario 3
    analog_4 MAGNITUD, -- analógica de usuario 4
    analog_5 MAGNITUD, -- analógica de usuario 5
    analog_6 MAGNITUD, -- analógica de usuario 6
    analog_7 MAGNITUD, -- analógica de usuario 7
    analog_8 MAGNITUD, -- analógica de usuario 8
    analog_9 MAGNITUD, -- analógica de usuario 9
    analog_10 MAGNITUD, -- analógica de usuario 10
    analog_11 MAGNITUD, -- analógica de usuario 11
    analog_12 MAGNITUD, -- analógica de usuario 12
    PRIMARY KEY (equipo_id, fecha_hora)
);

-- Una fila por lectura de energías, desgaste y contadores de maniobras.
CREATE TABLE contadores (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    fecha_hora TIMESTAMPTZ NOT NULL CHECK (fecha_hora BETWEEN '1970-01-01 00:00:00+00' AND '9999-12-31 23:59:59+00'),
    equipo_id INTEGER NOT NULL,
    colector_id INTEGER NOT NULL,
    calidad INTEGER NOT NULL CHECK (calidad >= 0), -- suma de marcas; 0 es una lectura íntegra
    kvah_a_dir MAGNITUD, -- energía aparente A, sentido directo, kVAh
    kvah_b_dir MAGNITUD, -- energía aparente B, sentido directo, kVAh
    kvah_c_dir MAGNITUD, -- energía aparente C, sentido directo, kVAh
    kvarh_a_dir MAGNITUD, -- energía reactiva A, sentido directo, kvarh
    kvarh_b_dir MAGNITUD, -- energía reactiva B, sentido directo, kvarh
    kvarh_c_dir MAGNITUD, -- energía reactiva C, sentido directo, kvarh
    kvah_dir MAGNITUD, -- energía aparente total, sentido directo, kVAh
    kvarh_dir MAGNITUD, -- energía reactiva total, sentido directo, kvarh
    kvah_a_inv MAGNITUD, -- energía aparente A, sentido inverso, kVAh
    kvah_b_inv MAGNITUD, -- energía aparente B, sentido inverso, kVAh
    kvah_c_inv MAGNITUD, -- energía aparente C, sentido inverso, kVAh
    kvarh_a_inv MAGNITUD, -- energía reactiva A, sentido inverso, kvarh
    kvarh_b_inv MAGNITUD, -- energía reactiva B, sentido inverso, kvarh
    kvarh_c_inv MAGNITUD, -- energía reactiva C, sentido inverso, kvarh
    kvah_inv MAGNITUD, -- energía aparente total, sentido inverso, kVAh
    kvarh_inv MAGNITUD, -- energía reactiva total, sentido inverso, kvarh
    co_total BIGINT, -- maniobras cierre-apertura en la vida del equipo
    desgaste_mec MAGNITUD, -- desgaste mecánico, %
    desgaste_contacto MAGNITUD, -- desgaste de contactos, %
    disp_oc_a BIGINT, -- disparos por sobrecorriente, fase A
    disp_oc_b BIGINT, -- disparos por sobrecorriente, fase B
    disp_oc_c BIGINT, -- disparos por sobrecorriente, fase C
    disp_ef BIGINT, -- disparos por falla a tierra
    disp_sef BIGINT, -- disparos por falla a tierra sensible
    disp_uv BIGINT, -- disparos por subtensión
    disp_uf BIGINT, -- disparos por subfrecuencia
    in_max MAGNITUD, -- residual máxima antes del último disparo, A
    ia_max MAGNITUD, -- corriente A máxima antes del último disparo, A
    ib_max MAGNITUD, -- corriente B máxima antes del último disparo, A
    ic_max MAGNITUD, -- corriente C máxima antes del último disparo, A
    uv_min MAGNITUD, -- tensión mínima antes del último disparo por subtensión, V
    uf_min MAGNITUD, -- frecuencia mínima antes del último disparo por subfrecuencia, Hz
    PRIMARY KEY (equipo_id, fecha_hora)
);

-- Una fila por cambio de un punto digital o del enlace, y por cada hueco.
CREATE TABLE eventos (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fecha_hora TIMESTAMPTZ NOT NULL CHECK (fecha_hora BETWEEN '1970-01-01 00:00:00+00' AND '9999-12-31 23:59:59+00'), -- cuándo se vio
    equipo_id INTEGER, -- NULL: de todo el colector
    colector_id INTEGER NOT NULL REFERENCES colectores (id),
    clase TEXT NOT NULL CHECK (clase IN ('punto', 'enlace', 'hueco', 'sistema', 'deducido')),
    punto TEXT NOT NULL, -- clave del punto en el perfil, o una palabra para la clase
    anterior TEXT,
    nuevo TEXT,
    desde TIMESTAMPTZ, -- última vez que se vio el estado anterior
    incertidumbre DOUBLE PRECISION GENERATED ALWAYS AS (extract(EPOCH FROM fecha_hora - desde)) STORED, -- s
    texto TEXT NOT NULL,
    texto_en TEXT NOT NULL,
    origen TEXT NOT NULL CHECK (origen IN ('equipo', 'estimado', 'operador', 'sistema')),
    calidad TEXT NOT NULL CHECK (calidad IN ('observada', 'reconstruida', 'estimada'))
);

-- Lo que hace de dos entregas del mismo evento una sola: todo lo que dice. El id no sirve, porque
-- empieza de nuevo si se borra la base del colector.
CREATE UNIQUE INDEX eventos_unicos ON eventos (
    fecha_hora,
    (coalesce(equipo_id, -1)),
    colector_id,
    clase,
    (coalesce(desde, '-infinity')),
    md5(
        quote_nullable(punto) || quote_nullable(anterior) || quote_nullable(nuevo)
        || quote_literal(texto) || quote_literal(texto_en) || origen || calidad
    )
);

CREATE INDEX eventos_por_equipo ON eventos (equipo_id, fecha_hora);

-- Una fila por operación de protección o de mando, armada a partir de los eventos.
CREATE TABLE operaciones (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    revision BIGINT NOT NULL CHECK (revision > 0), -- de dos entregas de una fila vale la mayor
    equipo_id INTEGER NOT NULL, -- equipos.id; sin REFERENCES, como en mediciones
    clave BIGINT NOT NULL, -- distingue las operaciones de un equipo; crece de una a la siguiente
    colector_id INTEGER NOT NULL REFERENCES colectores (id),
    inicio_desde TIMESTAMPTZ, -- el comienzo está en (desde, hasta]
    inicio_hasta TIMESTAMPTZ NOT NULL,
    fin_desde TIMESTAMPTZ,
    fin_hasta TIMESTAMPTZ, -- NULL: en curso
    tipo TEXT NOT NULL CHECK (tipo IN ('secuencia', 'orden', 'automatismo', 'desconocida')),
    causa TEXT, -- el elemento o mando más específico
    elementos JSONB, -- todos los que se vieron, un arreglo
    fases TEXT CHECK (fases IN ('A', 'B', 'C', 'AB', 'BC', 'CA', 'ABC')), -- NULL: no determinada
    sentido TEXT CHECK (sentido IN ('directo', 'inverso')),
    disparos INTEGER CHECK (disparos >= 0),
    recierres INTEGER CHECK (recierres >= 0),
    tiempos_muertos JSONB, -- arreglo de [mínimo, máximo] en segundos; null: no observado
    resultado TEXT CHECK (
        resultado IN (
            'recierre exitoso', 'bloqueo', 'sin recierre', 'interrumpida', 'abierta por orden',
            'cerrada por orden', 'en curso'
        )
    ),
    ia_max DOUBLE PRECISION, -- A
    ib_max DOUBLE PRECISION, -- A
    ic_max DOUBLE PRECISION, -- A
    in_max DOUBLE PRECISION, -- A
    uv_min DOUBLE PRECISION, -- V
    uf_min DOUBLE PRECISION, -- Hz
    maximos_propios INTEGER CHECK (maximos_propios IN (0, 1)), -- 0: iguales a los de la anterior
    grupo INTEGER CHECK (grupo BETWEEN 1 AND 4), -- grupo de ajustes activo
    contadores_antes JSONB, -- un objeto; copia, porque las filas de contadores caducan
    contadores_despues JSONB,
    carga_previa_kw DOUBLE PRECISION, -- media de los 60 s anteriores
    carga_previa_a DOUBLE PRECISION,
    calidad TEXT NOT NULL CHECK (calidad IN ('observada', 'reconstruida', 'estimada')),
    ciclos INTEGER NOT NULL DEFAULT 0 CHECK (ciclos >= 0), -- ciclos cierre-apertura que contó el equipo
    nota TEXT,
    UNIQUE (equipo_id, clave)
);

CREATE INDEX operaciones_por_equipo ON operaciones (equipo_id, inicio_hasta);

-- Una fila por interrupción del suministro del lado de la carga.
CREATE TABLE interrupciones (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    revision BIGINT NOT NULL CHECK (revision > 0), -- de dos entregas de una fila vale la mayor
    equipo_id INTEGER NOT NULL, -- equipos.id; sin REFERENCES, como en mediciones
    clave BIGINT NOT NULL, -- distingue las interrupciones de un equipo; crece de una a la siguiente
    colector_id INTEGER NOT NULL REFERENCES colectores (id),
    operacion_id BIGINT REFERENCES operaciones (id),
    operacion_clave BIGINT, -- operaciones.clave del mismo equipo, que puede llegar después
    inicio_desde TIMESTAMPTZ, -- NULL: ya estaba abierta
    inicio_hasta TIMESTAMPTZ NOT NULL,
    fin_desde TIMESTAMPTZ,
    fin_hasta TIMESTAMPTZ, -- NULL: en curso
    duracion_min DOUBLE PRECISION GENERATED ALWAYS AS (
        CASE WHEN fin_desde IS NOT NULL THEN greatest(0, extract(EPOCH FROM fin_desde - inicio_hasta)) END
    ) STORED, -- s
    duracion_max DOUBLE PRECISION GENERATED ALWAYS AS (
        extract(EPOCH FROM fin_hasta - inicio_desde)
    ) STORED, -- s
    origen TEXT NOT NULL CHECK (
        origen IN ('propia-falla', 'propia-maniobra', 'externa', 'desconocida')
    ),
    clase_3min TEXT CHECK (clase_3min IN ('momentánea', 'sostenida', 'indeterminada')),
    clase_5min TEXT CHECK (clase_5min IN ('momentánea', 'sostenida', 'indeterminada')),
    clientes INTEGER CHECK (clientes >= 0),
    kva DOUBLE PRECISION CHECK (kva >= 0),
    ens_kwh DOUBLE PRECISION CHECK (ens_kwh >= 0), -- energía no suministrada
    programada INTEGER CHECK (programada IN (0, 1)),
    fuerza_mayor TEXT NOT NULL DEFAULT 'no' CHECK (
        fuerza_mayor IN ('no', 'invocada', 'aceptada')
    ),
    calidad TEXT NOT NULL CHECK (calidad IN ('observada', 'reconstruida', 'estimada')),
    nota TEXT,
    UNIQUE (equipo_id, clave)
);

CREATE INDEX interrupciones_por_equipo ON interrupciones (equipo_id, inicio_hasta);

-- Una fila por vida de una alarma (estados de ISA-18.2).
CREATE TABLE alarmas (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    revision BIGINT NOT NULL CHECK (revision > 0), -- de dos entregas de una fila vale la mayor
    equipo_id INTEGER, -- equipos.id; sin REFERENCES, como en mediciones; NULL: de un alimentador o de todo el colector
    clave BIGINT NOT NULL, -- distingue las alarmas de un equipo; crece de una a la siguiente
    colector_id INTEGER NOT NULL REFERENCES colectores (id),
    codigo TEXT NOT NULL, -- del catálogo, por ejemplo LOCKOUT_FALLA
    objeto TEXT NOT NULL DEFAULT '', -- de qué habla, donde un equipo puede tener varias a la vez
    prioridad INTEGER NOT NULL CHECK (prioridad BETWEEN 1 AND 4), -- 1 crítica, 4 solo registro
    estado TEXT NOT NULL CHECK (
        estado IN (
            'NORM', 'UNACK', 'ACK', 'RTNUN', 'LATCH_UNACK', 'LATCH_ACK', 'SHLVD', 'DSUPR', 'OOSRV'
        )
    ),
    inicio TIMESTAMPTZ NOT NULL,
    activa_al_arrancar INTEGER NOT NULL DEFAULT 0 CHECK (activa_al_arrancar IN (0, 1)),
    fin TIMESTAMPTZ, -- la condición cesó
    cierre TIMESTAMPTZ, -- la vida terminó: NORM
    reconocida TIMESTAMPTZ,
    reconocida_por TEXT,
    apartada TIMESTAMPTZ, -- SHLVD: desde
    apartada_hasta TIMESTAMPTZ, -- a lo sumo 12 h después
    apartada_por TEXT,
    fuera_de_servicio TIMESTAMPTZ, -- OOSRV: desde
    fuera_de_servicio_por TEXT,
    motivo TEXT, -- de apartarla o sacarla de servicio
    madre_clave BIGINT, -- DSUPR: clave de la alarma sin equipo que habla por esta
    operacion_clave BIGINT, -- operaciones.clave del mismo equipo
    valor DOUBLE PRECISION, -- lo que la levantó, y su límite
    limite DOUBLE PRECISION,
    repeticiones INTEGER NOT NULL DEFAULT 0 CHECK (repeticiones >= 0),
    texto TEXT NOT NULL,
    texto_en TEXT NOT NULL,
    CHECK ((reconocida IS NULL) = (reconocida_por IS NULL)),
    CHECK ((apartada IS NULL) = (apartada_hasta IS NULL)),
    CHECK (apartada_hasta - apartada BETWEEN INTERVAL '0' AND INTERVAL '12 hours'),
    CHECK (estado <> 'SHLVD' OR (apartada IS NOT NULL AND apartada_por IS NOT NULL AND motivo IS NOT NULL)),
    CHECK (
        estado <> 'OOSRV'
        OR (fuera_de_servicio IS NOT NULL AND fuera_de_servicio_por IS NOT NULL AND motivo IS NOT NULL)
    ),
    CHECK ((estado = 'NORM') = (cierre IS NOT NULL))
);

-- Un colector cuida que de cada alarma haya una sola vida abierta; aquí el cierre de una puede llegar
-- después que la siguiente.
CREATE UNIQUE INDEX alarmas_claves ON alarmas (colector_id, (coalesce(equipo_id, 0)), clave);

CREATE INDEX alarmas_abiertas ON alarmas (prioridad, inicio) WHERE cierre IS NULL;

CREATE INDEX alarmas_por_equipo ON alarmas (equipo_id, inicio);

CREATE INDEX alarmas_por_inicio ON alarmas (inicio, id);

-- Lo que las personas piden desde las pantallas web, camino del colector, que lo cumple y lo contesta.
-- Nada de esto llega a un equipo.
CREATE TABLE pedidos (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    boleto TEXT NOT NULL UNIQUE, -- con el que se pregunta por la respuesta
    puesto TIMESTAMPTZ NOT NULL DEFAULT now(),
    colector_id INTEGER NOT NULL REFERENCES colectores (id), -- a quién se le pide
    documento TEXT NOT NULL, -- qué se pide, objeto JSON
    tomado TIMESTAMPTZ, -- el colector lo guardó; NULL: espera aquí
    contestado TIMESTAMPTZ,
    hecho INTEGER CHECK (hecho IN (0, 1)),
    respuesta TEXT,
    respuesta_en TEXT,
    CHECK ((contestado IS NULL) = (hecho IS NULL))
);

CREATE INDEX pedidos_en_espera ON pedidos (colector_id, id) WHERE contestado IS NULL;

GRANT INSERT ON mediciones, contadores, eventos TO celador_ingest;

-- Estas tres cambian mientras ocurren; para eso hay que reconocerlas, no leerlas.
GRANT INSERT, UPDATE ON operaciones, interrupciones, alarmas TO celador_ingest;

GRANT SELECT (id, revision, equipo_id, clave) ON operaciones TO celador_ingest;

GRANT SELECT (revision, equipo_id, clave, operacion_id, operacion_clave) ON interrupciones
TO celador_ingest;

GRANT SELECT (revision, colector_id, equipo_id, clave) ON alarmas TO celador_ingest;

GRANT SELECT, INSERT ON colectores, equipos TO celador_ingest;

GRANT UPDATE (nombre, lugar, perfil, tension_nominal, clientes, kva, periodo_s) ON equipos TO celador_ingest;

GRANT SELECT, INSERT, UPDATE ON reenvios TO celador_ingest;

GRANT SELECT, UPDATE (tomado, contestado, hecho, respuesta, respuesta_en) ON pedidos TO celador_ingest;

GRANT INSERT (boleto, colector_id, documento) ON pedidos TO celador_web;

GRANT SELECT ON migraciones TO celador_ingest;

GRANT SELECT ON migraciones TO celador_read;

INSERT INTO migraciones (nombre) VALUES ('0001.esquema');

COMMIT;

BEGIN;

-- Lo que las reglas de cada colector recuerdan de cada equipo, tal como estaba cuando llegó: de ahí
-- salen los puntos de estado que muestran las pantallas.
CREATE TABLE memorias (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    revision BIGINT NOT NULL CHECK (revision > 0), -- la del colector
    equipo_id INTEGER NOT NULL, -- equipos.id; sin REFERENCES: puede llegar antes que su equipo
    tema TEXT NOT NULL, -- qué regla recuerda
    colector_id INTEGER NOT NULL REFERENCES colectores (id), -- quién recuerda
    fecha_hora TIMESTAMPTZ NOT NULL, -- de qué instante habla
    documento TEXT NOT NULL, -- objeto JSON, solo para el programa
    UNIQUE (equipo_id, tema)
);

GRANT INSERT, UPDATE ON memorias TO celador_ingest;

GRANT SELECT (revision, equipo_id, tema, fecha_hora) ON memorias TO celador_ingest;

INSERT INTO migraciones (nombre) VALUES ('0003.memorias');

COMMIT;

BEGIN;

-- Una alarma que vuelve dentro de su vida borra su fin: sin esto nadie sabe cuándo volvió.
ALTER TABLE alarmas ADD COLUMN reaparecida TIMESTAMPTZ; -- la última vez que volvió; NULL: no volvió, o no se sabe

INSERT INTO migraciones (nombre) VALUES ('0004.reaparecida');

COMMIT;

SELECT count(*) > 0 AS timescaledb
FROM pg_available_extensions
WHERE name = 'timescaledb' \gset

\if :timescaledb
BEGIN;

-- Lo propio de TimescaleDB 2.18.1 o más nuevo: particiones, compresión, caducidad y resúmenes que se
-- mantienen solos. Vale también sobre una base que ya tiene datos de antes de tener la extensión.

CREATE EXTENSION IF NOT EXISTS timescaledb;

-- Un día por partición: con 20 equipos a 1 s, 1,7 millones de filas (0,9 GB sin comprimir), que con
-- su índice caben en la memoria de un servidor modesto; con un equipo a 5 s, 17 bloques comprimidos.
DO $$
BEGIN
    PERFORM create_hypertable(
        'mediciones', by_range('fecha_hora', INTERVAL '1 day'),
        create_default_indexes => FALSE, migrate_data => TRUE
    );
    PERFORM create_hypertable(
        'contadores', by_range('fecha_hora', INTERVAL '30 days'),
        create_default_indexes => FALSE, migrate_data => TRUE
    );
END
$$;

ALTER TABLE mediciones SET (
    timescaledb.enable_columnstore,
    timescaledb.segmentby = 'equipo_id',
    timescaledb.orderby = 'fecha_hora'
);

ALTER TABLE contadores SET (
    timescaledb.enable_columnstore,
    timescaledb.segmentby = 'equipo_id',
    timescaledb.orderby = 'fecha_hora'
);

-- Tres días sin comprimir cubren lo que llega tarde de ordinario; lo más viejo también entra, a
-- menor velocidad.
CALL add_columnstore_policy('mediciones', after => INTERVAL '3 days');

CALL add_columnstore_policy('contadores', after => INTERVAL '60 days');

DO $$
DECLARE
    edad INTERVAL := (SELECT make_interval(days => retencion_dias) FROM instalacion);
BEGIN
    PERFORM add_retention_policy('mediciones', edad);
    PERFORM add_retention_policy('contadores', edad);
END
$$;

-- Los resúmenes. Por cada magnitud: la media con el nombre de la magnitud, _min, _max y _n, cuántas
-- lecturas la tenían (0: todo NULL). muestras cuenta las lecturas; estado es el último conocido;
-- calidad reúne las marcas; p_act es de las lecturas de sentido conocido (sin la marca 16). Lo que aún no se resumió se toma de las lecturas (materialized_only).
DROP VIEW IF EXISTS mediciones_1dia, mediciones_1h, mediciones_15min, mediciones_1min;

CREATE MATERIALIZED VIEW mediciones_1min
WITH (timescaledb.continuous, timescaledb.materialized_only = FALSE) AS
SELECT
    equipo_id,
    time_bucket(INTERVAL '1 minute', fecha_hora) AS fecha_hora,
    count(*) AS muestras,
    last(estado, fecha_hora) FILTER (WHERE estado IS NOT NULL) AS estado,
    bit_or(calidad) AS calidad,
    avg(ia) AS ia, min(ia) AS ia_min, max(ia) AS ia_max, count(ia) AS ia_n,
    avg(ib) AS ib, min(ib) AS ib_min, max(ib) AS ib_max, count(ib) AS ib_n,
    avg(ic) AS ic, min(ic) AS ic_min, max(ic) AS ic_max, count(ic) AS ic_n,
    avg(va) AS va, min(va) AS va_min, max(va) AS va_max, count(va) AS va_n,
    avg(vb) AS vb, min(vb) AS vb_min, max(vb) AS vb_max, count(vb) AS vb_n,
    avg(vc) AS vc, min(vc) AS vc_min, max(vc) AS vc_max, count(vc) AS vc_n,
    avg(p_act) FILTER (WHERE calidad & 16 = 0) AS p_act, min(p_act) FILTER (WHERE calidad & 16 = 0) AS p_act_min,
    max(p_act) FILTER (WHERE calidad & 16 = 0) AS p_act_max, count(p_act) FILTER (WHERE calidad & 16 = 0) AS p_act_n,
    avg(p_react) AS p_react, min(p_react) AS p_react_min, max(p_react) AS p_react_max, count(p_react) AS p_react_n,
    avg(fp) AS fp, min(fp) AS fp_min, max(fp) AS fp_max, count(fp) AS fp_n,
    avg(in_res::double precision) AS in_res, min(in_res) AS in_res_min, max(in_res) AS in_res_max, count(in_res) AS in_res_n,
    avg(vr::double precision) AS vr, min(vr) AS vr_min, max(vr) AS vr_max, count(vr) AS vr_n,
    avg(vs::double precision) AS vs, min(vs) AS vs_min, max(vs) AS vs_max, count(vs) AS vs_n,
    avg(vt::double precision) AS vt, min(vt) AS vt_min, max(vt) AS vt_max, count(vt) AS vt_n,
    avg(vab::double precision) AS vab, min(vab) AS vab_min, max(vab) AS vab_max, count(vab) AS vab_n,
    avg(vbc::double precision) AS vbc, min(vbc) AS vbc_min, max(vbc) AS vbc_max, count(vbc) AS vbc_n,
    avg(vca::double precision) AS vca, min(vca) AS vca_min, max(vca) AS vca_max, count(vca) AS vca_n,
    avg(s_apar::double precision) AS s_apar, min(s_apar) AS s_apar_min, max(s_apar) AS s_apar_max, count(s_apar) AS s_apar_n,
    avg(frec) AS frec, min(frec) AS frec_min, max(frec) AS frec_max, count(frec) AS frec_n
FROM mediciones
GROUP BY 1, 2
WITH NO DATA;

-- Los más gruesos salen del más fino, no de las lecturas: cien veces menos trabajo. La hora y el día
-- salen de los 15 minutos, porque hay zonas horarias con cuartos de hora.
DO $$
DECLARE
    resumen RECORD;
    zona TEXT := (SELECT zona_horaria FROM instalacion);
BEGIN
    FOR resumen IN
        SELECT * FROM (
            VALUES
            ('mediciones_15min', 'mediciones_1min', $b$time_bucket(INTERVAL '15 minutes', fecha_hora)$b$),
            ('mediciones_1h', 'mediciones_15min', $b$time_bucket(INTERVAL '1 hour', fecha_hora)$b$),
            ('mediciones_1dia', 'mediciones_15min', format($b$time_bucket(INTERVAL '1 day', fecha_hora, %L)$b$, zona))
        ) AS v (nombre, base, ventana)
    LOOP
        EXECUTE format($sql$
            CREATE MATERIALIZED VIEW %I
            WITH (timescaledb.continuous, timescaledb.materialized_only = FALSE) AS
            SELECT
                equipo_id,
                %s AS fecha_hora,
                sum(muestras)::bigint AS muestras,
                last(estado, fecha_hora) FILTER (WHERE estado IS NOT NULL) AS estado,
                bit_or(calidad) AS calidad,
                sum(ia * ia_n) / nullif(sum(ia_n), 0) AS ia, min(ia_min) AS ia_min,
                max(ia_max) AS ia_max, sum(ia_n)::bigint AS ia_n,
                sum(ib * ib_n) / nullif(sum(ib_n), 0) AS ib, min(ib_min) AS ib_min,
                max(ib_max) AS ib_max, sum(ib_n)::bigint AS ib_n,
                sum(ic * ic_n) / nullif(sum(ic_n), 0) AS ic, min(ic_min) AS ic_min,
                max(ic_max) AS ic_max, sum(ic_n)::bigint AS ic_n,
                sum(va * va_n) / nullif(sum(va_n), 0) AS va, min(va_min) AS va_min,
                max(va_max) AS va_max, sum(va_n)::bigint AS va_n,
                sum(vb * vb_n) / nullif(sum(vb_n), 0) AS vb, min(vb_min) AS vb_min,
                max(vb_max) AS vb_max, sum(vb_n)::bigint AS vb_n,
                sum(vc * vc_n) / nullif(sum(vc_n), 0) AS vc, min(vc_min) AS vc_min,
                max(vc_max) AS vc_max, sum(vc_n)::bigint AS vc_n,
                sum(p_act * p_act_n) / nullif(sum(p_act_n), 0) AS p_act, min(p_act_min) AS p_act_min,
                max(p_act_max) AS p_act_max, sum(p_act_n)::bigint AS p_act_n,
                sum(p_react * p_react_n) / nullif(sum(p_react_n), 0) AS p_react, min(p_react_min) AS p_react_min,
                max(p_react_max) AS p_react_max, sum(p_react_n)::bigint AS p_react_n,
                sum(fp * fp_n) / nullif(sum(fp_n), 0) AS fp, min(fp_min) AS fp_min,
                max(fp_max) AS fp_max, sum(fp_n)::bigint AS fp_n,
                sum(in_res * in_res_n) / nullif(sum(in_res_n), 0) AS in_res, min(in_res_min) AS in_res_min,
                max(in_res_max) AS in_res_max, sum(in_res_n)::bigint AS in_res_n,
                sum(vr * vr_n) / nullif(sum(vr_n), 0) AS vr, min(vr_min) AS vr_min,
                max(vr_max) AS vr_max, sum(vr_n)::bigint AS vr_n,
                sum(vs * vs_n) / nullif(sum(vs_n), 0) AS vs, min(vs_min) AS vs_min,
                max(vs_max) AS vs_max, sum(vs_n)::bigint AS vs_n,
                sum(vt * vt_n) / nullif(sum(vt_n), 0) AS vt, min(vt_min) AS vt_min,
                max(vt_max) AS vt_max, sum(vt_n)::bigint AS vt_n,
                sum(vab * vab_n) / nullif(sum(vab_n), 0) AS vab, min(vab_min) AS vab_min,
                max(vab_max) AS vab_max, sum(vab_n)::bigint AS vab_n,
                sum(vbc * vbc_n) / nullif(sum(vbc_n), 0) AS vbc, min(vbc_min) AS vbc_min,
                max(vbc_max) AS vbc_max, sum(vbc_n)::bigint AS vbc_n,
                sum(vca * vca_n) / nullif(sum(vca_n), 0) AS vca, min(vca_min) AS vca_min,
                max(vca_max) AS vca_max, sum(vca_n)::bigint AS vca_n,
                sum(s_apar * s_apar_n) / nullif(sum(s_apar_n), 0) AS s_apar, min(s_apar_min) AS s_apar_min,
                max(s_apar_max) AS s_apar_max, sum(s_apar_n)::bigint AS s_apar_n,
                sum(frec * frec_n) / nullif(sum(frec_n), 0) AS frec, min(frec_min) AS frec_min,
                max(frec_max) AS frec_max, sum(frec_n)::bigint AS frec_n
            FROM %I
            GROUP BY 1, 2
            WITH NO DATA
        $sql$, resumen.nombre, resumen.ventana, resumen.base);
    END LOOP;
END
$$;

-- Solo se rehace lo que cambió, por viejo que sea: la ventana llega casi hasta lo que caduca (lo
-- caducado no se rehace, para que el resumen sobreviva a sus lecturas).
DO $$
DECLARE
    edad INTERVAL := (SELECT make_interval(days => retencion_dias - 10) FROM instalacion);
BEGIN
    PERFORM add_continuous_aggregate_policy(
        'mediciones_1min', start_offset => edad, end_offset => INTERVAL '1 minute',
        schedule_interval => INTERVAL '1 minute'
    );
    PERFORM add_continuous_aggregate_policy(
        'mediciones_15min', start_offset => edad, end_offset => INTERVAL '15 minutes',
        schedule_interval => INTERVAL '5 minutes'
    );
    PERFORM add_continuous_aggregate_policy(
        'mediciones_1h', start_offset => edad, end_offset => INTERVAL '1 hour',
        schedule_interval => INTERVAL '15 minutes'
    );
    PERFORM add_continuous_aggregate_policy(
        'mediciones_1dia', start_offset => edad, end_offset => INTERVAL '1 day',
        schedule_interval => INTERVAL '1 hour'
    );
END
$$;

ALTER MATERIALIZED VIEW mediciones_1min SET (timescaledb.enable_columnstore);

ALTER MATERIALIZED VIEW mediciones_15min SET (timescaledb.enable_columnstore);

CALL add_columnstore_policy('mediciones_1min', after => INTERVAL '30 days');

CALL add_columnstore_policy('mediciones_15min', after => INTERVAL '60 days');

-- Quien solo lee no tiene por qué dejar tareas que corren cuando él ya no está. Solo el dueño de la
-- extensión puede quitarlo.
DO $$
DECLARE funcion REGPROCEDURE;
BEGIN
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        RETURN;
    END IF;
    FOR funcion IN
        SELECT p.oid FROM pg_proc AS p
        INNER JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid AND d.deptype = 'e'
        INNER JOIN pg_extension AS e ON e.oid = d.refobjid
        WHERE e.extname = 'timescaledb' AND p.proname IN ('add_job', 'alter_job', 'run_job')
    LOOP
        EXECUTE format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', funcion);
    END LOOP;
END
$$;

INSERT INTO migraciones (nombre) VALUES ('0002.timescaledb');

COMMIT;

BEGIN;

-- Desde cuándo hay lecturas de cada equipo, por el comienzo de su hora. Buscar la primera en todas
-- las particiones le cuesta al planificador cerca de medio milisegundo por partición; el resumen,
-- que además sobrevive a sus lecturas, tiene pocas.
CREATE OR REPLACE VIEW primeras_lecturas AS
SELECT
    e.id AS equipo_id,
    (
        SELECT m.fecha_hora FROM mediciones_1h AS m
        WHERE m.equipo_id = e.id
        ORDER BY m.fecha_hora
        LIMIT 1
    ) AS fecha_hora
FROM equipos AS e;

INSERT INTO migraciones (nombre) VALUES ('0005.timescaledb');

COMMIT;

\else
BEGIN;

-- Lo que hace de TimescaleDB en un PostgreSQL que no lo tiene: los mismos resúmenes, con los mismos
-- nombres y columnas, como vistas que se calculan al consultarlas. Ni compresión, ni particiones, ni
-- caducidad automática.

DO $$
DECLARE
    resumen RECORD;
    zona TEXT := (SELECT zona_horaria FROM instalacion);
BEGIN
    FOR resumen IN
        SELECT * FROM (
            VALUES
            ('mediciones_1min', $b$date_bin(INTERVAL '1 minute', fecha_hora, TIMESTAMPTZ '2000-01-01 00:00:00+00')$b$),
            ('mediciones_15min', $b$date_bin(INTERVAL '15 minutes', fecha_hora, TIMESTAMPTZ '2000-01-01 00:00:00+00')$b$),
            ('mediciones_1h', $b$date_bin(INTERVAL '1 hour', fecha_hora, TIMESTAMPTZ '2000-01-01 00:00:00+00')$b$),
            ('mediciones_1dia', format($b$date_trunc('day', fecha_hora, %L)$b$, zona))
        ) AS v (nombre, ventana)
    LOOP
        EXECUTE format($sql$
            CREATE VIEW %I AS
            SELECT
                equipo_id,
                %s AS fecha_hora,
                count(*) AS muestras,
                (array_agg(estado ORDER BY fecha_hora DESC) FILTER (WHERE estado IS NOT NULL))[1] AS estado,
                bit_or(calidad) AS calidad,
                avg(ia) AS ia, min(ia) AS ia_min, max(ia) AS ia_max, count(ia) AS ia_n,
                avg(ib) AS ib, min(ib) AS ib_min, max(ib) AS ib_max, count(ib) AS ib_n,
                avg(ic) AS ic, min(ic) AS ic_min, max(ic) AS ic_max, count(ic) AS ic_n,
                avg(va) AS va, min(va) AS va_min, max(va) AS va_max, count(va) AS va_n,
                avg(vb) AS vb, min(vb) AS vb_min, max(vb) AS vb_max, count(vb) AS vb_n,
                avg(vc) AS vc, min(vc) AS vc_min, max(vc) AS vc_max, count(vc) AS vc_n,
                avg(p_act) FILTER (WHERE calidad & 16 = 0) AS p_act, min(p_act) FILTER (WHERE calidad & 16 = 0) AS p_act_min,
                max(p_act) FILTER (WHERE calidad & 16 = 0) AS p_act_max, count(p_act) FILTER (WHERE calidad & 16 = 0) AS p_act_n,
                avg(p_react) AS p_react, min(p_react) AS p_react_min, max(p_react) AS p_react_max, count(p_react) AS p_react_n,
                avg(fp) AS fp, min(fp) AS fp_min, max(fp) AS fp_max, count(fp) AS fp_n,
                avg(in_res::double precision) AS in_res, min(in_res) AS in_res_min, max(in_res) AS in_res_max, count(in_res) AS in_res_n,
                avg(vr::double precision) AS vr, min(vr) AS vr_min, max(vr) AS vr_max, count(vr) AS vr_n,
                avg(vs::double precision) AS vs, min(vs) AS vs_min, max(vs) AS vs_max, count(vs) AS vs_n,
                avg(vt::double precision) AS vt, min(vt) AS vt_min, max(vt) AS vt_max, count(vt) AS vt_n,
                avg(vab::double precision) AS vab, min(vab) AS vab_min, max(vab) AS vab_max, count(vab) AS vab_n,
                avg(vbc::double precision) AS vbc, min(vbc) AS vbc_min, max(vbc) AS vbc_max, count(vbc) AS vbc_n,
                avg(vca::double precision) AS vca, min(vca) AS vca_min, max(vca) AS vca_max, count(vca) AS vca_n,
                avg(s_apar::double precision) AS s_apar, min(s_apar) AS s_apar_min, max(s_apar) AS s_apar_max, count(s_apar) AS s_apar_n,
                avg(frec) AS frec, min(frec) AS frec_min, max(frec) AS frec_max, count(frec) AS frec_n
            FROM mediciones
            GROUP BY 1, 2
        $sql$, resumen.nombre, resumen.ventana);
    END LOOP;
END
$$;

INSERT INTO migraciones (nombre) VALUES ('0002.postgresql');

COMMIT;

BEGIN;

-- Desde cuándo hay lecturas de cada equipo.
CREATE OR REPLACE VIEW primeras_lecturas AS
SELECT
    e.id AS equipo_id,
    (
        SELECT m.fecha_hora FROM mediciones AS m
        WHERE m.equipo_id = e.id
        ORDER BY m.fecha_hora
        LIMIT 1
    ) AS fecha_hora
FROM equipos AS e;

INSERT INTO migraciones (nombre) VALUES ('0005.postgresql');

COMMIT;

\endif

BEGIN;

-- Lo que cada papel puede en la base entera. No es una migración: se repite cada vez que se migra, porque
-- una copia de seguridad restaurada (pg_dump) trae las tablas con sus permisos, y esto no.
DO $$
DECLARE papel TEXT;
BEGIN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO celador_ingest', current_database());
    FOREACH papel IN ARRAY ARRAY['celador_ingest', 'celador_read', 'celador_web'] LOOP
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), papel);
        CONTINUE WHEN papel = 'celador_ingest';
        -- Lo que alguien haya cambiado aquí después, queda.
        CONTINUE WHEN EXISTS (
            SELECT FROM pg_db_role_setting AS s
            INNER JOIN pg_database AS d ON s.setdatabase = d.oid
            WHERE d.datname = current_database() AND s.setrole = papel::REGROLE
        );
        -- Compilar una consulta de un panel tarda más que contestarla.
        EXECUTE format('ALTER ROLE %I IN DATABASE %I SET jit = off', papel, current_database());
        -- Una consulta sin fin no puede ocupar el servidor; quien exporta pide más tiempo al conectar.
        EXECUTE format($s$ALTER ROLE %I IN DATABASE %I SET statement_timeout = '60s'$s$, papel, current_database());
        EXECUTE format(
            $s$ALTER ROLE %I IN DATABASE %I SET idle_in_transaction_session_timeout = '60s'$s$,
            papel, current_database()
        );
        IF papel = 'celador_read' THEN
            EXECUTE format('ALTER ROLE %I IN DATABASE %I SET default_transaction_read_only = on', papel, current_database());
        END IF;
    END LOOP;
END
$$;

COMMIT;

SET log_statement = 'none';
SET log_min_error_statement = 'panic';

\set clave ''
\set archivo ''
\getenv clave CELADOR_INGEST_PASSWORD
\getenv archivo CELADOR_INGEST_PASSWORD_FILE
SELECT :'archivo' <> '' AS de_archivo \gset
\if :de_archivo
\set clave `cat "$CELADOR_INGEST_PASSWORD_FILE"`
\endif
SELECT :'clave' = '' AS sin_clave \gset
\if :sin_clave
\warn 'Falta CELADOR_INGEST_PASSWORD: celador_ingest no podrá entrar hasta que tenga clave.'
\else
ALTER ROLE celador_ingest PASSWORD :'clave';
\endif

\set clave ''
\set archivo ''
\getenv clave CELADOR_READ_PASSWORD
\getenv archivo CELADOR_READ_PASSWORD_FILE
SELECT :'archivo' <> '' AS de_archivo \gset
\if :de_archivo
\set clave `cat "$CELADOR_READ_PASSWORD_FILE"`
\endif
SELECT :'clave' = '' AS sin_clave \gset
\if :sin_clave
\warn 'Falta CELADOR_READ_PASSWORD: celador_read no podrá entrar hasta que tenga clave.'
\else
ALTER ROLE celador_read PASSWORD :'clave';
\endif

\set clave ''
\set archivo ''
\getenv clave CELADOR_WEB_PASSWORD
\getenv archivo CELADOR_WEB_PASSWORD_FILE
SELECT :'archivo' <> '' AS de_archivo \gset
\if :de_archivo
\set clave `cat "$CELADOR_WEB_PASSWORD_FILE"`
\endif
SELECT :'clave' = '' AS sin_clave \gset
\if :sin_clave
\warn 'Falta CELADOR_WEB_PASSWORD: celador_web no podrá entrar hasta que tenga clave.'
\else
ALTER ROLE celador_web PASSWORD :'clave';
\endif
