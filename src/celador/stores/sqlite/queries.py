"""The named queries of queries.sql."""

from __future__ import annotations

import re
from importlib.resources import files

_HEADER = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def named_queries(package: str) -> dict[str, str]:
    """The queries of a package's queries.sql, each by the name in the comment before it."""
    text = (
        files(package or __name__.rpartition(".")[0])
        .joinpath("queries.sql")
        .read_text(encoding="utf-8")
    )
    _, *parts = _HEADER.split(text)
    return {name: sql.strip() for name, sql in zip(parts[::2], parts[1::2], strict=True)}


QUERIES = named_queries(__name__.rpartition(".")[0])
