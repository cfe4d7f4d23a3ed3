"""The sentence that people read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from celador.domain.operation import (
    Extremes,
    Operation,
    OperationKind,
    RecordQuality,
    Result,
    Span,
)
from celador.domain.operation_text import sentence

CORDOBA = ZoneInfo("America/Argentina/Cordoba")
AT = round(datetime(2026, 7, 18, 13, 13, 38, tzinfo=CORDOBA).timestamp() * 1_000_000)
UNSEEN = RecordQuality.RECONSTRUCTED
SEQUENCE = Operation(
    device_id=1,
    key=1,
    start=Span(AT - 1_000_000, AT),
    kind=OperationKind.SEQUENCE,
    result=Result.LOCKOUT,
    quality=RecordQuality.OBSERVED,
    cause="OC3+",
    phases="CA",
    trips=2,
    extremes=Extremes(ia=1840.0, ib=61.0, ic=1812.0, residual=3.0),
)
ORDER = replace(
    SEQUENCE,
    kind=OperationKind.ORDER,
    result=Result.OPENED,
    cause="SCADA",
    trips=0,
    extremes=Extremes(),
)


@pytest.mark.parametrize(
    ("changes", "es", "en"),
    [
        ({}, "OC3+ A,C 1.840 A, 2 disparos, BLOQUEO", "OC3+ A,C 1,840 A, 2 trips, LOCKOUT"),
        (
            {"trips": 1, "phases": None, "result": Result.RECLOSED},
            "OC3+ 1.840 A, 1 disparo, RECIERRE EXITOSO",
            "OC3+ 1,840 A, 1 trip, RECLOSED",
        ),
        (
            {"cause": "EF1+", "phases": "A", "extremes": Extremes(ia=400.0, residual=335.0)},
            "EF1+ A 335 A, 2 disparos, BLOQUEO",
            "EF1+ A 335 A, 2 trips, LOCKOUT",
        ),
        (
            {"cause": "EF1+", "phases": "A", "extremes": Extremes(ia=400.0, residual=0.0)},
            "EF1+ A 400 A, 2 disparos, BLOQUEO",
            "EF1+ A 400 A, 2 trips, LOCKOUT",
        ),
        (
            {"extremes": Extremes(ia=0.0, ib=0.0, ic=0.0, residual=0.0)},  # never written
            "OC3+ A,C, 2 disparos, BLOQUEO",
            "OC3+ A,C, 2 trips, LOCKOUT",
        ),
        (
            {"cause": "UF", "phases": None, "trips": 1, "extremes": Extremes(uf=0.0)},
            "UF, 1 disparo, BLOQUEO",
            "UF, 1 trip, LOCKOUT",
        ),
        (
            {"cause": "UF", "phases": None, "trips": 1, "extremes": Extremes(uf=48.9)},
            "UF 48,90 Hz, 1 disparo, BLOQUEO",
            "UF 48.90 Hz, 1 trip, LOCKOUT",
        ),
        (
            {"cause": "UV1", "phases": "ABC", "trips": 1, "extremes": Extremes(uv=5383.0)},
            "UV1 A,B,C 5.383 V, 1 disparo, BLOQUEO",
            "UV1 A,B,C 5,383 V, 1 trip, LOCKOUT",
        ),
        (
            {"cause": "OC", "phases": None, "extremes": Extremes(), "quality": UNSEEN},
            "OC, 2 disparos, BLOQUEO, con movimientos no observados, según los contadores",
            "OC, 2 trips, LOCKOUT, with moves not seen, by the counters",
        ),
        (
            {"cause": None, "trips": 1, "phases": None, "result": None, "extremes": Extremes()},
            "origen desconocido, 1 disparo",
            "unknown origin, 1 trip",
        ),
    ],
)
def test_a_sequence_in_one_sentence(changes: dict[str, object], es: str, en: str) -> None:
    told = replace(SEQUENCE, **changes)  # type: ignore[arg-type]  # the fields' own types differ
    assert sentence(told, "es", CORDOBA) == f"18/07 13:13:38 {es}"
    assert sentence(told, "en", CORDOBA) == f"18/07 13:13:38 {en}"


def test_an_order_in_one_sentence() -> None:
    closed = replace(ORDER, result=Result.CLOSED, cause="HMI")
    unknown = replace(ORDER, kind=OperationKind.UNKNOWN, result=None, cause=None)
    assert sentence(ORDER, "es", CORDOBA) == "18/07 13:13:38 ABIERTO por SCADA"
    assert sentence(closed, "en", CORDOBA) == "18/07 13:13:38 CLOSED by HMI"
    assert sentence(unknown, "es", CORDOBA) == "18/07 13:13:38 origen desconocido"
