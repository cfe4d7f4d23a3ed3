-- La cola hacia la base central: hasta dónde llegó y qué no pudo ir.

-- Una fila por tabla que viaja a la base central (el historiador).
CREATE TABLE envios (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tabla TEXT NOT NULL UNIQUE,
    confirmado INTEGER NOT NULL DEFAULT 0 CHECK (confirmado >= 0), -- último id que ella tiene
    fecha_hora INTEGER NOT NULL CHECK (fecha_hora BETWEEN 0 AND 253402300799999999), -- cuándo lo dijo
    perdidas INTEGER NOT NULL DEFAULT 0 CHECK (perdidas >= 0) -- borradas sin confirmar, por disco lleno
) STRICT;

-- Una fila por fila que la base central no aceptará nunca, con su razón.
CREATE TABLE apartados (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    fecha_hora INTEGER NOT NULL CHECK (fecha_hora BETWEEN 0 AND 253402300799999999), -- cuándo se apartó
    tabla TEXT NOT NULL,
    fila INTEGER NOT NULL, -- su id en esa tabla
    motivo TEXT NOT NULL, -- lo que dijo la base central
    contenido TEXT NOT NULL, -- la fila, como objeto JSON
    UNIQUE (tabla, fila)
) STRICT;

PRAGMA user_version = 2;
