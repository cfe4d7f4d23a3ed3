"""Operations: what a recloser did, put together from bits and counters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from celador.domain.causes import Direction


@dataclass(frozen=True, slots=True)
class Span:
    """An instant known no better than this: it lies in (lo, hi].

    Attributes:
        lo: UTC in microseconds since 1970; None where nothing earlier is known.
        hi: the same; never None.
    """

    lo: int | None
    hi: int


def least(start: Span, end: Span) -> float:
    """The shortest time from `start` to `end`, s; an unknown beginning makes it no shorter."""
    return max(0, (end.hi if end.lo is None else end.lo) - start.hi) / 1_000_000


def most(start: Span, end: Span) -> float | None:
    """The longest time from `start` to `end`, s; None where the beginning is not known."""
    return None if start.lo is None else max(0, end.hi - start.lo) / 1_000_000


class OperationKind(Enum):
    """The column `tipo`."""

    SEQUENCE = "secuencia"  # protection tripped, with or without reclosing
    ORDER = "orden"
    AUTOMATION = "automatismo"
    UNKNOWN = "desconocida"


class Result(Enum):
    """The column `resultado`."""

    RECLOSED = "recierre exitoso"
    LOCKOUT = "bloqueo"
    NO_RECLOSE = "sin recierre"
    INTERRUPTED = "interrumpida"  # a dead time that ended without a reclosing
    OPENED = "abierta por orden"
    CLOSED = "cerrada por orden"
    RUNNING = "en curso"


class RecordQuality(Enum):
    """The column `calidad` of operations and interruptions."""

    OBSERVED = "observada"  # every move was seen
    RECONSTRUCTED = "reconstruida"  # counters tell of moves that nobody saw
    ESTIMATED = "estimada"  # something rests on an assumption


@dataclass(frozen=True, slots=True)
class Extremes:
    """What the controller kept of its last trip; None for what is not this operation's own.

    Attributes:
        ia: largest phase A current before the trip, A.
        ib: the same of phase B.
        ic: the same of phase C.
        residual: largest residual current, A.
        uv: lowest voltage before an undervoltage trip, V.
        uf: lowest frequency before an underfrequency trip, Hz.
    """

    ia: float | None = None
    ib: float | None = None
    ic: float | None = None
    residual: float | None = None
    uv: float | None = None
    uf: float | None = None


DeadTime = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of `operaciones`; a later one of the same device and key takes its place.

    Attributes:
        device_id: `equipos.id`.
        key: tells the operations of one device apart, and rises from each to the next.
        start: when it began.
        end: when it ended; None while it is under way.
        kind: what sort of operation.
        cause: the most specific of `elements`; None when nothing tells.
        elements: every element or order that the device gave as a cause, most specific first.
        phases: "A", "B", "C", "AB", "BC", "CA" or "ABC"; None when not determined.
        direction: which way the element that tripped looks.
        trips: openings by protection.
        recloses: closings by the automatic reclosing.
        dead_times: of each reclosing, its shortest and longest possible dead time, s; None for one
            that nobody saw.
        result: how it ended.
        extremes: what the controller kept of its trips.
        own_extremes: True when the controller gave `extremes` for this operation; False when its
            registers still hold the trip before; None when they have not been read since.
        group: setting group that was active, 1 to 4.
        counters_before: operation counters before it, by quantity.
        counters_after: the same after it; None when not read since.
        load_kw: mean active power of the 60 s before it, kW, negative for reverse flow.
        load_a: mean of the three currents in the same time, A.
        cycles: close-open cycles of it that the device's own counter (30072) has.
        quality: how much of it was seen.
    """

    device_id: int
    key: int
    start: Span
    kind: OperationKind
    result: Result | None
    quality: RecordQuality
    end: Span | None = None
    cause: str | None = None
    elements: tuple[str, ...] = ()
    phases: str | None = None
    direction: Direction | None = None
    trips: int = 0
    recloses: int = 0
    dead_times: tuple[DeadTime | None, ...] = ()
    extremes: Extremes = field(default_factory=Extremes)
    own_extremes: bool | None = None
    group: int | None = None
    counters_before: Mapping[str, int] | None = None
    counters_after: Mapping[str, int] | None = None
    load_kw: float | None = None
    load_a: float | None = None
    cycles: int = 0

    @property
    def at(self) -> int:
        """When the beginning was seen, UTC in microseconds since 1970."""
        return self.start.hi
