"""Envelopes from the store: from the rows where they are few, else from their summary."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from celador.domain.envelope import (
    SUMMARY,
    Band,
    Envelope,
    EnvelopeRow,
    cut,
    joined,
    nice_width,
    united,
)
from celador.stores.sqlite.queries import QUERIES

Ask = Callable[[str, Sequence[object]], list[tuple[Any, ...]]]

_ROWS_AT_MOST = 150_000  # that are looked at one by one; more come from the summary

_OF_ROWS = ", min({0}), sum({0}), max({0}), count({0})"
_OF_SUMMARY = ", min({0}_min), sum({0} * {0}_n), max({0}_max), sum({0}_n)"


class Envelopes:
    """Makes envelopes of one device at a time."""

    def __init__(self, ask: Ask, columns: Sequence[str]) -> None:
        """Prepare the statements.

        Args:
            ask: runs a query.
            columns: quantities that are no codes, as `celador.domain.quantities` spells them.
        """
        self._ask = ask
        self._columns = columns
        self._of_rows = self._sql("rows_summed_up", _OF_ROWS)
        self._of_summary = self._sql("summaries_summed_up", _OF_SUMMARY)

    def _sql(self, name: str, form: str) -> str:
        return QUERIES[name].format(columns="".join(form.format(each) for each in self._columns))

    def envelope(self, device: int, start: int, end: int, points: int) -> Envelope:
        """The envelope of [start, end), in about `points` stretches or fewer than twice as many."""
        if start >= end:
            return Envelope(0, ())
        most = max(_ROWS_AT_MOST, 2 * points)
        ((count,),) = self._ask(QUERIES["count_up_to"], (device, start, end, most + 1))
        if count > most or self._expired(device, start, end, count):
            width = nice_width(end - start, points, SUMMARY)
            return Envelope(width, list(self._summed_up(device, start, end, width)))
        if count <= 2 * points:
            return Envelope(0, self._samples(device, start, end))
        width = nice_width(end - start, points)
        stretches = _stretches(start, end, width)
        rows = (self._row(device, at, [(first, last, True)]) for at, first, last in stretches)
        return Envelope(width, [row for row in rows if row is not None])

    def _expired(self, device: int, start: int, end: int, count: int) -> bool:
        """Whether the summary knows of more rows than there are: the others have gone."""
        inside = (device, -(-start // SUMMARY) * SUMMARY, end // SUMMARY * SUMMARY)
        ((summed_up,),) = self._ask(QUERIES["summary_count"], inside)
        return bool(summed_up > count)

    def _samples(self, device: int, start: int, end: int) -> list[EnvelopeRow]:
        sql = QUERIES["samples"].format(columns="".join(f", {each}" for each in self._columns))
        return [
            EnvelopeRow(at, 1, tuple(None if v is None else Band(v, v, v, 1) for v in values))
            for at, *values in self._ask(sql, (device, start, end, -1))
        ]

    def _summed_up(self, device: int, start: int, end: int, width: int) -> Iterator[EnvelopeRow]:
        """Stretches of whole summary windows, the first and the last one included."""
        first, last = start - start % SUMMARY, -(-end // SUMMARY) * SUMMARY
        pending = self._ask(QUERIES["pending_within"], (device, first, last))
        backlog = self._ask(QUERIES["backlog_of"], (device,))
        from_rows = united(
            [
                *((at, at + SUMMARY) for (at,) in pending),
                *((a - a % SUMMARY, -(-b // SUMMARY) * SUMMARY) for a, b in backlog),
            ]
        )
        for at, begin, stop in _stretches(first, last, width):
            row = self._row(device, at, list(cut(begin, stop, from_rows)))
            if row is not None:
                yield row

    def _row(
        self, device: int, at: int, pieces: Sequence[tuple[int, int, bool]]
    ) -> EnvelopeRow | None:
        total, bands = 0, self._nothing
        for start, end, from_rows in pieces:
            sql = self._of_rows if from_rows else self._of_summary
            ((count, *figures),) = self._ask(sql, (device, start, end))
            if count:
                total, bands = total + count, joined(bands, _bands(figures))
        return EnvelopeRow(at, total, bands) if total else None

    @property
    def _nothing(self) -> tuple[Band | None, ...]:
        return (None,) * len(self._columns)


def _stretches(start: int, end: int, width: int) -> Iterator[tuple[int, int, int]]:
    """Stretches aligned to the clock: where each begins, and the part of it in the range."""
    for at in range(start - start % width, end, width):
        yield at, max(at, start), min(at + width, end)


def _bands(figures: Sequence[Any]) -> tuple[Band | None, ...]:
    groups = zip(*(figures[place::4] for place in range(4)), strict=True)
    return tuple(
        Band(low, total / count, high, count) if count else None
        for low, total, high, count in groups
    )
