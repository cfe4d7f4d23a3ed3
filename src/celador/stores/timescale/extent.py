"""When the rows of `mediciones` begin and end, sought where they can be.

The first row of a recloser by an index takes no time, but the plan for it takes a fifth of a second
with a year of chunks of a day, each time (see `reach`): for a page about twenty reclosers eight
seconds. So the catalogue is asked between which instants there are chunks, and the rows are sought
from there inwards, where they almost always are. Where they are not, as of a recloser that came
late or never said anything, the hours that were summed up tell which chunks need no look.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from celador.stores.timescale.columns import AGGREGATES
from celador.stores.timescale.instants import timestamp
from celador.stores.timescale.queries import QUERIES
from celador.stores.timescale.reach import inwards
from celador.stores.timescale.windows import SECOND, Ask, Windows

_HOURS = AGGREGATES[0][1]
_HOUR = AGGREGATES[0][0] * SECOND
_FIRST, _END = 0, 253_402_300_800_000_000  # 1970 to 9999: the table takes no others


class Extent:
    """Seeks the first and the last row; instants are UTC in microseconds since 1970."""

    def __init__(self, ask: Ask, windows: Windows, *, in_chunks: bool) -> None:
        """Take the ways to ask, and whether TimescaleDB keeps the table in chunks."""
        self._ask = ask
        self._windows = windows
        self._in_chunks = in_chunks

    def first(self, device: int) -> int | None:
        """The first row of a recloser; None where it has none."""
        return self.next(device, *self._bounds())

    def next(self, device: int, start: int, end: int) -> int | None:
        """The first row of a recloser in [start, end); None where there is none."""
        return self._sought("next_instant", device, start, end)

    def span(self, devices: Sequence[int]) -> tuple[int, int] | None:
        """The first and the last row of some reclosers; None where they have none."""
        start, end = self._bounds()
        first, last = end, start
        for device in devices:
            # Of the others only what lies outside of what was found already is of interest.
            found = self.next(device, start, first)
            first = first if found is None else found
            found = self._sought("previous_instant", device, last, end)
            last = last if found is None else found + 1
        return (first, last - 1) if first < last else None

    def _sought(self, query: str, device: int, start: int, end: int) -> int | None:
        for begin, until in self._pieces(query == "previous_instant", device, start, end):
            rows = self._ask(QUERIES[query], (device, timestamp(begin), timestamp(until)))
            if rows:
                instant: int = rows[0][0]
                return instant
        return None

    def _pieces(
        self, from_end: bool, device: int, start: int, end: int
    ) -> Iterator[tuple[int, int]]:
        if not self._in_chunks:
            yield start, end
            return
        outermost = next(inwards(start, end, from_end=from_end), None)
        if outermost is None:
            return
        yield outermost
        start, end = (start, outermost[0]) if from_end else (outermost[1], end)
        if start < end:
            parts = self._where(device, start, end)
            for part in reversed(parts) if from_end else parts:
                yield from inwards(*part, from_end=from_end)

    def _where(self, device: int, start: int, end: int) -> list[tuple[int, int]]:
        """The ranges in which a recloser can have rows, in order."""
        ((known,),) = self._ask(QUERIES["summed_up_to"], {"aggregate": _HOURS})
        known = min(known, end)
        if known <= start or not self._windows.serves(_HOURS, start, known):
            return [(start, end)]
        asked = {
            "device": device,
            "start": timestamp(start - start % _HOUR),
            "end": timestamp(known),
        }
        sql = QUERIES["summed_up_between"].format(aggregate=_HOURS)
        ((first, last),) = self._ask(sql, asked)
        rest = (known, end)
        return [rest] if first is None else [(max(first, start), min(last + _HOUR, known)), rest]

    def _bounds(self) -> tuple[int, int]:
        if not self._in_chunks:
            return _FIRST, _END
        ((start, end),) = self._ask(QUERIES["chunks"], ())
        return (_FIRST, _FIRST) if start is None else (max(start, _FIRST), min(end, _END))
