"""The queue between the event loop and the thread that writes."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from celador.domain.alarm import Alarm
from celador.domain.errors import StoreError
from celador.domain.event import Event
from celador.domain.operation import Operation
from celador.domain.outage import Outage
from celador.ports import Record

Statement = tuple[str, tuple[int | str, ...]]
"""SQL and its arguments."""

_URGENT = (Event, Operation, Outage, Alarm)
_URGENT_WINDOW = 0.005  # s; long enough for what belongs to one storm to share a commit

_CLOSING = "the store is being closed: start Celador again"


@dataclass(frozen=True, slots=True)
class Loss:
    """Records that had to be dropped.

    Attributes:
        count: how many.
        first: earliest instant among them, UTC in microseconds since 1970.
        last: latest instant among them.
    """

    count: int
    first: int
    last: int

    def __add__(self, other: Loss) -> Loss:
        return Loss(
            self.count + other.count, min(self.first, other.first), max(self.last, other.last)
        )


@dataclass(frozen=True, slots=True)
class Order:
    """A small change that another thread asks the writer for.

    Attributes:
        statements: carried out together, in one transaction with the records that wait.
        done: set once they are durable, or to the StoreError that says why they are not.
    """

    statements: Sequence[Statement]
    done: Future[None] = field(default_factory=Future)


class Intake:
    """A bounded queue that is taken in batches.

    A batch is due when `window` seconds have passed since its first record came, a few milliseconds
    after a change that people are told of, or at once when somebody hurries. The writer holds one
    batch outside the queue at most.
    """

    def __init__(self, limit: int, window: float, monotonic: Callable[[], float]) -> None:
        """Make an empty queue.

        Args:
            limit: most records that may wait; beyond it the oldest are dropped and counted.
            window: seconds that the first record of a batch may wait for company.
            monotonic: seconds that never step back.
        """
        self._limit = limit
        self._window = window
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._queue: deque[Record] = deque()
        self._ends: deque[int] = deque()  # values of `added` after each call of `add`
        self._taken = 0
        self._due_at: float | None = None
        self._hurried = False
        self._loss: Loss | None = None
        self._orders: list[Order] = []
        self._refusal: StoreError | None = None
        self.closing = False
        self.added = 0
        self.settled = 0
        self.lost = 0

    def add(self, records: Sequence[Record]) -> None:
        """Append records; wakes the writer once per batch, or sooner where somebody is called."""
        if not records:
            return
        with self._changed:
            self._queue.extend(records)
            self.added += len(records)
            self._ends.append(self.added)
            if len(self._queue) > self._limit:
                self._drop_oldest()
            urgent = any(isinstance(record, _URGENT) for record in records)
            due_at = self._monotonic() + min(self._window, _URGENT_WINDOW if urgent else math.inf)
            if self._due_at is None or due_at < self._due_at:
                self._due_at = due_at
                self._changed.notify()

    def _drop_oldest(self) -> None:
        dropped = [self._queue.popleft() for _ in range(len(self._queue) - self._limit)]
        self._taken += len(dropped)
        instants = [record.at for record in dropped]
        loss = Loss(len(dropped), min(instants), max(instants))
        self._loss = loss if self._loss is None else self._loss + loss
        self.settled += loss.count
        self.lost += loss.count

    def hurry(self) -> int:
        """Make what waits due now.

        Returns:
            The value that `settled` must reach for everything added so far to be done with.
        """
        with self._changed:
            self._hurried = True
            self._changed.notify()
            return self.added

    def order(self, order: Order) -> None:
        """Ask for a change; it is due at once, or refused while the store takes nothing."""
        with self._changed:
            refusal = StoreError(_CLOSING) if self.closing else self._refusal
            if refusal is None:
                self._orders.append(order)
                self._changed.notify()
                return
        order.done.set_exception(refusal)

    def take_orders(self) -> list[Order]:
        """Remove the changes that are asked for."""
        with self._changed:
            orders, self._orders = self._orders, []
            return orders

    def refuse_orders(self, error: StoreError) -> None:
        """From now on, until `accept_orders`, nobody waits for a change that cannot be made."""
        with self._changed:
            self._refusal = error
        for order in self.take_orders():
            order.done.set_exception(error)

    def accept_orders(self) -> None:
        """Changes can be made again."""
        with self._changed:
            self._refusal = None

    def close(self) -> None:
        """Tell the writer to finish: nothing more will be added."""
        with self._changed:
            self.closing = True
            self._changed.notify()

    def seconds_to_due(self) -> float | None:
        """Seconds until a batch is due, 0 when one is; None while the queue is empty."""
        if self.closing or self._hurried or self._orders:
            return 0.0
        return None if self._due_at is None else max(0.0, self._due_at - self._monotonic())

    def wait(self, timeout: float) -> None:
        """Return when a batch is due, the queue closes, or `timeout` seconds have passed."""
        with self._changed:
            left = self.seconds_to_due()
            if left is None:
                self._changed.wait(timeout)
                left = self.seconds_to_due()
            while left:
                self._changed.wait(left)
                left = self.seconds_to_due()

    def wait_closing(self, timeout: float) -> None:
        """Return when the queue closes or `timeout` seconds have passed."""
        with self._changed:
            self._changed.wait_for(lambda: self.closing, timeout)

    def take(self, most: int) -> list[Record]:
        """Remove about `most` of the oldest records; all of them belong to one batch.

        What came in one call of `add` is never parted: a rule's memory stands in one transaction
        with the records that it rests on.
        """
        with self._changed:
            while self._ends and self._ends[0] <= self._taken:
                self._ends.popleft()
            count = 0
            while self._ends and count < most:
                count = self._ends.popleft() - self._taken
            self._taken += count
            batch = [self._queue.popleft() for _ in range(count)]
            if not self._queue:
                self._due_at = None
                self._hurried = False
            return batch

    def settle(self, count: int) -> None:
        """Note that `count` records taken are done with."""
        with self._changed:
            self.settled += count

    def give_up(self, records: Sequence[Record]) -> None:
        """Count records taken, and everything that still waits, as lost."""
        with self._changed:
            count = len(records) + len(self._queue)
            self._queue.clear()
            self._ends.clear()
            self._taken = self.added
            self.settled += count
            self.lost += count

    def take_loss(self) -> Loss | None:
        """What was dropped since the last call; the caller sees to it that it is told."""
        with self._changed:
            loss, self._loss = self._loss, None
            return loss
