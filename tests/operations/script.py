"""A controller that shows what a timeline writes down, read by tables as the simulator's are."""

from __future__ import annotations

from collections.abc import Sequence

from celador.domain.blocks import Block, Table
from celador.sources import timeline
from celador.sources.timeline import Moment, Timeline, parse_move


class ScriptedController:
    """It begins closed, with group 1, 13.2 kV on both sides, 100 A and 2 MW, and 240 operations."""

    def __init__(self, points: Sequence[tuple[float, list[str]]]) -> None:
        moments = [Moment(at, tuple(map(parse_move, words))) for at, words in points]
        moments.sort(key=lambda moment: moment.at)
        self._shown = timeline.ScriptedController(Timeline(moments=moments))

    def read_discrete_inputs(self, address: int, count: int, now: float) -> Sequence[bool]:
        return [bool(cell) for cell in self._show(Table.DISCRETE_INPUT, address, count, now)]

    def read_input_registers(self, address: int, count: int, now: float) -> Sequence[int]:
        return [cell or 0 for cell in self._show(Table.INPUT_REGISTER, address, count, now)]

    def _show(self, table: Table, address: int, count: int, now: float) -> list[int | None]:
        return self._shown.show(Block(table, address, count), now)
