CREATE UNIQUE INDEX alarmas_abiertas ON alarmas (ifnull(equipo_id, 0), codigo, objeto) WHERE cierre IS NULL;

CREATE UNIQUE INDEX alarmas_claves ON alarmas (colector_id, ifnull(equipo_id, 0), clave);

CREATE INDEX alarmas_por_equipo ON alarmas (equipo_id, inicio);

CREATE INDEX alarmas_por_inicio ON alarmas (inicio);

CREATE INDEX eventos_por_equipo ON eventos (equipo_id, fecha_hora);

CREATE INDEX eventos_por_fecha ON eventos (fecha_hora);

CREATE INDEX interrupciones_por_equipo ON interrupciones (equipo_id, inicio_hasta);

CREATE INDEX operaciones_por_equipo ON operaciones (equipo_id, inicio_hasta);

CREATE INDEX resumen_pendiente_por_equipo ON resumen_pendiente (equipo_id, fecha_hora);

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
    texto_en TEXT NOT NULL, reaparecida INTEGER CHECK (
    reaparecida BETWEEN 0 AND 253402300799999999
),
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

CREATE TABLE apartados (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    fecha_hora INTEGER NOT NULL CHECK (fecha_hora BETWEEN 0 AND 253402300799999999), -- cuándo se apartó
    tabla TEXT NOT NULL,
    fila INTEGER NOT NULL, -- su id en esa tabla
    motivo TEXT NOT NULL, -- lo que dijo la base central
    contenido TEXT NOT NULL, -- la fila, como objeto JSON
    UNIQUE (tabla, fila)
) STRICT;

CREATE TABLE colectores (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    nombre TEXT NOT NULL UNIQUE -- el programa que interroga a los equipos
) STRICT;

CREATE TABLE contadores (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    fecha_hora INTEGER NOT NULL CHECK (fecha_hora BETWEEN 0 AND 253402300799999999),
    equipo_id INTEGER NOT NULL REFERENCES equipos (id),
    colector_id INTEGER NOT NULL REFERENCES colectores (id),
    calidad INTEGER NOT NULL CHECK (calidad >= 0), -- suma de marcas; 0 es una lectura íntegra
    kvah_a_dir REAL, -- energía aparente A, sentido directo, kVAh
    kvah_b_dir REAL, -- energía aparente B, sentido directo, kVAh
    kvah_c_dir REAL, -- energía aparente C, sentido directo, kVAh
    kvarh_a_dir REAL, -- energía reactiva A, sentido directo, kvarh
    kvarh_b_dir REAL, -- energía reactiva B, sentido directo, kvarh
    kvarh_c_dir REAL, -- energía reactiva C, sentido directo, kvarh
    kvah_dir REAL, -- energía aparente total, sentido directo, kVAh
    kvarh_dir REAL, -- energía reactiva total, sentido directo, kvarh
    kvah_a_inv REAL, -- energía aparente A, sentido inverso, kVAh
    kvah_b_inv REAL, -- energía aparente B, sentido inverso, kVAh
    kvah_c_inv REAL, -- energía aparente C, sentido inverso, kVAh
    kvarh_a_inv REAL, -- energía reactiva A, sentido inverso, kvarh
    kvarh_b_inv REAL, -- energía reactiva B, sentido inverso, kvarh
    kvarh_c_inv REAL, -- energía reactiva C, sentido inverso, kvarh
    kvah_inv REAL, -- energía aparente total, sentido inverso, kVAh
    kvarh_inv REAL, -- energía reactiva total, sentido inverso, kvarh
    co_total INTEGER, -- maniobras cierre-apertura en la vida del equipo
    desgaste_mec REAL, -- desgaste mecánico, %
    desgaste_contacto REAL, -- desgaste de contactos, %
    disp_oc_a INTEGER, -- disparos por sobrecorriente, fase A
    disp_oc_b INTEGER, -- disparos por sobrecorriente, fase B
    disp_oc_c INTEGER, -- disparos por sobrecorriente, fase C
    disp_ef INTEGER, -- disparos por falla a tierra
    disp_sef INTEGER, -- disparos por falla a tierra sensible
    disp_uv INTEGER, -- disparos por subtensión
    disp_uf INTEGER, -- disparos por subfrecuencia
    in_max REAL, -- residual máxima antes del último disparo, A
    ia_max REAL, -- corriente A máxima antes del último disparo, A
    ib_max REAL, -- corriente B máxima antes del último disparo, A
    ic_max REAL, -- corriente C máxima antes del último disparo, A
    uv_min REAL, -- tensión mínima antes del último disparo por subtensión, V
    uf_min REAL, -- frecuencia mínima antes del último disparo por subfrecuencia, Hz
    UNIQUE (equipo_id, fecha_hora)
) STRICT;

