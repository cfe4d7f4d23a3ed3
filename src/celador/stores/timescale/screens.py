"""What screens ask of the historian: how things are now, curves of any length, searches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from celador.domain.envelope import Band, Envelope, EnvelopeRow, nice_width
from celador.domain.errors import StoreError
from celador.domain.quantities import CODE_NAMES, MEASUREMENT_NAMES
from celador.domain.sample import Quality
from celador.domain.writing import plain
from celador.ports import EventSearch, FoundEvent, SampleRow
from celador.stores.listed import require_columns
from celador.stores.sqlite.rows import event_of
from celador.stores.timescale.columns import AGGREGATES, SUMMED_UP
from celador.stores.timescale.instants import timestamp
from celador.stores.timescale.queries import QUERIES
from celador.stores.timescale.reader import TimescaleReader, column_of
from celador.stores.timescale.windows import SECOND

_ROWS_AT_MOST = 150_000  # that are looked at one by one; more come from an aggregate
_NAMES = frozenset(MEASUREMENT_NAMES)
_WITH_MEAN = _NAMES - set(CODE_NAMES)

_OF_ROWS = ", min({0}){1}, sum({0}::double precision){1}, max({0}){1}, count({0}){1}"
_OF_AGGREGATE = ", min({0}_min), sum({0} * {0}_n), max({0}_max), sum({0}_n)::bigint"
_DIRECTED = f" FILTER (WHERE calidad & {Quality.DIRECTION_UNKNOWN.value} = 0)"

# As `plain` makes a text: without case and accents.
_PLAIN = (
    r"translate(lower(concat_ws(E'\n', punto, texto, texto_en)), "
    "'áéíóúüàèìòùâêîôûäëïö', 'aeiouuaeiouaeiouaeiouaeio')"
)


def _listed(table: str, columns: Sequence[str]) -> str:
    require_columns(table, columns)
    return "".join(column_of(name) for name in columns)


class TimescaleScreenReader(TimescaleReader):
    """A TimescaleReader that screens can use; implements `ports.FullReader`."""

    def newest_samples(self, columns: Sequence[str]) -> Sequence[SampleRow]:
        """The newest row of `mediciones` of each device that has one."""
        return self._newest("mediciones", columns)

    def newest_readings(self, columns: Sequence[str]) -> Sequence[SampleRow]:
        """The newest row of `contadores` of each device that has one."""
        return self._newest("contadores", columns)

    def first_samples(
        self, start: int, end: int, step: int, columns: Sequence[str]
    ) -> Sequence[SampleRow]:
        """Of every device the first row in each stretch; as `ports.NewestReader` says."""
        sql = QUERIES["first_samples"].format(columns=_listed("mediciones", columns))
        asked = {
            "start": timestamp(start),
            "end": timestamp(end),
            "step": timedelta(microseconds=step),
        }
        return [SampleRow(row[0], row[1], row[2:], 1) for row in self._all(sql, asked)]

    def _newest(self, table: str, columns: Sequence[str]) -> Sequence[SampleRow]:
        sql = QUERIES["newest"].format(table=table, columns=_listed(table, columns))
        return [SampleRow(row[0], row[1], row[2:], 1) for row in self._all(sql)]

    def envelope(
        self, device_id: int, columns: Sequence[str], start: int, end: int, points: int
    ) -> Envelope:
        """What one recloser's quantities were; as `ports.TrendReader` says."""
        if unknown := [name for name in columns if name not in _WITH_MEAN]:
            message = f"{unknown[0]} has no mean in mediciones: see docs/esquema.md"
            raise StoreError(message)
        if start >= end:
            return Envelope(0, ())
        most = max(_ROWS_AT_MOST, 2 * points)
        asked = (device_id, timestamp(start), timestamp(end), most + 1)
        ((count,),) = self._all(QUERIES["count_up_to"], asked)
        if count <= 2 * points and not self._expired(device_id, start):
            rows = self._rows("samples", columns, device_id, start, end)
            return Envelope(0, [_sample(row) for row in rows])
        if count > most or self._expired(device_id, start):
            found = self._of_aggregate(device_id, columns, start, end, points)
            if found is not None:
                return found
        width = nice_width(end - start, points)
        return self._stretches("mediciones", device_id, columns, start, end, width)

    def _expired(self, device: int, start: int) -> bool:
        """Whether older readings than those that are left were summed up once."""
        if not self._timescale:  # its summaries are views, and as old as the readings
            return False
        first = self._extent.first(device)
        if first is not None and first <= start:
            return False
        width, name = AGGREGATES[0]
        summed_up = self._all(QUERIES["first_summary"].format(aggregate=name), (device,))
        if not summed_up:
            return False
        return first is None or bool(summed_up[0][0] + width * SECOND <= first)

    def _of_aggregate(
        self, device: int, columns: Sequence[str], start: int, end: int, points: int
    ) -> Envelope | None:
        """From the widest aggregate that serves; None where none does."""
        if not set(columns) <= set(SUMMED_UP):
            return None
        for seconds, name in AGGREGATES:
            least = seconds * SECOND
            width = nice_width(end - start, points, least)
            if (end - start) // width >= points // 2 or name == AGGREGATES[-1][1]:
                first, last = start - start % least, -(-end // least) * least
                if self._windows.serves(name, first, last):
                    return self._stretches(name, device, columns, first, last, width)
        return None

    def _stretches(
        self, table: str, device: int, columns: Sequence[str], start: int, end: int, width: int
    ) -> Envelope:
        raw = table == "mediciones"
        form = _OF_ROWS if raw else _OF_AGGREGATE
        sql = QUERIES["envelope"].format(
            table=table,
            samples="count(*)" if raw else "sum(muestras)::bigint",
            columns="".join(form.format(c, _DIRECTED if c == "p_act" else "") for c in columns),
        )
        asked = {"width": width, "device": device, "start": timestamp(start), "end": timestamp(end)}
        rows = [EnvelopeRow(at, n, _bands(figures)) for at, n, *figures in self._all(sql, asked)]
        return Envelope(width, rows)

    def find_events(
        self, search: EventSearch, limit: int, before: tuple[int, int] | None = None
    ) -> Sequence[FoundEvent]:
        """The newest events that fit, newest first; as `ports.JournalReader` says."""
        # `before` is excluded, and so is `end`: no row of that instant has a lower id than 0.
        at, number = (search.end, 0) if before is None else min(before, (search.end, 0))
        conditions, arguments = [], list[Any]()
        if search.device_ids:
            conditions.append("(equipo_id IS NULL OR equipo_id = ANY(%s))")
            arguments.append(list(search.device_ids))
        if search.kinds:
            conditions.append("clase = ANY(%s)")
            arguments.append([kind.value for kind in search.kinds])
        for word in search.words:
            conditions.append(f"position(%s IN {_PLAIN}) > 0")
            arguments.append(plain(word))
        sql = QUERIES["find_events"].format(conditions="".join(f" AND {c}" for c in conditions))
        asked = (timestamp(at), number, timestamp(search.start), *arguments, limit)
        return [FoundEvent(row[0], event_of(row)) for row in self._all(sql, asked)]


def _sample(row: SampleRow) -> EnvelopeRow:
    bands = tuple(None if v is None else Band(v, v, v, 1) for v in row.values)
    return EnvelopeRow(row.at, 1, bands)


def _bands(figures: Sequence[Any]) -> tuple[Band | None, ...]:
    groups = zip(*(figures[place::4] for place in range(4)), strict=True)
    return tuple(
        Band(low, total / count, high, count) if count else None
        for low, total, high, count in groups
    )
