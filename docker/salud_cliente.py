#!/usr/bin/env python3
"""Health of the service cliente_modbus, read from its edge store.

Sound means that rows still come in, or that the store says of every recloser why none come: its
link is down. A recloser without power is no fault of this service; a store that nobody writes is.

    salud_cliente.py STORE SECONDS
"""

from __future__ import annotations

import sqlite3
import sys
import time
from contextlib import closing

# What each recloser last gave of itself, and the last thing known of its link.
_LAST = """
SELECT e.nombre,
    max(
        coalesce((SELECT max(m.fecha_hora) FROM mediciones AS m WHERE m.equipo_id = e.id), 0),
        coalesce((SELECT max(v.fecha_hora) FROM eventos AS v WHERE v.equipo_id = e.id), 0)
    ),
    (
        SELECT v.nuevo FROM eventos AS v
        WHERE v.equipo_id = e.id AND v.clase = 'enlace'
        ORDER BY v.fecha_hora DESC, v.id DESC LIMIT 1
    )
FROM equipos AS e
"""


def main(store: str, seconds: float) -> str | None:
    """What is wrong, in one sentence; None when nothing is."""
    try:
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=2)) as connection:
            reclosers = connection.execute(_LAST).fetchall()
    except sqlite3.Error as error:
        return f"the edge store {store} cannot be read ({error})"
    oldest = (time.time() - seconds) * 1e6
    silent = [name for name, last, link in reclosers if last < oldest and link != "abajo"]
    if silent:
        return f"no row for {seconds:g} s, and no word of a lost link, from: {', '.join(silent)}"
    return None if reclosers else "the edge store knows no recloser"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2])))
