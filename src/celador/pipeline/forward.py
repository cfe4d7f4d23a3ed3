"""The forwarder: carries what the edge store holds to the historian, at the historian's pace."""

from __future__ import annotations

import logging
import random
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import ParamSpec, TypeVar

from celador.domain.errors import (
    CeladorError,
    RowsRejectedError,
    StoreError,
    TableStuckError,
    TooSlowError,
)
from celador.pipeline.trouble import Trouble
from celador.ports import Backlog, Channel, Historian, Outbox, Parcel

_log = logging.getLogger("celador.historian")

# Devices first, since the others name them; of the rest the fewest and weightiest rows first.
_CHANNELS = (
    *(Channel.DEVICES, Channel.ALARMS, Channel.OPERATIONS, Channel.OUTAGES),
    *(Channel.MEMORIES, Channel.EVENTS, Channel.COUNTERS, Channel.SAMPLES),
)
_PERIOD = 1.0  # s between looks while nothing waits
_REPORT = 5.0  # s between words to the historian about the road itself
_RATE_WINDOW = 10.0  # s
_REPEAT = 600.0  # s between log lines about rows set aside
_SUSPICIOUS = 20  # rows refused one after the other: then it is not the rows that are wrong

PARCEL_ROWS = 10_000

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ForwardStatus:
    """How the road to the historian is.

    Attributes:
        backlog: what the historian has not confirmed; None while that is not known.
        sent: rows that it has confirmed since the start, rows of `equipos` included.
        rate: rows per second over the last ten seconds.
        trouble: why nothing travels now, one sentence; None when all is well.
    """

    backlog: Backlog | None = None
    sent: int = 0
    rate: float = 0.0
    trouble: str | None = None


