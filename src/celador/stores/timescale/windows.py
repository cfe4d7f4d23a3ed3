"""Windows of samples: from the rows, or from a continuous aggregate where it says the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from celador.domain.quantities import CODE_NAMES
from celador.domain.sample import Quality
from celador.ports import SampleQuery
from celador.stores.timescale.columns import AGGREGATES, SUMMED_UP
from celador.stores.timescale.instants import timestamp
from celador.stores.timescale.queries import QUERIES

SECOND = 1_000_000

Arguments = Sequence[Any] | Mapping[str, Any]
Ask = Callable[[str, Arguments], list[tuple[Any, ...]]]

_LAST_KNOWN = ", (array_agg({0} ORDER BY fecha_hora DESC) FILTER (WHERE {0} IS NOT NULL))[1]"
_MARKS = ", bit_or(calidad)"
_DIRECTED = f"calidad & {Quality.DIRECTION_UNKNOWN.value} = 0"  # without it p_act has no sign


@dataclass(frozen=True, slots=True)
class Slice:
    """Some windows of one device; instants are µs since 1970.

    Attributes:
        device: `equipos.id`.
        first: where the first window begins.
        start: first instant whose samples count.
        end: first instant whose samples do not count any more.
        width: of each window, µs.
    """

    device: int
    first: int
    start: int
    end: int
    width: int


class Windows:
    """Computes windows on the server."""

    def __init__(self, ask: Ask, *, aggregates: bool) -> None:
        """Take the way to run a query, and whether there are aggregates that are kept."""
        self._ask = ask
        self._aggregates = aggregates

    def rows(self, part: Slice, query: SampleQuery) -> list[tuple[Any, ...]]:
        """One row for each window that has samples: its beginning, its count, the columns."""
        arguments = {
            "device": part.device,
            "width": part.width // SECOND,
            "first": timestamp(part.first),
            "start": timestamp(part.start),
            "end": timestamp(part.end),
        }
        found = self._aggregate(part, query.columns)
        if found is None:
            columns = "".join(map(_of_rows, query.columns))
            return self._ask(QUERIES["windows"].format(columns=columns), arguments)
        aggregate, inner_start, inner_end = found
        arguments |= {"inner_start": timestamp(inner_start), "inner_end": timestamp(inner_end)}
        means = [name for name in query.columns if name in SUMMED_UP]
        sql = QUERIES["windows_of_aggregate"].format(
            aggregate=aggregate,
            columns="".join(map(_of_parts, query.columns)),
            parts="".join(f", {name}, {name}_n" for name in means),
            rows="".join(map(_part_of_row, means)),
        )
        return self._ask(sql, arguments)

    def serves(self, aggregate: str, start: int, end: int) -> bool:
        """Whether an aggregate is there and says the same as the rows of a range."""
        return self._aggregates and not self._is_stale(aggregate, start, end)

    def _aggregate(self, part: Slice, columns: Sequence[str]) -> tuple[str, int, int] | None:
        """The widest aggregate that serves, and the time that it covers; None where none does."""
        if not set(columns) <= {*SUMMED_UP, "estado", "calidad"}:
            return None
        for seconds, name in AGGREGATES if self._aggregates else ():
            width = seconds * SECOND
            if part.width % width or part.first % width:
                continue
            start, end = -(-part.start // width) * width, part.end // width * width
            if start < end and not self._is_stale(name, start, end):
                return name, start, end
        return None

    def _is_stale(self, aggregate: str, start: int, end: int) -> bool:
        asked = {"aggregate": aggregate, "start": start, "end": end}
        stale: bool = self._ask(QUERIES["is_stale"], asked)[0][0]
        return stale


def _of_rows(column: str) -> str:
    if column == "estado" or column in CODE_NAMES:
        return _LAST_KNOWN.format(column)
    if column == "calidad":
        return _MARKS
    known = f" FILTER (WHERE {_DIRECTED})" if column == "p_act" else ""
    return f", avg({column}::double precision){known}"


def _part_of_row(column: str) -> str:
    value = f"CASE WHEN {_DIRECTED} THEN p_act END" if column == "p_act" else column
    return f", {value}, num_nonnulls({value})"


def _of_parts(column: str) -> str:
    if column == "estado":
        return _LAST_KNOWN.format(column)
    if column == "calidad":
        return _MARKS
    return f", sum({column} * {column}_n) / nullif(sum({column}_n), 0)"
