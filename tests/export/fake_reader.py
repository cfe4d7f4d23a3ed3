"""A HistoryReader over rows in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from celador.domain.device import Device
from celador.domain.event import Event
from celador.ports import SampleQuery, SampleRow


class FakeReader:
    def __init__(self, rows: Iterable[SampleRow], failure: BaseException | None = None) -> None:
        self._rows = rows
        self._failure = failure

    def devices(self) -> Sequence[Device]:
        return []

    def span(self, device_ids: Sequence[int] = ()) -> tuple[int, int] | None:
        return None

    def count(self, query: SampleQuery) -> int:
        return 0

    def samples(self, query: SampleQuery) -> Iterator[SampleRow]:
        yield from self._rows
        if self._failure is not None:
            raise self._failure

    def events(self, start: int, end: int, device_ids: Sequence[int] = ()) -> Iterator[Event]:
        return iter(())

    def close(self) -> None:
        return None
