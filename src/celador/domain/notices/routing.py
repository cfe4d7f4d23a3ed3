"""Who is told what, and when: pure rules over the channels of a configuration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase

from celador.domain.alarm import Priority
from celador.domain.notices.hours import DigestTimes, Hours
from celador.domain.notices.notice import Notice, NoticeKind
from celador.domain.writing import Language


class Outside(Enum):
    """What becomes of a notice that falls outside a channel's hours."""

    HOLD = "hold"  # it waits until they begin
    SKIP = "skip"  # this channel is not told; another one is on duty


class Operations(Enum):
    """Which operations a channel hears of when they have ended."""

    NONE = "none"
    LOCKOUTS = "lockouts"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Channel:
    """Whom to tell, of what, when.

    Attributes:
        name: as the configuration calls it.
        hours: when it may be told.
        digests: when what can wait is told together.
        language: "es" or "en".
        least: the least urgent priority that it hears of.
        devices: which reclosers, by id; empty means all, and the alarms without device too.
        codes: patterns of alarm codes such as "TENSION_*"; empty means all.
        critical_always: what is critical goes out whatever the hours.
        outside: what becomes of the rest outside the hours.
        digest: priorities that wait for the digest; the log-only ones always do.
        returns: whether it hears that an alarm has gone.
        operations: which operations it hears of.
        per_hour: most messages in an hour; beyond it they are put together.
    """

    name: str
    hours: Hours
    digests: DigestTimes
    language: Language = "es"
    least: Priority = Priority.MEDIUM
    devices: frozenset[int] = frozenset()
    codes: tuple[str, ...] = ()
    critical_always: bool = True
    outside: Outside = Outside.HOLD
    digest: frozenset[Priority] = frozenset()
    returns: bool = True
    operations: Operations = Operations.LOCKOUTS
    per_hour: int = 30

    def wants(self, notice: Notice) -> bool:
        """Whether it is to hear of this at all, whatever the hour."""
        if notice.priority > self.least:
            return False
        if self.devices and notice.device_id not in self.devices:
            return False
        if notice.kind is NoticeKind.OPERATION:
            return self.operations is Operations.ALL or (
                self.operations is Operations.LOCKOUTS and notice.lockout
            )
        if notice.kind is NoticeKind.RETURNED and not self.returns:
            return False
        return not self.codes or any(fnmatchcase(notice.code, each) for each in self.codes)


@dataclass(frozen=True, slots=True)
class Assignment:
    """One channel's part of a notice.

    Attributes:
        channel: its name.
        due: not before this, UTC in microseconds since 1970.
        together: it is told together with what else is due then.
        stopgap: by the rules nobody was to hear of something critical, so this channel does.
    """

    channel: str
    due: int
    together: bool = False
    stopgap: bool = False


def assign(channels: Sequence[Channel], notice: Notice, now: int) -> tuple[Assignment, ...]:
    """Which channels are told of a notice, and when.

    A critical alarm always reaches somebody, as long as there is a channel: where by the rules none
    would be told, all are, with a word that says so.

    Args:
        channels: of the configuration.
        notice: what there is to tell.
        now: UTC in microseconds since 1970.
    """
    found = tuple(_assignments(channels, notice, now))
    if not found and notice.kind is NoticeKind.RAISED and notice.priority is Priority.CRITICAL:
        return tuple(Assignment(each.name, now, stopgap=True) for each in channels)
    return found


def uncovered(channels: Sequence[Channel], notice: Notice, start: int) -> int | None:
    """First quarter of an hour of the week from `start` in which nobody would be told.

    Args:
        channels: of the configuration.
        notice: a critical alarm to try.
        start: UTC in microseconds since 1970.

    Returns:
        The instant, same unit; None where somebody is told at any time.
    """
    for quarter in range(7 * 24 * 4):
        at = start + quarter * 900_000_000
        if not any(_assignments(channels, notice, at)):
            return at
    return None


def _assignments(channels: Sequence[Channel], notice: Notice, now: int) -> Iterator[Assignment]:
    for channel in channels:
        if not channel.wants(notice):
            continue
        if notice.priority is Priority.CRITICAL and channel.critical_always:
            yield Assignment(channel.name, now)
            continue
        within = channel.hours.holds(now)
        if not within and channel.outside is Outside.SKIP:
            continue
        if notice.priority in channel.digest or notice.priority is Priority.LOG:
            due = channel.hours.next_begin(channel.digests.next(now))
            yield Assignment(channel.name, due, together=True)
        elif within:
            yield Assignment(channel.name, now)
        else:
            yield Assignment(channel.name, channel.hours.next_begin(now), together=True)
