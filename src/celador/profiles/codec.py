"""From cells to values: compiled once for a block, then run for every answer. Pure.

How numbers are rounded stands in `readers`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, cast

from celador.domain.errors import BadAnswerError
from celador.profiles.model import Point
from celador.profiles.plan import PlannedBlock
from celador.profiles.readers import IMPOSSIBLE, Read, Value, is_plain, picker, reader


class Decoded(NamedTuple):
    """What one answer says.

    Attributes:
        values: value of each point in its unit, by name; None where it is not known.
        out_of_range: names of points whose raw number cannot be true; their value is None.
        refused: names of points of which the device refused a cell; their value is None.
    """

    values: dict[str, Value]
    out_of_range: tuple[str, ...]
    refused: tuple[str, ...]


def _point_key(point: Point) -> str | None:
    return point.key


class Decoder:
    """Decodes the answers to one planned block."""

    def __init__(
        self, planned: PlannedBlock, *, key: Callable[[Point], str | None] = _point_key
    ) -> None:
        """Compile the block.

        Args:
            planned: the block and its points.
            key: names the value of a point; a point whose name is None is left out.
        """
        self._count = planned.block.count
        first = planned.block.address
        # Cells that are the value as they stand, and cells that must be looked at.
        plain: list[tuple[str, int]] = []
        self._read: list[tuple[str, Read]] = []
        self._spans: list[tuple[str, int, int]] = []
        for point in planned.points:
            name = key(point)
            if name is None:
                continue
            at = point.address - first
            self._spans.append((name, at, at + point.count))
            if is_plain(point):
                plain.append((name, at))
            else:
                self._read.append((name, reader(point, at)))
        self._plain_names = [name for name, _ in plain]
        self._pick = picker([at for _, at in plain])

    def decode(self, cells: Sequence[int | None]) -> Decoded:
        """Decode one answer.

        Args:
            cells: one per cell of the block, in order; None for a cell that the device refused.

        Raises:
            BadAnswerError: there are fewer or more cells than the block has.
        """
        if len(cells) != self._count:
            raise BadAnswerError(
                f"the answer holds {len(cells)} cells and {self._count} were asked for; "
                "check the device and the link"
            )
        refused: tuple[str, ...] = ()
        if None in cells:
            refused = tuple(n for n, start, end in self._spans if None in cells[start:end])
            whole: Sequence[int] = [0 if cell is None else cell for cell in cells]
        else:
            whole = cast("Sequence[int]", cells)
        values: dict[str, Value] = dict(zip(self._plain_names, self._pick(whole), strict=True))
        impossible: list[str] = []
        for name, read in self._read:
            value = read(whole)
            if value is IMPOSSIBLE:
                impossible.append(name)
                value = None
            values[name] = value
        if refused:
            values.update(dict.fromkeys(refused))
            impossible = [name for name in impossible if name not in refused]
        return Decoded(values, tuple(impossible), refused)
