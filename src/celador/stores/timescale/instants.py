"""Instants between us (µs since 1970, integers) and the server (TIMESTAMPTZ)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from psycopg.adapt import Buffer, Loader
from psycopg.pq import Format

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_POSTGRES_EPOCH = 946_684_800_000_000  # 2000-01-01, from which the server counts its µs
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def timestamp(at: int) -> datetime:
    """An instant as a parameter; what lies outside the years 1 to 9999 becomes their edge."""
    try:
        return _EPOCH + timedelta(microseconds=at)
    except OverflowError:
        return _FIRST if at < 0 else _LAST


class MicrosecondsLoader(Loader):
    """Reads a binary TIMESTAMPTZ as µs since 1970, without the cost of a datetime."""

    format = Format.BINARY

    def load(self, data: Buffer) -> int:
        """Eight bytes, big-endian, µs since 2000."""
        return int.from_bytes(data, "big", signed=True) + _POSTGRES_EPOCH
