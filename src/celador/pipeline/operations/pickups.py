"""Pickups: transitions T1 and T2 of the sheet of operations, 1.3. Pure."""

from __future__ import annotations

from dataclasses import replace

from celador.domain.operation import Span, least, most
from celador.pipeline.operations.context import Pickup, State
from celador.pipeline.operations.desk import Desk
from celador.pipeline.operations.facts import Facts


def picks_up(desk: Desk, facts: Facts, span: Span) -> None:
    """T1: an element has picked up, while closed."""
    context = desk.context
    release(desk)
    context.reclaiming = context.state is State.CLOSED_RECLAIM
    context.state = State.PICKUP
    context.pickup = Pickup(span, facts.picked_up)
    elements = ", ".join(facts.picked_up) or "?"
    desk.say("arranque", f"Arranque: {elements}", f"Pickup: {elements}", at=span, new=elements)


def still_picked_up(desk: Desk, facts: Facts, span: Span) -> None:
    """T2, when it has dropped off; whether it tripped meanwhile, the counters will tell."""
    context = desk.context
    pickup = context.pickup or Pickup(span, ())
    if facts.pickup:
        elements = desk.ranked((*pickup.elements, *facts.picked_up))
        context.pickup = replace(pickup, elements=elements)
        return
    context.pickup = replace(pickup, end=span)
    context.state = State.CLOSED_RECLAIM if context.reclaiming else State.CLOSED
    context.reclaiming = False


def release(desk: Desk) -> None:
    """A pickup that dropped off was no trip: say so."""
    pickup = desk.context.pickup
    if pickup is None or pickup.end is None:
        return
    shortest, longest = least(pickup.start, pickup.end), most(pickup.start, pickup.end)
    elements = ", ".join(pickup.elements) or "?"
    upper = "?" if longest is None else f"{longest:.1f}"
    desk.say(
        "arranque_desestimado",
        f"Arranque desestimado: {elements}, entre {shortest:.1f} y {upper} s",
        f"Pickup without a trip: {elements}, between {shortest:.1f} and {upper} s",
        at=pickup.end,
        new=elements,
    )
    desk.context.pickup = None
