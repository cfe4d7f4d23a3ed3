"""Fixtures for all tests."""

from __future__ import annotations

import signal
from functools import cache

from hypothesis import HealthCheck, settings
from yoyo import migrations

from tests.support.postgres import (
    empty_database,
    historian_database,
    historians,
    plain_database,
    postgres_cluster,
    postgres_server,
    timescale_database,
)

__all__ = [
    "empty_database",
    "historian_database",
    "historians",
    "plain_database",
    "postgres_cluster",
    "postgres_server",
    "timescale_database",
]

# No test times itself: a busy machine is no fault of the code.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

# A shell starts what it runs in the background deaf to Ctrl-C, and children inherit that; the tests
# that interrupt a command would wait for it for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Nine tenths of the work of making a store is cutting its migrations into statements. The tests
# make thousands of stores, of the same few files.
_cut = cache(migrations.sqlparse.split)
migrations.sqlparse.split = lambda text: list(_cut(text))
