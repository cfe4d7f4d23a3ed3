"""The script that prepares a new server on its first start, put together from the migrations."""

from __future__ import annotations

from pathlib import Path

from celador.stores.timescale.schema import (
    COMMON,
    INGEST_ROLE,
    MIGRATIONS,
    PASSWORD_VARIABLES,
    READ_ROLE,
    RIGHTS,
    TIME_ZONE,
    WEB_ROLE,
    WITH_EXTENSION,
    WITHOUT,
)

_HEAD = f"""\
-- Hecho por `celador.stores.timescale.init_sql` a partir de las migraciones; no se edita a mano.
--
-- La imagen de PostgreSQL lo corre con psql la primera vez que arranca, en la base POSTGRES_DB.
-- Deja la extensión, los papeles y las tablas, y anotado qué migraciones son: `celador historian
-- migrate` sigue desde ahí. Del entorno toma:
--
--   CELADOR_INGEST_PASSWORD, CELADOR_READ_PASSWORD, CELADOR_WEB_PASSWORD  claves de {INGEST_ROLE},
--       {READ_ROLE} y {WEB_ROLE}; o sus archivos, en CELADOR_INGEST_PASSWORD_FILE y así
--   CELADOR_TIME_ZONE  zona horaria de la instalación ({TIME_ZONE} si falta)

\\set ON_ERROR_STOP on

\\set zona ''
\\getenv zona CELADOR_TIME_ZONE
SELECT set_config('celador.zona_horaria', :'zona', FALSE) \\g /dev/null

"""

_BRANCH = """\
SELECT count(*) > 0 AS timescaledb
FROM pg_available_extensions
WHERE name = 'timescaledb' \\gset

\\if :timescaledb
"""

_ROLE = """\

\\set clave ''
\\set archivo ''
\\getenv clave {variable}
\\getenv archivo {variable}_FILE
SELECT :'archivo' <> '' AS de_archivo \\gset
\\if :de_archivo
\\set clave `cat "${variable}_FILE"`
\\endif
SELECT :'clave' = '' AS sin_clave \\gset
\\if :sin_clave
\\warn 'Falta {variable}: {role} no podrá entrar hasta que tenga clave.'
\\else
ALTER ROLE {role} PASSWORD :'clave';
\\endif
"""


def init_sql() -> str:
    """The text of db/init/init.sql."""
    return "".join(
        (
            _HEAD,
            _scripts(COMMON),
            _BRANCH,
            _scripts(WITH_EXTENSION),
            "\\else\n",
            _scripts(WITHOUT),
            "\\endif\n\n",
            _script(RIGHTS),
            "SET log_statement = 'none';\nSET log_min_error_statement = 'panic';\n",
            *(
                _ROLE.format(role=role, variable=variable)
                for role, variable in PASSWORD_VARIABLES.items()
            ),
        )
    )


def _scripts(folder: str) -> str:
    return "".join(map(_script, sorted((MIGRATIONS / folder).glob("*.sql"))))


def _script(file: Path) -> str:
    return f"BEGIN;\n\n{file.read_text('utf-8')}\nCOMMIT;\n\n"


if __name__ == "__main__":
    import sys

    sys.stdout.write(init_sql())
