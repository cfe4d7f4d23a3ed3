"""An operation in one sentence: time, element, phases, current, number of trips, how it ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from celador.domain.operation import Extremes, Operation, OperationKind, RecordQuality, Result
from celador.domain.writing import Language, number

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
_UNSEEN = (
    "con movimientos no observados, según los contadores",
    "with moves not seen, by the counters",
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARTH = ("EF", "SEF")


def sentence(operation: Operation, language: Language, zone: tzinfo) -> str:
    """The operation as people tell it: "18/07 13:13:38 OC3+ A,C 1.840 A, 2 disparos, BLOQUEO".

    Args:
        operation: what happened.
        language: "es" or "en".
        zone: whose clock the time is shown in.
    """
    return f"{_when(operation, zone)} {told(operation, language)}"


def told(operation: Operation, language: Language) -> str:
    """The sentence without its time."""
    place = 0 if language == "es" else 1
    parts = [detail(operation, language)]
    if operation.kind is OperationKind.SEQUENCE and operation.result is not None:
        parts.append(_RESULTS[operation.result][place])
    if operation.quality is RecordQuality.RECONSTRUCTED:
        parts.append(_UNSEEN[place])
    return ", ".join(parts)


def detail(operation: Operation, language: Language) -> str:
    """What it was and how often it tripped, not how it ended: "OC3+ A,C 1.840 A, 2 disparos"."""
    place = 0 if language == "es" else 1
    what = _what(operation, language)
    if not operation.trips:
        return what
    one, many = (("disparo", "disparos"), ("trip", "trips"))[place]
    return f"{what}, {operation.trips} {one if operation.trips == 1 else many}"


def _when(operation: Operation, zone: tzinfo) -> str:
    moment = _EPOCH + timedelta(microseconds=operation.start.hi)
    return moment.astimezone(zone).strftime("%d/%m %H:%M:%S")


def _what(operation: Operation, language: Language) -> str:
    place = 0 if language == "es" else 1
    cause = operation.cause or _UNKNOWN[place]
    if operation.kind is not OperationKind.SEQUENCE:
        result = operation.result
        moves = (Result.OPENED, Result.CLOSED)
        return _RESULTS[result][place].format(cause) if result in moves else cause
    words = [cause, ",".join(sorted(operation.phases or "")), _magnitude(operation, language)]
    return " ".join(word for word in words if word)


def _magnitude(operation: Operation, language: Language) -> str:
    extremes, cause = operation.extremes, operation.cause or ""
    if extremes.uv is not None and cause.startswith("UV"):
        return f"{number(extremes.uv, 0, language)} V"
    if extremes.uf and cause.startswith("UF"):
        return f"{number(extremes.uf, 2, language)} Hz"
    amps = _fault_current(extremes, operation.phases, earth=cause.startswith(_EARTH))
    return "" if amps is None else f"{number(amps, 0, language)} A"


def _fault_current(extremes: Extremes, phases: str | None, *, earth: bool) -> float | None:
    """The residual current of an earth fault, else the largest current of the faulted phases.

    A register of 0 was not written by the trip: no current of 0 A trips anything.
    """
    if earth and extremes.residual:
        return extremes.residual
    by_phase = {"A": extremes.ia, "B": extremes.ib, "C": extremes.ic}
    wanted = [by_phase[phase] for phase in phases or by_phase]
    return max((amps for amps in wanted if amps), default=None)
