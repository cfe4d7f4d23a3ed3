"""What a rule must remember over restarts, as text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Memory:
    """One row of `memorias`; a later one of the same device and subject takes its place.

    It is stored in the order of the records around it: what is found after a crash is never older
    than the records that were found with it.

    Attributes:
        device_id: `equipos.id`.
        at: the instant that it speaks of, UTC in microseconds since 1970.
        subject: which rule remembers, for example "operaciones".
        document: what it remembers, JSON.
    """

    device_id: int
    at: int
    subject: str
    document: str
