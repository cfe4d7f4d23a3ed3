"""The load before an operation: the mean of the last 60 s (1.3)."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

from celador.domain.operation import Span
from celador.domain.sample import Value
from celador.pipeline.operations.context import Load

_WINDOW = 60_000_000  # µs


class Loads:
    """The measurements of the last minute in which the recloser was closed and at rest."""

    def __init__(self) -> None:
        self._rows: deque[tuple[int, Mapping[str, Value]]] = deque()

    def add(self, at: int, values: Mapping[str, Value]) -> None:
        """Take a measurement; instants rise."""
        self._rows.append((at, values))
        while self._rows[0][0] <= at - _WINDOW:
            self._rows.popleft()

    def before(self, span: Span) -> Load:
        """Means before something that happened within `span`.

        Only what was measured before the span counts: what was measured within it may be the fault
        itself.
        """
        if span.lo is None:
            return Load()
        lo = span.lo
        rows = [values for at, values in self._rows if lo - _WINDOW < at <= lo]
        kw, ia, ib, ic = (_mean(rows, name) for name in ("p_act", "ia", "ib", "ic"))
        return Load(kw, ia, ib, ic)


def _mean(rows: Sequence[Mapping[str, Value]], name: str) -> float | None:
    values = [value for row in rows if (value := row.get(name)) is not None]
    return sum(values) / len(values) if values else None
