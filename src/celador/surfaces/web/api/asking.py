"""What a request of the API asks for, understood and within the limits, or refused."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from celador.domain.device import Device
from celador.domain.errors import UsageError
from celador.ports import HistoryReader, SampleQuery
from celador.surfaces.export import build_query, choose_devices, parse_timezone
from celador.surfaces.export_http.demand import fields_of
from celador.surfaces.export_http.refusals import Refusal
from celador.surfaces.web.api.cursors import Cursor

RECORD_PARAMETERS = ("from", "to", "device", "timezone", "limit", "cursor")
SAMPLE_PARAMETERS = (*RECORD_PARAMETERS, "columns", "every")
MOST = 10_000  # records of one answer: some megabytes
_USUAL = 1000
_DAY_US = 86_400_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for.

    Attributes:
        query: range, columns and windows, of every recloser so far.
        wanted: names or ids of reclosers; empty for all.
        zone: of the times in the answer.
        limit: most records of the answer.
        cursor: where the answer before ended.
    """

    query: SampleQuery
    wanted: tuple[str, ...]
    zone: tzinfo
    limit: int
    cursor: Cursor | None

    def chosen(self, reader: HistoryReader) -> tuple[SampleQuery, NamesIn]:
        """The query for the reclosers wanted, and how things are written.

        Raises:
            Refusal: a recloser is unknown.
        """
        devices = reader.devices()
        try:
            query = choose_devices(self.query, devices, self.wanted)
        except UsageError as error:
            raise Refusal(400, str(error), "") from None
        return query, NamesIn(devices, self.zone)


class NamesIn:
    """Writes instants in a zone, ISO 8601 with offset, and reclosers by name."""

    def __init__(self, devices: Sequence[Device], zone: tzinfo) -> None:
        self._names = {device.id: device.name for device in devices}
        self._zone = zone

    def when(self, at: int | None) -> str | None:
        """An instant, UTC in microseconds since 1970, as text."""
        if at is None:
            return None
        return (_EPOCH + timedelta(microseconds=at)).astimezone(self._zone).isoformat()

    def name(self, device_id: int | None) -> str | None:
        """A recloser's name."""
        return None if device_id is None else self._names.get(device_id)


def understand(
    given: Sequence[tuple[str, str]],
    parameters: Sequence[str],
    *,
    zone: tzinfo,
    usual_from: str,
    most_days: int | None = None,
) -> Asked:
    """Make sense of a request's parameters.

    Args:
        given: the parameters as they came.
        parameters: those that there are.
        zone: the zone where the request names none.
        usual_from: beginning where the request names none.
        most_days: longest range of samples as stored, days; None for no limit.

    Raises:
        Refusal: they make no sense, or ask for too long a range.
    """
    fields = fields_of(given, parameters)
    wanted = tuple(value for name, value in given if name == "device" and value)
    try:
        where = parse_timezone(fields["timezone"]) if "timezone" in fields else zone
        query = build_query(
            fields.get("from", usual_from),
            fields.get("to", "now"),
            fields.get("columns"),
            fields.get("every"),
            zone=where,
            now=time.time_ns() // 1000,
        )
    except UsageError as error:
        raise Refusal(400, str(error), "") from None
    length = query.end - query.start
    if most_days is not None and query.every is None and length > most_days * _DAY_US:
        raise Refusal(
            400,
            f"samples as stored can be had for {most_days} days at once; "
            "ask for a shorter range, or for windows with every=15min",
            "",
        )
    cursor = Cursor.read(fields["cursor"]) if "cursor" in fields else None
    return Asked(query, wanted, where, _limit(fields), cursor)


def _limit(fields: Mapping[str, str]) -> int:
    text = fields.get("limit", str(_USUAL))
    if not (text.isascii() and text.isdecimal() and len(text) <= 6 and 1 <= int(text) <= MOST):
        raise Refusal(400, f"limit is {text!r}, but must be a number from 1 to {MOST}", "")
    return int(text)
