"""Ports, unit identifiers, connections and supply, seen by a raw client on real sockets."""

from __future__ import annotations

import asyncio
import os
import tty

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from celador.domain.errors import SimulatorError, UsageError
from celador.simulator.fleet import SimulateOptions
from celador.simulator.service import serve
from celador.simulator.session import Device, SimClock
from tests.simulator_net.pty_bus import PtyBus
from tests.simulator_net.support import (
    StaticController,
    client,
    fate,
    mbap,
    simulation,
    static,
    until,
)


async def test_all_registers_in_one_answer_as_bytes_on_the_wire() -> None:
    async with simulation() as running, client(running.ports[0]) as c:
        static(running).registers[0:2] = [0x0046, 0xFFFF]
        reply = await c.ask("0001 0000 0006 01 04 0000 0063", 9 + 198)
        assert reply[:13] == bytes.fromhex("0001 0000 00C9 01 04 C6 0046 FFFF")
        assert reply[13:] == bytes(194)


async def test_all_discrete_inputs_in_one_answer_as_bytes_on_the_wire() -> None:
    async with simulation() as running, client(running.ports[0]) as c:
        static(running).discrete[0] = static(running).discrete[189] = True
        reply = await c.ask("FFFF 0000 0006 01 02 0000 00BE", 9 + 24)
        assert reply == bytes.fromhex("FFFF 0000 001B 01 02 18 01") + bytes(22) + b"\x20"


async def test_requests_in_one_packet_and_in_pieces_are_answered_in_order() -> None:
    async with simulation() as running, client(running.ports[0]) as c:
        both = mbap(1, 1, "03 0000 0001") + mbap(2, 1, "03 0000 0001")
        assert await c.ask(both, 22) == mbap(1, 1, "03 02 0000") + mbap(2, 1, "03 02 0000")
        for at in range(12):
            c.send(mbap(3, 1, "03 0000 0001")[at : at + 1])
            await c.writer.drain()
        assert await c.receive(11) == mbap(3, 1, "03 02 0000")


async def test_an_unknown_function_and_a_coil_refused_come_back_as_exceptions() -> None:
    async with simulation() as running, client(running.ports[0]) as c:
        static(running).refuse_writes_with = 5
        assert await c.ask(mbap(1, 1, "06 0000 0001"), 9) == mbap(1, 1, "86 01")
        assert await c.ask(mbap(2, 1, "05 0001 FF00"), 9) == mbap(2, 1, "85 05")
        assert static(running).written == [(1, True)]


async def test_a_single_device_answers_to_its_unit_and_to_0_and_255_and_to_no_other() -> None:
    async with simulation() as running, client(running.ports[0]) as c:
        for unit in (2, 1, 0, 17, 255):
            c.send(mbap(unit, unit, "03 0000 0001"))
        expected = b"".join(mbap(unit, unit, "03 02 0000") for unit in (1, 0, 255))
        assert await c.receive(33) == expected


async def test_each_of_many_devices_has_its_own_port() -> None:
    async with simulation(SimulateOptions(devices=12)) as running:
        assert len(set(running.ports)) == 12
        for index, name in enumerate(running.fleet.devices):
            static(running, name).registers[0] = 100 + index
        for index, (_, port, unit) in enumerate(running.addresses.values()):
            async with client(port) as c:
                expected = mbap(1, 1, f"04 02 {100 + index:04X}")
                assert await c.ask(mbap(1, unit, "04 0000 0001"), 11) == expected


async def test_many_devices_share_a_port_by_unit_identifier() -> None:
    async with simulation(SimulateOptions(devices=5, units_per_port=3)) as running:
        assert [unit for _, _, unit in running.addresses.values()] == [1, 2, 3, 1, 2]
        static(running, "sim-003").registers[0] = 3
        static(running, "sim-005").registers[0] = 5
        async with client(running.ports[0]) as first, client(running.ports[1]) as second:
            assert await first.ask(mbap(1, 3, "04 0000 0001"), 11) == mbap(1, 3, "04 02 0003")
            assert await second.ask(mbap(1, 2, "04 0000 0001"), 11) == mbap(1, 2, "04 02 0005")
            assert await second.ask(mbap(2, 3, "04 0000 0001"), 9) == mbap(2, 3, "84 0B")


async def test_behind_a_gateway_a_device_without_supply_gives_exception_11() -> None:
    async with simulation(SimulateOptions(devices=2, units_per_port=2)) as running:
        static(running, "sim-002").on = False
        async with client(running.ports[0]) as c:
            assert await c.ask(mbap(1, 2, "04 0000 0001"), 9) == mbap(1, 2, "84 0B")
            assert await c.ask(mbap(2, 1, "04 0000 0001"), 11) == mbap(2, 1, "04 02 0000")


async def test_one_connection_over_the_limit_is_cut_and_the_others_live() -> None:
    async with simulation() as running:
        port = running.ports[0]
        async with client(port) as first, client(port) as second:
            for c in (first, second):
                assert await c.ask(mbap(1, 1, "03 0000 0001"), 11)
            assert await fate(port) == "cut"
            assert await first.ask(mbap(2, 1, "03 0000 0001"), 11)
        await until(lambda: running.fleet.ports[0].connections == 0)
        assert await fate(port) == "served"


