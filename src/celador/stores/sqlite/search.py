"""Searches the events of the store, newest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from celador.domain.writing import plain
from celador.ports import EventSearch, FoundEvent
from celador.stores.sqlite.queries import QUERIES
from celador.stores.sqlite.rows import event_of

Ask = Callable[[str, Sequence[object]], list[tuple[Any, ...]]]


def find_events(
    ask: Ask, search: EventSearch, limit: int, before: tuple[int, int] | None
) -> list[FoundEvent]:
    """As `ports.JournalReader` says.

    Args:
        ask: runs a query on a connection with the function `llano`.
        search: what is looked for.
        limit: how many at most.
        before: instant and id of the last one known.
    """
    # `before` is excluded, and so is `end`: no row of that instant has a lower id than 0.
    after = (search.end, 0) if before is None else min(before, (search.end, 0))
    conditions, arguments = _conditions(search)
    sql = QUERIES["find_events"].format(conditions="".join(f" AND {each}" for each in conditions))
    rows = ask(sql, (*after, search.start, *arguments, limit))
    return [FoundEvent(row[0], event_of(row)) for row in rows]


def _conditions(search: EventSearch) -> tuple[list[str], list[object]]:
    conditions: list[str] = []
    arguments: list[object] = []
    if search.device_ids:
        marks = ", ".join("?" * len(search.device_ids))
        conditions.append(f"(equipo_id IS NULL OR equipo_id IN ({marks}))")
        arguments += search.device_ids
    if search.kinds:
        conditions.append(f"clase IN ({', '.join('?' * len(search.kinds))})")
        arguments += [kind.value for kind in search.kinds]
    for word in search.words:
        conditions.append("instr(llano(punto || char(10) || texto || char(10) || texto_en), ?) > 0")
        arguments.append(plain(word))
    return conditions, arguments
