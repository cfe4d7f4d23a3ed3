"""The historian: PostgreSQL, with TimescaleDB where the server has it."""

from __future__ import annotations

from celador.stores.timescale.historian import TimescaleHistorian
from celador.stores.timescale.reader import TimescaleReader
from celador.stores.timescale.schema import Notices, check, migrate, set_passwords

__all__ = [
    "Notices",
    "TimescaleHistorian",
    "TimescaleReader",
    "check",
    "migrate",
    "set_passwords",
]
