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
