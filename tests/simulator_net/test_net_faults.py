"""Each communication fault as a raw client sees it, and the grammar that asks for it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from celador.domain.errors import ScenarioError, UsageError
from celador.simulator.faults import (
    KINDS,
    Clear,
    Fault,
    FaultSet,
    fault_from_mapping,
    fault_help,
    parse_fault,
)
from celador.simulator.fleet import SimulateOptions
from celador.simulator.frames import Frame, MbapFraming, RtuFraming
from celador.simulator.service import Simulation
from celador.simulator.session import Device, SimClock
from tests.simulator_net.support import (
    Client,
    StaticController,
    client,
    fate,
    mbap,
    simulation,
    static,
    until,
)

READ = "04 0000 0004"
ANSWER = "04 08 0001 0002 0003 0004"


@asynccontextmanager
async def faulty(*faults: str) -> AsyncIterator[tuple[Simulation, Client]]:
    """Unit 1 has the faults, unit 2 on the same connection is sound."""
    options = SimulateOptions(devices=2, units_per_port=2, faults=[f"{f}/sim-001" for f in faults])
    async with simulation(options) as running, client(running.ports[0]) as c:
        for name in running.fleet.devices:
            static(running, name).registers[:4] = [1, 2, 3, 4]
        yield running, c


async def test_silent_gives_no_answer() -> None:
    async with faulty("silent") as (_, c):
        assert await c.ask(mbap(1, 1, READ) + mbap(2, 2, READ), 17) == mbap(2, 2, ANSWER)


async def test_drop_every_third_request() -> None:
    async with faulty("drop_every:n=3") as (_, c):
        for tid in range(1, 8):
            c.send(mbap(tid, 1, READ))
        expected = b"".join(mbap(tid, 1, ANSWER) for tid in (1, 2, 4, 5, 7))
        assert await c.receive(len(expected)) == expected


async def test_reset_ends_the_connection_with_rst() -> None:
    async with faulty("reset") as (_, c):
        c.send(mbap(1, 1, READ))
        assert await c.ended() == "reset"


async def test_refuse_closes_the_port_and_its_connections_until_it_is_removed() -> None:
    async with simulation() as running:
        port, faults = running.fleet.ports[0], running.fleet.devices["sim-001"].faults
        number = port.port
        async with client(number) as c:
            assert await c.ask(mbap(1, 1, READ), 17)
            faults.apply(parse_fault("refuse")[0], running.fleet.clock.now())
            assert await c.ended() == "reset"
        assert await fate(number) == "refused"
        faults.clear("refuse")
        await until(lambda: port.listening)
        assert await fate(number) == "served"


async def test_refuse_with_a_probability_cuts_some_new_connections() -> None:
    async with simulation(SimulateOptions(faults=["refuse:p=0.5"], max_connections=50)) as running:
        fates = {await fate(running.ports[0]) for _ in range(40)}
        assert fates == {"served", "cut"}


async def test_delay_holds_answers_up_and_keeps_their_order() -> None:
    async with faulty("delay:seconds=0.05") as (_, c):
        begin = asyncio.get_running_loop().time()
        both = mbap(1, 1, READ) + mbap(2, 2, READ)
        assert await c.ask(both, 34) == mbap(1, 1, ANSWER) + mbap(2, 2, ANSWER)
        assert asyncio.get_running_loop().time() - begin >= 0.05


async def test_late_comes_after_a_newer_answer_with_its_old_transaction_id() -> None:
    async with faulty("late:seconds=0.05") as (_, c):
        both = mbap(1, 1, READ) + mbap(2, 2, READ)
        assert await c.ask(both, 34) == mbap(2, 2, ANSWER) + mbap(1, 1, ANSWER)


async def test_a_late_answer_to_a_client_that_has_gone_harms_nobody() -> None:
    async with faulty("late:seconds=0.02", "split:seconds=0.01") as (running, c):
        async with client(running.ports[0]) as gone:
            assert await gone.ask(mbap(1, 1, READ) + mbap(2, 2, READ), 17)
        await until(lambda: running.fleet.ports[0].connections == 1)
        assert await c.ask(mbap(2, 2, READ), 17) == mbap(2, 2, ANSWER)


WRONG_HEADERS = {
    "wrong_tid": mbap(0x5554, 1, ANSWER),
    "tid_zero": mbap(0, 1, ANSWER),
    "wrong_unit": mbap(1, 2, ANSWER),
    "wrong_function": mbap(1, 1, ANSWER.replace("04", "03", 1)),
    "short": mbap(1, 1, "04 04 0001 0002"),
    "exception:code=6": mbap(1, 1, "84 06"),
    "exception:code=11,function=4,first=3,last=60": mbap(1, 1, "84 0B"),
    "exception:code=2,first=4": mbap(1, 1, ANSWER),
    "exception:code=2,last=0": mbap(1, 1, "84 02"),
    "exception:code=2,function=2": mbap(1, 1, ANSWER),
    "not_computable:first=1,last=2": mbap(1, 1, "04 08 0001 7FFF 7FFF 0004"),
    "not_computable": mbap(1, 1, ANSWER),
    "tear:first=0,last=3": mbap(1, 1, "04 08 0000 0002 0002 0004"),
}


@pytest.mark.parametrize(("fault", "expected"), WRONG_HEADERS.items())
async def test_the_answer_is_spoiled_as_the_fault_says(fault: str, expected: bytes) -> None:
    async with faulty(fault) as (_, c):
        assert await c.ask(mbap(1, 1, READ), len(expected)) == expected
        assert await c.ask(mbap(9, 2, READ), 17) == mbap(9, 2, ANSWER)


async def test_not_computable_is_in_frequencies_and_power_factors_only() -> None:
    async with faulty("not_computable") as (_, c):
        reply = await c.ask(mbap(1, 1, "04 003B 000D"), 9 + 26)
        # 59; 60 and 61 frequencies; 62 to 66; 67 to 70 power factors; 71.
        words = "0000 7FFF 7FFF 0000 0000 0000 0000 0000 7FFF 7FFF 7FFF 7FFF 0000"
        assert reply == mbap(1, 1, "04 1A" + words)


async def test_torn_energies_have_the_high_word_of_another_instant() -> None:
    async with faulty("tear") as (running, c):
        static(running).registers[26:32] = [7, 7, 5, 6, 0, 6]
        reply = await c.ask(mbap(1, 1, "04 001A 0006"), 21)
        assert reply == mbap(1, 1, "04 0C 0007 0007 0004 0006 0001 0006")


async def test_a_short_answer_of_bits_has_half_of_its_bytes() -> None:
    async with faulty("short") as (_, c):
        assert await c.ask(mbap(1, 1, "02 0000 00BE"), 9 + 12) == mbap(1, 1, "02 0C" + 12 * "00")


async def test_partial_is_half_a_frame_and_then_nothing_more() -> None:
    async with faulty("partial") as (_, c):
        c.send(mbap(1, 1, READ) + mbap(2, 2, READ))
        assert await c.receive(8) == mbap(1, 1, ANSWER)[:8]
        c.writer.write_eof()
        assert await c.ended() == "closed"


async def test_garbage_is_not_the_frame() -> None:
    async with faulty("garbage") as (_, c):
        first, second = await c.ask(mbap(1, 1, READ), 17), await c.ask(mbap(1, 1, READ), 17)
        assert mbap(1, 1, ANSWER) not in {first, second}
        assert first != second


async def test_split_sends_the_whole_frame_in_single_bytes() -> None:
    async with faulty("split:seconds=0.02") as (_, c):
        c.send(mbap(1, 1, READ))
        first = await c.reader.read(17)
        assert len(first) < 17
        assert first + await c.receive(17 - len(first)) == mbap(1, 1, ANSWER)


async def test_freeze_keeps_values_whatever_the_blocks_and_ends_when_removed() -> None:
    async with faulty("freeze") as (running, c):
        assert await c.ask(mbap(1, 1, READ), 17) == mbap(1, 1, ANSWER)
        static(running).registers[:5] = [11, 12, 13, 14, 15]
        assert await c.ask(mbap(2, 1, "04 0001 0004"), 17) == mbap(
            2, 1, "04 08 0002 0003 0004 000F"
        )
        running.fleet.devices["sim-001"].faults.clear()
        assert await c.ask(mbap(3, 1, "04 0000 0002"), 13) == mbap(3, 1, "04 04 000B 000C")


async def test_a_fault_of_a_running_scenario_reaches_the_wire() -> None:
    async with faulty() as (running, c):
        static(running).act({"link": {"kind": "exception", "code": 4}}, 0.0)
        assert await c.ask(mbap(1, 1, READ), 9) == mbap(1, 1, "84 04")
        static(running).act({"link": {"clear": "all"}}, 0.0)
        assert await c.ask(mbap(2, 1, READ), 17) == mbap(2, 1, ANSWER)


def test_faults_of_a_scenario_that_is_caught_up_on_keep_their_own_times() -> None:
    device = Device(StaticController("late"), SimClock(), faults=FaultSet(0))
    device.link_action({"kind": "silent", "duration": 20, "at": 0.0})
    device.link_action({"kind": "reset", "duration": 20, "at": 30.0})
    strikes = {now: set(device.faults.hits(b"\x04", now)) for now in (10.0, 25.0, 40.0, 55.0)}
    assert strikes == {10.0: {"silent"}, 25.0: set(), 40.0: {"reset"}, 55.0: set()}


async def test_a_wrong_fault_of_a_scenario_is_logged_and_the_device_lives(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with faulty() as (running, c):
        static(running).act({"link": {"kind": "silnt"}}, 0.0)
        assert "did you mean silent?" in caplog.text
        assert await c.ask(mbap(1, 1, READ), 17) == mbap(1, 1, ANSWER)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(KINDS)), max_size=4),
    st.lists(
        st.sampled_from(["04 0000 0004", "02 0000 00BE", "03 0000 0001", "05 0000 FF00", "2B"])
    ),
    st.sampled_from(["tcp", "rtu"]),
)
def test_no_mixture_of_faults_harms_the_device_next_to_it(
    kinds: list[str], pdus: list[str], framing: Literal["tcp", "rtu"]
) -> None:
    async def play() -> None:
        errors: list[dict[str, object]] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, context: errors.append(context))
        faults = [f"{kind}{_QUICK.get(kind, '')}/sim-001" for kind in kinds]
        options = SimulateOptions(devices=2, framing=framing, faults=faults)
        encode = (RtuFraming() if framing == "rtu" else MbapFraming()).encode
        sound = encode(Frame(1, 1, bytes.fromhex("03 0000 0001")))
        answer = encode(Frame(1, 1, bytes.fromhex("03 02 0000")))
        async with simulation(options) as running, client(running.ports[1]) as other:
            with contextlib.suppress(ConnectionError):
                async with client(running.ports[0]) as c:
                    for pdu in pdus:
                        c.send(encode(Frame(1, 1, bytes.fromhex(pdu))))
                    assert await other.ask(sound, len(answer)) == answer
            assert await other.ask(sound, len(answer)) == answer
        assert errors == []

    asyncio.run(play())


_QUICK = dict.fromkeys(("delay", "late", "split"), ":seconds=0.001")


def test_a_fault_lasts_from_its_start_to_its_end() -> None:
    faults = FaultSet(0)
    faults.apply(parse_fault("silent@10+5")[0], now=100.0)
    struck = [now for now in (100.0, 109.9, 110.0, 114.9, 115.0) if faults.hits(b"\x04", now)]
    assert struck == [110.0, 114.9]
    assert not faults


def test_the_same_seed_strikes_the_same_requests_about_as_often_as_asked() -> None:
    def course(seed: int) -> list[bool]:
        faults = FaultSet(seed)
        faults.apply(parse_fault("silent:p=0.3")[0], now=0.0)
        return ["silent" in faults.hits(b"\x04", 0.0) for _ in range(2000)]

    assert course(1) == course(1) != course(2)
    assert 500 < sum(course(1)) < 700


def test_a_fault_can_be_removed_by_number_and_by_kind() -> None:
    faults = FaultSet(0)
    first = faults.apply(parse_fault("silent")[0], 0.0)
    faults.apply(parse_fault("reset")[0], 0.0)
    faults.apply(parse_fault("freeze")[0], 0.0)
    assert first is not None
    assert faults.remove(first)
    assert not faults.remove(first)
    faults.apply(fault_from_mapping({"clear": "reset"}), 0.0)
    assert [active.fault.kind for active in faults.pending(0.0)] == ["freeze"]


def test_the_grammar_of_the_command_line() -> None:
    assert parse_fault("silent") == (Fault("silent", 1.0, 0.0, None, {}), None)
    assert parse_fault("silent+30") == (Fault("silent", 1.0, 0.0, 30.0, {}), None)
    assert parse_fault("exception:code=2,first=60,p=0.5@7.5+30/sim-002") == (
        Fault(
            "exception", 0.5, 7.5, 30.0, {"code": 2, "function": None, "first": 60, "last": None}
        ),
        "sim-002",
    )


BAD_FAULTS = {
    "silnt": "there is no fault 'silnt'; did you mean silent?",
    "earthquake": "there is no fault 'earthquake'; choose one of refuse, reset",
    "": "fault '' cannot be read; write KIND",
    "silent@soon": "fault 'silent@soon' cannot be read; write KIND",
    "silent@1.2.3": "start=1.2.3 is not a number that fits; give simulated seconds from now.",
    "delay:seconds": "'seconds' has no value; write PARAM=VALUE.",
    "delay:secs=3": "fault delay has no 'secs'; it takes seconds, p, start, duration.",
    "delay:seconds=inf": "seconds=inf is out of range; give real seconds to wait.",
    "exception:code=12": "code=12 is out of range; give Modbus exception code, 1 to 11.",
    "exception:code=x": "code=x is not a number that fits",
    "exception:first=9,last=3": "first=9 is after last=3; swap them.",
    "silent:p=2": "p=2 is out of range; give probability",
    "drop_every:n=0": "n=0 is out of range",
}


@pytest.mark.parametrize(("text", "message"), BAD_FAULTS.items())
def test_a_wrong_fault_is_explained(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_fault(text)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "mapping",
    [
        {},
        {"kind": 3},
        {"kind": "exception", "code": 2.5},
        {"kind": "silent", "p": True},
        {"clear": "x"},
        {"kind": "delay", "n": 3},
    ],
    ids=str,
)
def test_a_wrong_mapping_is_a_scenario_error(mapping: dict[str, object]) -> None:
    with pytest.raises(ScenarioError):
        fault_from_mapping(mapping)
    assert fault_from_mapping({"clear": "all"}) == Clear(None)


@given(st.text(max_size=40))
def test_any_text_is_a_fault_or_a_usage_error(text: str) -> None:
    try:
        fault, _ = parse_fault(text)
    except UsageError:
        return
    assert fault.kind in KINDS


def test_the_help_names_every_kind() -> None:
    assert all(f"  {kind}" in fault_help() for kind in KINDS)
