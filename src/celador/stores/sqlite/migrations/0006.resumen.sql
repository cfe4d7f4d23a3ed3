-- El resumen de las mediciones: una fila por equipo y cuarto de hora, para ver un año en un instante.

-- Por cada magnitud: la media con su nombre, _min, _max y _n, cuántas lecturas la tenían. Lo que
-- ninguna lectura tenía es NULL, con _n 0. Las mismas columnas que mediciones_15min del historiador.
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

-- Los cuartos de hora que cambiaron después de resumirse, o que aún no se resumieron.
CREATE TABLE resumen_pendiente (
    fecha_hora INTEGER NOT NULL, -- comienzo del cuarto de hora
    equipo_id INTEGER NOT NULL,
    PRIMARY KEY (fecha_hora, equipo_id)
) WITHOUT ROWID, STRICT;

CREATE INDEX resumen_pendiente_por_equipo ON resumen_pendiente (equipo_id, fecha_hora);

-- Una lectura que llega, a su hora o tarde, vuelve pendiente su cuarto de hora en la misma transacción.
CREATE TRIGGER mediciones_por_resumir AFTER INSERT ON mediciones
BEGIN
    INSERT INTO resumen_pendiente (fecha_hora, equipo_id)
    VALUES (new.fecha_hora - new.fecha_hora % 900000000, new.equipo_id)
    ON CONFLICT DO NOTHING;
END;

-- Las lecturas de antes de que hubiera resumen: de cada equipo, lo que va de desde a hasta. Se resume de
-- a poco, de lo más nuevo a lo más viejo, sin demorar ni el arranque ni las lecturas.
CREATE TABLE resumen_atraso (
    equipo_id INTEGER PRIMARY KEY,
    desde INTEGER NOT NULL,
    hasta INTEGER NOT NULL
) STRICT;

INSERT INTO resumen_atraso (equipo_id, desde, hasta)
SELECT id, desde, hasta
FROM (
    SELECT
        e.id,
        (SELECT min(m.fecha_hora) FROM mediciones AS m WHERE m.equipo_id = e.id) AS desde,
        (SELECT max(m.fecha_hora) + 1 FROM mediciones AS m WHERE m.equipo_id = e.id) AS hasta
    FROM equipos AS e
)
WHERE desde IS NOT NULL;

PRAGMA user_version = 6;
