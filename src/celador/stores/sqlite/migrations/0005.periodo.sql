-- Cada cuánto se leen los puntos analógicos: sin eso nadie sabe cuántas lecturas faltan.
ALTER TABLE equipos ADD COLUMN periodo_s REAL CHECK (periodo_s > 0); -- s; NULL: no se sabe

PRAGMA user_version = 5;
