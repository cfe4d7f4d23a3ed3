"""The forwarder: carries what the edge store holds to the historian, at the historian's pace."""

from __future__ import annotations

import logging
import random
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import ParamSpec, TypeVar

from celador.domain.errors import CeladorError, RowsRejectedError, StoreError
from celador.ports import Backlog, Channel, Historian, Outbox, Parcel

_log = logging.getLogger("celador.historian")

# Devices first, since the others name them; of the rest the fewest and weightiest rows first.
_CHANNELS = (
    *(Channel.DEVICES, Channel.ALARMS, Channel.OPERATIONS, Channel.OUTAGES),
    *(Channel.EVENTS, Channel.COUNTERS, Channel.SAMPLES),
)
_PERIOD = 1.0  # s between looks while nothing waits
_FIRST_RETRY = 1.0  # s
_LAST_RETRY = 30.0  # s
_RATE_WINDOW = 10.0  # s
_REPEAT = 600.0  # s between log lines about rows set aside
_REPEAT_TROUBLE = 3600.0  # s between log lines about one lasting trouble

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
    twice, which the historian takes as once. While a full parcel is under way the next one is read,
    which nearly doubles the speed of catching up. Everything here blocks; use it from one thread.

    Attributes:
        status: how it is; replaced as a whole, so any thread may look.
    """

    def __init__(
        self,
        outbox: Outbox,
        connect: Callable[[], Historian],
        monotonic: Callable[[], float],
        *,
        parcel_rows: int = PARCEL_ROWS,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Make it ready; nothing is sent yet.

        Args:
            outbox: the queue; closed by `close`.
            connect: makes the historian, anew after each trouble, so that a changed password is
                read; may raise a CeladorError.
            monotonic: seconds that never step back.
            parcel_rows: most rows delivered together.
            chance: from 0 to 1, for the jitter of the retries.
        """
        self._outbox = outbox
        self._connect = connect
        self._monotonic = monotonic
        self._parcel_rows = parcel_rows
        self._chance = chance
        self._historian: Historian | None = None
        # Whatever reads the queue does so in this one thread.
        self._reader = ThreadPoolExecutor(1, "celador-outbox")
        self._ahead: dict[Channel, Future[Parcel | None]] = {}
        self._retry = _FIRST_RETRY
        self._retry_at = monotonic()
        self._trouble_since: float | None = None
        self._trouble_told: str | None = None
        self._trouble_told_at = 0.0
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
        if self._monotonic() >= self._retry_at:
            try:
                more = self._round()
                self._recover()
            except CeladorError as error:
                self._suffer(error)
            except Exception as error:  # noqa: BLE001 -- the rows wait, the next try may go better
                if self._trouble_since is None:
                    _log.exception("the way to the historian met a defect of Celador")
                self._suffer(StoreError(f"a defect of Celador ({error}): report it to the authors"))
        self._look()
        if self._trouble_since is not None:
            return min(_PERIOD, max(0.0, self._retry_at - self._monotonic()))
        return 0.0 if more else _PERIOD

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
            parcel = self._next(channel)
            if parcel is None:
                continue
            if channel is not Channel.DEVICES and len(parcel.row_ids) >= self._parcel_rows:
                more = True
                self._ahead[channel] = self._reader.submit(
                    self._outbox.take, channel, self._parcel_rows, parcel.row_ids[-1]
                )
            self._carry(parcel)
        return more

    def _next(self, channel: Channel) -> Parcel | None:
        ahead = self._ahead.pop(channel, None)
        if ahead is not None:
            return ahead.result()
        return self._read(self._outbox.take, channel, self._parcel_rows)

    def _carry(self, parcel: Parcel) -> None:
        """Deliver and confirm; a parcel that is refused goes in halves, to find the row."""
        if self._historian is None:
            self._historian = self._connect()
        try:
            self._historian.deliver(parcel)
        except RowsRejectedError as error:
            if len(parcel.row_ids) == 1:
                self._set_aside(parcel, error)
                return
            for half in _halves(parcel):
                self._carry(half)
            return
        self._outbox.confirm(parcel.channel, parcel.row_ids[-1])
        self._sent += len(parcel.row_ids)

    def _set_aside(self, parcel: Parcel, error: RowsRejectedError) -> None:
        (row_id,) = parcel.row_ids
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
        now = self._monotonic()
        if self._trouble_since is None:
            self._trouble_since = now
        # A database that is away for a week may be away for one reason after the other.
        if str(error) != self._trouble_told or now - self._trouble_told_at >= _REPEAT_TROUBLE:
            self._trouble_told, self._trouble_told_at = str(error), now
            _log.warning("%s (rows wait in the store, trying goes on by itself)", error)
        self.status = replace(self.status, trouble=str(error))
        self._retry_at = now + self._retry * (0.5 + self._chance() / 2)
        self._retry = min(self._retry * 2, _LAST_RETRY)

    def _recover(self) -> None:
        if self._trouble_since is not None:
            _log.warning(
                "the historian takes rows again after %.0f s, %d rows still wait",
                self._monotonic() - self._trouble_since,
                self._read(self._outbox.backlog).rows,
            )
            self._trouble_since = self._trouble_told = None
        self._retry = _FIRST_RETRY
        self.status = replace(self.status, trouble=None)

    def _look(self) -> None:
        now = self._monotonic()
        self._marks.append((now, self._sent))
        while self._marks[0][0] < now - _RATE_WINDOW:
            self._marks.popleft()
        begin, before = self._marks[0]
        rate = (self._sent - before) / (now - begin) if now > begin else 0.0
        self.status = replace(self.status, sent=self._sent, rate=rate)
        with suppress(CeladorError):  # the next round says why
            backlog = self._read(self._outbox.backlog)
            self.status = replace(self.status, backlog=backlog)

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
