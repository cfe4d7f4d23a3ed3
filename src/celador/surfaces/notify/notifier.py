"""The notifier: woken by the store's commits, it queues what there is to tell and sends it.

One thread owns the queue's file. It reads what has changed in the store by revision, so what is
told is durable, and a restart goes on where the last run ended (ADR 0030, 0031).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue

from celador.domain.alarm import Alarm
from celador.domain.errors import StoreError
from celador.domain.operation import Operation
from celador.ports import Clock, Record
from celador.surfaces.notify.desk import Changes, Desk, House
from celador.surfaces.notify.lanes import Job, Lane
from celador.surfaces.notify.queue import Queue, queue_path
from celador.surfaces.notify.sending import Destination, Outcome

_log = logging.getLogger("celador.notify")

_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_KEPT = 730 * _DAY  # how long it can be answered who was told of what
_LOOK_AROUND = 30.0  # s between looks at what time alone brings: expiry, threads that hang
_RETRY = 15.0  # s after the queue or the store could not be used
_STRANDED = 600 * _SECOND  # a critical alarm that one channel cannot deliver goes to others then
_PATIENCE = 5.0  # s for the messages under way when the program stops


@dataclass(frozen=True, slots=True)
class NotifierStatus:
    """How the notifier is.

    Attributes:
        waiting: notices that wait or are being sent.
        trouble: why nothing can be queued; None when all is well.
        failing: why each destination that fails cannot be told, by name.
    """

    waiting: int = 0
    trouble: str | None = None
    failing: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Ended:
    lane: Lane
    attempt: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class _Asked:
    """Somebody waits until nothing is under way."""

    idle: threading.Event


_WAKE, _STOP = object(), object()


class Notifier(threading.Thread):
    """Tells people what has become durable; nobody ever waits for it."""

    def __init__(
        self,
        store: Path,
        open_changes: Callable[[], Changes],
        destinations: Sequence[Destination],
        house: House,
        clock: Clock,
    ) -> None:
        """Prepare it; `start` starts it.

        Args:
            store: the edge store's file; the queue is made beside it.
            open_changes: opens the store for reading; called in the notifier's own thread.
            destinations: of all channels.
            house: what messages say about this installation.
            clock: time.
        """
        super().__init__(name="celador-notify", daemon=True)
        self._path = queue_path(store)
        self._open_changes = open_changes
        self._destinations = tuple(destinations)
        self._house = house
        self._clock = clock
        self._inbox: SimpleQueue[object] = SimpleQueue()
        self._ready = threading.Event()
        self._lanes = [Lane(each, house.zone, clock, self._report) for each in destinations]
        self._status = NotifierStatus()
        self._pruned_at = 0
        self._alone: set[str] = set()
        self._asked: list[_Asked] = []
        self._stirred = True
        self._due_at: int | None = None

    @property
    def status(self) -> NotifierStatus:
        """How it is; never waits."""
        return self._status

    def committed(self, records: Sequence[Record]) -> None:
        """Take note that records have become durable (a `ports.CommitListener`)."""
        if any(isinstance(record, Alarm | Operation) for record in records):
            self.nudge()

    def nudge(self) -> None:
        """Look at once at the clock and at what has changed."""
        self._stirred = True
        self._inbox.put(_WAKE)

    def has_work(self, now: int) -> bool:
        """Whether something changed since `wait_idle`, or is due at `now`; never waits.

        Args:
            now: UTC in microseconds since 1970.
        """
        due = self._due_at
        return self._stirred or (due is not None and due <= now)

    def wait_ready(self, timeout: float) -> bool:
        """Return when it knows what is old, or `timeout` seconds have passed: which, as a truth."""
        return self._ready.wait(timeout)

    def wait_idle(self, timeout: float) -> bool:
        """Return when all that was durable before is queued, and what is due was tried.

        What waits for its time, or for a server that failed, is not waited for, nor is a queue
        that cannot be used.

        Args:
            timeout: s after which it returns all the same.

        Returns:
            Whether it came to that within the time; never where its thread has ended.
        """
        if not self.is_alive():
            return False
        self._stirred = False
        asked = _Asked(threading.Event())
        self._inbox.put(asked)
        return asked.idle.wait(timeout)

    def stop(self) -> None:
        """Queue what was durable before, give messages under way some seconds, and end."""
        self._inbox.put(_STOP)
        self.join(_PATIENCE + 1)

    def run(self) -> None:
        """Work until `stop`; what goes wrong with queue or store is tried again."""
        while True:
            try:
                if self._work():
                    return
            except StoreError as error:
                self._failed(str(error))
            except Exception as error:  # noqa: BLE001 -- whatever happens, this thread lives
                _log.exception("the notifier stopped on a defect; it starts again")
                self._failed(f"a defect: {type(error).__name__}")
            self._ready.set()
            if self._stopped_within(_RETRY):
                return

    def _work(self) -> bool:
        """Open both files and serve; True once it was told to stop."""
        changes = self._open_changes()
        try:
            queue = Queue(self._path, self._clock.now())
            try:
                with queue.transaction():
                    desk = Desk(queue, changes, self._destinations, self._house, self._clock.now())
                self._ready.set()
                return self._serve(queue, desk)
            finally:
                queue.close()
        finally:
            changes.close()

    def _serve(self, queue: Queue, desk: Desk) -> bool:
        ended: list[_Ended] = []
        stop = False
        while not stop:
            self._step(queue, desk, ended)
            if not any(lane.busy for lane in self._lanes):
                self._answer()
            ended, stop = self._listen(self._pause())
        self._step(queue, desk, ended, last=True)
        self._wait_for_lanes(queue)
        return True

    def _answer(self) -> None:
        asked, self._asked = self._asked, []
        for each in asked:
            each.idle.set()

    def _step(
        self, queue: Queue, desk: Desk, ended: Sequence[_Ended], *, last: bool = False
    ) -> None:
        now = self._clock.now()
        jobs: list[tuple[Lane, Job]] = []
        with queue.transaction():
            for each in ended:
                each.lane.ended(queue, each.attempt, each.outcome, now)
            desk.take_in(now)
            queue.expire(now)
            self._stand_in(queue, now)
            for lane in self._lanes:
                lane.give_up_if_stuck(queue, now)
                job = None if last else lane.claim(queue, now)
                if job is not None:
                    jobs.append((lane, job))
            if abs(now - self._pruned_at) > _DAY:
                queue.prune(now - _KEPT)
                self._pruned_at = now
        for lane, job in jobs:
            lane.start(job)
        failing = {
            lane.destination.name: lane.trouble for lane in self._lanes if lane.trouble is not None
        }
        self._due_at = min((at for each in self._lanes if (at := each.wake_at)), default=None)
        self._status = NotifierStatus(queue.waiting(), None, failing)

    def _stand_in(self, queue: Queue, now: int) -> None:
        """Let others hear of a critical alarm that one destination could not be told of."""
        for notice, key, destination in queue.stranded(now - self._house.expires, now - _STRANDED):
            others = [each for each in self._destinations if each.name != destination]
            for other in others:
                queue.stand_in(
                    notice,
                    other.name,
                    other.channel.name,
                    now=now,
                    expires=now + self._house.expires,
                )
            if not others and key not in self._alone:
                self._alone.add(key)
                _log.error(
                    "a critical alarm has reached nobody: %s cannot be told, and there is no "
                    "other channel; see celador notify list",
                    destination,
                )

    def _pause(self) -> float:
        now = self._clock.now()
        pauses = [pause for lane in self._lanes if (pause := lane.pause(now)) is not None]
        return min([_LOOK_AROUND, *pauses])

    def _listen(self, timeout: float) -> tuple[list[_Ended], bool]:
        """Everything that was said, waiting for the first word."""
        ended: list[_Ended] = []
        stop = False
        try:
            word = self._inbox.get(timeout=timeout)
            while True:
                stop = stop or word is _STOP
                if isinstance(word, _Ended):
                    ended.append(word)
                if isinstance(word, _Asked):
                    self._asked.append(word)
                word = self._inbox.get_nowait()
        except Empty:
            return ended, stop

    def _wait_for_lanes(self, queue: Queue) -> None:
        """Note what becomes of messages under way; those that take too long are in doubt."""
        deadline = self._clock.monotonic() + _PATIENCE
        for lane in self._lanes:
            lane.stop()
        while any(lane.busy for lane in self._lanes):
            left = deadline - self._clock.monotonic()
            if left <= 0:
                return
            ended, _ = self._listen(left)
            now = self._clock.now()
            with queue.transaction():
                for each in ended:
                    each.lane.ended(queue, each.attempt, each.outcome, now)

    def _stopped_within(self, seconds: float) -> bool:
        """Wait before trying again; True where it was told to stop meanwhile."""
        deadline = self._clock.monotonic() + seconds
        while (left := deadline - self._clock.monotonic()) > 0:
            self._answer()  # nothing can be queued, so nothing is under way
            # What lanes report now is found in doubt when the queue is opened again.
            _, stop = self._listen(left)
            if stop:
                return True
        return False

    def _failed(self, reason: str) -> None:
        if reason != self._status.trouble:
            _log.error("nobody can be told of alarms now: %s", reason)
        self._status = NotifierStatus(self._status.waiting, reason, self._status.failing)
        for lane in self._lanes:
            lane.forget()

    def _report(self, lane: Lane, attempt: int, outcome: Outcome) -> None:
        self._inbox.put(_Ended(lane, attempt, outcome))
