"""Fault currents and phases of an operation: only what is its own (1.3, end of the section)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from celador.domain.causes import Family
from celador.domain.operation import Extremes, Operation, OperationKind
from celador.pipeline.operations.desk import Desk
from celador.pipeline.operations.witnesses import FAMILIES, PHASES, Counts, Difference

_CURRENTS = {"ia": "ia_max", "ib": "ib_max", "ic": "ic_max", "residual": "in_max"}
_CLEARLY = 1.5
"""A phase is the faulted one when its current was this many times the load before."""

PHASE_NAMES = {"AC": "CA"}


def give_extremes(desk: Desk, old: Counts, new: Counts, moved: Difference) -> None:
    """Give the last sequence what the controller kept of its trips between two readings.

    A register belongs to it when it changed, or when a trip counter of its kind moved; a sensitive
    earth fault alone proves nothing for the currents, which not every controller keeps for it.
    """
    operation = desk.context.operation
    if operation is None or operation.kind is not OperationKind.SEQUENCE:
        return
    if operation.end is not None and operation.end.hi + desk.settings.settle < old.at:
        return  # over and accounted for, long before this reading
    own = _own(old, new, moved)
    extremes, known = _merged(operation.extremes, own), operation.own_extremes
    if own:
        known = True
    elif known is None and new.at > operation.start.hi + desk.settings.settle:
        known = False
    changed = replace(
        operation,
        extremes=extremes,
        own_extremes=known,
        counters_after=new.counted,
        phases=_phases(desk, operation, moved, extremes),
    )
    if changed != operation:
        desk.put(changed)


def _own(old: Counts, new: Counts, moved: Difference) -> dict[str, float]:
    changed = {name for name, value in new.kept.items() if old.kept.get(name) != value}
    tripped = {FAMILIES[name] for name in moved.moved}
    own: set[str] = set()
    if tripped & {Family.OC, Family.EF} or changed & set(_CURRENTS.values()):
        own |= set(_CURRENTS.values())
    if Family.UV in tripped or "uv_min" in changed:
        own.add("uv_min")
    if Family.UF in tripped or "uf_min" in changed:
        own.add("uf_min")
    if not any(new.kept.get(name) for name in _CURRENTS.values()):
        own -= set(_CURRENTS.values())  # nothing trips at 0 A: the registers were not written
    if not new.kept.get("uf_min"):
        own.discard("uf_min")
    return {name: value for name, value in new.kept.items() if name in own}


def _merged(before: Extremes, own: dict[str, float]) -> Extremes:
    """Of several trips of one sequence: the largest currents, the lowest voltage and frequency."""
    values = {name: (getattr(before, name), own.get(kept)) for name, kept in _CURRENTS.items()}
    return Extremes(
        **{name: _extreme(max, both) for name, both in values.items()},
        uv=_extreme(min, (before.uv, own.get("uv_min"))),
        uf=_extreme(min, (before.uf, own.get("uf_min"))),
    )


def _extreme(
    pick: Callable[[Iterable[float]], float], values: Iterable[float | None]
) -> float | None:
    known = [value for value in values if value is not None]
    return pick(known) if known else None


def _phases(desk: Desk, operation: Operation, moved: Difference, extremes: Extremes) -> str | None:
    """Phases of the fault: from the counters, else the one whose current stands out."""
    counted = {phase for name, phase in PHASES.items() if name in moved.moved}
    if counted:
        letters = "".join(sorted(counted | set(operation.phases or "")))
        return PHASE_NAMES.get(letters, letters)
    families = desk.families(operation.elements) | set(moved.families)
    if operation.phases is not None or not families:
        return operation.phases
    if Family.UV in families:
        return desk.context.sagging
    earth = bool(families & {Family.EF, Family.SEF})
    return _standing_out(desk, extremes) if earth else None


def _standing_out(desk: Desk, extremes: Extremes) -> str | None:
    load = desk.context.load
    amps = {"A": extremes.ia, "B": extremes.ib, "C": extremes.ic}
    before = {"A": load.ia, "B": load.ib, "C": load.ic}
    known = {phase: value for phase, value in amps.items() if value is not None}
    if not known:
        return None
    largest = max(known, key=known.__getitem__)
    reference = before[largest]
    clear = reference is not None and known[largest] > _CLEARLY * reference
    return largest if clear else None
