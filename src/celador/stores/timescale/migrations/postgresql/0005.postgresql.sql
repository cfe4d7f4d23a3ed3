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
