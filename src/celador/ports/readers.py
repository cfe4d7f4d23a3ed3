"""Readers put together for who needs several of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, runtime_checkable

from celador.domain.memory import Memory
from celador.domain.reliability.marks import OutageMarks
from celador.ports.history import AlarmReader, HistoryReader, OperationReader, SampleRow
from celador.ports.looking import JournalReader, NewestReader, TrendReader


class RecordReader(HistoryReader, OperationReader, Protocol):
    """Reads samples and what was put together from them."""


class SupplyReader(RecordReader, Protocol):
    """Reads everything that the figures about the supply are made of."""

    def readings(
        self, start: int, end: int, columns: Sequence[str], device_id: int
    ) -> Iterator[SampleRow]:
        """Rows of `contadores` of one recloser in [start, end), oldest first, streamed.

        Args:
            start: first instant, included, UTC in microseconds since 1970.
            end: last instant, excluded.
            columns: names of COUNTERS.
            device_id: `equipos.id`.
        """

    def memories(self, subject: str) -> Mapping[int, Memory]:
        """What one rule remembers now, by device id."""

    def outage_marks(self) -> Mapping[tuple[int, int], OutageMarks]:
        """What people said of interruptions, by device id and key; only those of which they did."""


class FullReader(SupplyReader, AlarmReader, NewestReader, TrendReader, JournalReader, Protocol):
    """Reads everything that is kept."""


@runtime_checkable
class CsvReader(Protocol):
    """A reader whose server makes CSV by itself, faster than Python could."""

    def csv_lines(
        self,
        device: int,
        label: str,
        columns: Sequence[str],
        *,
        start: int,
        end: int,
        shift_s: int,
        decimal_comma: bool,
    ) -> Iterator[tuple[bytes, int]]:
        """Rows of one device as they are stored, as lines of CSV, oldest first, in blocks.

        A line is the local time, the label and the columns; `surfaces.export.csv_file` says what
        each of them looks like.

        Args:
            device: `equipos.id`.
            label: what follows the time, up to the separator before the first value: the offset
                of the time, and the cell that names the recloser.
            columns: names of MEASUREMENTS, and `estado`, `calidad`.
            start: first instant, included, UTC in microseconds since 1970.
            end: last instant, excluded.
            shift_s: local time less UTC in seconds; the same for the whole range.
            decimal_comma: 13,2 and semicolons instead of 13.2 and commas.

        Yields:
            The lines, each with its line feed, and how many they are.
        """
