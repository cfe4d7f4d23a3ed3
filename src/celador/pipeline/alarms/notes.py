"""What the rules of alarms remember over a restart, besides the open alarms themselves."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from celador.documents import dump, load
from celador.domain.memory import Memory
from celador.pipeline.alarms.history import History
from celador.pipeline.alarms.measures import MeasureNotes

_log = logging.getLogger("celador.alarms")

SUBJECT = "alarmas"


@dataclass(frozen=True, slots=True)
class Pending:
    """A condition that had begun to hold when the last run ended."""

    since: int
    reads: int
    known_at: int


@dataclass(slots=True)
class Notes:
    """What is kept on disk of one recloser, besides its open alarms.

    Attributes:
        history: what happened before.
        measures: windows under way.
        pending: conditions on their way, by code and subject with a bar between.
    """

    history: History = field(default_factory=History)
    measures: MeasureNotes = field(default_factory=MeasureNotes)
    pending: Mapping[str, Pending] = field(default_factory=dict)


def remember(device_id: int, at: int, notes: Notes) -> Memory:
    """The record that keeps the notes of a device."""
    return Memory(device_id, at, SUBJECT, dump(notes))


def recall(memory: Memory | None) -> Notes:
    """The notes of a record; empty ones where there is none, or none that can be used."""
    if memory is None:
        return Notes()
    try:
        return load(Notes, memory.document)
    except ValueError:
        _log.warning(
            "device %d: what the rules of alarms remembered cannot be used by this version; they "
            "begin anew",
            memory.device_id,
        )
        return Notes()
