"""The polling loop, turned by hand: what is asked when, and what becomes a row."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from celador.domain.blocks import Block, Table
from celador.domain.errors import DeviceRefusedError, LinkLostError, NoAnswerError, SourceError
from celador.domain.event import Event, EventKind
from celador.domain.sample import CounterReading, Quality, Sample, SwitchState
from celador.pipeline.plans import Plans
from celador.pipeline.poll import Backoff, DevicePoller
from celador.pipeline.schedule import Agenda, Burst, Group
from celador.ports import Record
from celador.profiles.schema import load_profile
from tests.support.clock import MIDNIGHT, TurnedClock, settle
from tests.support.device import (
    AR_INITIATED,
    CLOSED,
    LOCKOUT,
    OPEN,
    OPEN_OC3,
    OPEN_PROT,
    OSM_DISCONNECTED,
    VAR32,
    ScriptedDevice,
)

PERIODS: Mapping[Group, float] = {"status": 1.0, "analog": 5.0, "counters": 60.0}
RC10 = Plans(load_profile("noja-rc10"))


class Bench:
    """One poller on one scripted device, with everything it hands over."""

    def __init__(
        self,
        *,
        burst: Burst | None = None,
        periods: Mapping[Group, float] | None = None,
        plans: Plans = RC10,
    ) -> None:
        self.clock = TurnedClock(MIDNIGHT + 500_000)
        self.device = ScriptedDevice(self.clock)
        self.records: list[Record] = []
        agenda = Agenda(periods or PERIODS, 0.0, burst or Burst())
        self.poller = DevicePoller(
            7,
            self.device,
            plans,
            agenda,
            self.take,
            self.clock,
            backoff=Backoff(1.0, 8.0),
            chance=random.Random(1),
        )

    def take(self, records: Sequence[Record]) -> None:
        self.records.extend(records)

    def samples(self) -> list[Sample]:
        return [r for r in self.records if isinstance(r, Sample)]

    def counters(self) -> list[CounterReading]:
        return [r for r in self.records if isinstance(r, CounterReading)]

    def events(self, kind: EventKind) -> list[Event]:
        return [r for r in self.records if isinstance(r, Event) and r.kind is kind]

    def asked(self, table: Table) -> list[float]:
        """Seconds after the start at which blocks of a table were asked for."""
        return [round(at - 1000.0, 3) for at, block in self.device.asked if block.table is table]


@asynccontextmanager
async def running(bench: Bench) -> AsyncIterator[Bench]:
    task = asyncio.create_task(bench.poller.run())
    await settle()
    try:
        yield bench
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert bench.device.closed


async def test_status_each_second_before_analog_each_five_both_on_round_instants() -> None:
    async with running(Bench()) as bench:
        await bench.clock.advance(10.6)
    # Started half a second after midnight. The first answer of a link shows everything.
    assert bench.asked(Table.DISCRETE_INPUT) == [0.5 + n for n in range(11)]
    assert bench.asked(Table.INPUT_REGISTER) == [0.5, 4.5, 9.5]
    first_two = [block.table for _, block in bench.device.asked[:2]]
    assert first_two == [Table.DISCRETE_INPUT, Table.INPUT_REGISTER]


async def test_a_whole_scan_of_the_rc10_takes_two_requests() -> None:
    async with running(Bench()) as bench:
        await bench.clock.advance(0.6)
    assert [block for _, block in bench.device.asked] == [
        Block(Table.DISCRETE_INPUT, 0, 190),
        Block(Table.INPUT_REGISTER, 0, 99),
    ]


async def test_a_sample_holds_the_registers_in_their_columns() -> None:
    bench = Bench()
    for address, value in {0: 71, 4: 7621, 15: 13190, 25: 1610, 26: 589, 27: 1497}.items():
        bench.device.registers[address] = value
    async with running(bench):
        await bench.clock.advance(0.6)
    (sample,) = bench.samples()
    assert sample.device_id == 7
    assert sample.at == MIDNIGHT + 1_000_000
    assert sample.state is SwitchState.CLOSED
    assert sample.quality is Quality.GOOD
    expected = {
        "ia": 71,
        "va": 7621,
        "vtr": 13190,
        "s_apar": 1610,
        "p_react": 589,
        "p_act": 1497,
        "fp": 0.93,
        "frec": 50.02,
    }
    assert {name: sample.values[name] for name in expected} == expected


async def test_reverse_flow_makes_active_power_negative() -> None:
    bench = Bench()
    bench.device.registers[27], bench.device.registers[64] = 800, 1
    async with running(bench):
        await bench.clock.advance(0.6)
    assert bench.samples()[0].values["p_act"] == -800


async def test_power_of_unknown_direction_is_kept_and_marked() -> None:
    bench = Bench()
    bench.device.registers[27], bench.device.registers[64] = 800, 2
    async with running(bench):
        await bench.clock.advance(0.6)
    assert bench.samples()[0].values["p_act"] == 800
    assert bench.samples()[0].quality is Quality.DIRECTION_UNKNOWN


async def test_what_is_not_computable_is_null_and_never_zero() -> None:
    bench = Bench()
    bench.device.registers[60] = bench.device.registers[67] = 0x7FFF
    async with running(bench):
        await bench.clock.advance(0.6)
    values = bench.samples()[0].values
    assert values["frec"] is None
    assert values["fp"] is None


async def test_refused_registers_are_null_and_marked() -> None:
    bench = Bench()
    bench.device.registers[4] = None
    async with running(bench):
        await bench.clock.advance(0.6)
    assert bench.samples()[0].values["va"] is None
    assert bench.samples()[0].quality is Quality.VALUES_REFUSED


async def test_bits_already_set_at_the_start_are_no_events() -> None:
    bench = Bench()
    bench.device.bits[VAR32] = 1
    async with running(bench):
        await bench.clock.advance(5.0)
    assert bench.events(EventKind.POINT) == []


async def test_a_change_is_an_event_between_the_two_polls_that_bracket_it() -> None:
    async with running(Bench()) as bench:
        await bench.clock.advance(3.0)
        bench.device.bits[VAR32] = 1
        await bench.clock.advance(1.0)
    (event,) = bench.events(EventKind.POINT)
    assert (event.old, event.new) == ("0", "1")
    assert event.at == MIDNIGHT + 4_000_000
    assert event.since == MIDNIGHT + 3_000_000
    assert event.uncertainty == 1.0


async def test_a_trip_starts_a_burst_and_reads_the_counters_at_once_and_after_1_and_3_s() -> None:
    async with running(Bench()) as bench:
        await bench.clock.advance(3.0)
        bench.device.bits[CLOSED] = 0
        bench.device.bits[OPEN] = bench.device.bits[OPEN_PROT] = bench.device.bits[OPEN_OC3] = 1
        bench.device.bits[AR_INITIATED] = 1
        bench.device.registers[74] = 1
        await bench.clock.advance(0.6)
        at_the_trip = len(bench.asked(Table.DISCRETE_INPUT))
        await bench.clock.advance(9.95)
    # Seen 3.5 s after the start; 200 ms polls for 10 s.
    assert len(bench.asked(Table.DISCRETE_INPUT)) - at_the_trip >= 49
    assert [(c.at - MIDNIGHT) / 1e6 for c in bench.counters()] == [1.0, 4.0, 5.0, 7.0]
    assert bench.counters()[1].values["disp_oc_a"] == 1
    assert len(bench.events(EventKind.POINT)) == 5


async def test_states_of_the_switch_follow_the_bits() -> None:
    bench = Bench()
    device = bench.device
    async with running(bench):
        await bench.clock.advance(4.6)
        device.bits[CLOSED], device.bits[OPEN] = 0, 1
        device.bits[OPEN_PROT], device.bits[AR_INITIATED] = 1, 1
        await bench.clock.advance(5.0)
        device.bits[AR_INITIATED], device.bits[LOCKOUT] = 0, 1
        await bench.clock.advance(5.0)
        device.bits[OPEN_PROT] = 0  # an operator's opening also reports lockout
        await bench.clock.advance(5.0)
        device.bits[OPEN] = 0
        await bench.clock.advance(5.0)
    assert [s.state for s in bench.samples()] == [
        SwitchState.CLOSED,
        SwitchState.CLOSED,
        SwitchState.RECLOSING,
        SwitchState.LOCKED_OUT,
        SwitchState.OPEN,
        None,
    ]
    assert bench.samples()[-1].quality is Quality.POSITION_CONTRADICTORY


async def test_a_lost_answer_is_asked_for_again_and_is_no_outage() -> None:
    failures = iter([LinkLostError("reset")])
    async with running(Bench()) as bench:
        await bench.clock.advance(2.0)
        bench.device.mood = lambda _: next(failures, None)
        await bench.clock.advance(3.0)
    assert [e.new for e in bench.events(EventKind.LINK)] == ["arriba"]
    assert bench.poller.counts.retries == 1
    assert bench.poller.counts.skipped == 0


async def test_a_dead_link_is_one_row_down_and_one_row_up() -> None:
    async with running(Bench()) as bench:
        await bench.clock.advance(2.0)
        bench.device.mood = lambda _: NoAnswerError("no answer in 1 s")
        await bench.clock.advance(60.0)
        bench.device.mood = lambda _: None
        await bench.clock.advance(10.0)
    up, down, again = bench.events(EventKind.LINK)
    assert [e.new for e in (up, down, again)] == ["arriba", "abajo", "arriba"]
    assert "no responde" in down.text_es
    assert "no answer in 1 s" in down.text_en
    # Last good poll 2 s after midnight, first failed one 3 s after it.
    assert (down.since, down.at) == (MIDNIGHT + 2_000_000, MIDNIGHT + 3_000_000)
    assert again.since == pytest.approx(MIDNIGHT + 2_000_000, abs=5)


async def test_a_dead_device_is_asked_ever_less_often_up_to_the_ceiling() -> None:
    bench = Bench()
    bench.device.mood = lambda _: NoAnswerError("silence")
    async with running(bench):
        await bench.clock.advance(200.0)
    times = bench.asked(Table.DISCRETE_INPUT)
    gaps = [b - a for a, b in pairwise(times)]
    assert gaps[0] <= 2.0
    assert all(4.0 <= gap <= 9.0 for gap in gaps[6:])
    assert bench.asked(Table.INPUT_REGISTER) == []


async def test_nothing_is_stored_for_a_cycle_without_an_answer() -> None:
    async with running(Bench()) as bench:
        await bench.clock.advance(1.0)
        bench.device.mood = lambda _: NoAnswerError("silence")
        await bench.clock.advance(30.0)
    assert len(bench.samples()) == 1


async def test_status_read_before_the_link_broke_is_kept() -> None:
    def cut(block: Block) -> SourceError | None:
        return LinkLostError("cut") if block.table is Table.INPUT_REGISTER else None

    async with running(Bench()) as bench:
        await bench.clock.advance(4.0)
        bench.device.mood = cut
        bench.device.bits[VAR32] = 1
        await bench.clock.advance(1.0)
    assert [e.point for e in bench.events(EventKind.POINT)] != []
    assert len(bench.samples()) == 1


async def test_a_device_that_refuses_its_registers_still_gives_its_bits() -> None:
    def refuse(block: Block) -> SourceError | None:
        return DeviceRefusedError(4) if block.table is Table.INPUT_REGISTER else None

    bench = Bench()
    bench.device.mood = refuse
    async with running(bench):
        await bench.clock.advance(3.0)
        bench.device.bits[VAR32] = 1
        await bench.clock.advance(3.0)
    assert len(bench.events(EventKind.POINT)) == 1
    assert bench.samples() == []
    assert [e.new for e in bench.events(EventKind.LINK)] == ["arriba"]


async def test_a_device_that_refuses_its_bits_has_samples_without_a_state() -> None:
    bench = Bench()
    bench.device.mood = lambda block: (
        DeviceRefusedError(1) if block.table is Table.DISCRETE_INPUT else None
    )
    async with running(bench):
        await bench.clock.advance(0.6)
    assert bench.samples()[0].state is None
    assert bench.samples()[0].quality is Quality.STATUS_MISSING


async def test_a_slow_device_is_counted_and_never_queued_up() -> None:
    bench = Bench()

    pauses = iter([2.7])

    def slow(_: Block) -> None:
        bench.clock.spend(next(pauses, 0.0))

    async with running(bench):
        await bench.clock.advance(2.0)
        bench.device.mood = slow
        before = len(bench.device.asked)
        await bench.clock.advance(6.0)
    assert bench.poller.counts.skipped == 2
    assert len(bench.device.asked) - before <= 7


async def test_an_interval_is_measured_by_the_steady_clock_when_the_wall_clock_steps_back() -> None:
    async with running(Bench()) as bench:
        await bench.clock.advance(3.0)
        bench.clock.step_wall(-3600.0)
        bench.device.bits[VAR32] = 1
        await bench.clock.advance(1.1)
    (event,) = bench.events(EventKind.POINT)
    assert event.uncertainty == pytest.approx(1.0, abs=0.06)


async def test_the_computers_sleep_widens_the_interval() -> None:
    async with running(Bench()) as bench:
        await bench.clock.advance(3.0)
        bench.clock.step_wall(8 * 3600.0)  # the monotonic clock stood still
        bench.device.bits[VAR32] = 1
        await bench.clock.advance(1.1)
    (event,) = bench.events(EventKind.POINT)
    assert event.uncertainty == pytest.approx(8 * 3600.0 + 1.0, abs=0.06)


async def test_a_bit_that_the_device_withholds_is_not_a_change() -> None:
    async with running(Bench()) as bench:
        await bench.clock.advance(3.0)
        bench.device.bits[VAR32] = None
        await bench.clock.advance(2.0)
        bench.device.bits[VAR32] = 0
        await bench.clock.advance(2.0)
        bench.device.bits[VAR32] = None
        await bench.clock.advance(2.0)
        bench.device.bits[VAR32] = 1
        await bench.clock.advance(1.0)
    (event,) = bench.events(EventKind.POINT)
    # Last seen as 0 at 00:00:07, seen as 1 at 00:00:10.
    assert (event.since, event.at) == (MIDNIGHT + 7_000_000, MIDNIGHT + 10_000_000)


async def test_the_first_attempt_tells_no_state_that_nobody_saw() -> None:
    async with running(Bench()) as bench:
        await bench.clock.advance(0.6)
    (event,) = bench.events(EventKind.LINK)
    assert (event.old, event.new, event.since) == (None, "arriba", None)
    bench = Bench()
    bench.device.mood = lambda _: NoAnswerError("silence")
    async with running(bench):
        await bench.clock.advance(5.0)
    (event,) = bench.events(EventKind.LINK)
    assert (event.old, event.new, event.since) == (None, "abajo", None)


async def test_a_device_that_refuses_everything_is_down_and_left_alone() -> None:
    async with running(Bench()) as bench:
        await bench.clock.advance(2.0)
        bench.device.mood = lambda _: DeviceRefusedError(11)
        await bench.clock.advance(60.0)
        asked = len(bench.asked(Table.DISCRETE_INPUT))
        bench.device.mood = lambda _: None
        await bench.clock.advance(10.0)
    assert [e.new for e in bench.events(EventKind.LINK)] == ["arriba", "abajo", "arriba"]
    assert "excepción Modbus 11" in bench.events(EventKind.LINK)[1].text_es
    assert asked < 20
    assert bench.events(EventKind.GAP) == []


async def test_a_busy_answer_is_no_outage() -> None:
    refusals = iter([DeviceRefusedError(6)])
    async with running(Bench()) as bench:
        await bench.clock.advance(2.0)
        bench.device.mood = lambda _: next(refusals, None)
        await bench.clock.advance(5.0)
    assert [e.new for e in bench.events(EventKind.LINK)] == ["arriba"]
    assert bench.events(EventKind.GAP) == []


async def test_a_device_without_bits_stays_up_and_its_samples_say_so() -> None:
    bench = Bench()
    bench.device.mood = lambda block: (
        DeviceRefusedError(1) if block.table is Table.DISCRETE_INPUT else None
    )
    async with running(bench):
        await bench.clock.advance(30.0)
    assert [e.new for e in bench.events(EventKind.LINK)] == ["arriba"]
    assert {s.state for s in bench.samples()} == {None}


async def test_a_block_that_is_refused_is_a_gap_with_a_row_at_each_end() -> None:
    async with running(Bench()) as bench:
        await bench.clock.advance(2.0)
        bench.device.mood = lambda block: (
            DeviceRefusedError(4) if block.table is Table.INPUT_REGISTER else None
        )
        await bench.clock.advance(20.0)
        bench.device.mood = lambda _: None
        await bench.clock.advance(10.0)
    began, ended = bench.events(EventKind.GAP)
    assert (began.new, ended.new) == ("sin datos", "con datos")
    assert "mediciones" in began.text_es


async def test_position_is_read_with_every_sample_whatever_the_period_of_the_bits() -> None:
    bench = Bench(periods={"status": 60.0, "analog": 1.0, "counters": 60.0})
    async with running(bench):
        await bench.clock.advance(2.6)
        bench.device.bits[CLOSED], bench.device.bits[OPEN] = 0, 1
        await bench.clock.advance(1.0)
    assert [s.state for s in bench.samples()] == [SwitchState.CLOSED] * 3 + [SwitchState.OPEN]


async def test_a_position_that_is_no_longer_given_is_forgotten() -> None:
    async with running(Bench()) as bench:
        await bench.clock.advance(1.0)
        bench.device.mood = lambda block: (
            DeviceRefusedError(4) if block.table is Table.DISCRETE_INPUT else None
        )
        await bench.clock.advance(5.0)
    assert bench.samples()[0].state is SwitchState.CLOSED
    assert bench.samples()[-1].state is None
    assert Quality.STATUS_MISSING in bench.samples()[-1].quality


async def test_a_switch_without_its_plug_has_no_position() -> None:
    bench = Bench()
    bench.device.bits[OSM_DISCONNECTED] = 1
    async with running(bench):
        await bench.clock.advance(0.6)
    assert bench.samples()[0].state is None
    assert bench.samples()[0].quality is Quality.POSITION_CONTRADICTORY


async def test_the_fleet_behind_one_broken_radio_does_not_come_back_in_step() -> None:
    backoff = Backoff(1.0, 60.0)
    assert {round(backoff.delay(7, chance / 10), 3) for chance in range(10)} == {
        30.0,
        33.0,
        36.0,
        39.0,
        42.0,
        45.0,
        48.0,
        51.0,
        54.0,
        57.0,
    }
    assert backoff.delay(1, 0.0) == 0.5
    assert backoff.delay(10_000, 0.999) < 60.0


async def test_a_group_cut_off_in_the_middle_is_no_sample() -> None:
    # With at most 50 registers in a request the analog group takes more than one.
    bench = Bench(plans=Plans(load_profile("noja-rc10"), max_registers=50))

    def cut(block: Block) -> SourceError | None:
        cuts = block.table is Table.INPUT_REGISTER and block.address > 0
        return LinkLostError("cut") if cuts else None

    bench.device.mood = cut
    async with running(bench):
        await bench.clock.advance(0.6)
    assert bench.samples() == []


async def test_a_group_refused_in_part_is_marked() -> None:
    bench = Bench(plans=Plans(load_profile("noja-rc10"), max_registers=50))
    bench.device.mood = lambda block: (
        DeviceRefusedError(2) if block.table is Table.INPUT_REGISTER and block.address else None
    )
    async with running(bench):
        await bench.clock.advance(0.6)
    assert Quality.VALUES_REFUSED in bench.samples()[0].quality


async def test_a_torn_energy_is_withheld_and_asked_for_again() -> None:
    bench = Bench()
    bench.device.registers[40:42] = [15, 65_530]
    async with running(bench):
        await bench.clock.advance(1.0)
        bench.device.registers[40:42] = [16, 65_530]  # the high half of the next value
        await bench.clock.advance(58.6)
        bench.device.registers[40:42] = [16, 3]
        await bench.clock.advance(2.0)
    assert [c.values["kvah_dir"] for c in bench.counters()] == [1_048_570, None, 1_048_579]
    assert bench.counters()[1].quality is Quality.UNCONFIRMED
    assert bench.counters()[2].at - bench.counters()[1].at == 1_000_000


async def test_two_doubtful_energies_that_do_not_agree_are_both_withheld() -> None:
    bench = Bench()
    bench.device.registers[40:42] = [15, 65_530]
    async with running(bench):
        await bench.clock.advance(1.0)
        for halves, seconds in (([16, 65_530], 58.6), ([0, 4], 1.0), ([16, 3], 1.0)):
            bench.device.registers[40:42] = halves
            await bench.clock.advance(seconds)
    assert [c.values["kvah_dir"] for c in bench.counters()] == [1_048_570, None, None, 1_048_579]


async def test_counters_that_were_erased_are_believed_when_read_again() -> None:
    bench = Bench()
    bench.device.registers[40:42] = [15, 65_530]
    async with running(bench):
        await bench.clock.advance(1.0)
        bench.device.registers[40:42] = [0, 0]
        await bench.clock.advance(61.0)
    assert [c.values["kvah_dir"] for c in bench.counters()] == [1_048_570, None, 0]


async def test_extremes_of_a_trip_that_never_was_are_unknown() -> None:
    bench = Bench()
    async with running(bench):
        await bench.clock.advance(1.0)
        bench.device.registers[74], bench.device.registers[82] = 1, 1657
        await bench.clock.advance(60.0)
    names = ("ia_max", "ib_max", "uv_min", "uf_min")
    assert [[c.values[n] for n in names] for c in bench.counters()] == [
        [None, None, None, None],
        [1657, 0, None, None],
    ]


moods = st.sampled_from(["good", "good", "good", "silent", "refuse", "flip", "withhold"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(moods, st.integers(0, 189)), min_size=3, max_size=40))
async def test_whatever_happens_events_of_a_point_join_without_a_break(
    story: list[tuple[str, int]],
) -> None:
    bench = Bench()
    errors = {"silent": NoAnswerError("silence"), "refuse": DeviceRefusedError(6)}
    async with running(bench):
        for mood, address in story:
            bench.device.mood = lambda _, mood=mood: errors.get(mood)  # type: ignore[misc]
            if mood == "flip":
                bench.device.bits[address] = 0 if bench.device.bits[address] else 1
            elif mood == "withhold":
                bench.device.bits[address] = None
            await bench.clock.advance(1.0)
    last: dict[str, str | None] = {}
    for event in bench.events(EventKind.POINT):
        assert event.old == last.get(event.point, event.old)
        assert event.old != event.new
        assert event.since is not None
        assert event.since < event.at
        last[event.point] = event.new
    links = [event.new for event in bench.events(EventKind.LINK)]
    assert all(a != b for a, b in pairwise(links))
