"""Opens what is kept for reading, and the boxes where people leave requests.

Where the configuration names a historian it is the historian's, else the edge store's.
"""

from __future__ import annotations

from celador.config import Config
from celador.forwarding import historian_dsn
from celador.ports import FullReader, RequestBox
from celador.stores.sqlite.reader import SqliteReader
from celador.stores.sqlite.requests import SqliteRequestBox


def open_history(config: Config) -> FullReader:
    """Open all that is kept for reading.

    Raises:
        ConfigError: the file with the historian's password cannot be read.
        StoreError: what is stored cannot be read.
    """
    if config.historian.host is None:
        return SqliteReader(config.store.path)
    from celador.stores.timescale import TimescaleScreenReader  # noqa: PLC0415 -- needs libpq

    return TimescaleScreenReader(historian_dsn(config.historian.for_reading()))


def open_requests(config: Config) -> RequestBox:
    """Where people leave requests: with the historian where there is one, else beside the store.

    Raises:
        ConfigError: the file with the historian's password cannot be read.
        HistorianAwayError: the settings make no address.
    """
    if config.historian.host is None:
        return edge_requests(config)
    from celador.stores.timescale import TimescaleRequestBox  # noqa: PLC0415 -- needs libpq

    return TimescaleRequestBox(historian_dsn(config.historian.for_reading()))


def edge_requests(config: Config) -> RequestBox:
    """Where people leave what they ask of the monitor of this configuration's store."""
    return SqliteRequestBox.beside(config.store.path)
