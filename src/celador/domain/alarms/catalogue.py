"""What can be raised, as the file beside this one tells it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from celador.domain.alarm import Priority
from celador.domain.writing import Language, trimmed

_DAY = 86_400
_WEEK = 7 * _DAY


class Latch(Enum):
    """How long an alarm stays whose condition has gone."""

    NO = "no"  # until seen, or until it is a day old
    ACK = "ack"  # until somebody has acknowledged it
    RESET = "reset"  # until somebody has acknowledged and then reset it


By = Literal[
    "bit", "status", "figure", "supply", "counter", "clock", "link", "moment", "window", "fleet"
]


@dataclass(frozen=True, slots=True)
class Words:
    """What a person must know of an alarm.

    Attributes:
        title: what it is.
        consequence: what follows if nobody does anything.
        action: what to do.
    """

    title: str
    consequence: str
    action: str


@dataclass(frozen=True, slots=True)
class AlarmKind:
    """One entry of the catalogue.

    Attributes:
        code: its name, for example LOCKOUT_FALLA.
        row: the row of the sheet that it comes from.
        priority: how urgent.
        by: what makes it.
        es: its words in Spanish.
        en: its words in English.
        latch: how long it stays.
        on_delay_s: s for which the condition must hold.
        off_delay_s: s for which it must be gone.
        reads: readings in a row that must say so; for COMUNICACION, good replies in a row.
        limit: what the figure must go beyond, in `unit`; None where there is no figure.
        weekly_limit: so many in 7 days are too many too; None for no such limit.
        deadband: by which it must come back, same unit.
        unit: of the figure; "" where it has none.
        sense: on which side of the limit it is wrong.
        figure: name of the figure or of the counter.
        bits: meanings ("warning AC Off") or roles ("role local") of the profile.
        when: whether the bits must be on or off.
        expected: of the settings, which function must be expected to be on.
        window_s: s over which the figure is a mean, or in which is counted.
        subjects: what it may speak of, by the name on record: in Spanish and in English.
        under: it is suppressed while one of these is active.
        needs: settings without which it cannot be judged.
        disabled: it is not raised at all.
    """

    code: str
    row: str
    priority: Priority
    by: By
    es: Words
    en: Words
    latch: Latch = Latch.NO
    on_delay_s: float = 0.0
    off_delay_s: float = 0.0
    reads: int = 1
    limit: float | None = None
    weekly_limit: float | None = None
    deadband: float = 0.0
    unit: str = ""
    sense: Literal["above", "below"] = "above"
    figure: str = ""
    bits: tuple[str, ...] = ()
    when: Literal["on", "off"] = "on"
    expected: str = ""
    window_s: int = 0
    subjects: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    under: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    disabled: bool = False

    @property
    def analog(self) -> bool:
        """Whether it rests on measured values; without them it is neither raised nor cleared."""
        return self.by in ("figure", "supply")

    @property
    def moment(self) -> bool:
        """Whether it only notes that something happened, and has no duration."""
        return self.by == "moment"

    @property
    def weekly(self) -> AlarmKind:
        """The same, counted in 7 days against `weekly_limit`."""
        return replace(self, limit=self.weekly_limit, window_s=_WEEK)

    def text(self, language: Language, subject: str, value: float | None) -> str:
        """The sentence of one alarm.

        Args:
            language: in which.
            subject: of which of several things it speaks; "" for none.
            value: what raised it; None for nothing.
        """
        words = self.es if language == "es" else self.en
        parts = [words.title]
        if subject:
            known = self.subjects.get(subject, (subject, subject))
            parts.append(f" ({known[0 if language == 'es' else 1]})")
        if value is not None:
            parts.append(f": {_number(value, language)}{self._unit}{self._within(language)}")
            if self.limit is not None:
                limit = "límite" if language == "es" else "limit"
                parts.append(f" ({limit} {_number(self.limit, language)}{self._unit})")
        return "".join(parts)

    def _within(self, language: Literal["es", "en"]) -> str:
        """In which time was counted; "" where nothing is."""
        if self.by != "window" or not self.window_s:
            return ""
        days, hours = self.window_s / _DAY, self.window_s / 3600
        span = f"{days:.0f} d" if days > 1 else f"{hours:.0f} h"
        return f" en {span}" if language == "es" else f" in {span}"

    @property
    def _unit(self) -> str:
        return f" {self.unit}" if self.unit else ""


def _number(value: float, language: Language) -> str:
    return trimmed(value, 4 if abs(value) < 1 else 2, language)


@cache
def catalogue() -> Mapping[str, AlarmKind]:
    """Every alarm that can be raised, by code."""
    text = files("celador.domain.alarms").joinpath("catalogue.toml").read_text(encoding="utf-8")
    return {code: _kind(code, table) for code, table in tomllib.loads(text).items()}


def _kind(code: str, table: Mapping[str, Any]) -> AlarmKind:
    given = dict(table)
    for name in ("bits", "under", "needs"):
        given[name] = tuple(given.get(name, ()))
    given["subjects"] = {name: (es, en) for name, (es, en) in given.get("subjects", {}).items()}
    given["priority"] = Priority(given["priority"])
    given["latch"] = Latch(given.get("latch", "no"))
    given["es"], given["en"] = Words(*given["es"]), Words(*given["en"])
    return AlarmKind(code=code, **given)
