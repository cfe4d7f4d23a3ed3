"""The request plan: the fewest block reads that bring the wanted points. Pure, computed once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from celador.domain.blocks import Block, Table
from celador.domain.errors import ProfileError
from celador.profiles.model import CellRange, Point, Profile

MAX_REGISTERS = Table.INPUT_REGISTER.request_limit
MAX_BITS = Table.DISCRETE_INPUT.request_limit
# Reading through a gap costs 64 bytes at most with these; a second request costs a round trip.
MAX_GAP_REGISTERS = 32
MAX_GAP_BITS = 512

# Position and protection bits first: values read after them can be judged by them, not before.
_TABLE_ORDER = (
    Table.DISCRETE_INPUT,
    Table.COIL,
    Table.INPUT_REGISTER,
    Table.HOLDING_REGISTER,
)


@dataclass(frozen=True, slots=True)
class PlannedBlock:
    """One read, and the points that its answer holds, by address."""

    block: Block
    points: tuple[Point, ...]


@dataclass(slots=True)
class _Run:
    """A block in the making."""

    start: int
    end: int
    points: list[Point] = field(default_factory=list)


def plan(
    points: Iterable[Point],
    *,
    max_registers: int = MAX_REGISTERS,
    max_bits: int = MAX_BITS,
    max_gap_registers: int = MAX_GAP_REGISTERS,
    max_gap_bits: int = MAX_GAP_BITS,
    forbidden: Sequence[CellRange] = (),
) -> tuple[PlannedBlock, ...]:
    """Cover the points with the fewest reads; discrete inputs come first, then by address.

    A point is never split over two reads: its words would be of two instants. Taking the points by
    address and each as far as it goes is minimal: a point that fits into a read although an earlier
    one did not lies wholly inside that earlier one.

    Args:
        points: what is wanted, in any order.
        max_registers: most registers in one read, 1 to 125.
        max_bits: most bits in one read, 1 to 2000.
        max_gap_registers: most unwanted registers in a row that a read may carry, from 0.
        max_gap_bits: the same for bits.
        forbidden: cells that no read may touch.

    Raises:
        ProfileError: a limit that cannot be, or a point that no read within the limits can bring.
    """
    _check("max_registers", max_registers, 1, MAX_REGISTERS)
    _check("max_bits", max_bits, 1, MAX_BITS)
    _check("max_gap_registers", max_gap_registers, 0, MAX_REGISTERS)
    _check("max_gap_bits", max_gap_bits, 0, MAX_BITS)
    wanted = tuple(points)
    planned: list[PlannedBlock] = []
    for table in _TABLE_ORDER:
        limit, gap = (
            (max_bits, max_gap_bits) if table.is_bits else (max_registers, max_gap_registers)
        )
        barred = [cells for cells in forbidden if cells.table is table]
        runs = _runs([point for point in wanted if point.table is table], limit, gap, barred)
        planned += (
            PlannedBlock(Block(table, run.start, run.end - run.start), tuple(run.points))
            for run in runs
        )
    return tuple(planned)


def plan_points(
    profile: Profile,
    points: Iterable[Point],
    *,
    max_registers: int | None = None,
    max_gap_registers: int | None = None,
) -> tuple[PlannedBlock, ...]:
    """Cover points of a profile within the limits it states, or the closer ones given here."""
    return plan(
        points,
        max_registers=max_registers or profile.max_registers,
        max_bits=profile.max_bits,
        max_gap_registers=(
            profile.max_gap_registers if max_gap_registers is None else max_gap_registers
        ),
        max_gap_bits=profile.max_gap_bits,
        forbidden=profile.forbidden,
    )


def _check(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ProfileError(f"{name} is {value}; it must lie in {low} to {high}")


def _runs(points: list[Point], limit: int, gap: int, barred: list[CellRange]) -> list[_Run]:
    runs: list[_Run] = []
    for point in sorted(points, key=lambda p: (p.address, -p.end, p.first_bit)):
        if point.count > limit:
            raise ProfileError(
                f"point {point.key}: takes {point.count} cells and a read may ask for {limit}; "
                f"raise {'max_bits' if point.table.is_bits else 'max_registers'}"
            )
        if _touches(point.address, point.end, barred):
            raise ProfileError(
                f"point {point.key}: lies in a forbidden range; "
                "take the point out or narrow the range"
            )
        run = runs[-1] if runs else None
        # A long point may reach beyond a later, shorter one: the end never moves back.
        end = max(run.end, point.end) if run else point.end
        if (
            run is None
            or end - run.start > limit
            or point.address - run.end > gap
            or _touches(run.end, point.address, barred)
        ):
            run = _Run(point.address, point.end)
            runs.append(run)
        run.end = max(run.end, point.end)
        run.points.append(point)
    return runs


def _touches(start: int, end: int, barred: list[CellRange]) -> bool:
    return any(cells.first < end and start <= cells.last for cells in barred)
