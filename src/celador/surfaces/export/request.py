"""What is asked for, in a person's words, as a query of the store; for the command and the service.

The words of a request are the same in both: `from`, `to`, `columns`, `every` and `device`.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import replace
from datetime import tzinfo

from celador.domain.device import Device, labels
from celador.domain.errors import UsageError
from celador.ports import HistoryReader, SampleQuery
from celador.surfaces.export.arguments import (
    DEFAULT_COLUMNS,
    parse_columns,
    parse_every,
    parse_instant,
    start_of_day,
)

_SECOND = 1_000_000


def build_query(
    start: str, end: str, columns: str | None, every: str | None, *, zone: tzinfo, now: int
) -> SampleQuery:
    """The query that a request describes, for every recloser.

    Args:
        start: first instant, as `parse_instant` reads it.
        end: the instant before which it ends.
        columns: columns with commas between; None for the usual ones.
        every: length of a window, as `parse_every` reads it; None for the samples as stored.
        zone: zone of all times; windows count from its midnight before `start`.
        now: the present, UTC in microseconds since 1970.

    Raises:
        UsageError: one of them cannot be understood, or the range is empty.
    """
    first, last = (parse_instant(text, zone, now=now) for text in (start, end))
    if first >= last:
        raise UsageError(f"from {start} is not before to {end}; exchange or mend them")
    return SampleQuery(
        start=first,
        end=last,
        columns=parse_columns(columns) if columns is not None else DEFAULT_COLUMNS,
        every=parse_every(every) if every is not None else None,
        origin=start_of_day(first, zone),
    )


def choose_devices(
    query: SampleQuery, devices: Sequence[Device], wanted: Sequence[str]
) -> SampleQuery:
    """The query for the reclosers wanted, by name or id; for all where none is named.

    Raises:
        UsageError: the store knows no such recloser.
    """
    # A name goes before an id: names are what people see. Where two share one, both are meant.
    known = {str(each.id): {each.id} for each in devices}
    known |= {label: {each} for each, label in labels(devices).items()}
    for each in devices:
        known[each.name] = {other.id for other in devices if other.name == each.name}
    for text in wanted:
        if text not in known:
            near = difflib.get_close_matches(text, known, n=1)
            names = ", ".join(each.name for each in devices) or "none yet"
            mend = f"did you mean {near[0]}?" if near else f"it has: {names}"
            raise UsageError(f"the store knows no recloser {text!r}; {mend}")
    return replace(query, device_ids=tuple(sorted(set().union(*(known[text] for text in wanted)))))


def rows_in(reader: HistoryReader, query: SampleQuery, now: int) -> int:
    """How many rows an export of the query has at most.

    Args:
        reader: the store; without `every` it has to count.
        query: what is to be exported.
        now: the present, UTC in microseconds since 1970.
    """
    if query.every is None:
        return reader.count(query)
    span = reader.span(query.device_ids)
    if span is None:
        return 0
    width = query.every * _SECOND
    start, end = max(query.start, span[0]), min(query.end, max(span[1] + 1, now))
    first = start - (start - query.origin) % width
    each = max(0, -(-(end - first) // width))
    return each * (len(query.device_ids) or len(reader.devices()))
