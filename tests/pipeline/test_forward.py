"""The forwarder's loop, on a clock turned by hand, against a historian that does as it is told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, pairwise
from queue import SimpleQueue

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from celador.domain.errors import (
    ConfigError,
    HistorianAwayError,
    RowsRejectedError,
    StoreError,
    TableStuckError,
    TooSlowError,
)
from celador.pipeline.forward import Forwarder
from celador.ports import Backlog, Channel, Parcel
from tests.support.clock import TurnedClock

AWAY = HistorianAwayError("the historian db:5432 cannot be reached: check address and server")
LIMIT = 8


@dataclass
class Queue:
    """An outbox in memory; the number of a row is its content."""

    rows: dict[Channel, list[int]]
    confirmed: dict[Channel, int] = field(default_factory=dict)
    aside: dict[int, str] = field(default_factory=dict)
    trouble: StoreError | None = None
    closed: bool = False

    def waiting(self, channel: Channel) -> list[int]:
        return [n for n in self.rows.get(channel, []) if n > self.confirmed.get(channel, 0)]

    def backlog(self) -> Backlog:
        waiting = [n for channel in self.rows for n in self.waiting(channel)]
        return Backlog(len(waiting), min(waiting, default=None), len(self.aside))

    def take(self, channel: Channel, limit: int, after: int | None = None) -> Parcel | None:
        ids = [n for n in self.waiting(channel) if after is None or n > after][:limit]
        return Parcel(channel, "c", ("n",), ids, [(n,) for n in ids]) if ids else None

    def confirm(self, channel: Channel, row_id: int) -> None:
        if self.trouble:
            raise self.trouble
        assert row_id > self.confirmed.get(channel, 0), "nothing is confirmed twice"
        self.confirmed[channel] = row_id

    def set_aside(self, channel: Channel, row_id: int, reason: str) -> None:
        self.confirm(channel, row_id)
        self.aside[row_id] = reason

    def close(self) -> None:
        self.closed = True


@dataclass
class ScriptedHistorian:
    """Raises what its script says, call by call; takes everything but the poison."""

    script: Iterator[Exception | None] = field(default_factory=lambda: iter(()))
    patience: Iterator[bool] = field(default_factory=lambda: iter(()))  # to call `meanwhile`
    poison: frozenset[int] = frozenset()
    held: list[int] = field(default_factory=list)
    calls: list[tuple[Channel, int]] = field(default_factory=list)
    before: Callable[[], None] = lambda: None
    closed: int = 0
    told: list[tuple[str, Backlog, float]] = field(default_factory=list)

    def report(self, collector: str, backlog: Backlog, rate: float) -> None:
        self.told.append((collector, backlog, rate))

    def deliver(self, parcel: Parcel, meanwhile: Callable[[], None] | None = None) -> None:
        self.before()
        self.calls.append((parcel.channel, len(parcel.rows)))
        if meanwhile is not None and next(self.patience, True):
            meanwhile()
        error = next(self.script, None)
        if error is not None:
            raise error
        ids = [int(str(n)) for (n,) in parcel.rows]
        assert ids == list(parcel.row_ids)
        if self.poison & set(ids):
            raise RowsRejectedError("value out of range")
        self.held += ids

    def close(self) -> None:
        self.closed += 1


def forwarder(
    queue: Queue, historian: ScriptedHistorian, clock: TurnedClock, chance: float = 1.0
) -> Forwarder:
    return Forwarder(
        queue, lambda: historian, clock.monotonic, parcel_rows=LIMIT, chance=lambda: chance
    )


def samples(many: int) -> dict[Channel, list[int]]:
    return {Channel.SAMPLES: list(range(1, many + 1))}


def run(carrier: Forwarder, clock: TurnedClock, until: Callable[[], bool]) -> None:
    for _ in count():
        if until():
            return
        clock.spend(carrier.step())
        assert _ < 10_000, "it never ends"


def test_everything_goes_once_in_order_devices_first() -> None:
    rows = {c: [10 * n + i for i in range(1, 4)] for n, c in enumerate(reversed(Channel), 1)}
    queue, historian, clock = Queue(rows), ScriptedHistorian(), TurnedClock()
    carrier = forwarder(queue, historian, clock)
    assert carrier.step() > 0
    assert historian.calls[0][0] is Channel.DEVICES
    assert sorted(historian.held) == sorted(n for channel in rows.values() for n in channel)
    assert carrier.status.backlog == Backlog(0, None, 0)
    assert carrier.status.sent == 3 * len(Channel)
    carrier.step()
    assert len(historian.calls) == len(Channel)


def test_catching_up_does_not_pause_and_new_rows_wait_two_seconds_at_most() -> None:
    queue, historian, clock = Queue(samples(5 * LIMIT + 1)), ScriptedHistorian(), TurnedClock()
    carrier = forwarder(queue, historian, clock)
    waits = [carrier.step() for _ in range(6)]
    assert waits[:5] == [0.0] * 5
    assert 0 < waits[5] <= 2.0
    assert historian.held == queue.rows[Channel.SAMPLES]


def test_a_large_table_does_not_hold_up_the_events() -> None:
    queue = Queue(samples(100) | {Channel.EVENTS: [1001]})
    historian = ScriptedHistorian()
    forwarder(queue, historian, TurnedClock()).step()
    assert 1001 in historian.held
    assert len(historian.held) == LIMIT + 1


def test_a_historian_that_is_away_is_said_once_and_its_return_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue, clock = Queue(samples(3)), TurnedClock()
    historian = ScriptedHistorian(iter([AWAY] * 7))
    carrier = forwarder(queue, historian, clock)
    carrier.step()
    assert carrier.status.trouble == str(AWAY)
    assert carrier.status.backlog == Backlog(3, 1, 0)
    run(carrier, clock, lambda: carrier.status.trouble is None)
    assert historian.held == [1, 2, 3]
    assert historian.closed == 7  # a fresh connection each time
    away, back = (r.message for r in caplog.records)
    assert away == f"{AWAY} (rows wait in the store, trying goes on by itself)"
    assert back == "the historian takes rows again after 91 s, 0 rows still wait"


def test_a_trouble_that_changes_is_said_again(caplog: pytest.LogCaptureFixture) -> None:
    queue, clock = Queue(samples(1)), TurnedClock()
    reasons = ["the server is away", "the server is away", "wrong password", "the disk is full"]
    historian = ScriptedHistorian(iter([HistorianAwayError(reason) for reason in reasons]))
    carrier = forwarder(queue, historian, clock)
    run(carrier, clock, lambda: carrier.status.backlog == Backlog(0, None, 0))
    told = [r.message.split(" (")[0] for r in caplog.records]
    assert told[:-1] == ["the server is away", "wrong password", "the disk is full"]


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_retries_come_ever_slower_with_jitter_and_the_screen_stays_fresh(chance: float) -> None:
    queue, clock = Queue(samples(1)), TurnedClock()
    historian = ScriptedHistorian(iter([AWAY] * 50))
    carrier = forwarder(queue, historian, clock, chance)
    tries: list[float] = []
    historian.before = lambda: tries.append(clock.monotonic())
    while len(tries) < 9:
        wait = carrier.step()
        assert wait <= 1.0
        assert carrier.status.backlog == queue.backlog()
        clock.spend(wait)
        queue.rows[Channel.SAMPLES].append(len(queue.rows[Channel.SAMPLES]) + 1)
    gaps = [b - a for a, b in pairwise(tries)]
    share = 0.5 + chance / 2
    assert gaps == pytest.approx([share * d for d in (1, 2, 4, 8, 16, 30, 30, 30)])


def test_a_poisoned_row_is_found_and_the_others_go(caplog: pytest.LogCaptureFixture) -> None:
    queue, clock = Queue(samples(30)), TurnedClock()
    historian = ScriptedHistorian(poison=frozenset((1, 13, 30)))
    carrier = forwarder(queue, historian, clock)
    assert carrier.status.backlog is None  # nobody has looked yet
    run(carrier, clock, lambda: carrier.status.backlog == Backlog(0, None, 3))
    assert historian.held == [n for n in range(1, 31) if n not in historian.poison]
    assert queue.aside == dict.fromkeys((1, 13, 30), "value out of range")
    assert carrier.status.trouble is None
    assert len(historian.calls) < 30
    [told] = [r.message for r in caplog.records if r.levelno == logging.ERROR]
    assert "row 1 of mediciones (value out of range): see the table apartados" in told


def test_halves_that_were_taken_stay_taken_when_the_historian_goes_away() -> None:
    queue, clock = Queue(samples(LIMIT)), TurnedClock()
    refused = RowsRejectedError("one of them")
    historian = ScriptedHistorian(iter([refused, None, AWAY]))
    carrier = forwarder(queue, historian, clock)
    carrier.step()
    assert queue.confirmed == {Channel.SAMPLES: LIMIT // 2}
    run(carrier, clock, lambda: carrier.status.backlog == Backlog(0, None, 0))
    assert historian.held == list(range(1, LIMIT + 1))


def test_a_store_that_cannot_note_it_down_gets_the_rows_sent_again() -> None:
    queue, historian, clock = Queue(samples(3)), ScriptedHistorian(), TurnedClock()
    queue.trouble = StoreError("the disk is full: free space")
    carrier = forwarder(queue, historian, clock)
    carrier.step()
    assert carrier.status.trouble == "the disk is full: free space"
    queue.trouble = None
    run(carrier, clock, lambda: carrier.status.backlog == Backlog(0, None, 0))
    assert historian.held == [1, 2, 3, 1, 2, 3]  # once for the historian, which merges
    assert queue.confirmed == {Channel.SAMPLES: 3}


def test_settings_that_cannot_be_used_are_a_trouble_that_may_heal() -> None:
    queue, historian, clock = Queue(samples(1)), ScriptedHistorian(), TurnedClock()
    answers: Iterator[ScriptedHistorian | None] = iter([None, historian])

    def connect() -> ScriptedHistorian:
        answer = next(answers)
        if answer is None:
            raise ConfigError("historian.password_file: /x cannot be read; put it there")
        return answer

    carrier = Forwarder(queue, connect, clock.monotonic)
    carrier.step()
    assert "password_file" in (carrier.status.trouble or "")
    run(carrier, clock, lambda: historian.held == [1])


def test_a_defect_does_not_end_it(caplog: pytest.LogCaptureFixture) -> None:
    queue, clock = Queue(samples(1)), TurnedClock()
    historian = ScriptedHistorian(iter([ZeroDivisionError("oops"), ZeroDivisionError("oops")]))
    carrier = forwarder(queue, historian, clock)
    run(carrier, clock, lambda: historian.held == [1])
    assert sum(r.exc_info is not None for r in caplog.records) == 1


def test_the_next_parcel_is_read_while_the_historian_works_on_one() -> None:
    read: SimpleQueue[int] = SimpleQueue()  # the first row of each parcel, when it was read

    class Noting(Queue):
        def take(self, channel: Channel, limit: int, after: int | None = None) -> Parcel | None:
            parcel = super().take(channel, limit, after)
            if parcel is not None:
                read.put(parcel.row_ids[0])
            return parcel

    class Slow(ScriptedHistorian):
        def deliver(self, parcel: Parcel, meanwhile: Callable[[], None] | None = None) -> None:
            assert read.get_nowait() == parcel.row_ids[0]
            assert read.empty(), "not before the rows have left"
            super().deliver(parcel, meanwhile)
            if len(parcel.row_ids) == LIMIT:
                next_one = read.get(timeout=10)
                assert next_one == parcel.row_ids[-1] + 1
                read.put(next_one)

    queue, historian, clock = Noting(samples(2 * LIMIT + 1)), Slow(), TurnedClock()
    carrier = forwarder(queue, historian, clock)
    run(carrier, clock, lambda: not queue.waiting(Channel.SAMPLES))
    assert historian.held == list(range(1, 2 * LIMIT + 2))


def test_parcels_that_grow_again_do_not_pause_while_more_waits() -> None:
    queue, clock = Queue(samples(20 * LIMIT)), TurnedClock()
    historian = ScriptedHistorian(iter([TooSlowError("statement timeout")]))
    carrier = forwarder(queue, historian, clock)
    waits = [carrier.step() for _ in range(10)]
    assert set(waits) == {0.0}
    sizes = [rows for _, rows in historian.calls]
    assert sizes == [LIMIT, LIMIT // 2, LIMIT // 2, *sorted(sizes[3:])]
    assert sizes[-1] > LIMIT // 2


def test_the_rate_is_that_of_the_last_ten_seconds() -> None:
    queue, historian, clock = Queue({Channel.SAMPLES: []}), ScriptedHistorian(), TurnedClock()
    carrier = forwarder(queue, historian, clock)
    for second in range(30):
        queue.rows[Channel.SAMPLES] += [second * 5 + n for n in range(1, 6)]
        carrier.step()
        clock.spend(1.0)
    assert carrier.status.rate == pytest.approx(5.0, rel=0.1)
    for _ in range(12):
        carrier.step()
        clock.spend(1.0)
    assert carrier.status.rate == 0


def test_closing_lets_both_ends_go() -> None:
    queue, historian = Queue(samples(3)), ScriptedHistorian()
    carrier = forwarder(queue, historian, TurnedClock())
    carrier.step()
    carrier.close()
    assert queue.closed
    assert historian.closed == 1


def test_a_wall_clock_that_steps_means_nothing_to_it() -> None:
    queue, clock = Queue(samples(1)), TurnedClock()
    historian = ScriptedHistorian(iter([AWAY]))
    carrier = forwarder(queue, historian, clock)
    carrier.step()
    clock.step_wall(-40 * 365 * 86_400)
    run(carrier, clock, lambda: historian.held == [1])
    assert clock.monotonic() <= 1002


outcomes = st.sampled_from([None, None, None, AWAY, HistorianAwayError("53100: disk full")])


@given(
    many=st.integers(0, 60),
    poison=st.frozensets(st.integers(1, 60), max_size=6),
    script=st.lists(outcomes, max_size=30),
    patience=st.lists(st.booleans(), max_size=30),
    store_fails=st.lists(st.booleans(), max_size=30),
)
@settings(max_examples=150, deadline=None)
def test_whatever_goes_wrong_every_row_arrives_or_is_set_aside(
    many: int,
    poison: frozenset[int],
    script: Sequence[Exception | None],
    patience: list[bool],
    store_fails: list[bool],
) -> None:
    queue, clock = Queue(samples(many)), TurnedClock()
    historian = ScriptedHistorian(iter(script), iter(patience), poison)
    failures = iter(store_fails)

    def maybe_fail() -> None:
        queue.trouble = StoreError("not now") if next(failures, False) else None

    historian.before = maybe_fail
    carrier = forwarder(queue, historian, clock)
    run(carrier, clock, lambda: not queue.waiting(Channel.SAMPLES))
    sound = set(range(1, many + 1)) - poison
    assert set(historian.held) == sound
    assert set(queue.aside) == poison & set(range(1, many + 1))


# --- what goes wrong in one channel ---------------------------------------------------------------


@dataclass
class Picky(ScriptedHistorian):
    """Fails for one channel, for as long as it is told to; takes at most so many rows at once."""

    fails: dict[Channel, Exception] = field(default_factory=dict)
    most: int = 1_000

    def deliver(self, parcel: Parcel, meanwhile: Callable[[], None] | None = None) -> None:
        if parcel.channel in self.fails:
            raise self.fails[parcel.channel]
        if len(parcel.rows) > self.most:
            self.calls.append((parcel.channel, len(parcel.rows)))
            raise TooSlowError("statement timeout")
        super().deliver(parcel, meanwhile)


@pytest.mark.parametrize(
    "error", [TypeError("a defect"), TableStuckError("no column nueva in eventos")]
)
def test_one_channel_in_trouble_waits_and_the_others_go_on(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    queue = Queue(samples(3 * LIMIT) | {Channel.EVENTS: [101, 102], Channel.ALARMS: [201]})
    historian, clock = Picky(fails={Channel.EVENTS: error}), TurnedClock()
    carrier = forwarder(queue, historian, clock)
    run(carrier, clock, lambda: not queue.waiting(Channel.SAMPLES))
    assert 201 in historian.held
    assert queue.waiting(Channel.EVENTS) == [101, 102]
    assert queue.aside == {}
    assert str(error) in (carrier.status.trouble or "")
    historian.fails.clear()
    run(carrier, clock, lambda: carrier.status.trouble is None)
    assert historian.held[-2:] == [101, 102]
    said = [r.message for r in caplog.records]
    assert sum("rows of eventos wait in the store" in line for line in said) == 1
    assert said[-1] == "rows of eventos travel again"


def test_a_parcel_that_takes_too_long_goes_in_halves_and_the_next_are_smaller() -> None:
    queue, clock = Queue(samples(6 * LIMIT)), TurnedClock()
    historian = Picky(most=2)
    carrier = forwarder(queue, historian, clock)
    run(carrier, clock, lambda: not queue.waiting(Channel.SAMPLES))
    assert historian.held == queue.rows[Channel.SAMPLES]
    too_long = [many for _, many in historian.calls if many > 2]
    assert too_long.count(LIMIT) == 1
    historian.most, tried = LIMIT, len(historian.calls)
    queue.rows[Channel.SAMPLES] += range(6 * LIMIT + 1, 12 * LIMIT + 1)
    run(carrier, clock, lambda: not queue.waiting(Channel.SAMPLES))
    later = [many for _, many in historian.calls[tried:]]
    assert max(later) == LIMIT, "it gets faster again"


def test_one_row_that_takes_too_long_waits() -> None:
    queue, clock = Queue(samples(1)), TurnedClock()
    historian = Picky(most=0)
    carrier = forwarder(queue, historian, clock)
    carrier.step()
    assert (queue.waiting(Channel.SAMPLES), queue.aside) == ([1], {})
    historian.most = 1
    run(carrier, clock, lambda: historian.held == [1])


def test_when_all_rows_are_refused_it_is_not_the_rows_that_are_wrong() -> None:
    queue, clock = Queue(samples(500)), TurnedClock()
    historian = ScriptedHistorian(poison=frozenset(range(1, 501)))
    carrier = forwarder(queue, historian, clock)
    for _ in range(200):
        clock.spend(carrier.step() or 0.1)
    assert len(queue.aside) == 20
    assert "20 rows of mediciones one after the other" in (carrier.status.trouble or "")
    historian.poison = frozenset()
    run(carrier, clock, lambda: not queue.waiting(Channel.SAMPLES))
    assert historian.held == list(range(21, 501))


def test_the_historian_is_told_every_five_seconds_how_the_road_is() -> None:
    queue, historian, clock = Queue(samples(3)), ScriptedHistorian(), TurnedClock()
    carrier = Forwarder(queue, lambda: historian, clock.monotonic, collector="campo")
    for _ in range(12):
        carrier.step()
        clock.spend(1.0)
    assert [(name, backlog) for name, backlog, _ in historian.told] == [
        ("campo", Backlog(0, None, 0))
    ] * 3
