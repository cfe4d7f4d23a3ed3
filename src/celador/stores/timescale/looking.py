"""What the pages look for in the historian: envelopes of trends, and events by words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from celador.domain.envelope import SECOND, Band, Envelope, EnvelopeRow, nice_width
from celador.ports import EventSearch
from celador.stores.timescale.instants import timestamp
from celador.stores.timescale.queries import QUERIES

Arguments = Sequence[Any] | Mapping[str, Any]
Ask = Callable[[str, Arguments], list[tuple[Any, ...]]]

_FIGURES = (
    ", min({0})::double precision, avg({0})::double precision"
    ", max({0})::double precision, count({0})"
)


def envelope(
    ask: Ask, device: int, columns: Sequence[str], start: int, end: int, points: int
) -> Envelope:
    """The envelope of [start, end), as `ports.TrendReader` says; summed up by the server."""
    if start >= end:
        return Envelope(0, ())
    width = nice_width(end - start, points)
    first = start - start % width
    rows = ask(
        QUERIES["windows"].format(columns="".join(map(_FIGURES.format, columns))),
        {
            "width": width // SECOND,
            "first": timestamp(first),
            "device": device,
            "start": timestamp(start),
            "end": timestamp(end),
        },
    )
    return Envelope(width, [EnvelopeRow(at, count, _bands(rest)) for at, count, *rest in rows])


def _bands(figures: Sequence[Any]) -> tuple[Band | None, ...]:
    groups = zip(*(figures[place::4] for place in range(4)), strict=True)
    return tuple(Band(low, mean, high, n) if n else None for low, mean, high, n in groups)


def find_events(
    ask: Ask, search: EventSearch, limit: int, before: tuple[int, int] | None
) -> list[tuple[Any, ...]]:
    """Rows of the newest events that fit, as `ports.JournalReader` says."""
    last, last_id = before or (search.end, 0)
    conditions, arguments = "", [timestamp(last), last_id, timestamp(search.start)]
    if search.device_ids:
        conditions += " AND (equipo_id IS NULL OR equipo_id = ANY(%s))"
        arguments.append(list(search.device_ids))
    if search.kinds:
        conditions += " AND clase = ANY(%s)"
        arguments.append([kind.value for kind in search.kinds])
    for word in search.words:
        conditions += " AND concat_ws(' ', punto, texto, texto_en) ILIKE %s"
        arguments.append(f"%{_literal(word)}%")
    query = QUERIES["find_events"].format(conditions=conditions)
    return ask(query, [*arguments, limit])


def _literal(word: str) -> str:
    """A word in which nothing stands for something else."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
