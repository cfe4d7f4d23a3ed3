"""How long the historian keeps readings, and who removes them where no TimescaleDB does."""

from __future__ import annotations

from celador.domain.errors import ConfigError
from celador.stores.timescale.connection import Connection
from celador.stores.timescale.queries import QUERIES
from celador.stores.timescale.schema import WITH_TIMESCALE, applied, owners_errors, session

LEAST_DAYS = 365
"""Readings of a whole year stay, whatever is asked for: yearly figures need them."""

_READINGS = ("mediciones", "contadores")
_SLICE = 20_000  # rows deleted in one transaction; nobody waits for more
_UNREFRESHED_DAYS = 10  # a summary stops to follow its readings so long before they go


def set_retention(dsn: str, days: int) -> None:
    """Say how long `mediciones` and `contadores` are kept; summaries and the rest stay for ever.

    Args:
        dsn: connection as the owner.
        days: age at which readings are removed, 365 or more.

    Raises:
        ConfigError: it is less than 365.
        HistorianAwayError: it cannot be done.
    """
    if days < LEAST_DAYS:
        raise ConfigError(
            f"the historian keeps readings {LEAST_DAYS} days at least, and not {days}; "
            f"set historian.retention_days to {LEAST_DAYS} or more"
        )
    with owners_errors(dsn), session(dsn) as connection, connection.transaction():
        connection.execute(QUERIES["set_retention"], (days,))
        if _expires_by_itself(connection):
            connection.execute(QUERIES["expire_after"], (days,))
            connection.execute(QUERIES["refresh_back_to"], (days - _UNREFRESHED_DAYS,))


def retention_of(dsn: str) -> int:
    """Age at which readings are removed, days.

    Raises:
        HistorianAwayError: it cannot be asked.
    """
    with owners_errors(dsn), session(dsn) as connection:
        return _days(connection)


def expire(dsn: str) -> int | None:
    """Remove readings that are too old, in short transactions; to be called once a day.

    Args:
        dsn: connection as the owner.

    Returns:
        Rows removed; None with TimescaleDB, which does it by itself.

    Raises:
        HistorianAwayError: it cannot be done, or not to the end.
    """
    with owners_errors(dsn), session(dsn) as connection:
        if _expires_by_itself(connection):
            return None
        days = _days(connection)
        return sum(_expire(connection, table, days) for table in _READINGS)


def _expire(connection: Connection, table: str, days: int) -> int:
    """Device by device, because the index begins with the device."""
    removed, device = 0, None
    while True:
        following = QUERIES["next_device"].format(table=table)
        row = connection.execute(following, {"after": device}).fetchone()
        if row is None or row[0] is None:
            return removed
        device = row[0]
        count = _SLICE
        while count == _SLICE:
            sql = QUERIES["expire"].format(table=table)
            count = connection.execute(sql, (device, days, _SLICE)).rowcount
            removed += count


def _days(connection: Connection) -> int:
    row = connection.execute(QUERIES["retention"]).fetchone()
    assert row is not None  # noqa: S101 -- the schema puts the one row there
    return int(row[0])


def _expires_by_itself(connection: Connection) -> bool:
    return WITH_TIMESCALE in applied(connection)
