"""Addresses as guides write them, and the PDU addresses (from 0) that they stand for."""

from __future__ import annotations

from typing import Literal

from celador.domain.blocks import Table

LAST_ADDRESS = 65535

AddressBase = Literal[0, 1, "reference"]

# First reference, last reference: the five-digit form, then the six-digit one.
_REFERENCES = {
    Table.COIL: ((1, 65536),),
    Table.DISCRETE_INPUT: ((10001, 19999), (100001, 165536)),
    Table.INPUT_REGISTER: ((30001, 39999), (300001, 365536)),
    Table.HOLDING_REGISTER: ((40001, 49999), (400001, 465536)),
}


def from_reference(table: Table, reference: int) -> int | None:
    """The PDU address of a reference like 30001 (which is 0); None where it fits no form."""
    for first, last in _REFERENCES[table]:
        if first <= reference <= last:
            return reference - first
    return None


def to_pdu(table: Table, written: int, base: AddressBase) -> int | None:
    """The PDU address of an address written with `base`; None where there is no such cell."""
    if base == "reference":
        return from_reference(table, written)
    address = written - base
    return address if 0 <= address <= LAST_ADDRESS else None


def reference_form(table: Table) -> str:
    """How references of the table look, for messages."""
    return " or ".join(f"{first} to {last}" for first, last in _REFERENCES[table])
