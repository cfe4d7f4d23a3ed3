"""The named queries of queries.sql."""

from __future__ import annotations

from celador.stores.sqlite.queries import named_queries

QUERIES = named_queries(__name__.rpartition(".")[0])
