"""What a person writes on a command line, as values: instants, windows, columns, zones."""

from __future__ import annotations

import difflib
import os
import re
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from celador.domain.errors import UsageError
from celador.domain.quantities import MEASUREMENT_NAMES

DEFAULT_COLUMNS = (*MEASUREMENT_NAMES[:9], "estado", "calidad")
_COLUMNS = (*MEASUREMENT_NAMES, "estado", "calidad")
_UNITS_S = {"s": 1, "min": 60, "h": 3600, "d": 86_400}
_SPAN = re.compile(r"(\d{1,9}) ?(s|min|h|d)")
_LONGEST_WINDOW_S = 36_500 * 86_400
_LAST = 253_402_300_799_999_999  # the end of the year 9999, as in the schema
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_instant(text: str, zone: tzinfo, *, now: int) -> int:
    """An instant as people write it.

    Accepted are `2026-11-23` (when the day begins), `2026-11-23T10:30` and finer with or without an
    offset, `now`, `today` (when it began), and a span before now such as `-7d`, `-12h`, `-30min`.

    Args:
        text: what was written.
        zone: the zone of a time without an offset.
        now: the present, UTC in microseconds since 1970.

    Returns:
        UTC in microseconds since 1970.

    Raises:
        UsageError: it is no instant, or the clocks of the zone show it never or twice.
    """
    if text == "now":
        return now
    if text == "today":
        return start_of_day(now, zone)
    if text.startswith("-") and (span := _SPAN.fullmatch(text[1:])):
        return _storable(now - int(span[1]) * _UNITS_S[span[2]] * 1_000_000, text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{text!r} is no instant; write 2026-11-23, 2026-11-23T10:30, today, now, -7d, -6h "
            "or -30min"
        ) from None
    if moment.tzinfo is None:
        moment = _in_zone(moment, zone, text)
    return _storable((moment - _EPOCH) // timedelta(microseconds=1), text)


def start_of_day(at: int, zone: tzinfo) -> int:
    """When the local day of an instant began; both UTC in microseconds since 1970."""
    local = (_EPOCH + timedelta(microseconds=at)).astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return (midnight - _EPOCH) // timedelta(microseconds=1)


def _storable(at: int, text: str) -> int:
    if not 0 <= at <= _LAST:
        raise UsageError(f"{text!r} is before 1970 or after 9999; write a year of this century")
    return at


def _in_zone(moment: datetime, zone: tzinfo, text: str) -> datetime:
    first, second = moment.replace(tzinfo=zone), moment.replace(tzinfo=zone, fold=1)
    date_alone = re.fullmatch(r"[\dW-]+", text) is not None
    if date_alone or first.utcoffset() == second.utcoffset():
        # A day whose midnight is skipped or shown twice begins at the first instant of it, which
        # is what fold 0 gives in both cases.
        return first
    written = moment.isoformat(timespec="auto")
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == moment:
        raise UsageError(
            f"the clocks in {zone} show {written} twice; "
            f"say which: {first.isoformat()} or {second.isoformat()}"
        )
    shown = first.astimezone(UTC).astimezone(zone)
    raise UsageError(
        f"the clocks in {zone} never show {written}, they are put forward then; "
        f"write {shown.isoformat()}"
    )


def parse_every(text: str) -> int:
    """The length of a window, such as `15min`, in seconds.

    Raises:
        UsageError: it is no length, or not one of more than zero and at most a hundred years.
    """
    found = _SPAN.fullmatch(text.strip())
    if not found or not int(found[1]):
        raise UsageError(
            f"{text!r} is no length of time; write a number and s, min, h or d, such as 15min"
        )
    seconds = int(found[1]) * _UNITS_S[found[2]]
    if seconds > _LONGEST_WINDOW_S:
        raise UsageError(f"{text!r} is longer than a hundred years; write a shorter time")
    return seconds


def parse_columns(text: str) -> tuple[str, ...]:
    """Columns of `mediciones`, separated by commas.

    Raises:
        UsageError: there is no such column, or one is asked for twice.
    """
    columns = tuple(part.strip() for part in text.split(","))
    for index, column in enumerate(columns):
        if column not in _COLUMNS:
            near = difflib.get_close_matches(column, _COLUMNS, n=1, cutoff=0.6)
            mend = f"did you mean {near[0]}?" if near else f"it has {', '.join(_COLUMNS)}"
            raise UsageError(f"{column!r} is no column of mediciones; {mend}")
        if column in columns[:index]:
            raise UsageError(f"the column {column} is there twice; write it once")
    return columns


def parse_timezone(text: str) -> ZoneInfo:
    """A time zone by its IANA name.

    Raises:
        UsageError: there is none of that name.
    """
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = {name.lower(): name for name in available_timezones()}
        cities = {name.rsplit("/", 1)[-1].lower(): name for name in sorted(known.values())}
        near = difflib.get_close_matches(text.lower(), [*known, *cities], n=1, cutoff=0.6)
        name = (known | cities).get(near[0]) if near else "America/Argentina/Buenos_Aires"
        raise UsageError(f"there is no time zone {text!r}; did you mean {name}?") from None


def local_timezone() -> tzinfo:
    """The zone of this machine with all its rules; UTC where it has none.

    Raises:
        UsageError: TZ holds something else than an IANA name.
    """
    if named := os.environ.get("TZ", ""):
        return parse_timezone(named.removeprefix(":"))
    try:
        place = Path("/etc/localtime")
        _, _, name = str(place.resolve()).partition("zoneinfo/")
        with place.open("rb") as rules:
            return ZoneInfo.from_file(rules, key=name or "local")
    except (ValueError, OSError):
        return UTC
