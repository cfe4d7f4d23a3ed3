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