class Forwarder:
    """Takes parcels, delivers them, confirms them.

    A row is confirmed only after it was delivered, so what is cut off in between is delivered
    twice, which the historian takes as once. While the historian works on a full parcel the next
    one is read. Everything here blocks; use it from one thread.

    Attributes:
        status: how it is; replaced as a whole, so any thread may look.
    """

    def __init__(
        self,
        outbox: Outbox,
        connect: Callable[[], Historian],
        monotonic: Callable[[], float],
        *,
        collector: str = "",
        parcel_rows: int = PARCEL_ROWS,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Make it ready; nothing is sent yet.

        Args:
            outbox: the queue; closed by `close`.
            connect: makes the historian, anew after each trouble, so that a changed password is
                read; may raise a CeladorError.
            monotonic: seconds that never step back.
            collector: under which name to tell the historian how the road is; "" tells nothing.
            parcel_rows: most rows delivered together.
            chance: from 0 to 1, for the jitter of the retries.
        """
        self._outbox = outbox
        self._connect = connect
        self._monotonic = monotonic
        self._collector = collector
        self._parcel_rows = parcel_rows
        self._reported = -_REPORT
        self._historian: Historian | None = None
        # Whatever reads the queue does so in this one thread.
        self._reader = ThreadPoolExecutor(1, "celador-outbox")
        # What is read ahead, and how many rows of it were asked for.
        self._ahead: dict[Channel, tuple[int, Future[Parcel | None]]] = {}
        self._road = Trouble(monotonic, chance)
        self._stuck = {channel: Trouble(monotonic, chance) for channel in _CHANNELS}
        self._limits = dict.fromkeys(_CHANNELS, parcel_rows)
        self._refused = dict.fromkeys(_CHANNELS, 0)  # one after the other
        self._sent = 0
        self._marks: deque[tuple[float, int]] = deque()
        self._rejects_told = -_REPEAT
        self._rejects_untold = 0
        self.status = ForwardStatus()

    def step(self) -> float:
        """Deliver one parcel of each channel, if it is time to.

        Returns:
            Seconds after which to call again; 0 while more is known to wait.
        """
        more = False
        if not self._road.wait:
            try:
                more = self._round()
                self._recover()
            except CeladorError as error:
                self._suffer(error)
        self._look()
        self._report()
        if more and self._road.sentence is None:
            return 0.0
        troubles = (self._road, *self._stuck.values())
        return min((_PERIOD, *(each.wait for each in troubles if each.sentence is not None)))

    def close(self) -> None:
        """Let the historian and the queue go."""
        self._disconnect()
        self._reader.shutdown()
        self._outbox.close()

    def _read(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return self._reader.submit(work, *args, **kwargs).result()

    def _round(self) -> bool:
        more = False
        for channel in _CHANNELS:
            trouble = self._stuck[channel]
            if trouble.wait:
                continue
            try:
                more |= self._forward(channel)
            except TableStuckError as error:
                self._hold(channel, error)
            except CeladorError:
                raise
            except Exception as error:  # noqa: BLE001 -- the rows wait, the next try may go better
                if trouble.sentence is None:
                    _log.exception("the way to the historian met a defect of Celador")
                self._disconnect()
                told = f"a defect of Celador ({error}): report it to the authors"
                self._hold(channel, StoreError(told))
            else:
                if trouble.recover() is not None:
                    _log.warning("rows of %s travel again", channel.value)
        return more

    def _forward(self, channel: Channel) -> bool:
        """Deliver one parcel; True where more of the channel waits for certain."""
        limit = self._limits[channel]
        asked, parcel = self._next(channel, limit)
        if parcel is None:
            return False
        full = channel is not Channel.DEVICES and len(parcel.row_ids) >= asked
        self._carry(parcel, partial(self._read_on, parcel, limit) if full else None)
        if self._limits[channel] == limit:  # nothing of it took too long
            self._limits[channel] = min(limit + limit // 16 + 1, self._parcel_rows)
        return full

    def _read_on(self, parcel: Parcel, limit: int) -> None:
        """Begin to read what follows a parcel that is on its way."""
        take = self._reader.submit(self._outbox.take, parcel.channel, limit, parcel.row_ids[-1])
        self._ahead[parcel.channel] = (limit, take)

    def _hold(self, channel: Channel, error: CeladorError) -> None:
        """One channel has to wait; the others go on."""
        self._ahead.pop(channel, None)
        if self._stuck[channel].suffer(str(error)):
            _log.warning("%s (rows of %s wait in the store)", error, channel.value)

    def _next(self, channel: Channel, limit: int) -> tuple[int, Parcel | None]:
        if channel in self._ahead:
            asked, ahead = self._ahead.pop(channel)
            return asked, ahead.result()
        return limit, self._read(self._outbox.take, channel, limit)

    def _carry(self, parcel: Parcel, meanwhile: Callable[[], None] | None = None) -> None:
        """Deliver and confirm; a parcel that is refused goes in halves, to find the row.

        So does one that takes too long, and the next ones are smaller until it goes better.
        """
        if self._historian is None:
            self._historian = self._connect()
        try:
            self._historian.deliver(parcel, meanwhile)
        except RowsRejectedError as error:
            if len(parcel.row_ids) == 1:
                self._set_aside(parcel, error)
                return
            self._carry_halves(parcel)
            return
        except TooSlowError:
            if len(parcel.row_ids) == 1:
                raise
            self._limits[parcel.channel] = len(parcel.row_ids) // 2
            self._ahead.pop(parcel.channel, None)  # it is as long again
            self._carry_halves(parcel)
            return
        self._refused[parcel.channel] = 0
        self._outbox.confirm(parcel.channel, parcel.row_ids[-1])
        self._sent += len(parcel.row_ids)

    def _carry_halves(self, parcel: Parcel) -> None:
        for half in _halves(parcel):
            self._carry(half)

    def _set_aside(self, parcel: Parcel, error: RowsRejectedError) -> None:
        (row_id,) = parcel.row_ids
        if self._refused[parcel.channel] >= _SUSPICIOUS:
            message = f"{_SUSPICIOUS} rows of {parcel.channel.value} one after the other: {error}"
            raise TableStuckError(message) from error
        self._refused[parcel.channel] += 1
        self._read(self._outbox.set_aside, parcel.channel, row_id, str(error))
        self._rejects_untold += 1
        now = self._monotonic()
        if now - self._rejects_told >= _REPEAT:
            _log.error(
                "%d rows that the historian will never take were set aside, the last one row %d "
                "of %s (%s): see the table apartados and report it to the authors",
                self._rejects_untold,
                row_id,
                parcel.channel.value,
                error,
            )
            self._rejects_told, self._rejects_untold = now, 0

    def _suffer(self, error: CeladorError) -> None:
        self._disconnect()
        self._ahead.clear()  # what was read ahead follows rows that were not delivered
        if self._road.suffer(str(error)):
            _log.warning("%s (rows wait in the store, trying goes on by itself)", error)

    def _recover(self) -> None:
        lasted = self._road.recover()
        if lasted is not None:
            _log.warning(
                "the historian takes rows again after %.0f s, %d rows still wait",
                lasted,
                self._read(self._outbox.backlog).rows,
            )

    def _look(self) -> None:
        now = self._monotonic()
        self._marks.append((now, self._sent))
        while self._marks[0][0] < now - _RATE_WINDOW:
            self._marks.popleft()
        begin, before = self._marks[0]
        rate = (self._sent - before) / (now - begin) if now > begin else 0.0
        troubles = (self._road, *self._stuck.values())
        trouble = next((each.sentence for each in troubles if each.sentence is not None), None)
        self.status = replace(self.status, sent=self._sent, rate=rate, trouble=trouble)
        with suppress(CeladorError):  # the next round says why
            backlog = self._read(self._outbox.backlog)
            self.status = replace(self.status, backlog=backlog)

    def _report(self) -> None:
        """Tell the historian how the road is; what cannot be told now is told the next time."""
        backlog, historian = self.status.backlog, self._historian
        due = self._monotonic() >= self._reported + _REPORT
        if not (self._collector and due and backlog and historian):
            return
        self._reported = self._monotonic()
        try:
            historian.report(self._collector, backlog, self.status.rate)
        except CeladorError as error:
            _log.debug("the historian was not told how the road is: %s", error)

    def _disconnect(self) -> None:
        historian, self._historian = self._historian, None
        if historian is not None:
            try:
                historian.close()
            except CeladorError as error:
                _log.debug("the historian's connection was not closed in order: %s", error)


def _halves(parcel: Parcel) -> tuple[Parcel, Parcel]:
    middle = len(parcel.row_ids) // 2
    return (
        replace(parcel, row_ids=parcel.row_ids[:middle], rows=parcel.rows[:middle]),
        replace(parcel, row_ids=parcel.row_ids[middle:], rows=parcel.rows[middle:]),
    )
