"""The catalogue in docs/alarmas.md is the one that is raised; every sentence is whole."""

from __future__ import annotations

import re
from pathlib import Path

from celador.domain.alarm import Priority
from celador.domain.alarms.catalogue import AlarmKind, catalogue

DOCUMENT = Path(__file__).parents[2] / "docs" / "alarmas.md"
LATCH = {"no": "no", "ack": "reconocer", "reset": "restablecer"}


def number(value: float) -> str:
    return f"{value:g}".replace(".", ",")


def row(kind: AlarmKind) -> list[str]:
    limit = "" if kind.limit is None else f"{number(kind.limit)} {kind.unit}".strip()
    if kind.deadband:
        limit += f" (histéresis {number(kind.deadband)})"
    return [
        f"`{kind.code}`",
        str(int(kind.priority)),
        kind.es.title,
        limit,
        f"{number(kind.on_delay_s)} / {number(kind.off_delay_s)}",
        LATCH[kind.latch.value],
        kind.es.consequence,
        kind.es.action,
    ]


def test_the_document_has_the_catalogue() -> None:
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines
        if re.match(r"\| `[A-Z_0-9]+` \| \d", line)
    ]
    assert rows == [row(kind) for kind in catalogue().values()]


def test_what_an_alarm_is_under_is_in_the_catalogue() -> None:
    kinds = catalogue()
    for kind in kinds.values():
        assert set(kind.under) <= set(kinds) - {kind.code}
        assert all([*vars_of(kind)])


def vars_of(kind: AlarmKind) -> list[str]:
    words = (kind.es, kind.en)
    return [text for each in words for text in (each.title, each.consequence, each.action)]


def test_only_few_alarms_are_critical() -> None:
    """ISA-18.2 aims at 5 % of what is raised; what can be raised every day is not critical."""
    daily = {"COMUNICACION", "TENSION_ALTA", "TENSION_BAJA", "LOCAL", "LL_ON", "RECIERRE_OK"}
    critical = {code for code, kind in catalogue().items() if kind.priority is Priority.CRITICAL}
    assert not critical & daily
