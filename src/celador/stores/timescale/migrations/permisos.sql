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
