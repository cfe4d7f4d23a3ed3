-- Una alarma que vuelve dentro de su vida borra su fin: sin esto nadie sabe cuándo volvió.
ALTER TABLE alarmas ADD COLUMN reaparecida TIMESTAMPTZ; -- la última vez que volvió; NULL: no volvió, o no se sabe

INSERT INTO migraciones (nombre) VALUES ('0004.reaparecida');
