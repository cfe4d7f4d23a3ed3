"""What a request asks for, understood and within the limits, or refused in a sentence."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TypeVar
from urllib.parse import quote

from celador.config import ExporterConfig
from celador.domain.device import labels
from celador.domain.errors import UsageError
from celador.ports import HistoryReader, SampleQuery
from celador.surfaces.export import (
    ExportJob,
    FileKind,
    build_query,
    choose_devices,
    parse_columns,
    parse_every,
    parse_instant,
    parse_timezone,
    rows_in,
)
from celador.surfaces.export_http.refusals import Refusal

T = TypeVar("T")

PARAMETERS = ("from", "to", "device", "columns", "every", "timezone", "decimal")
_DAY_US = 86_400_000_000
_FASTEST_US = 100_000  # the shortest period at which a device can be polled
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Field to what a person reads when it cannot be understood.
_IN_SPANISH = {
    "from": "«Desde» no es una fecha que se entienda; escriba, por ejemplo, 2026-11-01T00:00.",
    "to": "«Hasta» no es una fecha que se entienda; escriba, por ejemplo, 2026-12-01T00:00.",
    "device": "Ese equipo no está entre los datos guardados; elija uno de la lista.",
    "columns": "Esa columna no existe en mediciones; elija una de la lista.",
    "every": "El intervalo no se entiende; escriba, por ejemplo, 15min, 1h o 1d.",
    "timezone": "Esa zona horaria no existe; escriba, por ejemplo, America/Argentina/Cordoba.",
    "decimal": "El separador decimal es comma (coma) o point (punto).",
}


@dataclass(frozen=True, slots=True)
class Demand:
    """An export that somebody wants.

    Attributes:
        kind: the file wanted.
        query: which samples, of every recloser so far.
        wanted: names or ids of reclosers; empty for all.
        zone: zone of all times.
        decimal_comma: in CSV, 13,2 and semicolons.
        now: when it was asked, UTC in microseconds since 1970.
    """

    kind: FileKind
    query: SampleQuery
    wanted: tuple[str, ...]
    zone: tzinfo
    decimal_comma: bool
    now: int

    def job(self, reader: HistoryReader, limits: ExporterConfig) -> ExportJob:
        """The export itself, over a reader.

        Raises:
            Refusal: a recloser is unknown, or there would be too many rows.
            StoreError: the store cannot be read.
        """
        devices = reader.devices()
        try:
            query = choose_devices(self.query, devices, self.wanted)
        except UsageError as error:
            raise Refusal(400, str(error), _IN_SPANISH["device"]) from None
        self._ensure_few_enough(reader, query, len(devices), limits.max_rows)
        names = labels(devices)
        return ExportJob(reader, query, names, self.zone, self.kind, self.decimal_comma)

    def _ensure_few_enough(
        self, reader: HistoryReader, query: SampleQuery, devices: int, most: int
    ) -> None:
        # Counting costs a walk through the index: only where there could be too many.
        shortest = _FASTEST_US if query.every is None else query.every * 1_000_000
        each = (query.end - query.start) // shortest + 2
        if each * (len(query.device_ids) or devices) <= most:
            return
        rows = rows_in(reader, query, self.now)
        if rows > most:
            raise Refusal(
                400,
                f"this would be {rows:,} rows and {most:,} are allowed; "
                "ask for a shorter range, fewer reclosers or longer windows",
                f"Serían {rows:_} filas y se permiten {most:_}; elija un período más corto, "
                "menos equipos o un intervalo mayor.".replace("_", "."),
            )

    def file_name(self) -> str:
        """What the file may be called, such as `celador_norte_2026-11-01_2026-12-01_15min.csv`."""
        parts = ["celador", *(self.wanted if len(self.wanted) == 1 else ())]
        parts += [self._moment(self.query.start), self._moment(self.query.end)]
        if self.query.every is not None:
            parts.append(_length(self.query.every))
        return "_".join(parts) + f".{self.kind.value}"

    def _moment(self, at: int) -> str:
        local = (_EPOCH + timedelta(microseconds=at)).astimezone(self.zone)
        text = local.strftime("%Y-%m-%dT%H%M")
        return text.removesuffix("T0000")


def _length(seconds: int) -> str:
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def disposition(name: str) -> str:
    """The header that makes a browser save a file under a name (RFC 6266)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^\w.-]+", "-", plain)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def understand(
    kind: FileKind,
    given: Sequence[tuple[str, str]],
    limits: ExporterConfig,
    *,
    zone: tzinfo,
    now: int,
) -> Demand:
    """Make sense of a request's parameters; an empty one counts as not given.

    Args:
        kind: the file wanted.
        given: the parameters as they came.
        limits: the longest range.
        zone: the zone where the request names none.
        now: the present, UTC in microseconds since 1970.

    Raises:
        Refusal: they make no sense, or ask for too long a range.
    """
    fields = fields_of(given, PARAMETERS)
    devices = tuple(value for name, value in given if name == "device" and value)
    decimal = fields.get("decimal", "point")
    _check("decimal", decimal, _parse_decimal)
    where = _check("timezone", fields["timezone"], parse_timezone) if "timezone" in fields else zone
    if "from" not in fields:
        raise Refusal(
            400, "from is missing; write for example from=2026-11-01 or from=-1d", "Falta «Desde»."
        )
    start, end = fields["from"], fields.get("to", "now")
    for name, value in (("from", start), ("to", end)):
        _check(name, value, lambda text: parse_instant(text, where, now=now))
    columns, every = fields.get("columns"), fields.get("every")
    if columns is not None:
        _check("columns", columns, parse_columns)
    if every is not None:
        _check("every", every, parse_every)
    try:
        query = build_query(start, end, columns, every, zone=where, now=now)
    except UsageError as error:
        raise Refusal(400, str(error), "«Desde» debe ser anterior a «Hasta».") from None
    _ensure_short_enough(query, limits.max_days)
    return Demand(kind, query, devices, where, decimal == "comma", now)


