"""Changes of status points between two good reads, with the interval in which they happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from celador.domain.blocks import Reply
from celador.domain.errors import (
    BadAnswerError,
    ConnectError,
    DeviceRefusedError,
    LinkLostError,
    NoAnswerError,
    SourceError,
)
from celador.domain.event import Event, EventKind, Origin
from celador.domain.quantities import Role
from celador.domain.sample import Quality, SwitchState, Value, switch_state
from celador.profiles.codec import Decoder
from celador.profiles.schema import Point

StatusValue = Value | str


@dataclass(frozen=True, slots=True)
class Seen:
    """When something was last read well: wall clock in µs since 1970, monotonic in s."""

    wall: int
    monotonic: float


@dataclass(frozen=True, slots=True)
class Change:
    """One point that differs from its last good read."""

    point: Point
    old: StatusValue
    new: StatusValue
    since: Seen


class StatusTracker:
    """Remembers the status points of one device and tells what has changed.

    A point is judged only after two reads in a row agreed on it (sheet of operations, 1.5), so that
    neither the first read nor a controller that is still starting makes events. A point that the
    device refuses to give is not changed: it is unknown, and its interval of uncertainty grows.

    Attributes:
        values: every point as the last good read gave it; another object whenever a cell changed.
    """

    def __init__(
        self, points: Sequence[Point], past: tuple[Mapping[str, StatusValue], int] | None = None
    ) -> None:
        """Begin.

        Args:
            points: the status points.
            past: how they were when the last run ended, and when they were read then (UTC, µs
                since 1970); what differs once two reads agree has changed since.
        """
        self.values: Mapping[str, StatusValue] = {}
        self._past, self._past_at = past or ({}, 0)
        self._points = {point.key: point for point in points}
        self._roles = {point.role: point.key for point in points if point.role is not None}
        self._cells: tuple[Sequence[int | None], ...] | None = None
        self._seen: Seen | None = None
        self._candidates: dict[str, StatusValue] = {}
        self._known: dict[str, StatusValue] = {}
        self._unread: dict[str, Seen] = {}
        self._state: SwitchState | None = None
        self._mark = Quality.STATUS_MISSING

    @property
    def state(self) -> tuple[SwitchState | None, Quality]:
        """Position of the switch at the last read, and why it is unknown where it is."""
        return self._state, self._mark

    def forget_position(self) -> None:
        """The last read failed: the position is not known until the next good one."""
        self._state, self._mark = None, Quality.STATUS_MISSING
        self._cells = None

    def update(self, replies: Sequence[tuple[Reply, Decoder]], seen: Seen) -> tuple[Change, ...]:
        """Take a good read of all status blocks; returns what has changed since the last one."""
        cells = tuple(reply.cells for reply, _ in replies)
        # Nearly every read equals the one before, and then comparing raw cells is all there is.
        if cells == self._cells and not self._candidates and not self._unread:
            self._seen = seen
            return ()
        values: dict[str, StatusValue] = {}
        for reply, decoder in replies:
            values.update(decoder.decode(reply.cells).values)
        changes = self._compare(values, seen)
        self._cells, self._seen, self.values = cells, seen, values
        self._state, self._mark = switch_state(self._bits(values))
        return changes

    def _compare(self, values: Mapping[str, StatusValue], seen: Seen) -> tuple[Change, ...]:
        changes: list[Change] = []
        for key, value in values.items():
            if value is None:
                if key in self._known and self._seen is not None:
                    self._unread.setdefault(key, self._seen)
            elif key not in self._known:
                changes.extend(self._learn(key, value, seen))
            else:
                since = self._unread.pop(key, self._seen)
                if value != self._known[key] and since is not None:
                    changes.append(Change(self._points[key], self._known[key], value, since))
                    self._known[key] = value
        return tuple(changes)

    def _learn(self, key: str, value: StatusValue, seen: Seen) -> Iterator[Change]:
        if self._candidates.get(key) != value:
            self._candidates[key] = value
            return
        self._known[key] = value
        del self._candidates[key]
        old = self._past.get(key, value)
        if old is not None and old != value:
            # The monotonic clock of the last run says nothing in this one.
            yield Change(self._points[key], old, value, Seen(self._past_at, seen.monotonic))

    def _bits(self, values: Mapping[str, StatusValue]) -> dict[Role, bool | None]:
        return {
            role: None if (value := values.get(key)) is None else bool(value)
            for role, key in self._roles.items()
        }


def interval_start(since: Seen, now: Seen) -> int:
    """Wall-clock beginning of the interval from `since` to `now`, in the time of `now`.

    The longer of the two clocks' intervals counts: the wall clock may have been set back, and the
    monotonic one stands still while a computer sleeps.
    """
    elapsed = max(now.wall - since.wall, round((now.monotonic - since.monotonic) * 1_000_000))
    return now.wall - elapsed


def point_event(device_id: int, change: Change, now: Seen) -> Event:
    """The row of `eventos` for one change of a point."""
    old, new = _word(change.old), _word(change.new)
    point = change.point
    return Event(
        device_id=device_id,
        at=now.wall,
        since=interval_start(change.since, now),
        kind=EventKind.POINT,
        point=point.key,
        old=old,
        new=new,
        text_es=f"{point.description_es}: {old} → {new}",
        text_en=f"{point.description_en}: {old} → {new}",
        origin=Origin.DEVICE,
    )


def _word(value: StatusValue) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


_REASONS_ES: tuple[tuple[type[SourceError], str], ...] = (
    (ConnectError, "no se puede abrir la conexión"),
    (LinkLostError, "el equipo cortó la conexión"),
    (NoAnswerError, "el equipo no responde"),
    (BadAnswerError, "respuesta inválida"),
)


def link_event(
    device_id: int,
    *,
    up: bool,
    at: int,
    since: int | None,
    first: bool,
    error: SourceError | None = None,
) -> Event:
    """The row of `eventos` for a link that went down or came back.

    Args:
        device_id: `equipos.id`.
        up: whether it is up now.
        at: when it was seen, UTC in microseconds since 1970.
        since: when the device last answered, None when it has not yet.
        first: True for the first attempt; nobody knows what was before it.
        error: why it is down.
    """
    new, was = ("arriba", "abajo") if up else ("abajo", "arriba")
    if up:
        es, en = ("Enlace establecido", "Link established") if first else _RESTORED
    else:
        es, en = f"Sin enlace: {reason_es(error)}", f"Link down: {error}"
    old = None if first else was
    return Event(device_id, at, since, EventKind.LINK, "enlace", old, new, es, en, Origin.SYSTEM)


_RESTORED = ("Enlace restablecido", "Link restored")


def reason_es(error: SourceError | None) -> str:
    """Why a device cannot be read, in a few Spanish words."""
    if isinstance(error, DeviceRefusedError):
        return f"el equipo responde con la excepción Modbus {error.code}"
    return next((text for kind, text in _REASONS_ES if isinstance(error, kind)), "falla del enlace")


_GROUPS_ES = {"status": "estados", "analog": "mediciones", "counters": "contadores"}


def refusal_event(
    device_id: int, groups: Sequence[str], error: DeviceRefusedError | None, *, at: int
) -> Event:
    """The row of `eventos` where a device stops or starts giving a block of its points.

    Args:
        device_id: `equipos.id`.
        groups: what the block holds.
        error: the refusal; None when the block is given again.
        at: when it was seen, UTC in microseconds since 1970.
    """
    what = ", ".join(_GROUPS_ES[group] for group in groups)
    if error is None:
        es, en = f"El equipo vuelve a dar {what}", f"The device gives {', '.join(groups)} again"
    else:
        es = f"Hueco en {what}: {reason_es(error)}"
        en = f"Gap in {', '.join(groups)}: {error}"
    old, new = ("con datos", "sin datos") if error else ("sin datos", "con datos")
    return Event(
        device_id, at, None, EventKind.GAP, "+".join(groups), old, new, es, en, Origin.SYSTEM
    )
