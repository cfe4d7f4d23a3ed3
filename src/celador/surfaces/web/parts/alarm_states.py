"""Which states of an alarm ask for somebody, and in which words they are told."""

from __future__ import annotations

from celador.domain.alarm import AlarmState

UNSEEN = frozenset((AlarmState.UNACK, AlarmState.RETURNED_UNACK, AlarmState.LATCHED_UNACK))
"""Nobody has acknowledged it: it alone may blink."""

QUIET = frozenset(
    (AlarmState.NORMAL, AlarmState.SHELVED, AlarmState.SUPPRESSED, AlarmState.OUT_OF_SERVICE)
)
"""It asks for nobody now."""

STATE_WORDS = {
    AlarmState.NORMAL: "over",
    AlarmState.UNACK: "active, unacknowledged",
    AlarmState.ACK: "active, acknowledged",
    AlarmState.RETURNED_UNACK: "gone, unacknowledged",
    AlarmState.LATCHED_UNACK: "gone, latched, unacknowledged",
    AlarmState.LATCHED_ACK: "gone, latched, waits for a reset",
    AlarmState.SHELVED: "shelved",
    AlarmState.SUPPRESSED: "suppressed by design",
    AlarmState.OUT_OF_SERVICE: "out of service",
}
