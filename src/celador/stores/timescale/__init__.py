"""The historian: PostgreSQL, with TimescaleDB where the server has it."""

from __future__ import annotations

from celador.stores.timescale.historian import TimescaleHistorian
from celador.stores.timescale.reader import TimescaleReader
from celador.stores.timescale.requests import TimescaleRelay, TimescaleRequestBox
from celador.stores.timescale.retention import expire, retention_of, set_retention
from celador.stores.timescale.schema import Notices, check, migrate, set_passwords
from celador.stores.timescale.screens import TimescaleScreenReader

__all__ = [
    "Notices",
    "TimescaleHistorian",
    "TimescaleReader",
    "TimescaleRelay",
    "TimescaleRequestBox",
    "TimescaleScreenReader",
    "check",
    "expire",
    "migrate",
    "retention_of",
    "set_passwords",
    "set_retention",
]
