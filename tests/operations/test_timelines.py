"""Operations and interruptions against timelines written from the sheets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from celador.domain.blocks import Block, Table
from celador.domain.operation import RecordQuality
from celador.sources.timeline import ScriptedController, load_timeline, parse_timeline
from tests.operations.timelines import FOLDER, against, played

FILES = sorted(FOLDER.glob("*.txt"))
CASES = [(path, period) for path in FILES for period in load_timeline(path).expected]


@pytest.mark.parametrize(
    ("path", "period"), CASES, ids=[f"{path.stem}-{period:g}s" for path, period in CASES]
)
def test_what_is_on_record_is_what_the_timeline_says(path: Path, period: float) -> None:
    assert against(load_timeline(path), period) == []


def test_what_counters_alone_tell_is_reconstructed_as_an_event_too() -> None:
    """One word for one thing (sheet of operations, 1.4)."""
    ledger = played(load_timeline(FOLDER / "C03-cycles-by-order-missed.txt"), 1.0).ledger
    (unseen,) = [each for each in ledger.events if each.point == "operacion_no_observada"]
    assert unseen.quality is RecordQuality.RECONSTRUCTED
    assert {each.quality for each in ledger.operations.values()} == {unseen.quality}


# Before the first trip, in both dead times, in both reclaim times, and after the lockout.
MOMENTS = [("S02", each) for each in (-5.0, 0.05, 0.3, 0.8, 1.2, 8.0, 15.9, 16.2, 17.0)]
MOMENTS += [("S04", each) for each in (-5.0, 0.3, 2.5, 4.9, 5.1, 6.0)]  # in and after the pickup
SETTLED = {
    "S02": (("bloqueo", 3, 2, 2, "AB"), [True, True, False]),
    "S04": (("bloqueo", 1, 0, 0, None), [False]),
}


@pytest.mark.parametrize("period", [0.2, 1.0])
@pytest.mark.parametrize(("name", "moment"), MOMENTS)
def test_killed_at_any_moment_of_a_sequence_it_is_one_operation(
    name: str, moment: float, period: float
) -> None:
    """What is on disk is what the last poll before it left; the record is that of no kill."""
    timeline = load_timeline(FOLDER / f"{name}.txt")
    timeline.restarts = [moment]
    ledger = played(timeline, period).ledger
    (found,) = ledger.operations.values()
    result = found.result and found.result.value
    wanted, over = SETTLED[name]
    assert (result, found.trips, found.recloses, found.cycles, found.phases) == wanted
    outages = sorted(ledger.outages.values(), key=lambda each: each.start.hi)
    assert [each.end is not None for each in outages] == over
    assert {(each.origin.value, each.operation) for each in outages} == {
        ("propia-falla", found.key)
    }
    starts = [each for each in ledger.events if each.point == "inicio_de_supervision"]
    assert len(starts) == 1


LINES, SEQUENCES, FREQUENCIES = (
    Block(Table.INPUT_REGISTER, address, size) for address, size in ((10, 6), (62, 2), (60, 2))
)


@pytest.mark.parametrize(
    ("words", "lines", "sequences"),
    [
        ("", [13_200] * 6, [1, 1]),
        # One phase dead: the line between the others is whole, those to it are phase voltages.
        ("5 30007=0", [13_200, 7_621, 7_621, 13_200, 13_200, 13_200], [1, 1]),
        # 8 and 6 kV at 120° are the square root of 148 kV apart.
        ("5 30008=8000 30009=6000 30010=0", [13_200] * 3 + [12_166, 6_000, 8_000], [1, 1]),
        ("5 30005=0 30006=0 30007=0", [0, 0, 0, 13_200, 13_200, 13_200], [2, 1]),
        ("5 30005=?", [None, 13_200, None, 13_200, 13_200, 13_200], [1, 1]),
        ("5 30011=14520 30063=0\n6 30005=0", [14_520, 13_200, 7_621] + [13_200] * 3, [0, 1]),
        ("blank\n5 30005=7621", [0] * 6, [0, 0]),
    ],
)
def test_lines_and_sequences_follow_the_phases_until_they_are_written(
    words: str, lines: list[int | None], sequences: list[int]
) -> None:
    shown = ScriptedController(parse_timeline(f"points\n{words}\n", "a file"))
    assert shown.show(LINES, 9.0) == lines
    assert shown.show(SEQUENCES, 9.0) == sequences


def test_a_dead_side_has_no_frequency() -> None:
    """What cannot be computed is 0x7FFF on the device (osm27 guide, 30061 and 30062)."""
    words = "5 30008=0 30009=0 30010=0\n7 30061=4890\n"
    shown = ScriptedController(parse_timeline(f"points\n{words}", "a file"))
    assert shown.show(FREQUENCIES, 0.0) == [5000, 5000]
    assert shown.show(FREQUENCIES, 6.0) == [5000, 0x7FFF]
    assert shown.show(FREQUENCIES, 9.0) == [4890, 0x7FFF]


def test_every_scenario_is_looked_at_at_each_pace() -> None:
    paces = {f"S{number:02}": set[float]() for number in range(1, 23)}
    for path, period in CASES:
        if path.stem[:3] in paces:
            paces[path.stem[:3]].add(period)
    assert {name for name, found in paces.items() if found != {0.2, 1.0, 5.0}} == set()


def test_every_transition_and_every_rule_is_looked_at_at_each_pace() -> None:
    """By the sheet of operations: T for 1.3, C for the counters (1.4), R for starts (1.5)."""
    paces: dict[str, set[float]] = {}
    for path, period in CASES:
        for word in path.stem.split("-"):
            if re.fullmatch(r"[TCRI]\d\d[abc]?", word):
                paces.setdefault(word, set()).add(period)
                paces.setdefault(word[:3], set()).add(period)
    wanted = {f"T{number:02}" for number in range(1, 12)} | {"T04a", "T04b", "T04c"}
    wanted |= {f"C{number:02}" for number in range(1, 10)}
    wanted |= {f"R{number:02}" for number in range(1, 26)}
    assert wanted <= set(paces)
    assert {word for word, found in paces.items() if found != {0.2, 1.0, 5.0}} == set()
