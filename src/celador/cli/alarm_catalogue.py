"""The catalogue of alarms as a table: as it comes, or as it holds for one recloser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from celador.cli.records import Cell, Titles, show
from celador.domain.alarms.catalogue import AlarmKind
from celador.domain.writing import Language

if TYPE_CHECKING:
    from celador.pipeline.alarms.settings import AlarmSettings

TITLES: Titles = {
    "es": ("alarma", "prioridad", "límite", "s", "s fin", "retención", "qué es, y qué hacer"),
    "en": ("alarm", "priority", "limit", "on s", "off s", "latch", "what, and what to do"),
}
_LATCHES = {"no": "no", "ack": "reconocer", "reset": "restablecer"}
_UNJUDGED = {"disabled": "desactivada", "expected": "se espera así"}


def print_catalogue(
    device: str | None,
    config: Path | None,
    *,
    form: Literal["table", "json", "csv"],
    language: Language,
) -> None:
    """Print it.

    Args:
        device: name of the recloser for which it holds; None for the catalogue as it comes.
        config: the configuration file.
        form: how.
        language: of the sentences.

    Raises:
        UsageError: there is no such recloser.
        ConfigError: the configuration cannot be used.
    """
    settings = _settings(device, config)
    known = settings.judged
    show(
        "alarms",
        [known.get(code, kind) for code, kind in settings.kinds.items()],
        lambda kind: _row(kind, settings, language),
        lambda kind: _line(_row(kind, settings, language), language),
        TITLES[language],
        form=form,
        below=1,
    )


def _settings(device: str | None, config: Path | None) -> AlarmSettings:
    from celador.alarming import alarm_settings
    from celador.cli.export import config_of
    from celador.domain.errors import UsageError
    from celador.pipeline.alarms.settings import AlarmSettings

    if device is None:
        return AlarmSettings()
    found = config_of(config, None)
    for each in found.devices:
        if device in (each.name, str(each.id)):
            return alarm_settings(found, each)
    names = ", ".join(each.name for each in found.devices) or "none at all"
    raise UsageError(f"the configuration has no recloser {device}; it has {names}")


def _row(kind: AlarmKind, settings: AlarmSettings, language: Language) -> Mapping[str, Cell]:
    words = kind.es if language == "es" else kind.en
    return {
        "codigo": kind.code,
        "prioridad": int(kind.priority),
        "que": words.title,
        "limite": None if kind.limit is None else f"{kind.limit:g} {kind.unit}".strip(),
        "retardo_s": kind.on_delay_s,
        "retardo_fin_s": kind.off_delay_s,
        "retencion": kind.latch.value,
        "se_juzga": settings.why_not(kind) or "yes",
        "accion": words.action,
        "consecuencia": words.consequence,
        "histeresis": kind.deadband,
        "bajo": " ".join(kind.under),
    }


def _line(row: Mapping[str, Cell], language: Language) -> Sequence[str]:
    """For people; why it is not judged stands first."""
    names = ("codigo", "prioridad", "limite", "retardo_s", "retardo_fin_s")
    latch, why = str(row["retencion"]), str(row["se_juzga"])
    if language == "es":
        latch, why = _LATCHES[latch], _UNJUDGED.get(why, why)
    unjudged = "" if row["se_juzga"] == "yes" else f"[{why}] "
    return (
        *(_text(row[name], language) for name in names),
        latch,
        f"{unjudged}{row['que']}. {row['accion']}",
    )


def _text(cell: Cell, language: Language) -> str:
    if cell is None:
        return ""
    text = f"{cell:g}" if isinstance(cell, float) else str(cell)
    return text.replace(".", ",") if language == "es" else text
