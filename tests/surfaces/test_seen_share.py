"""How much of a range the samples of a trend speak for."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from celador.domain.envelope import Envelope, EnvelopeRow, seen_share

SECOND = 1_000_000
MINUTE = 60 * SECOND


def samples(instants: Iterable[float]) -> Envelope:
    return Envelope(0, [EnvelopeRow(round(at * SECOND), 1, ()) for at in instants])


def test_a_sample_each_second_is_all_even_when_some_come_a_little_late() -> None:
    assert seen_share(samples(range(60)), 0, MINUTE, SECOND) == 1.0
    assert seen_share(samples(n + n % 2 * 0.3 for n in range(60)), 0, MINUTE, SECOND) == 1.0


def test_nothing_is_nothing() -> None:
    assert seen_share(samples(()), 0, MINUTE, SECOND) == 0.0
    assert seen_share(Envelope(MINUTE, []), 0, MINUTE, SECOND) == 0.0


def test_samples_that_came_faster_than_due_make_up_for_no_gap() -> None:
    # Five in each second of the first half minute, where one is due; then nothing.
    fast = samples(n / 5 for n in range(150))
    assert seen_share(fast, 0, MINUTE, SECOND) == pytest.approx(30.8 / 60)


def test_a_gap_counts_for_one_period() -> None:
    # 0 to 9 s and 40 to 59 s: ten seconds and twenty.
    assert seen_share(samples([*range(10), *range(40, 60)]), 0, MINUTE, SECOND) == 0.5


def test_a_stretch_is_never_more_than_whole_and_only_what_lies_in_the_range_counts() -> None:
    rows = [EnvelopeRow(0, 600, ()), EnvelopeRow(MINUTE, 30, ())]
    assert seen_share(Envelope(MINUTE, rows), 0, 4 * MINUTE, SECOND) == 0.375
    assert seen_share(Envelope(MINUTE, rows), MINUTE // 2, MINUTE, SECOND) == 1.0