async def test_loss_of_supply_cuts_connections_and_closes_the_port_until_it_returns() -> None:
    async with simulation() as running:
        port = running.fleet.ports[0]
        async with client(port.port) as c:
            assert await c.ask(mbap(1, 1, "03 0000 0001"), 11)
            static(running).on = False
            assert await c.ended() == "reset"
        assert await fate(port.port) == "refused"
        static(running).on = True
        await until(lambda: port.listening)
        assert await fate(port.port) == "served"


async def test_loss_of_supply_between_connections_is_found_by_the_next_client() -> None:
    async with simulation() as running:
        static(running).on = False
        assert await fate(running.ports[0]) in {"cut", "refused"}  # the watch may be quicker
        assert await fate(running.ports[0]) == "refused"


async def test_rtu_over_tcp_answers_its_unit_and_keeps_silent_otherwise() -> None:
    async with simulation(SimulateOptions(framing="rtu")) as running, client(running.ports[0]) as c:
        static(running).holding[0] = 0x022B
        c.send("02 03 00 00 00 01 84 39")  # unit 2 is not here
        c.send("00 05 00 03 FF 00 7D EB")  # broadcast: carried out, not answered
        c.send("01 03 00 00 00 01 84 0A")
        assert await c.receive(7) == bytes.fromhex("01 03 02 02 2B F9 3B")
        assert static(running).written == [(3, True)]


async def test_an_rtu_exception_on_the_wire() -> None:
    async with simulation(SimulateOptions(framing="rtu")) as running, client(running.ports[0]) as c:
        assert await c.ask("01 04 00 63 00 01 C1 D4", 5) == bytes.fromhex("01 84 02 C2 C1")


async def test_a_serial_line_is_served_on_a_pseudo_terminal() -> None:
    controller, dark = StaticController("bus-1"), StaticController("bus-2")
    controller.registers[:3] = [0x0D0A, 0x1113, 0x0304]  # bytes that a terminal would change
    dark.on = False
    bus = PtyBus([Device(controller, SimClock(), unit=1), Device(dark, SimClock(), unit=2)])
    line = os.open(bus.path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    got = bytearray()
    loop = asyncio.get_running_loop()
    loop.add_reader(line, lambda: got.extend(os.read(line, 100)))
    try:
        tty.setraw(line)
        os.write(line, bytes.fromhex("02 03 00 00 00 01 84 39"))  # no supply: silence
        os.write(line, bytes.fromhex("01 04 00 00 00 03 B0 0B"))
        await until(lambda: len(got) >= 11)
        assert got[:9] == bytes.fromhex("01 04 06 0D0A 1113 0304")
        assert len(got) == 11
    finally:
        loop.remove_reader(line)
        os.close(line)
        bus.close()


async def test_a_taken_port_is_said_in_one_sentence_and_leaves_none_open() -> None:
    async with simulation() as running:
        taken = running.ports[0]
        for options in (SimulateOptions(port=taken), SimulateOptions(port=0, http_port=taken)):
            with pytest.raises(SimulatorError, match=r"choose another port\.$"):
                await serve(options, make_controller=StaticController)


@pytest.mark.parametrize(
    "options",
    [
        SimulateOptions(devices=0),
        SimulateOptions(port=65535, devices=2),
        SimulateOptions(units_per_port=248),
        SimulateOptions(max_connections=0),
        SimulateOptions(speed=0),
        SimulateOptions(speed=float("nan")),
        SimulateOptions(faults=["silent/sim-009"]),
    ],
    ids=str,
)
async def test_options_that_cannot_be_are_refused(options: SimulateOptions) -> None:
    with pytest.raises(UsageError, match=r"\.$"):
        await serve(options, make_controller=StaticController)


async def test_every_device_plays_the_scenario_and_has_a_seed_of_its_own() -> None:
    async with simulation(SimulateOptions(devices=3, seed=7, scenario="storm")) as running:
        controllers = [static(running, name) for name in running.fleet.devices]
        assert [c.played for c in controllers] == [["storm"]] * 3
        assert len({c.seed for c in controllers}) == 3
    async with simulation(SimulateOptions(devices=3, seed=7)) as again:
        assert [static(again, n).seed for n in again.fleet.devices] == [c.seed for c in controllers]


def test_on_uvloop_supply_reset_and_serial_line_behave_the_same() -> None:
    uvloop = pytest.importorskip("uvloop", reason="there is no uvloop on this system")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(test_loss_of_supply_cuts_connections_and_closes_the_port_until_it_returns())
        runner.run(test_one_connection_over_the_limit_is_cut_and_the_others_live())
        runner.run(test_a_serial_line_is_served_on_a_pseudo_terminal())


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=5),
    st.sampled_from(["tcp", "rtu"]),
)
def test_no_bytes_stop_the_server_from_answering_the_next_client(
    chunks: list[bytes], framing: str
) -> None:
    async def play() -> None:
        errors: list[dict[str, object]] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, context: errors.append(context))
        options = SimulateOptions(framing="rtu" if framing == "rtu" else "tcp")
        async with simulation(options) as running, client(running.ports[0]) as attacker:
            for chunk in chunks:
                attacker.send(chunk)
            async with client(running.ports[0]) as c:
                if framing == "rtu":
                    assert await c.ask("01 03 00 00 00 01 84 0A", 7)
                else:
                    reply = await c.ask(mbap(1, 1, "03 0000 0001"), 11)
                    assert reply == mbap(1, 1, "03 02 0000")
        assert errors == []

    asyncio.run(play())
