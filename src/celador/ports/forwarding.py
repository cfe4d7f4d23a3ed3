"""From an edge store to the historian."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from celador.domain.sample import Value


class Channel(Enum):
    """What travels from an edge store to the historian; the value is the table's name in both."""

    DEVICES = "equipos"
    SAMPLES = "mediciones"
    COUNTERS = "contadores"
    EVENTS = "eventos"
    OPERATIONS = "operaciones"
    OUTAGES = "interrupciones"
    ALARMS = "alarmas"
    MEMORIES = "memorias"


@dataclass(frozen=True, slots=True)
class Parcel:
    """Rows of one channel on their way to the historian, in the order they were stored.

    Attributes:
        channel: which table.
        collector: name of the collector that saw the rows.
        columns: names of the columns of `rows`; instants are integers, µs since 1970 UTC.
        row_ids: where each row is in the edge store's line, ascending: its id, or its revision
            where rows change (operations, interruptions, alarms and memories).
        rows: the rows, as the edge store gives them.
    """

    channel: Channel
    collector: str
    columns: tuple[str, ...]
    row_ids: Sequence[int]
    rows: Sequence[tuple[Value | str, ...]]


@dataclass(frozen=True, slots=True)
class Backlog:
    """What the historian has not confirmed.

    Attributes:
        rows: how many rows wait; an upper bound, cheap to know.
        oldest: instant of the oldest of them, µs since 1970 UTC; None when none waits.
        set_aside: rows that the historian will never take, kept with their reasons.
    """

    rows: int
    oldest: int | None
    set_aside: int


class Outbox(Protocol):
    """The edge store as a queue towards the historian.

    Every method blocks and runs outside the event loop. One that reads (`backlog`, `take`,
    `set_aside`) may run in another thread than `confirm`, but no two that read at a time.
    """

    def backlog(self) -> Backlog:
        """How much waits."""

    def take(self, channel: Channel, limit: int, after: int | None = None) -> Parcel | None:
        """The next unconfirmed rows, oldest first; the same again until they are confirmed.

        With `after`, the rows that follow that one, to read ahead of a confirmation.
        """

    def confirm(self, channel: Channel, row_id: int) -> None:
        """The historian holds every row up to `row_id`; durable when this returns."""

    def set_aside(self, channel: Channel, row_id: int, reason: str) -> None:
        """The historian will never take this row: keep it with its reason and go on."""

    def close(self) -> None:
        """Let the file go."""


class Historian(Protocol):
    """The common database behind many edge stores; every method blocks and runs in a thread."""

    def deliver(self, parcel: Parcel, meanwhile: Callable[[], None] | None = None) -> None:
        """Make the rows durable there; delivering a row twice is the same as once.

        Args:
            parcel: the rows.
            meanwhile: called once the rows have left and the historian works on them, if there is
                such a time; it must not fail.

        Raises:
            TooSlowError: so many rows take too long; the caller halves the parcel.
            TableStuckError: this table takes no rows now; those of others may be delivered.
            HistorianAwayError: the historian cannot be reached or cannot take rows now; the same
                parcel may be delivered later.
            RowsRejectedError: the historian will never take this parcel as it is; nothing of it
                was stored. The caller halves the parcel to find the row.
        """

    def report(self, collector: str, backlog: Backlog, rate: float) -> None:
        """Say how the road of a collector is: what waits, and how many rows a second travel.

        Raises:
            HistorianAwayError: it cannot be said now.
        """

    def close(self) -> None:
        """Close the connections."""
