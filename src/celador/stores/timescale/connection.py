"""Connections to the historian, with limits on how long anything may take."""

from __future__ import annotations

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow

Connection = psycopg.Connection[TupleRow]

# A link that is silently gone must be noticed by both sides within about a minute.
_KEEPALIVE = {
    "connect_timeout": "10",
    "keepalives_idle": "20",
    "keepalives_interval": "5",
    "keepalives_count": "4",
    "tcp_user_timeout": "40000",
}


def connect(dsn: str, *, statement_timeout: float, name: str) -> Connection:
    """Open a connection in autocommit mode.

    Args:
        dsn: where to; what it says itself goes before what is set here.
        statement_timeout: seconds that one statement may take, 0 for no limit.
        name: the program, as the server's administrator sees it.

    Raises:
        psycopg.Error: it cannot be opened.
    """
    given = {key: value for key, value in conninfo_to_dict(dsn).items() if value is not None}
    settings = {
        "statement_timeout": str(round(statement_timeout * 1000)),
        "lock_timeout": "10000",
        "idle_in_transaction_session_timeout": "60000",
        "TimeZone": "Etc/UTC",
        # Late rows must be able to enter compressed chunks, however many they touch; on plain
        # PostgreSQL the name means nothing and does no harm.
        "timescaledb.max_tuples_decompressed_per_dml_transaction": "0",
    }
    options = " ".join(f"-c {key}={value}" for key, value in settings.items())
    defaults = {"application_name": name, **_KEEPALIVE}
    merged = make_conninfo("", **{**defaults, **given})
    merged = make_conninfo(merged, options=f"{options} {given.get('options', '')}".strip())
    # Plans are made for the values at hand: they tell which chunks are needed.
    return psycopg.connect(merged, autocommit=True, prepare_threshold=None)