def fields_of(given: Sequence[tuple[str, str]], parameters: Sequence[str]) -> Mapping[str, str]:
    """The parameters by name; `device` may be there several times, and the last counts here.

    Raises:
        Refusal: one is unknown, or there twice.
    """
    fields: dict[str, str] = {}
    for name, value in given:
        if name not in parameters:
            near = difflib.get_close_matches(name[:80], parameters, n=1, cutoff=0.0)
            mend = f"did you mean {near[0]}?" if near else "leave it out"
            raise Refusal(
                400,
                f"there is no parameter {name!r}; {mend}",
                "El pedido tiene un parámetro que no existe; vuelva a la página de exportación.",
            )
        if name in fields and name != "device":
            raise Refusal(
                400,
                f"the parameter {name} is there twice; write it once",
                "El pedido repite un parámetro; vuelva a la página de exportación.",
            )
        if value:
            fields[name] = value
    return fields


def _check(name: str, value: str, parse: Callable[[str], T]) -> T:
    try:
        return parse(value)
    except UsageError as error:
        raise Refusal(400, f"{name}: {error}", _IN_SPANISH[name]) from None


def _parse_decimal(text: str) -> str:
    if text not in ("comma", "point"):
        raise UsageError(f"{text!r} is no decimal mark; write comma or point")
    return text


def _ensure_short_enough(query: SampleQuery, days: int) -> None:
    if query.every is None and query.end - query.start > days * _DAY_US:
        raise Refusal(
            400,
            f"samples as stored can be had for {days} days at once; "
            "ask for a shorter range, or for windows with every=15min",
            f"Las muestras sueltas se dan de a {days} días como máximo; elija un período más "
            "corto o un intervalo, por ejemplo 15 minutos.",
        )
