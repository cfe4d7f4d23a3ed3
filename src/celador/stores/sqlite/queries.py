"""The named queries of queries.sql, here and in other packages."""

from __future__ import annotations

import re
from importlib.resources import files

_HEADER = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def named_queries(package: str) -> dict[str, str]:
    """The queries of a package's queries.sql, each by the name in the comment before it.

    Raises:
        ValueError: a name is given twice, and which of the two is meant nobody can tell.
    """
    text = files(package).joinpath("queries.sql").read_text(encoding="utf-8")
    _, *parts = _HEADER.split(text)
    queries: dict[str, str] = {}
    for name, sql in zip(parts[::2], parts[1::2], strict=True):
        if name in queries:
            raise ValueError(f"{package}: queries.sql has two queries named {name}")
        queries[name] = sql.strip()
    return queries


QUERIES = named_queries(__name__.rpartition(".")[0])
