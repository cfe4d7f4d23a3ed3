"""Interruptions of supply on the load side: by this recloser's openings, and from upstream."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from celador.domain.causes import Family
from celador.domain.operation import Operation, RecordQuality, Span
from celador.domain.outage import Outage, OutageOrigin
from celador.domain.sample import Value
from celador.pipeline.operations.context import CLOSED_STATES
from celador.pipeline.operations.desk import Desk

_DEAD = 0.1
_LIVE = 0.8
"""Shares of the rated voltage below which a phase is dead, and from which it is supplied (1.3)."""

_LOW = 0.9
"""Share of the rated voltage below which a phase sags (IEC 61000-4-30)."""

_CURRENT = {Family.OC, Family.EF, Family.SEF}
"""What trips by a current, which nothing but a supply drives, whatever became of it since."""

_TERMINALS = {"abc": ("va", "vb", "vc"), "rst": ("vr", "vs", "vt")}
_OTHER = {"abc": "rst", "rst": "abc"}


def opened(desk: Desk, span: Span, origin: OutageOrigin, operation: int | None) -> None:
    """The recloser opened: the supply is gone, if it was there."""
    context = desk.context
    running = context.outage
    if running is None:
        _put(desk, desk.interrupt(span, origin, operation))
    elif running.start.hi + desk.settings.settle > span.hi:
        # The dip of the fault itself, seen a moment before the opening that it caused.
        start = Span(running.start.lo, min(running.start.hi, span.hi))
        _put(desk, replace(running, start=start, origin=origin, operation=operation))


def closed(desk: Desk, span: Span) -> None:
    """The recloser closed: the supply is back, unless the source was seen dead before."""
    context = desk.context
    if context.source_live or not context.measured:
        end(desk, span)


def end(desk: Desk, span: Span) -> None:
    """The supply is back."""
    running = desk.context.outage
    if running is None:
        return
    quality = desk.worse(running.quality, desk.quality(span))
    desk.outages[running.key] = replace(running, end=span, quality=quality)
    desk.context.outage = None


def split(desk: Desk, span: Span, origin: OutageOrigin, operation: Operation) -> None:
    """The recloser closed and opened again within `span`, and nobody saw it."""
    running = desk.context.outage
    fed = bool(operation.trips) and not _CURRENT.isdisjoint(desk.families(operation.elements))
    if running is not None and _dead_throughout(desk, span) and not fed:
        # Closing brought no supply, unless the source lived and died again unseen.
        quality = desk.worse(running.quality, RecordQuality.ESTIMATED)
        _put(desk, replace(running, quality=quality))
        return
    end(desk, span)
    again = desk.interrupt(span, origin, operation.key)
    _put(desk, replace(again, quality=RecordQuality.RECONSTRUCTED))


def _dead_throughout(desk: Desk, span: Span) -> bool:
    """Whether the source was seen dead before `span` began, and has not been seen live since."""
    context = desk.context
    if context.source_live or not context.measured:
        return False
    since = context.source_at
    return since is not None and span.lo is not None and since <= span.lo


def within(desk: Desk, span: Span, origin: OutageOrigin, operation: int | None) -> None:
    """The recloser opened and closed again within `span`, and nobody saw it."""
    again = desk.interrupt(span, origin, operation)
    again = replace(again, end=span, quality=RecordQuality.RECONSTRUCTED)
    desk.outages[again.key] = again


def measured(desk: Desk, at: int, values: Mapping[str, Value]) -> None:
    """Look at the voltages of both sides.

    Args:
        desk: where the context is.
        at: when they were measured, UTC in microseconds since 1970.
        values: quantity to value.
    """
    context = desk.context
    source, load = (_shares(desk, values, side) for side in ("source", "load"))
    if source is not None and (min(source) >= _LIVE or max(source) < _DEAD):
        live = min(source) >= _LIVE
        if live != context.source_live:
            context.source_live, context.source_at = live, at
    if load is None or context.state not in CLOSED_STATES:
        return
    if min(load) >= _LIVE:
        if context.outage is not None:
            end(desk, Span(_no_sooner(desk, context.dead_at), at))
        context.measured = True
        context.live_at, context.dead_at = at, None
    elif max(load) < _DEAD and context.measured:
        if context.outage is None:
            span = Span(_no_sooner(desk, context.live_at), at)
            _put(desk, desk.interrupt(span, OutageOrigin.EXTERNAL, None))
        context.dead_at = at


def _no_sooner(desk: Desk, otherwise: int | None) -> int | None:
    """The supply turned after it was last seen `otherwise`, and after the recloser closed."""
    close = desk.context.last_close
    instants = (otherwise, None if close is None else close.lo)
    return max((at for at in instants if at is not None), default=None)


def sagging(desk: Desk, values: Mapping[str, Value]) -> str | None:
    """Phases whose voltage is clearly low on the source side; None for none, or not measured."""
    shares = _shares(desk, values, "source")
    if shares is None:
        return None
    low = "".join(phase for phase, share in zip("ABC", shares, strict=True) if share < _LOW)
    return {"AC": "CA"}.get(low, low) or None


def _shares(desk: Desk, values: Mapping[str, Value], side: str) -> list[float] | None:
    """The three phase voltages as shares of the rated one; None where one is not known."""
    settings = desk.settings
    rated = settings.nominal_voltage / math.sqrt(3)
    terminals = settings.source_side if side == "source" else _OTHER[settings.source_side]
    volts = [values.get(name) for name in _TERMINALS[terminals]]
    known = [value / rated for value in volts if value is not None]
    return known if len(known) == len(volts) else None


def _put(desk: Desk, outage: Outage) -> None:
    desk.context.outage = outage
    desk.outages[outage.key] = outage
