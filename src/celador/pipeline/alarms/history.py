"""What happened before: faults of a week, pickups of an hour, the wear at the last reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from celador.domain.causes import Family
from celador.domain.event import Event
from celador.domain.operation import Operation, OperationKind
from celador.domain.sample import Value
from celador.pipeline.operations.facts import FactReader

_HOUR = 3_600_000_000
_DAY = 24 * _HOUR
_WEEK = 7 * _DAY
_MOST = 200  # faults and pickups remembered
_TOLD = 20  # operations that are known to have been told
_WEAR_STEP = 1.0  # %; what register 30074 resolves


@dataclass(frozen=True, slots=True)
class Fault:
    """One sequence of trips: when, and by which family of elements."""

    at: int
    family: str


@dataclass(frozen=True, slots=True)
class Recurrence:
    """How often one family of faults came.

    Attributes:
        count: faults within the window; 0 where they are not too many.
        weekly: the window that is too full is that of 7 days, not that of 24 h.
    """

    count: int = 0
    weekly: bool = False


@dataclass(frozen=True, slots=True)
class Jump:
    """How far the contact wear rose with one operation, %.

    Attributes:
        seen: by the register, which has whole percents.
        least: so much at least, since the register rises by 1 too where wear goes from 21.99 to 22.
    """

    seen: float
    least: float


@dataclass(slots=True)
class History:
    """The memory; kept on disk.

    Attributes:
        faults: of the last 7 days, by key of the operation.
        pickups: instants of pickups without a trip within the last hour.
        reclosed: keys of operations whose reclosing was told.
        unseen: keys of operations that were told as not observed.
        wear: contact wear at the last reading, %.
        cycles: close-open cycles at the last reading.
    """

    faults: dict[str, Fault] = field(default_factory=dict)
    pickups: tuple[int, ...] = ()
    reclosed: tuple[int, ...] = ()
    unseen: tuple[int, ...] = ()
    wear: float | None = None
    cycles: int | None = None

    def fault(self, operation: Operation, reader: FactReader) -> bool:
        """Remember an operation; whether it changed what is remembered."""
        if operation.kind is not OperationKind.SEQUENCE or not operation.trips:
            return False
        family = reader.family(operation.cause) if operation.cause else Family.UNDEFINED
        fault = Fault(operation.start.hi, family.value)
        if self.faults.get(str(operation.key)) == fault:
            return False
        self.faults[str(operation.key)] = fault
        while len(self.faults) > _MOST:
            del self.faults[next(iter(self.faults))]
        return True

    def first_reclosed(self, key: int) -> bool:
        """Note that a reclosing is told; False where it was before."""
        if key in self.reclosed:
            return False
        self.reclosed = (*self.reclosed, key)[-_TOLD:]
        return True

    def first_unseen(self, key: int) -> bool:
        """Note that an operation is told as not observed; False where it was before."""
        if key in self.unseen:
            return False
        self.unseen = (*self.unseen, key)[-_TOLD:]
        return True

    def pickup(self, event: Event) -> bool:
        """Remember a pickup without a trip; False for any other event."""
        if event.point != "arranque_desestimado":
            return False
        self.pickups = (*self.pickups, event.at)[-_MOST:]
        return True

    def recurring(self, now: int, daily: float, weekly: float | None) -> Mapping[str, Recurrence]:
        """By family how often it recurs: in 24 h, or in 7 days where only those are too many.

        Args:
            now: UTC in microseconds since 1970.
            daily: so many in 24 h are too many.
            weekly: so many in 7 days are; None for no such limit.

        Returns:
            Every family that is remembered.
        """
        for key in [key for key, each in self.faults.items() if each.at <= now - _WEEK]:
            del self.faults[key]
        found: dict[str, Recurrence] = {}
        for family in {each.family for each in self.faults.values()}:
            times = [each.at for each in self.faults.values() if each.family == family]
            day = sum(at > now - _DAY for at in times)
            if day >= daily:
                found[family] = Recurrence(day)
            elif weekly is not None and len(times) >= weekly:
                found[family] = Recurrence(len(times), weekly=True)
            else:
                found[family] = Recurrence()
        return found

    def recent_pickups(self, now: int) -> int:
        """Pickups without a trip in the last hour."""
        self.pickups = tuple(at for at in self.pickups if at > now - _HOUR)
        return len(self.pickups)

    def wear_per_cycle(self, values: Mapping[str, Value]) -> Jump | None:
        """How far the contact wear jumped with each operation since the last reading, %.

        None where nothing operated, or it is not known. Several operations between two readings
        share the jump: one of them took at least that much.
        """
        wear, cycles = values.get("desgaste_contacto"), values.get("co_total")
        before, count = self.wear, self.cycles
        if wear is None or cycles is None:
            return None
        self.wear, self.cycles = float(wear), int(cycles)
        if before is None or count is None or wear <= before or int(cycles) < count:
            return None
        rise, operations = float(wear) - before, max(1, int(cycles) - count)
        return Jump(rise / operations, max(0.0, rise - _WEAR_STEP) / operations)
