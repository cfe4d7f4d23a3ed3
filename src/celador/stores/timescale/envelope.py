"""Envelopes and the search of events in the historian, as `ports` says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from celador.domain.envelope import SUMMARY, Band, Envelope, EnvelopeRow, nice_width
from celador.ports import EventSearch
from celador.stores.timescale.columns import SUMMED_UP
from celador.stores.timescale.instants import timestamp
from celador.stores.timescale.queries import QUERIES

Ask = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]

_ROWS_AT_MOST = 150_000  # that are looked at one by one; more come from an aggregate
_SECOND = 1_000_000
_OF_ROWS = ", min({0})::float8, avg({0}::float8), max({0})::float8, count({0})"
_OF_PARTS = (
    ", min({0}_min)::float8, sum({0} * {0}_n)::float8 / nullif(sum({0}_n), 0), "
    "max({0}_max)::float8, coalesce(sum({0}_n), 0)::bigint"
)
_PLAIN = "translate(lower(punto || ' ' || texto || ' ' || texto_en), 'áéíóúüñ', 'aeiouun')"


def envelope(
    ask: Ask,
    device: int,
    columns: Sequence[str],
    start: int,
    end: int,
    points: int,
    *,
    aggregates: Callable[[str, int, int], bool],
) -> Envelope:
    """The envelope of [start, end).

    Args:
        ask: runs a query.
        device: `equipos.id`.
        columns: quantities that are no codes.
        start: first instant, µs.
        end: last instant, excluded.
        points: how many stretches are wanted.
        aggregates: whether an aggregate may be used for a time: it is there, and not stale.
    """
    if start >= end:
        return Envelope(0, ())
    edges = (device, timestamp(start), timestamp(end))
    most = max(_ROWS_AT_MOST, 2 * points)
    ((count,),) = ask(QUERIES["count_up_to"], (*edges, most + 1))
    if count <= 2 * points:
        sql = QUERIES["samples"].format(columns="".join(f", {name}::float8" for name in columns))
        rows = ask(sql, (*edges, most))
        return Envelope(0, [EnvelopeRow(row[0], 1, _single(row[1:])) for row in rows])
    form, source, counted = _OF_ROWS, "mediciones", "count(*)"
    width = nice_width(end - start, points)
    if count > most:
        width = nice_width(end - start, points, SUMMARY)
        name = "mediciones_15min" if width % (4 * SUMMARY) else "mediciones_1h"
        if set(columns) <= set(SUMMED_UP) and aggregates(name, start, end):
            form, source, counted = _OF_PARTS, name, "sum(muestras)::bigint"
            edges = (device, timestamp(start - start % width), timestamp(end))
    sql = QUERIES["envelope"].format(
        source=source, counted=counted, columns="".join(form.format(name) for name in columns)
    )
    found = ask(sql, (width // _SECOND, timestamp(start - start % width), *edges))
    return Envelope(width, [EnvelopeRow(row[0], row[1], _bands(row[2:])) for row in found])


def _single(values: Sequence[float | None]) -> tuple[Band | None, ...]:
    return tuple(None if value is None else Band(value, value, value, 1) for value in values)


def _bands(figures: Sequence[Any]) -> tuple[Band | None, ...]:
    groups = zip(*(figures[place::4] for place in range(4)), strict=True)
    return tuple(
        Band(low, mean, high, count) if count else None for low, mean, high, count in groups
    )


def search_events(
    ask: Ask, search: EventSearch, limit: int, before: tuple[int, int] | None
) -> list[tuple[Any, ...]]:
    """Rows of `events`, newest first."""
    conditions: list[str] = []
    arguments: list[Any] = []
    if search.device_ids:
        conditions.append("(equipo_id IS NULL OR equipo_id = ANY(%s))")
        arguments.append(list(search.device_ids))
    if search.kinds:
        conditions.append("clase = ANY(%s)")
        arguments.append([kind.value for kind in search.kinds])
    for word in search.words:
        conditions.append(f"strpos({_PLAIN}, translate(lower(%s), 'áéíóúüñ', 'aeiouun')) > 0")
        arguments.append(word)
    after = (search.end, 0) if before is None else min(before, (search.end, 0))
    sql = QUERIES["find_events"].format(conditions="".join(f" AND {each}" for each in conditions))
    edges = (timestamp(after[0]), after[1], timestamp(search.start))
    return ask(sql, (*edges, *arguments, limit))
