"""Where a page of a list ended, so that the next one begins there.

A cursor names the last record that was given, not a number of records: what is stored meanwhile
shifts nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import dropwhile, islice, takewhile
from typing import Protocol, TypeVar

from celador.ports import HistoryReader, SampleQuery, SampleRow
from celador.surfaces.export_http.refusals import Refusal

_CURSOR = re.compile(r"([0-9]{1,10})-([0-9]{1,18})")
_SECOND = 1_000_000


class Dated(Protocol):
    """A record with its instant."""

    @property
    def at(self) -> int:
        """UTC in microseconds since 1970."""


R = TypeVar("R", bound=Dated)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place of a record in its list.

    Attributes:
        first: of samples, `equipos.id`; of records, how many of the same instant were given.
        at: the instant, UTC in microseconds since 1970.
    """

    first: int
    at: int

    def __str__(self) -> str:
        return f"{self.first}-{self.at}"

    @classmethod
    def read(cls, text: str) -> Cursor:
        """The cursor of an earlier answer.

        Raises:
            Refusal: it is none.
        """
        found = _CURSOR.fullmatch(text)
        if not found:
            raise Refusal(
                400,
                "that is no cursor; take `next` of the answer before, or leave it out to begin",
                "",
            )
        return cls(int(found[1]), int(found[2]))


def records_after(
    read: Callable[[int], Iterator[R]], start: int, cursor: Cursor | None, limit: int
) -> tuple[list[R], Cursor | None]:
    """A page of records that come oldest first.

    Args:
        read: gives the records from an instant on, that included.
        start: where the list begins, UTC in microseconds since 1970.
        cursor: where the page before ended; None for the first.
        limit: most records.

    Returns:
        The records, and where the page ended; None where no more follow.
    """
    records = read(start if cursor is None else max(start, cursor.at))
    if cursor is not None:
        records = islice(records, cursor.first if cursor.at >= start else 0, None)
    page = list(islice(records, limit + 1))
    if len(page) <= limit:
        return page, None
    page.pop()
    at = page[-1].at
    same = sum(1 for _ in takewhile(lambda record: record.at == at, reversed(page)))
    before = cursor.first if cursor is not None and cursor.at == at else 0
    return page, Cursor(same + before, at)


def samples_after(
    reader: HistoryReader, query: SampleQuery, cursor: Cursor | None, limit: int
) -> tuple[list[SampleRow], Cursor | None]:
    """A page of samples, by device and instant.

    Args:
        reader: where they are.
        query: which; of `device_ids`, all where it names none.
        cursor: where the page before ended; None for the first.
        limit: most rows.

    Returns:
        The rows, and where the page ended; None where no more follow.
    """
    devices = sorted(query.device_ids or (each.id for each in reader.devices()))
    left = dropwhile(lambda device: cursor is not None and device < cursor.first, devices)
    page: list[SampleRow] = []
    step = 1 if query.every is None else query.every * _SECOND
    for device in left:
        start = query.start
        if cursor is not None and device == cursor.first:
            start = max(start, cursor.at + step)
        if start >= query.end:
            continue
        rows = reader.samples(replace(query, device_ids=(device,), start=start))
        page += islice(rows, limit + 1 - len(page))
        if len(page) > limit:
            page.pop()
            return page, Cursor(page[-1].device_id, page[-1].at)
    return page, None
