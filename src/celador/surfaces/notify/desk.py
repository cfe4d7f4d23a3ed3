"""Makes notices out of what has become durable in the store, each once for each destination."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Protocol, TypeVar

from celador.domain.alarm import Alarm, Priority
from celador.domain.alarms.catalogue import AlarmKind
from celador.domain.device import Device
from celador.domain.notices.notice import (
    QUIET,
    Notice,
    NoticeKind,
    life_of,
    notice_of_operation,
    notices_of_alarm,
)
from celador.domain.notices.routing import Assignment, assign
from celador.domain.notices.text import Account, DeviceState, Speech, Text, render
from celador.domain.operation import Operation
from celador.domain.operation_text import told
from celador.surfaces.notify.queue import Queue
from celador.surfaces.notify.sending import Destination

_log = logging.getLogger("celador.notify")
T = TypeVar("T")

ALARMS, OPERATIONS = "alarmas", "operaciones"
_CHUNK = 200
_SECOND = 1_000_000
_PATIENCE = 10 * _SECOND  # µs for the controller's fault currents, which are read after the trip


class Changes(Protocol):
    """What the desk needs to know of the store; used from one thread."""

    def devices(self) -> Sequence[Device]:
        """Every device ever seen, by id."""

    def last_alarm_revision(self) -> int:
        """Revision of the alarm that changed last; 0 where there is none."""

    def last_operation_revision(self) -> int:
        """Revision of the operation that changed last; 0 where there is none."""

    def alarms_since(self, revision: int, limit: int) -> Sequence[tuple[int, Alarm]]:
        """Alarms that changed after a revision, as they stand now, in the order of theirs."""

    def operations_since(self, revision: int, limit: int) -> Sequence[tuple[int, Operation]]:
        """Operations that changed after a revision; otherwise as `alarms_since`."""

    def operation(self, device_id: int, key: int) -> Operation | None:
        """One operation as it stands now; None where there is none."""

    def state(self, device_id: int) -> DeviceState | None:
        """What the last sample of a recloser says; None where there is none."""

    def uncertainty(self, device_id: int, at: int) -> float | None:
        """How long before `at` what was seen then may have happened, s; None where not known."""

    def close(self) -> None:
        """Let the file go."""


@dataclass(frozen=True, slots=True)
class House:
    """What messages say about this installation.

    Attributes:
        collector: its name, for alarms without recloser.
        zone: whose clock messages follow.
        web_url: where its screens are; None where nobody said.
        expires: how long a notice may wait, µs.
        catalogue: the words of every alarm, by code; no configuration changes those.
    """

    collector: str
    zone: tzinfo
    web_url: str | None
    expires: int
    catalogue: Mapping[str, AlarmKind]


class Desk:
    """Reads changes and lets notices wait; its caller holds the queue's transaction."""

    def __init__(
        self,
        queue: Queue,
        changes: Changes,
        destinations: Sequence[Destination],
        house: House,
        now: int,
    ) -> None:
        """Prepare it; the first time ever, what the store holds already is no news.

        Args:
            queue: where notices wait.
            changes: the store.
            destinations: of all channels.
            house: what messages say about this installation.
            now: UTC in microseconds since 1970.
        """
        self._queue, self._changes, self._house = queue, changes, house
        self._by_channel: dict[str, list[Destination]] = {}
        for each in destinations:
            self._by_channel.setdefault(each.channel.name, []).append(each)
        self._channels = [found[0].channel for found in self._by_channel.values()]
        self._since = queue.destinations([each.name for each in destinations], now)
        self._devices: Mapping[int, Device] = {each.id: each for each in changes.devices()}
        self._begin(ALARMS, changes.last_alarm_revision())
        self._begin(OPERATIONS, changes.last_operation_revision())

    def _begin(self, table: str, last: int) -> None:
        cursor = self._queue.cursor(table)
        if cursor is None or cursor > last:
            if cursor is not None:
                _log.warning(
                    "the store is older than the queue of notices, or another one; what it holds "
                    "already is not told"
                )
            self._queue.set_cursor(table, last)

    def take_in(self, now: int) -> None:
        """Make notices of everything that has changed since the last time.

        Args:
            now: UTC in microseconds since 1970.

        Raises:
            StoreError: the store cannot be read, or the queue not written.
        """
        for alarm in self._changed(ALARMS, self._changes.alarms_since):
            self._take_alarm(alarm, now)
        for operation in self._changed(OPERATIONS, self._changes.operations_since):
            self._take_operation(operation, now)

    def _changed(
        self, table: str, since: Callable[[int, int], Sequence[tuple[int, T]]]
    ) -> Iterator[T]:
        while True:
            cursor = self._queue.cursor(table) or 0
            found = since(cursor, _CHUNK)
            for _, record in found:
                yield record
            if found:
                self._queue.set_cursor(table, found[-1][0])
            if len(found) < _CHUNK:
                return

    def _take_alarm(self, alarm: Alarm, now: int) -> None:
        if alarm.state in QUIET:
            self._queue.withdraw(life_of(alarm))
        operation = None
        if alarm.device_id is not None and alarm.operation is not None:
            operation = self._changes.operation(alarm.device_id, alarm.operation)
        kind = self._house.catalogue.get(alarm.code)
        moment = kind is not None and kind.moment
        for notice in notices_of_alarm(alarm, now, moment=moment):
            happened = self._queue.happened(notice.key)
            known = notice if happened is None else replace(notice, at=happened)
            self._put(known, alarm, operation, now)

    def _take_operation(self, operation: Operation, now: int) -> None:
        notice = notice_of_operation(operation)
        if notice is not None:
            self._put(notice, None, operation, now)

    def _put(
        self, notice: Notice, alarm: Alarm | None, operation: Operation | None, now: int
    ) -> None:
        assignments = assign(self._channels, notice, now)
        if not self._channels and notice.priority is Priority.CRITICAL:
            _log.error("nobody is told of a critical alarm: [notify] has no channel")
        account: Account | None = None
        complete = operation is not None and _is_whole(operation)
        for assignment in assignments:
            for destination in self._by_channel[assignment.channel]:
                if not self._is_news(notice, operation, destination):
                    continue
                account = account or self._account(notice, alarm, operation)
                self._queue.put(
                    notice,
                    self._words(account, destination),
                    self._patient(assignment, notice, operation, now),
                    destination.name,
                    complete=complete,
                    now=now,
                    expires=max(now, assignment.due) + self._house.expires,
                )

    def _is_news(self, notice: Notice, operation: Operation | None, to: Destination) -> bool:
        destination = to.name
        if notice.after is not None:
            return self._is_news_that_over(notice, notice.after, destination)
        if self._queue.known(notice.key, destination):
            return True  # where it still waits, its words are renewed
        if notice.at < self._since[destination]:
            return False
        if notice.kind is NoticeKind.OPERATION and operation is not None:
            key = (notice.device_id, notice.operation, told(operation, to.channel.language))
            return not self._queue.told_completely(destination, *key)
        return True

    def _is_news_that_over(self, notice: Notice, after: str, destination: str) -> bool:
        """Only who was told that it is on has to be told more: what waits says it by itself."""
        if self._queue.covered(notice.key, destination):
            return False
        if self._queue.handed_out(after, destination):
            return True
        if self._queue.known(after, destination):
            self._queue.cover(notice, after, destination)
        return False

    def _patient(
        self, assignment: Assignment, notice: Notice, operation: Operation | None, now: int
    ) -> Assignment:
        """An operation waits a little for the currents that belong to it; an alarm never does."""
        due = assignment.due
        early = operation is not None and _lacks_currents(operation)
        if notice.kind is NoticeKind.OPERATION and early:
            due = max(due, now + _PATIENCE)
        # What goes at once goes whatever the wall clock does meanwhile.
        return replace(assignment, due=due if due > now else 0)

    def _account(self, notice: Notice, alarm: Alarm | None, operation: Operation | None) -> Account:
        device = None if notice.device_id is None else self._devices.get(notice.device_id)
        return Account(
            notice=notice,
            name=self._house.collector if device is None else device.name,
            place="" if device is None else device.place,
            alarm=alarm,
            operation=operation,
            state=None if device is None else self._changes.state(device.id),
            uncertainty=self._uncertainty(notice, operation),
            catalogue=self._house.catalogue.get(notice.code),
            acknowledge=None if alarm is None else self._acknowledge(alarm),
            since=None if notice.after is None else self._queue.happened(notice.after),
        )

    def _uncertainty(self, notice: Notice, operation: Operation | None) -> float | None:
        if notice.kind is NoticeKind.OPERATION and operation is not None:
            end = operation.end
            return None if end is None or end.lo is None else (end.hi - end.lo) / _SECOND
        if notice.device_id is None:
            return None
        return self._changes.uncertainty(notice.device_id, notice.at)

    def _acknowledge(self, alarm: Alarm) -> tuple[str, str]:
        command = f"celador alarms ack {alarm.key}"
        if self._house.web_url is None:
            return command, command
        url = f"{self._house.web_url}/alarmas"
        return f"{url}, o {command}", f"{url}, or {command}"

    def _words(self, account: Account, destination: Destination) -> Text:
        return render(account, Speech(destination.channel.language, self._house.zone))


def _is_whole(operation: Operation) -> bool:
    """Whether whoever is told of it now need not be told again when it has ended."""
    return operation.end is not None and not _lacks_currents(operation)


def _lacks_currents(operation: Operation) -> bool:
    """Whether fault currents may still come; an order has none."""
    return bool(operation.trips) and operation.own_extremes is None