CREATE TABLE envios (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tabla TEXT NOT NULL UNIQUE,
    confirmado INTEGER NOT NULL DEFAULT 0 CHECK (confirmado >= 0), -- último id que ella tiene
    fecha_hora INTEGER NOT NULL CHECK (fecha_hora BETWEEN 0 AND 253402300799999999), -- cuándo lo dijo
    perdidas INTEGER NOT NULL DEFAULT 0 CHECK (perdidas >= 0) -- borradas sin confirmar, por disco lleno
) STRICT;

CREATE TABLE equipos (
    id INTEGER PRIMARY KEY, -- lo da la configuración; no se reutiliza
    nombre TEXT NOT NULL, -- sin UNIQUE: un equipo de reemplazo puede heredar el nombre
    lugar TEXT NOT NULL DEFAULT '',
    perfil TEXT NOT NULL,
    tension_nominal REAL NOT NULL CHECK (tension_nominal > 0), -- entre líneas, V
    clientes INTEGER CHECK (clientes >= 0), -- usuarios aguas abajo
    kva REAL CHECK (kva >= 0) -- potencia de transformación aguas abajo, kVA
, periodo_s REAL CHECK (periodo_s > 0)) STRICT;

CREATE TABLE "eventos" (
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

CREATE TABLE mediciones (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    fecha_hora INTEGER NOT NULL CHECK (fecha_hora BETWEEN 0 AND 253402300799999999),
    ia REAL, -- corriente de fase A, A
    ib REAL, -- corriente de fase B, A
    ic REAL, -- corriente de fase C, A
    va REAL, -- tensión fase-tierra A, V
    vb REAL, -- tensión fase-tierra B, V
    vc REAL, -- tensión fase-tierra C, V
    p_act REAL, -- potencia activa total, negativa en flujo inverso, kW
    p_react REAL, -- potencia reactiva total, sin signo, kvar
    fp REAL, -- factor de potencia total, sin signo
    estado INTEGER CHECK (estado BETWEEN 0 AND 3), -- 0 abierto, 1 cerrado, 2 bloqueado por falla, 3 en secuencia de recierre
    equipo_id INTEGER NOT NULL REFERENCES equipos (id),
    colector_id INTEGER NOT NULL REFERENCES colectores (id),
    calidad INTEGER NOT NULL CHECK (calidad >= 0), -- suma de marcas; 0 es una muestra íntegra
    in_res REAL, -- corriente residual (3I0), A
    vr REAL, -- tensión fase-tierra R, V
    vs REAL, -- tensión fase-tierra S, V
    vt REAL, -- tensión fase-tierra T, V
    vab REAL, -- tensión de línea AB, V
    vbc REAL, -- tensión de línea BC, V
    vca REAL, -- tensión de línea CA, V
    vrs REAL, -- tensión de línea RS, V
    vst REAL, -- tensión de línea ST, V
    vtr REAL, -- tensión de línea TR, V
    s_apar REAL, -- potencia aparente total, kVA
    s_a REAL, -- potencia aparente A, kVA
    s_b REAL, -- potencia aparente B, kVA
    s_c REAL, -- potencia aparente C, kVA
    p_a REAL, -- potencia activa A, sin signo, kW
    p_b REAL, -- potencia activa B, sin signo, kW
    p_c REAL, -- potencia activa C, sin signo, kW
    q_a REAL, -- potencia reactiva A, sin signo, kvar
    q_b REAL, -- potencia reactiva B, sin signo, kvar
    q_c REAL, -- potencia reactiva C, sin signo, kvar
    fp_a REAL, -- factor de potencia A
    fp_b REAL, -- factor de potencia B
    fp_c REAL, -- factor de potencia C
    frec REAL, -- frecuencia del lado ABC, Hz
    frec_rst REAL, -- frecuencia del lado RST, Hz
    sec_abc INTEGER, -- secuencia de fases ABC: 1 directa, 0 inversa
    sec_rst INTEGER, -- secuencia de fases RST: 1 directa, 0 inversa
    dir_oc INTEGER, -- sentido del flujo (fase): 0 directo, 1 inverso
    dir_ef INTEGER, -- sentido del flujo (tierra): 0 directo, 1 inverso
    dir_sef INTEGER, -- sentido del flujo (tierra sensible): 0 directo, 1 inverso
    analog_1 REAL, -- analógica de usuario 1
    analog_2 REAL, -- analógica de usuario 2
    analog_3 REAL, -- analógica de usuario 3
    analog_4 REAL, -- analógica de usuario 4
    analog_5 REAL, -- analógica de usuario 5
    analog_6 REAL, -- analógica de usuario 6
    analog_7 REAL, -- analógica de usuario 7
    analog_8 REAL, -- analógica de usuario 8
    analog_9 REAL, -- analógica de usuario 9
    analog_10 REAL, -- analógica de usuario 10
    analog_11 REAL, -- analógica de usuario 11
    analog_12 REAL, -- analógica de usuario 12
    UNIQUE (equipo_id, fecha_hora)
) STRICT;

CREATE TABLE mediciones_15min (
    -- Junta lo de un equipo en el archivo, por orden de tiempo: equipo_id * 2^32 + fecha_hora / 15 min.
    clave INTEGER PRIMARY KEY,
    equipo_id INTEGER NOT NULL REFERENCES equipos (id),
    fecha_hora INTEGER NOT NULL CHECK (fecha_hora BETWEEN 0 AND 253402300799999999 AND fecha_hora % 900000000 = 0),
    muestras INTEGER NOT NULL CHECK (muestras > 0),
    estado INTEGER CHECK (estado BETWEEN 0 AND 3), -- el último conocido
    calidad INTEGER NOT NULL CHECK (calidad >= 0), -- las marcas de todas
    ia REAL, ia_min REAL, ia_max REAL, ia_n INTEGER NOT NULL,
    ib REAL, ib_min REAL, ib_max REAL, ib_n INTEGER NOT NULL,
    ic REAL, ic_min REAL, ic_max REAL, ic_n INTEGER NOT NULL,
    va REAL, va_min REAL, va_max REAL, va_n INTEGER NOT NULL,
    vb REAL, vb_min REAL, vb_max REAL, vb_n INTEGER NOT NULL,
    vc REAL, vc_min REAL, vc_max REAL, vc_n INTEGER NOT NULL,
    p_act REAL, p_act_min REAL, p_act_max REAL, p_act_n INTEGER NOT NULL,
    p_react REAL, p_react_min REAL, p_react_max REAL, p_react_n INTEGER NOT NULL,
    fp REAL, fp_min REAL, fp_max REAL, fp_n INTEGER NOT NULL,
    in_res REAL, in_res_min REAL, in_res_max REAL, in_res_n INTEGER NOT NULL,
    vr REAL, vr_min REAL, vr_max REAL, vr_n INTEGER NOT NULL,
    vs REAL, vs_min REAL, vs_max REAL, vs_n INTEGER NOT NULL,
    vt REAL, vt_min REAL, vt_max REAL, vt_n INTEGER NOT NULL,
    vab REAL, vab_min REAL, vab_max REAL, vab_n INTEGER NOT NULL,
    vbc REAL, vbc_min REAL, vbc_max REAL, vbc_n INTEGER NOT NULL,
    vca REAL, vca_min REAL, vca_max REAL, vca_n INTEGER NOT NULL,
    vrs REAL, vrs_min REAL, vrs_max REAL, vrs_n INTEGER NOT NULL,
    vst REAL, vst_min REAL, vst_max REAL, vst_n INTEGER NOT NULL,
    vtr REAL, vtr_min REAL, vtr_max REAL, vtr_n INTEGER NOT NULL,
    s_apar REAL, s_apar_min REAL, s_apar_max REAL, s_apar_n INTEGER NOT NULL,
    s_a REAL, s_a_min REAL, s_a_max REAL, s_a_n INTEGER NOT NULL,
    s_b REAL, s_b_min REAL, s_b_max REAL, s_b_n INTEGER NOT NULL,
    s_c REAL, s_c_min REAL, s_c_max REAL, s_c_n INTEGER NOT NULL,
    p_a REAL, p_a_min REAL, p_a_max REAL, p_a_n INTEGER NOT NULL,
    p_b REAL, p_b_min REAL, p_b_max REAL, p_b_n INTEGER NOT NULL,
    p_c REAL, p_c_min REAL, p_c_max REAL, p_c_n INTEGER NOT NULL,
    q_a REAL, q_a_min REAL, q_a_max REAL, q_a_n INTEGER NOT NULL,
    q_b REAL, q_b_min REAL, q_b_max REAL, q_b_n INTEGER NOT NULL,
    q_c REAL, q_c_min REAL, q_c_max REAL, q_c_n INTEGER NOT NULL,
    fp_a REAL, fp_a_min REAL, fp_a_max REAL, fp_a_n INTEGER NOT NULL,
    fp_b REAL, fp_b_min REAL, fp_b_max REAL, fp_b_n INTEGER NOT NULL,
    fp_c REAL, fp_c_min REAL, fp_c_max REAL, fp_c_n INTEGER NOT NULL,
    frec REAL, frec_min REAL, frec_max REAL, frec_n INTEGER NOT NULL,
    frec_rst REAL, frec_rst_min REAL, frec_rst_max REAL, frec_rst_n INTEGER NOT NULL,
    analog_1 REAL, analog_1_min REAL, analog_1_max REAL, analog_1_n INTEGER NOT NULL,
    analog_2 REAL, analog_2_min REAL, analog_2_max REAL, analog_2_n INTEGER NOT NULL,
    analog_3 REAL, analog_3_min REAL, analog_3_max REAL, analog_3_n INTEGER NOT NULL,
    analog_4 REAL, analog_4_min REAL, analog_4_max REAL, analog_4_n INTEGER NOT NULL,
    analog_5 REAL, analog_5_min REAL, analog_5_max REAL, analog_5_n INTEGER NOT NULL,
    analog_6 REAL, analog_6_min REAL, analog_6_max REAL, analog_6_n INTEGER NOT NULL,
    analog_7 REAL, analog_7_min REAL, analog_7_max REAL, analog_7_n INTEGER NOT NULL,
    analog_8 REAL, analog_8_min REAL, analog_8_max REAL, analog_8_n INTEGER NOT NULL,
    analog_9 REAL, analog_9_min REAL, analog_9_max REAL, analog_9_n INTEGER NOT NULL,
    analog_10 REAL, analog_10_min REAL, analog_10_max REAL, analog_10_n INTEGER NOT NULL,
    analog_11 REAL, analog_11_min REAL, analog_11_max REAL, analog_11_n INTEGER NOT NULL,
    analog_12 REAL, analog_12_min REAL, analog_12_max REAL, analog_12_n INTEGER NOT NULL,
    UNIQUE (equipo_id, fecha_hora)
) STRICT;

CREATE TABLE memorias (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    revision INTEGER NOT NULL UNIQUE CHECK (revision > 0), -- crece con cada cambio de cualquier fila
    equipo_id INTEGER NOT NULL REFERENCES equipos (id),
    tema TEXT NOT NULL, -- qué regla recuerda
    fecha_hora INTEGER NOT NULL CHECK (fecha_hora BETWEEN 0 AND 253402300799999999), -- de qué instante habla
    documento TEXT NOT NULL, -- objeto JSON, solo para el programa
    UNIQUE (equipo_id, tema)
) STRICT;

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

CREATE TABLE rechazos (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    fecha_hora INTEGER NOT NULL, -- cuándo se rechazó
    colector_id INTEGER NOT NULL REFERENCES colectores (id),
    tabla TEXT NOT NULL,
    motivo TEXT NOT NULL,
    contenido TEXT NOT NULL
) STRICT;

CREATE TABLE resumen_atraso (
    equipo_id INTEGER PRIMARY KEY,
    desde INTEGER NOT NULL,
    hasta INTEGER NOT NULL
) STRICT;

CREATE TABLE resumen_pendiente (
    fecha_hora INTEGER NOT NULL, -- comienzo del cuarto de hora
    equipo_id INTEGER NOT NULL,
    PRIMARY KEY (fecha_hora, equipo_id)
) WITHOUT ROWID, STRICT;

CREATE TRIGGER mediciones_por_resumir AFTER INSERT ON mediciones
BEGIN
    INSERT INTO resumen_pendiente (fecha_hora, equipo_id)
    VALUES (new.fecha_hora - new.fecha_hora % 900000000, new.equipo_id)
    ON CONFLICT DO NOTHING;
END;

CREATE VIEW contadores_legible AS
SELECT
    m.id,
    strftime('%Y-%m-%dT%H:%M:%S', m.fecha_hora / 1000000, 'unixepoch') || printf('.%06dZ', m.fecha_hora % 1000000) AS fecha_hora,
    e.nombre AS equipo,
    m.kvah_a_dir, m.kvah_b_dir, m.kvah_c_dir, m.kvarh_a_dir, m.kvarh_b_dir, m.kvarh_c_dir,
    m.kvah_dir, m.kvarh_dir, m.kvah_a_inv, m.kvah_b_inv, m.kvah_c_inv, m.kvarh_a_inv,
    m.kvarh_b_inv, m.kvarh_c_inv, m.kvah_inv, m.kvarh_inv, m.co_total, m.desgaste_mec,
    m.desgaste_contacto, m.disp_oc_a, m.disp_oc_b, m.disp_oc_c, m.disp_ef, m.disp_sef,
    m.disp_uv, m.disp_uf, m.in_max, m.ia_max, m.ib_max, m.ic_max, m.uv_min, m.uf_min,
    m.calidad, c.nombre AS colector
FROM contadores AS m
INNER JOIN equipos AS e ON m.equipo_id = e.id
INNER JOIN colectores AS c ON m.colector_id = c.id;

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

CREATE VIEW mediciones_legible AS
SELECT
    m.id,
    strftime('%Y-%m-%dT%H:%M:%S', m.fecha_hora / 1000000, 'unixepoch') || printf('.%06dZ', m.fecha_hora % 1000000) AS fecha_hora,
    e.nombre AS equipo,
    CASE m.estado
        WHEN 0 THEN 'abierto'
        WHEN 1 THEN 'cerrado'
        WHEN 2 THEN 'bloqueado por falla'
        WHEN 3 THEN 'en secuencia de recierre'
    END AS estado,
    m.ia, m.ib, m.ic, m.va, m.vb, m.vc, m.p_act, m.p_react, m.fp, m.in_res, m.vr, m.vs, m.vt,
    m.vab, m.vbc, m.vca, m.vrs, m.vst, m.vtr, m.s_apar, m.s_a, m.s_b, m.s_c, m.p_a, m.p_b,
    m.p_c, m.q_a, m.q_b, m.q_c, m.fp_a, m.fp_b, m.fp_c, m.frec, m.frec_rst, m.sec_abc,
    m.sec_rst, m.dir_oc, m.dir_ef, m.dir_sef, m.analog_1, m.analog_2, m.analog_3, m.analog_4,
    m.analog_5, m.analog_6, m.analog_7, m.analog_8, m.analog_9, m.analog_10, m.analog_11,
    m.analog_12, m.calidad, c.nombre AS colector
FROM mediciones AS m
INNER JOIN equipos AS e ON m.equipo_id = e.id
INNER JOIN colectores AS c ON m.colector_id = c.id;
