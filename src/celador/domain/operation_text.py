"""An operation in one sentence: time, element, phases, current, number of trips, how it ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal

from celador.domain.operation import Extremes, Operation, OperationKind, RecordQuality, Result

Language = Literal["es", "en"]

_RESULTS = {
    Result.RECLOSED: ("RECIERRE EXITOSO", "RECLOSED"),
    Result.LOCKOUT: ("BLOQUEO", "LOCKOUT"),
    Result.NO_RECLOSE: ("SIN RECIERRE", "NO RECLOSING"),
    Result.INTERRUPTED: ("SECUENCIA INTERRUMPIDA", "SEQUENCE INTERRUPTED"),
    Result.OPENED: ("ABIERTO por {}", "OPENED by {}"),
    Result.CLOSED: ("CERRADO por {}", "CLOSED by {}"),
    Result.RUNNING: ("en curso", "under way"),
}
_UNKNOWN = ("origen desconocido", "unknown origin")
_UNSEEN = ("no observada, reconstruida de los contadores", "not seen, reconstructed from counters")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARTH = ("EF", "SEF")


def sentence(operation: Operation, language: Language, zone: tzinfo) -> str:
    """The operation as people tell it: "18/07 13:13:38 OC3+ A,C 1840 A, 2 disparos, BLOQUEO".

    Args:
        operation: what happened.
        language: "es" or "en".
        zone: whose clock the time is shown in.
    """
    return f"{_when(operation, zone)} {told(operation, language)}"


def told(operation: Operation, language: Language, *, running: bool = True) -> str:
    """The sentence without its time; `running` whether it says of one that it goes on."""
    place = 0 if language == "es" else 1
    parts = [detail(operation, language)]
    result = operation.result
    shown = running or result is not Result.RUNNING
    if operation.kind is OperationKind.SEQUENCE and result is not None and shown:
        parts.append(_RESULTS[result][place])
    if operation.quality is RecordQuality.RECONSTRUCTED:
        parts.append(_UNSEEN[place])
    return ", ".join(parts)


def detail(operation: Operation, language: Language) -> str:
    """What it was and how often it tripped, without how it ended: "OC3+ A,C 1840 A, 2 disparos"."""
    place = 0 if language == "es" else 1
    what = _what(operation, place)
    if not operation.trips:
        return what
    one, many = (("disparo", "disparos"), ("trip", "trips"))[place]
    return f"{what}, {operation.trips} {one if operation.trips == 1 else many}"


def _when(operation: Operation, zone: tzinfo) -> str:
    moment = _EPOCH + timedelta(microseconds=operation.start.hi)
    return moment.astimezone(zone).strftime("%d/%m %H:%M:%S")


def _what(operation: Operation, place: int) -> str:
    cause = operation.cause or _UNKNOWN[place]
    if operation.kind is not OperationKind.SEQUENCE:
        result = operation.result
        moves = (Result.OPENED, Result.CLOSED)
        return _RESULTS[result][place].format(cause) if result in moves else cause
    words = [cause, ",".join(sorted(operation.phases or "")), _magnitude(operation, place)]
    return " ".join(word for word in words if word)


def _magnitude(operation: Operation, place: int) -> str:
    extremes, cause = operation.extremes, operation.cause or ""
    if extremes.uv is not None and cause.startswith("UV"):
        return f"{extremes.uv:.0f} V"
    if extremes.uf is not None and cause.startswith("UF"):
        text = f"{extremes.uf:.2f} Hz"
        return text if place else text.replace(".", ",")
    amps = _fault_current(extremes, operation.phases, earth=cause.startswith(_EARTH))
    return "" if amps is None else f"{amps:.0f} A"


def _fault_current(extremes: Extremes, phases: str | None, *, earth: bool) -> float | None:
    """The residual current of an earth fault, else the largest current of the faulted phases."""
    if earth and extremes.residual is not None:
        return extremes.residual
    by_phase = {"A": extremes.ia, "B": extremes.ib, "C": extremes.ic}
    wanted = [by_phase[phase] for phase in phases or by_phase]
    return max((amps for amps in wanted if amps is not None), default=None)
