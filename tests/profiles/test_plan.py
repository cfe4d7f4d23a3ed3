"""The request plan: nothing lost, nothing forbidden, nothing too large, nothing superfluous."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from celador.domain.blocks import Block, Table
from celador.domain.errors import ProfileError
from celador.profiles.plan import PlannedBlock, plan
from celador.profiles.schema import CellRange, Point, PointType

INPUT = Table.INPUT_REGISTER
SPACE = 24


def point(address: int, count: int = 1, table: Table = INPUT) -> Point:
    return Point(
        key=f"{table.value}_{address}_{count}",
        table=table,
        address=address,
        count=count,
        type=PointType.BIT if table.is_bits else PointType.STRING,
        description_es="",
        description_en="",
        group="analog",
    )


def blocks(planned: Sequence[PlannedBlock]) -> list[tuple[int, int]]:
    return [(one.block.address, one.block.count) for one in planned]


def test_neighbours_are_read_together() -> None:
    assert blocks(plan([point(0), point(1), point(2, 2)])) == [(0, 4)]


def test_a_gap_is_read_through_up_to_the_limit_and_not_beyond() -> None:
    assert blocks(plan([point(0), point(6)], max_gap_registers=5)) == [(0, 7)]
    assert blocks(plan([point(0), point(7)], max_gap_registers=5)) == [(0, 1), (7, 1)]


def test_a_long_point_with_a_short_one_inside_keeps_its_end() -> None:
    assert blocks(plan([point(0, 10), point(2, 2), point(12)], max_gap_registers=2)) == [(0, 13)]


def test_a_block_ends_at_the_limit_and_a_point_is_never_split() -> None:
    assert blocks(plan([point(0, 3), point(3, 2)], max_registers=4)) == [(0, 3), (3, 2)]


def test_a_forbidden_cell_parts_a_block() -> None:
    barred = [CellRange(INPUT, 2, 2), CellRange(Table.HOLDING_REGISTER, 5, 5)]
    assert blocks(plan([point(0), point(4), point(6)], forbidden=barred)) == [(0, 1), (4, 3)]


def test_tables_are_never_mixed_and_the_discrete_inputs_come_first() -> None:
    tables = [Table.HOLDING_REGISTER, INPUT, Table.COIL, Table.DISCRETE_INPUT]
    planned = plan([point(0, table=table) for table in tables])
    assert [one.block for one in planned] == [
        Block(Table.DISCRETE_INPUT, 0, 1),
        Block(Table.COIL, 0, 1),
        Block(INPUT, 0, 1),
        Block(Table.HOLDING_REGISTER, 0, 1),
    ]


def test_bits_and_registers_have_limits_of_their_own() -> None:
    wanted = [point(n, table=Table.DISCRETE_INPUT) for n in range(2001)]
    assert blocks(plan(wanted)) == [(0, 2000), (2000, 1)]
    assert blocks(plan([point(n) for n in range(126)])) == [(0, 125), (125, 1)]


def test_nothing_wanted_is_nothing_read() -> None:
    assert plan([]) == ()


def test_a_point_that_no_read_can_bring_is_an_error_that_names_it() -> None:
    with pytest.raises(ProfileError, match=r"point input_register_0_9: .* raise max_registers"):
        plan([point(0, 9)], max_registers=8)
    with pytest.raises(ProfileError, match="point input_register_4_2: lies in a forbidden range"):
        plan([point(4, 2)], forbidden=[CellRange(INPUT, 5, 9)])


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"max_registers": 126}, "max_registers is 126; it must lie in 1 to 125"),
        ({"max_registers": 0}, "max_registers is 0; it must lie in 1 to 125"),
        ({"max_bits": 2001}, "max_bits is 2001; it must lie in 1 to 2000"),
        ({"max_gap_registers": -1}, "max_gap_registers is -1; it must lie in 0 to 125"),
        ({"max_gap_bits": -1}, "max_gap_bits is -1; it must lie in 0 to 2000"),
    ],
)
def test_a_limit_that_cannot_be_is_an_error(limits: dict[str, int], message: str) -> None:
    with pytest.raises(ProfileError) as caught:
        plan([point(0)], **limits)  # type: ignore[arg-type]  # the other keyword is a sequence
    assert str(caught.value) == message


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Point], list[CellRange], int, int]:
    limit = draw(st.integers(1, 8))
    gap = draw(st.integers(0, 5))
    bars = draw(st.lists(st.integers(0, SPACE), max_size=3))
    spans = draw(
        st.lists(st.tuples(st.integers(0, SPACE), st.integers(1, limit)), max_size=6, unique=True)
    )
    free = [(a, n) for a, n in spans if not any(a <= bar < a + n for bar in bars)]
    return [point(a, n) for a, n in free], [CellRange(INPUT, b, b) for b in bars], limit, gap


@settings(deadline=None)
@given(cases())
def test_every_point_is_covered_whole_and_exactly_once(
    case: tuple[list[Point], list[CellRange], int, int],
) -> None:
    points, barred, limit, gap = case
    planned = plan(points, max_registers=limit, max_gap_registers=gap, forbidden=barred)
    assert sorted(p.key for one in planned for p in one.points) == sorted(p.key for p in points)
    for one in planned:
        assert all(one.block.address <= p.address and p.end <= one.block.end for p in one.points)


@settings(deadline=None)
@given(cases())
def test_no_read_is_too_large_or_touches_a_forbidden_cell_or_crosses_a_wide_gap(
    case: tuple[list[Point], list[CellRange], int, int],
) -> None:
    points, barred, limit, gap = case
    for one in plan(points, max_registers=limit, max_gap_registers=gap, forbidden=barred):
        assert feasible(one.points, {cells.first for cells in barred}, limit, gap)
        wanted = {cell for p in one.points for cell in range(p.address, p.end)}
        assert (one.block.address, one.block.end - 1) == (min(wanted), max(wanted))


@settings(deadline=None)
@given(cases())
def test_no_plan_has_fewer_reads(case: tuple[list[Point], list[CellRange], int, int]) -> None:
    points, barred, limit, gap = case
    bars = {cells.first for cells in barred}
    fewest = min(
        len(parts)
        for parts in partitions(points)
        if all(feasible(part, bars, limit, gap) for part in parts)
    )
    planned = plan(points, max_registers=limit, max_gap_registers=gap, forbidden=barred)
    assert len(planned) == fewest


def feasible(points: Sequence[Point], bars: set[int], limit: int, gap: int) -> bool:
    """Whether one read may bring these points, cell by cell."""
    wanted = {cell for p in points for cell in range(p.address, p.end)}
    cells = range(min(wanted), max(wanted) + 1)
    unwanted = "".join("." if cell in wanted else "x" for cell in cells).split(".")
    return len(cells) <= limit and not bars & set(cells) and max(map(len, unwanted)) <= gap


def partitions(points: list[Point]) -> Iterator[list[list[Point]]]:
    """Every way of parting the points into reads."""
    if not points:
        yield []
        return
    first, rest = points[0], points[1:]
    for parts in partitions(rest):
        yield [[first], *parts]
        for n in range(len(parts)):
            yield [*parts[:n], [first, *parts[n]], *parts[n + 1 :]]
