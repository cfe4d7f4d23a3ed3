"""At which line of a TOML file each setting stands; tomllib itself does not tell.

A sound file is cut into statements with the help of tomllib: lines are joined until they parse on
their own. So quoting, dotted keys, arrays over many lines and inline tables are all its business.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from celador.config.relations import Path


def setting_lines(text: str) -> dict[Path, int]:
    """Line of every key and table of a file that tomllib has accepted, counted from 1."""
    lines: dict[Path, int] = {}
    last_index: dict[Path, int] = {}
    table: Path = ()
    for number, content, is_header in _statements(text):
        if is_header:
            table = _enter(content, last_index)
            lines.setdefault(table, number)
            continue
        for path in _paths(content):
            lines.setdefault(table + path, number)
    return lines


def _statements(text: str) -> Iterator[tuple[int, Mapping[str, Any], bool]]:
    pending: list[str] = []
    start = 1
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if not pending:
            start = number
        pending.append(line)
        try:
            content = tomllib.loads("\n".join(pending))
        except tomllib.TOMLDecodeError:
            continue  # the whole file is sound, so the statement goes on in the next line
        if content:
            yield start, content, pending[0].lstrip().startswith("[")
        pending = []


def _enter(header: Mapping[str, Any], last_index: dict[Path, int]) -> Path:
    """The path a header opens; [[x]] opens the next element, [x.y] goes into the last one."""
    path: Path = ()
    value: object = header
    while isinstance(value, Mapping) and value:
        key, value = next(iter(value.items()))
        path = (*path, key)
        if isinstance(value, list):
            last_index[path] = last_index.get(path, -1) + 1
            return (*path, last_index[path])
        if path in last_index:
            path = (*path, last_index[path])
    return path


def _paths(value: object) -> Iterator[Path]:
    if isinstance(value, Mapping):
        items: Iterator[tuple[str | int, object]] = iter(value.items())
    elif isinstance(value, list):
        items = iter(enumerate(value))
    else:
        return
    for key, child in items:
        yield (key,)
        for rest in _paths(child):
            yield (key, *rest)
