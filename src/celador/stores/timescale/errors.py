"""PostgreSQL's errors told in the project's own words, and sorted: come back later, or never."""

from __future__ import annotations

import psycopg
from psycopg.conninfo import conninfo_to_dict

from celador.domain.errors import (
    HistorianAwayError,
    RowsRejectedError,
    StoreError,
    TableStuckError,
    TooSlowError,
)

# SQLSTATE, or its class (the first two characters), to a sentence. Codes:
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_AWAY = {
    "08": "the connection to the historian {where} was lost ({reason}): check server and network",
    "57P01": "the historian {where} is being shut down: start it again",
    "57P02": "the historian {where} crashed and recovers: look at its log if it does so again",
    "57P03": "the historian {where} is starting or stopping: wait until it is up",
    "57014": "the historian {where} is too slow ({reason}): look at its load and its disk",
    "23503": "the historian {where} lacks what these rows refer to ({reason}): if it was deleted "
    "there, run `celador historian resend`",
    "55P03": "another session locks the tables of the historian {where}: end that session",
    "40": "another session stands in the way at the historian {where} ({reason}): try again",
    "53100": "the disk of the historian {where} is full: free space there",
    "53200": "the historian {where} has no memory left: give it more, or lower its load",
    "53300": "the historian {where} has too many connections: close some or raise max_connections",
    "28": "the historian {where} does not let this user in ({reason}): check user and password",
    "3D000": "the historian {where} has no such database: create it, then run `celador historian "
    "migrate`",
    "25006": "the historian {where} is read-only: name the server that takes writes, or free its "
    "disk",
    "42501": "this user lacks a right at the historian {where} ({reason}): use its own role, or "
    "run `celador historian migrate`",
    "42": "the schema of the historian {where} does not fit ({reason}): run `celador historian "
    "migrate`",
    "3F": "the schema of the historian {where} is missing: run `celador historian migrate`",
}
_OTHER = "the historian {where} failed ({reason}): look at the server's log"
_UNREACHABLE = "the historian {where} cannot be reached ({reason}): check address and server"
_REJECTED_CLASSES = ("21", "22", "23", "54")
_REJECTED = "the historian cannot take these rows as they are ({reason}): look at the row set aside"
OLD_SCHEMA = (
    "the schema of the historian {where} is older than this program: run `celador historian "
    "migrate`"
)
MAY_NOT_READ = (
    "{user} may not read the historian {where}: set historian.read_user to celador_read and give "
    "its password, or read the local file with --store"
)
NOT_THE_OWNER = (
    "this needs the owner of the historian {where}, who may create roles ({reason}): give its name "
    "and password in CELADOR_HISTORIAN__USER and CELADOR_HISTORIAN__PASSWORD"
)
UNKNOWN_COLUMN = (
    "the historian knows no column {column} in {table}: update this program, then run `celador "
    "historian migrate`"
)

# While a connection is being made the server's code does not reach us, only its words. The
# languages are those that the servers of our users speak.
_WORDS = (
    ("53300", ("too many", "slots", "demasiad")),
    ("57P03", ("starting up", "shutting down", "recovery", "iniciando", "apagando")),
    ("28", ("password", "contraseña", "authentication", "autentificación", "pg_hba", "role ")),
    ("3D000", ("does not exist", "no existe")),
)


def place_of(dsn: str) -> str:
    """Where a connection string leads, for a sentence; never the password.

    Raises:
        HistorianAwayError: it is no connection string.
    """
    try:
        parts = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:
        message = (
            "the historian's address cannot be read: write it as "
            "postgresql://user@host:5432/database"
        )
        raise HistorianAwayError(message) from None  # the cause quotes it, with its password
    host = parts.get("host") or parts.get("hostaddr") or "(local socket)"
    return f"{host}:{parts.get('port') or 5432}/{parts.get('dbname') or parts.get('user') or ''}"


def one_line(error: BaseException) -> str:
    """What an error says, in one line and without a full stop."""
    lines = str(error).strip().splitlines()
    return lines[0].strip().rstrip(".:") if lines else type(error).__name__


def historian_error(error: psycopg.Error, where: str) -> StoreError:
    """Map a failure below the historian onto the project's error tree.

    Args:
        error: what psycopg raised.
        where: the server and database, as `place_of` gives it.

    Returns:
        RowsRejectedError where the rows are to blame and will be for ever, HistorianAwayError or
        one of its kinds otherwise: what is not known for certain keeps its rows.
    """
    reason = one_line(error)
    code = getattr(error, "sqlstate", None)
    if code is None and isinstance(error, _OURS):
        return TableStuckError(_OTHER.format(where=where, reason=reason))
    if code is None:
        words = str(error).lower()
        code = next((code for code, signs in _WORDS if any(s in words for s in signs)), None)
        if code is None:
            return HistorianAwayError(_UNREACHABLE.format(where=where, reason=reason))
    if code[:2] in _REJECTED_CLASSES and code not in _AWAY:
        return rows_rejected(error)
    sentence = _AWAY.get(code) or _AWAY.get(code[:2]) or _OTHER
    kind = next((kind for kind, codes in _KINDS.items() if {code, code[:2]} & codes), None)
    return (kind or HistorianAwayError)(sentence.format(where=where, reason=reason))


def rows_rejected(error: BaseException) -> RowsRejectedError:
    """The rows are to blame for this error, and will be for ever."""
    return RowsRejectedError(_REJECTED.format(reason=one_line(error)))


# Codes that tell of one table and not of the whole server.
_KINDS: dict[type[HistorianAwayError], frozenset[str]] = {
    TooSlowError: frozenset(("57014",)),
    TableStuckError: frozenset(("23503", "42", "55P03", "40", "XX")),
}
_OURS = (psycopg.DataError, psycopg.ProgrammingError)  # a statement that we made wrongly
