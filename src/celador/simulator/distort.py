"""What each communication fault does to the values, the message and the bytes of an answer."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence

from celador.simulator.faults import ActiveFault, Fault
from celador.simulator.frames import Frame
from celador.simulator.functions import (
    READ_HOLDING_REGISTERS,
    READ_INPUT_REGISTERS,
    READS,
    Alter,
    ReadRequest,
)

NOT_COMPUTABLE = 0x7FFF
# PDU addresses of the RC10 guide (NOJA-5074-00), table of input registers: f_abc and f_rst; the
# four power factors; the sixteen 32-bit energies, high word first on an even address.
_FREQUENCIES_AND_POWER_FACTORS = frozenset({60, 61, 67, 68, 69, 70})
_ENERGIES = range(28, 60)

Hits = Mapping[str, ActiveFault]

_VALUE_KINDS = frozenset({"freeze", "not_computable", "tear"})
_SWAPPED_FUNCTION = {1: 2, 2: 1, 3: 4, 4: 3}


def alter_values(hits: Hits) -> Alter | None:
    """The change that the striking faults make to the values of a read; None when there is none."""
    if _VALUE_KINDS.isdisjoint(hits):
        return None

    def alter(request: ReadRequest, values: Sequence[int]) -> Sequence[int]:
        changed = list(values)
        if "freeze" in hits:
            changed = _freeze(hits["freeze"], request, changed)
        if request.function != READ_INPUT_REGISTERS:
            return changed
        if "not_computable" in hits:
            chosen = _chosen(hits["not_computable"].fault, _FREQUENCIES_AND_POWER_FACTORS)
            for index in _indexes(request, chosen):
                changed[index] = NOT_COMPUTABLE
        if "tear" in hits:
            for index in _indexes(request, _chosen(hits["tear"].fault, _ENERGIES)[::2]):
                # As if the low word had just passed 65535 and the high word were one carry off.
                changed[index] += -1 if changed[index] else 1
        return changed

    return alter


def _freeze(active: ActiveFault, request: ReadRequest, values: list[int]) -> list[int]:
    """Each value stays what it was when it was first read; so blocks of any shape agree."""
    return [
        active.frozen.setdefault((request.function, request.address + index), value)
        for index, value in enumerate(values)
    ]


def _chosen(fault: Fault, usual: Collection[int]) -> list[int]:
    first, last = fault.parameters["first"], fault.parameters["last"]
    if first is None and last is None:
        return sorted(usual)
    return list(range(int(first or 0), int(0xFFFF if last is None else last) + 1))


def _indexes(request: ReadRequest, addresses: Collection[int]) -> list[int]:
    return [a - request.address for a in addresses if 0 <= a - request.address < request.quantity]


def alter_message(hits: Hits, frame: Frame) -> Frame:
    """The answer with the striking faults in its transaction id, unit id, function and length."""
    transaction, unit, pdu = frame
    if "short" in hits and pdu[0] in READS:
        pdu = _shorten(pdu)
    if "wrong_function" in hits:
        function = pdu[0] & 0x7F
        pdu = bytes([_SWAPPED_FUNCTION.get(function, function ^ 0x01) | pdu[0] & 0x80]) + pdu[1:]
    if "wrong_unit" in hits:
        unit = unit % 247 + 1
    if "tid_zero" in hits:
        transaction = 0
    elif "wrong_tid" in hits:
        transaction ^= 0x5555
    return Frame(transaction, unit, pdu)


def _shorten(pdu: bytes) -> bytes:
    """Half of the values, with the byte count that belongs to them."""
    width = 2 if pdu[0] in {READ_HOLDING_REGISTERS, READ_INPUT_REGISTERS} else 1
    size = (len(pdu) - 2) // width // 2 * width
    return bytes([pdu[0], size]) + pdu[2 : 2 + size]


def alter_bytes(hits: Hits, data: bytes, dice: random.Random) -> bytes:
    """The bytes that go out instead of the frame `data`."""
    if "garbage" in hits:
        data = dice.randbytes(len(data))
    return data[: len(data) // 2] if "partial" in hits else data
