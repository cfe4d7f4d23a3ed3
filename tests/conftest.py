"""Fixtures for all tests."""

from __future__ import annotations

from tests.support.postgres import empty_database, postgres_cluster, postgres_server

__all__ = ["empty_database", "postgres_cluster", "postgres_server"]
