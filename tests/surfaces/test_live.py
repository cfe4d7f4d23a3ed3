"""What a memory of the rules changes on the screens."""

from __future__ import annotations

from celador.documents import dump
from celador.domain.device import Device
from celador.domain.memory import Memory
from celador.pipeline.operations.context import Context, State
from celador.pipeline.watch import SUBJECT, Remembered
from celador.surfaces.live import Live


def _memory(at: int, state: State) -> Memory:
    return Memory(1, at, SUBJECT, dump(Remembered(at, {"open": at}, Context(state=state))))


def test_a_memory_is_urgent_when_the_machine_has_moved_and_is_read_as_it_is_now() -> None:
    live, told = Live([Device(1, "rec", "", "noja-rc10", 13_200.0)]), []
    live.on_urgent(lambda: told.append(live.devices[1].remembered))
    for at, state in ((1, State.CLOSED), (2, State.CLOSED), (3, State.PICKUP), (4, State.PICKUP)):
        live.committed([_memory(at, state)])
    assert [None if each is None else each.at for each in told] == [1, 3]
    assert live.devices[1].remembered == Remembered(4, {"open": 4}, Context(state=State.PICKUP))


def test_a_memory_of_another_version_shows_nothing_and_one_of_another_rule_is_none() -> None:
    live = Live([Device(1, "rec", "", "noja-rc10", 13_200.0)])
    live.committed([Memory(1, 1, "alarmas", "{}")])
    assert live.devices[1].remembered is None
    live.committed([_memory(1, State.CLOSED), Memory(1, 2, SUBJECT, '{"at":2,"later":1}')])
    assert live.devices[1].remembered is None
