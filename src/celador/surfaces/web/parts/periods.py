"""The period picker: months, the regulator's semesters, years, or any dates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from celador.domain.errors import UsageError
from celador.domain.periods import Period, parse_period
from celador.surfaces.export import parse_instant
from celador.surfaces.web.parts.controls import entry, field, folded, select
from celador.surfaces.web.viewer import View

ANY = "fechas"
_MONTHS, _YEARS = 13, 3
_NAMES = {
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
    "diciembre",
    "en": "January February March April May June July August September October November December",
}


def asked_period(
    parameters: Mapping[str, str], view: View, semester: int, now: int
) -> tuple[Period, str, str]:
    """The period that an address asks for.

    Args:
        parameters: of the address: `periodo`, or `desde` and `hasta`.
        view: whose zone.
        semester: month in which the first semester begins.
        now: the present, UTC in microseconds since 1970.

    Returns:
        The period, the word that is chosen in the picker, and what could not be understood.
    """
    word = parameters.get("periodo") or "month"
    months = (semester, semester + 6)
    try:
        if word == ANY:
            texts = parameters.get("desde", ""), parameters.get("hasta", "")
            start, end = (parse_instant(text, view.zone, now=now) for text in texts)
            if start < end:
                return Period(start, end, f"{texts[0]} … {texts[1]}"), ANY, ""
            word = ""  # which parse_period refuses
        period = parse_period(word, view.zone, months, now=now)
    except UsageError:
        trouble = view.t("This period cannot be understood; the running month is shown.")
        period = parse_period("month", view.zone, months, now=now)
        return period, period.name, trouble
    return period, period.name, ""


def period_controls(view: View, period: Period, word: str, semester: int, now: int) -> str:
    """The picker, as HTML."""
    options = _options(view, semester, now)
    if word != ANY and word not in options:
        options[word] = word
    options[ANY] = view.t("Dates")
    ends = (view.local(period.start), view.local(period.end))
    dates = "".join(
        field(view.t(label), entry(name, f"{moment:%Y-%m-%d}", kind="date"))
        for name, label, moment in (("desde", "From", ends[0]), ("hasta", "To", ends[1]))
    )
    return field(view.t("Period"), select("periodo", options, word)) + folded(
        view.t("Calendar"), f'<div class="row">{dates}</div>', opened=word == ANY
    )


def _options(view: View, semester: int, now: int) -> dict[str, str]:
    today = view.local(now).date()
    names = _NAMES[view.language].split()
    options: dict[str, str] = {}
    year, month = today.year, today.month
    for _ in range(_MONTHS):
        options[f"{year}-{month:02}"] = f"{names[month - 1]} {year}"
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    for back in range(_YEARS):
        for half in (2, 1):
            if date(today.year - back, semester if half == 1 else semester + 6, 1) <= today:
                text = view.t("semester {half} of {year}", half=half, year=today.year - back)
                options[f"{today.year - back}-S{half}"] = text
    for back in range(_YEARS):
        options[f"{today.year - back}"] = f"{today.year - back}"
    return options
