"""The embedded store: one SQLite file, nothing to install, safe against a pulled plug."""

from __future__ import annotations

from celador.stores.sqlite.outbox import SqliteOutbox
from celador.stores.sqlite.reader import SqliteReader
from celador.stores.sqlite.requests import SqliteRequestBox
from celador.stores.sqlite.retention import Retention
from celador.stores.sqlite.store import SqliteStore

__all__ = ["Retention", "SqliteOutbox", "SqliteReader", "SqliteRequestBox", "SqliteStore"]
