"""How long a record may wait for company, shown on a clock turned by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from celador.ports import Record
from celador.stores.sqlite.intake import Intake, Loss
from tests.stores.support import SqliteHarness, event, sample, until
from tests.support.clock import MIDNIGHT, TurnedClock

PROMISE = 0.1  # s


async def test_a_batch_is_due_within_the_promise_counted_from_its_first_record(
    sqlite: SqliteHarness,
) -> None:
    store = await sqlite.open()
    intake = Intake(10, store._intake._window, sqlite.clock.monotonic)
    await store.close()
    assert intake.seconds_to_due() is None
    intake.add([sample(0)])
    first = intake.seconds_to_due()
    assert first is not None
    assert first < PROMISE
    sqlite.clock.spend(first / 2)
    intake.add([sample(1)])
    assert intake.seconds_to_due() == pytest.approx(first / 2)  # latecomers do not put it off
    sqlite.clock.spend(first / 2)
    assert intake.seconds_to_due() == 0
    assert intake.take(10) == [sample(0), sample(1)]
    assert intake.seconds_to_due() is None


async def test_what_was_added_together_is_taken_together() -> None:
    intake = Intake(10, 0.05, TurnedClock().monotonic)
    for first in (0, 3, 6):
        intake.add([sample(at) for at in range(first, first + 3)])
    taken = [len(intake.take(4)) for _ in range(3)]
    assert taken == [6, 3, 0]


def test_what_is_left_of_a_group_after_a_loss_is_taken_together() -> None:
    intake = Intake(4, 0.05, TurnedClock().monotonic)
    for first in (0, 3):
        intake.add([sample(at) for at in range(first, first + 3)])
    assert [len(intake.take(1)) for _ in range(3)] == [1, 3, 0]


def test_what_is_left_of_a_large_batch_stays_due() -> None:
    clock = TurnedClock()
    intake = Intake(10, 0.05, clock.monotonic)
    for at in range(3):
        intake.add([sample(at)])
    clock.spend(0.05)
    assert len(intake.take(2)) == 2
    assert intake.seconds_to_due() == 0


async def test_records_given_one_by_one_share_a_commit(sqlite: SqliteHarness) -> None:
    commits: list[int] = []

    def listen(records: Sequence[Record]) -> None:
        commits.append(len(records))

    store = await sqlite.open(listen)
    for at in range(1000):
        store.add([sample(at)])
    await store.flush()  # the clock stands still: only this makes the batch due
    await store.close()
    assert commits == [1000]


async def test_without_a_flush_the_clock_alone_makes_a_batch_durable(sqlite: SqliteHarness) -> None:
    heard: list[Record] = []
    store = await sqlite.open(heard.extend)
    store.add([sample(0)])
    sqlite.clock.spend(PROMISE)
    await until(lambda: heard == [sample(0)])
    await store.close()


async def test_the_queue_is_bounded_and_the_oldest_go_first() -> None:
    intake = Intake(3, 1.0, TurnedClock().monotonic)
    intake.add([sample(at) for at in (7, 5, 6, 8)])
    intake.add([sample(9)])
    assert intake.take(9) == [sample(6), sample(8), sample(9)]
    assert intake.lost == 2
    assert intake.take_loss() == Loss(2, MIDNIGHT + 5, MIDNIGHT + 7)
    assert intake.take_loss() is None


async def test_what_people_are_told_of_waits_for_no_company() -> None:
    clock = TurnedClock()
    intake = Intake(100, 0.06, clock.monotonic)
    intake.add([sample(1)])
    assert intake.seconds_to_due() == pytest.approx(0.06)
    intake.add([event(2)])
    assert intake.seconds_to_due() == pytest.approx(0.005)
    intake.add([sample(3)])  # and nothing that comes later puts it off
    assert intake.seconds_to_due() == pytest.approx(0.005)
