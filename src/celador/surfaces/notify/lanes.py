"""One lane per destination: its thread, its pace, its back-off; a slow one holds up no other."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from queue import SimpleQueue

from celador.domain.alarm import Priority
from celador.domain.notices.allowance import HOUR, Allowance
from celador.domain.notices.envelope import compose
from celador.domain.notices.notice import NoticeKind
from celador.domain.notices.text import Speech
from celador.ports import Clock
from celador.surfaces.notify.queue import Queue, Waiting
from celador.surfaces.notify.sending import Destination, Message, Outcome, Sender, Verdict

_log = logging.getLogger("celador.notify")

_SECOND = 1_000_000
_FIRST_RETRY = 5 * _SECOND
_LAST_RETRY = 300 * _SECOND

Report = Callable[["Lane", int, Outcome], None]
"""Told, in a lane's thread, what became of an attempt."""


@dataclass(frozen=True, slots=True)
class Job:
    """One attempt.

    Attributes:
        attempt: `intentos.id`.
        message: what is sent.
        expired: ids of given-up notices that it tells of.
        begun: on the clock that never steps back, s.
    """

    attempt: int
    message: Message
    expired: tuple[int, ...]
    begun: float


class Lane:
    """The way to one destination. Everything but the sending happens in the notifier's thread.

    Attributes:
        destination: where to.
        trouble: why the last attempt failed; None where it did not.
    """

    def __init__(
        self, destination: Destination, zone: tzinfo, clock: Clock, report: Report
    ) -> None:
        self.destination = destination
        self.trouble: str | None = None
        self._speech = Speech(destination.channel.language, zone)
        self._clock = clock
        self._report = report
        self._failures = 0
        self._failed_at = 0
        self._job: Job | None = None
        self._jobs: SimpleQueue[Job | None] | None = None
        self._wake_at: int | None = None

    @property
    def busy(self) -> bool:
        """Whether an attempt is under way."""
        return self._job is not None

    @property
    def wake_at(self) -> int | None:
        """When something may go out next, UTC in microseconds since 1970; None for not known."""
        return self._wake_at

    def claim(self, queue: Queue, now: int) -> Job | None:
        """Choose what goes out next and note it in the queue; None where nothing can go now.

        The caller holds the queue's transaction, and calls `start` once it is durable.
        """
        self._wake_at = None
        if self._job is not None:
            return None
        name = self.destination.name
        waiting, expired = queue.due(name, now), queue.expired_untold(name)
        self._wake_at = queue.next_due(name, now)
        if not waiting and not expired:
            return None
        if self._must_wait(waiting, now):
            return None
        batch = self._batch(queue, waiting, now)
        if batch is None:
            return None
        lines = [line for _, line in expired]
        text = compose([each.letter for each in batch], lines, self._speech, now)
        first = batch[0].letter if batch else None
        message = Message(
            text,
            first.priority if first else Priority.MEDIUM,
            first.kind if first else NoticeKind.RAISED,
            tuple(each.key for each in batch),
        )
        attempt = queue.begin_attempt(name, [each.id for each in batch], text.subject, now)
        return Job(attempt, message, tuple(row for row, _ in expired), self._clock.monotonic())

    def start(self, job: Job) -> None:
        """Hand an attempt to the lane's thread."""
        self._job = job
        if self._jobs is None:
            self._jobs = SimpleQueue()
            arguments = (self._jobs, self.destination.sender)
            name = f"celador-notify-{self.destination.name}"
            threading.Thread(target=self._run, args=arguments, name=name, daemon=True).start()
        self._jobs.put(job)

    def ended(self, queue: Queue, attempt: int, outcome: Outcome, now: int) -> None:
        """Note what became of an attempt; the caller holds the queue's transaction."""
        job = self._job
        queue.end_attempt(attempt, outcome, now)
        if job is None or job.attempt != attempt:
            return  # given up long ago; the queue knows now what became of it
        self._job = None
        if outcome.verdict is Verdict.DELIVERED:
            queue.told_expired(job.expired)
        self._judge(outcome, now)

    def give_up_if_stuck(self, queue: Queue, now: int) -> None:
        """Leave a thread that hangs to itself; what it was sending may have arrived."""
        job = self._job
        patience = self.destination.sender.patience
        if job is None or self._clock.monotonic() - job.begun < patience:
            return
        self._jobs = None  # its thread ends when it comes back
        reason = f"no end after {patience:.0f} s"
        self.ended(queue, job.attempt, Outcome(Verdict.DOUBTFUL, reason), now)

    def forget(self) -> None:
        """The queue is opened anew: what is under way will be found in doubt there."""
        self._job = None
        self._jobs = None

    def pause(self, now: int) -> float | None:
        """Seconds until there is something to look after; None for nothing known.

        Args:
            now: UTC in microseconds since 1970.
        """
        if self._job is not None:
            patience = self.destination.sender.patience
            return max(0.0, self._job.begun + patience - self._clock.monotonic())
        return None if self._wake_at is None else max(0.0, (self._wake_at - now) / _SECOND)

    def stop(self) -> None:
        """Let the thread end after the attempt under way."""
        if self._jobs is not None:
            self._jobs.put(None)

    def _must_wait(self, waiting: Sequence[Waiting], now: int) -> bool:
        """Whether the back-off is still on; a critical notice newer than the failure is tried."""
        if not self._failures:
            return False
        pause = min(_LAST_RETRY, _FIRST_RETRY << min(self._failures - 1, 16))
        self._failed_at = min(self._failed_at, now)  # the wall clock may have been set back
        retry_at = self._failed_at + pause
        fresh = waiting and waiting[0].letter.priority is Priority.CRITICAL
        if now >= retry_at or (fresh and waiting[0].letter.made > self._failed_at):
            return False
        self._wake(retry_at)
        return True

    def _batch(self, queue: Queue, waiting: Sequence[Waiting], now: int) -> list[Waiting] | None:
        """What goes into one message: the most urgent alone, or all where there are too many."""
        channel = self.destination.channel
        sent = queue.sent_since(self.destination.name, now - HOUR)
        allowance = Allowance.after(sent, channel.per_hour, now)
        top = waiting[0].letter.priority if waiting else Priority.MEDIUM
        room = allowance.for_priority(top)
        if not room:
            self._wake(now + allowance.wait(top))
            return None
        single = [each for each in waiting if not each.letter.together]
        if len(single) > room:
            return list(waiting)
        return single[:1] or list(waiting)

    def _wake(self, at: int) -> None:
        self._wake_at = at if self._wake_at is None else min(at, self._wake_at)

    def _judge(self, outcome: Outcome, now: int) -> None:
        name, reason = self.destination.name, outcome.reason
        if outcome.verdict in (Verdict.DELIVERED, Verdict.REJECTED):
            if self._failures:
                _log.info("%s can be told again", name)
            self._failures, self.trouble = 0, reason
            if outcome.verdict is Verdict.REJECTED:
                _log.error("%s: a notice is put aside, it can never be sent: %s", name, reason)
            return
        self._failures += 1
        self._failed_at = now
        if reason != self.trouble:
            _log.warning("%s cannot be told now, it is tried again: %s", name, reason)
        self.trouble = reason

    def _run(self, jobs: SimpleQueue[Job | None], sender: Sender) -> None:
        while (job := jobs.get()) is not None:
            try:
                outcome = sender.send(job.message)
            except Exception as error:  # noqa: BLE001 -- a library's defect must not end the lane
                # Its text may hold secrets; its name cannot.
                outcome = Outcome(Verdict.DOUBTFUL, f"a defect: {type(error).__name__}")
            self._report(self, job.attempt, outcome)
            if self._jobs is not jobs:
                return
