"""The states of ISA-18.2 as a table: every state, every input, what must follow."""

from __future__ import annotations

from dataclasses import replace

import pytest

from celador.domain.alarm import Alarm, AlarmState, Priority, Signature
from celador.domain.alarms.catalogue import Latch
from celador.domain.alarms.machine import Input, Life, NotPossibleError, settle, step

NOW = 1_784_332_800_000_000
HOUR = 3_600_000_000
ANA = Signature(NOW - HOUR, "ana")

# By state before and latch, what each input makes of it; "-" is a refusal, "=" no change.
ROWS: dict[tuple[AlarmState, Latch], dict[Input, str]] = {}


def _row(state: AlarmState, latch: Latch, text: str) -> None:
    ROWS[state, latch] = dict(zip(Input, text.split(), strict=True))


S = AlarmState
# In the order of Input: RETURN CLEAR ACK SHELVE UNSHELVE OUT IN SUPPRESS RELEASE RESET FORGET
_row(S.UNACK, Latch.NO, "= RTNUN ACK SHLVD - OOSRV - DSUPR = - =")
_row(S.UNACK, Latch.ACK, "= LATCH_UNACK ACK SHLVD - OOSRV - DSUPR = - =")
_row(S.UNACK, Latch.RESET, "= LATCH_UNACK ACK SHLVD - OOSRV - DSUPR = - =")
_row(S.ACK, Latch.NO, "= NORM - SHLVD - OOSRV - DSUPR = - =")
_row(S.ACK, Latch.ACK, "= NORM - SHLVD - OOSRV - DSUPR = - =")
_row(S.ACK, Latch.RESET, "= LATCH_ACK - SHLVD - OOSRV - DSUPR = - =")
_row(S.RETURNED_UNACK, Latch.NO, "UNACK = NORM SHLVD - OOSRV - NORM = - NORM")
_row(S.LATCHED_UNACK, Latch.ACK, "UNACK = NORM SHLVD - OOSRV - NORM = - =")
_row(S.LATCHED_UNACK, Latch.RESET, "UNACK = LATCH_ACK SHLVD - OOSRV - NORM = - =")
_row(S.LATCHED_ACK, Latch.RESET, "UNACK = - SHLVD - OOSRV - NORM = NORM =")
_row(S.SHELVED, Latch.NO, "= SHLVD SHLVD SHLVD UNACK OOSRV - SHLVD = - =")
_row(S.SUPPRESSED, Latch.NO, "= NORM DSUPR SHLVD - OOSRV - = UNACK - =")
_row(S.SUPPRESSED, Latch.ACK, "= NORM DSUPR SHLVD - OOSRV - = UNACK - =")
_row(S.OUT_OF_SERVICE, Latch.NO, "= OOSRV OOSRV - - - UNACK OOSRV = - =")

CASES = [(state, latch, what) for (state, latch) in ROWS for what in Input]


def life_in(state: AlarmState, latch: Latch) -> Life:
    """A life of this state, with the reasons that the state has."""
    alarm = Alarm(1, NOW, "LOCAL", Priority.MEDIUM, S.UNACK, NOW - 2 * HOUR, "es", "en")
    suppressed = False
    if state in (S.RETURNED_UNACK, S.LATCHED_UNACK, S.LATCHED_ACK):
        alarm = replace(alarm, ended=NOW - HOUR)
    if state in (S.ACK, S.LATCHED_ACK):
        alarm = replace(alarm, acknowledged=ANA)
    if state is S.SHELVED:
        alarm = replace(alarm, shelved=ANA, shelved_until=NOW + HOUR, reason="x")
    if state is S.OUT_OF_SERVICE:
        alarm = replace(alarm, out_of_service=ANA, reason="x")
    suppressed = state is S.SUPPRESSED
    life = settle(Life(alarm, latch, suppressed), NOW)
    assert life.alarm.state is state
    return life


@pytest.mark.parametrize(
    ("state", "latch", "what"), CASES, ids=[f"{s.value}-{n.value}-{w.name}" for s, n, w in CASES]
)
def test_each_state_and_each_input(state: AlarmState, latch: Latch, what: Input) -> None:
    life, wanted = life_in(state, latch), ROWS[state, latch][what]
    given = {"by": "eva", "reason": "porque", "until": NOW + HOUR}
    if wanted == "-":
        with pytest.raises(NotPossibleError) as refused:
            step(life, what, NOW, **given)  # type: ignore[arg-type]
        assert refused.value.es
        assert refused.value.en
        return
    after = step(life, what, NOW, **given)  # type: ignore[arg-type]
    assert after.alarm.state.value == (state.value if wanted == "=" else wanted)
    assert (after.alarm.closed is not None) == (after.alarm.state is S.NORMAL)
    if wanted == "=":
        assert after == life


def test_a_return_is_counted_and_wants_to_be_seen_again() -> None:
    back = step(life_in(S.LATCHED_ACK, Latch.RESET), Input.RETURN, NOW).alarm
    assert (back.repeats, back.came_back) == (1, NOW)
    assert (back.ended, back.acknowledged) == (None, None)


def test_what_is_only_kept_in_the_list_is_over_with_its_condition() -> None:
    life = life_in(S.UNACK, Latch.NO)
    log = replace(life, alarm=replace(life.alarm, priority=Priority.LOG))
    assert step(log, Input.CLEAR, NOW).alarm.state is S.NORMAL


def test_a_shelf_has_a_reason_and_an_end_within_12_hours() -> None:
    life = life_in(S.UNACK, Latch.NO)
    for reason, until, words in (
        (None, NOW + HOUR, "reason"),
        ("  ", NOW + HOUR, "reason"),
        ("x", None, "over already"),
        ("x", NOW, "over already"),
        ("x", NOW + 12 * HOUR + 1, "12 h"),
    ):
        with pytest.raises(NotPossibleError, match=words):
            step(life, Input.SHELVE, NOW, by="eva", reason=reason, until=until)
    shelved = step(life, Input.SHELVE, NOW, by="eva", reason="x", until=NOW + 12 * HOUR).alarm
    assert (shelved.shelved, shelved.reason) == (Signature(NOW, "eva"), "x")


def test_nobody_is_taken_out_of_service_without_a_reason() -> None:
    with pytest.raises(NotPossibleError, match="reason"):
        step(life_in(S.ACK, Latch.NO), Input.OUT, NOW, by="eva", reason="")
