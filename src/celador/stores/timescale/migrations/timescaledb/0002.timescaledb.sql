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
