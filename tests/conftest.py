"""Fixtures for all tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

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
