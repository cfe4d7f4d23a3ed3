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
