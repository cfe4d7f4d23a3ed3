"""Fixtures for all tests."""

from __future__ import annotations

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
