-- Una alarma que vuelve dentro de su vida borra su fin: sin esto nadie sabe cuándo volvió.
ALTER TABLE alarmas ADD COLUMN reaparecida INTEGER CHECK (
    reaparecida BETWEEN 0 AND 253402300799999999
); -- la última vez que volvió; NULL: no volvió, o volvió antes de que hubiera esta columna

PRAGMA user_version = 7;
