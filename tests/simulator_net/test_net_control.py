"""The HTTP API over a real server, driven by httpx."""

from __future__ import annotations

import asyncio
import struct
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from celador.simulator.fleet import SimulateOptions
from celador.simulator.service import Simulation, serve
from tests.simulator_net.support import client, fate, mbap, simulation, static, until


@asynccontextmanager
async def api(devices: int = 2) -> AsyncIterator[tuple[Simulation, httpx.AsyncClient]]:
    async with simulation(SimulateOptions(devices=devices, http_port=0)) as running:
        base = f"http://127.0.0.1:{running.http_port}"
        async with httpx.AsyncClient(base_url=base, trust_env=False) as http:
            yield running, http


async def test_health_and_devices_are_told() -> None:
    async with api() as (running, http):
        health = (await http.get("/healthz")).json()
        assert (health["status"], health["devices"], health["speed"]) == ("ok", 2, 1.0)
        listed = (await http.get("/devices")).json()
        assert [(d["name"], d["port"], d["unit"], d["powered"]) for d in listed] == [
            (name, port, unit, True) for name, (_, port, unit) in running.addresses.items()
        ]
        one = (await http.get("/devices/sim-002")).json()
        assert one["state"] == {"position": "closed"}
        assert one["faults"] == []


async def test_the_clock_changes_speed_and_never_goes_back() -> None:
    async with api() as (running, http):
        before = running.fleet.clock.now()
        assert (await http.post("/clock", json={"speed": 3600})).json()["speed"] == 3600
        await until(lambda: running.fleet.clock.now() > before + 60)
        fast = running.fleet.clock.now()
        await http.post("/clock", json={"speed": 0.001})
        assert fast <= running.fleet.clock.now() < fast + 3600


async def test_scenarios_and_actions_reach_the_controller() -> None:
    async with api() as (running, http):
        assert (await http.post("/devices/sim-002/scenarios/storm")).status_code == 200
        action = {"fault": {"phases": "AB", "current": 1657}}
        assert (await http.post("/devices/sim-002/actions", json=action)).status_code == 200
        assert static(running, "sim-002").played == ["storm"]
        assert static(running, "sim-002").actions == [action]
        assert static(running, "sim-001").played == []


async def test_a_fault_is_injected_seen_and_removed_over_http() -> None:
    async with api() as (running, http), client(running.ports[0]) as c:
        answer = await http.post("/devices/sim-001/faults", json={"kind": "exception", "code": 6})
        assert answer.status_code == 201
        assert await c.ask(mbap(1, 1, "04 0000 0001"), 9) == mbap(1, 1, "84 06")
        [fault] = (await http.get("/devices/sim-001/faults")).json()
        assert (fault["kind"], fault["code"], fault["active"]) == ("exception", 6, True)
        assert (await http.get("/devices/sim-002/faults")).json() == []
        removed = await http.delete(f"/devices/sim-001/faults/{fault['id']}")
        assert removed.status_code == 200
        assert await c.ask(mbap(2, 1, "04 0000 0001"), 11) == mbap(2, 1, "04 02 0000")


async def test_a_refused_port_closes_at_once_and_opens_at_once() -> None:
    async with api() as (running, http):
        port = running.ports[0]
        await http.post("/devices/sim-001/faults", json={"kind": "refuse"})
        assert await fate(port) == "refused"
        await http.delete("/devices/sim-001/faults")
        assert await fate(port) == "served"


async def test_the_simulated_recloser_obeys_over_http_and_shows_it_on_modbus() -> None:
    running = await serve(SimulateOptions(port=0, http_port=0, speed=1e-6))
    base = f"http://127.0.0.1:{running.http_port}/devices/sim-001"
    try:
        async with client(running.ports[0]) as c, httpx.AsyncClient(trust_env=False) as http:
            ask = mbap(1, 1, "02 0002 0001")  # 10003: local control
            assert (await http.get(base)).json()["state"]["position"] == "closed"
            forced = {"do": "set", "bit": "local_control", "on": True}
            assert (await http.post(f"{base}/actions", json=forced)).status_code == 200
            assert await c.ask(ask, 10) == mbap(1, 1, "02 01 01")
            link = {"do": "link", "kind": "exception", "code": 6, "function": 2}
            assert (await http.post(f"{base}/actions", json=link)).status_code == 200
            # Its simulated microsecond, which lasts a second here, may be one that is yet to come.
            end = time.monotonic() + 20
            while (reply := await c.ask(ask, 9)) != mbap(1, 1, "82 06"):
                assert time.monotonic() < end, reply
                await c.receive(1)  # the last byte of an answer without fault
            assert (await http.delete(f"{base}/faults")).status_code == 200
            assert await c.ask(ask, 10) == mbap(1, 1, "02 01 01")
            wrong = await http.post(f"{base}/actions", json={"do": "dance"})
            assert wrong.status_code == 400
            assert "there is no action 'dance'" in wrong.json()["detail"]
    finally:
        await running.close()


async def test_a_permanent_fault_played_over_http_ends_in_lockout_on_modbus() -> None:
    running = await serve(SimulateOptions(port=0, http_port=0, speed=60))
    base = f"http://127.0.0.1:{running.http_port}"
    try:
        async with client(running.ports[0]) as c, httpx.AsyncClient(trust_env=False) as http:
            trips = "04 004A 0002"  # 30075 and 30076: overcurrent trips of phases A and B
            before = struct.unpack(">HH", (await c.ask(mbap(1, 1, trips), 13))[9:])
            assert (await http.post(f"{base}/devices/sim-001/scenarios/S2")).status_code == 200
            lockout = mbap(2, 1, "02 0000 0001")  # 10001
            end = time.monotonic() + 20
            while await c.ask(lockout, 10) != mbap(2, 1, "02 01 01"):
                assert time.monotonic() < end, "no lockout"
                await asyncio.sleep(0.01)
            running.fleet.clock.speed = 3600.0
            after = tuple((value + 3) % 65536 for value in before)
            while struct.unpack(">HH", (await c.ask(mbap(3, 1, trips), 13))[9:]) != after:
                assert time.monotonic() < end, "the counters did not count three trips"
                await asyncio.sleep(0.01)
    finally:
        await running.close()


async def test_the_library_is_listed_in_both_languages() -> None:
    async with api() as (_, http):
        listed = (await http.get("/scenarios")).json()
        assert [s["name"] for s in listed] == [f"S{number:02}" for number in range(1, 23)]
        assert all(s["description"]["es"] and s["description"]["en"] for s in listed)


BAD = {
    "unknown page": ("GET", "/nothing", None, 404),
    "unknown device": ("GET", "/devices/sim-009", None, 404),
    "unknown device for a fault": ("POST", "/devices/x/faults", {"kind": "silent"}, 404),
    "wrong method": ("PUT", "/clock", {"speed": 2}, 405),
    "unknown scenario": ("POST", "/devices/sim-001/scenarios/flood", None, 400),
    "unknown kind": ("POST", "/devices/sim-001/faults", {"kind": "silnt"}, 400),
    "clear in a POST": ("POST", "/devices/sim-001/faults", {"clear": "all"}, 400),
    "no such fault": ("DELETE", "/devices/sim-001/faults/7", None, 404),
    "fault number in letters": ("DELETE", "/devices/sim-001/faults/x", None, 422),
    "a body that is no object": ("POST", "/devices/sim-001/faults", [1], 422),
    "no body": ("POST", "/devices/sim-001/actions", None, 422),
    "no speed": ("POST", "/clock", {}, 422),
    "speed in letters": ("POST", "/clock", {"speed": "fast"}, 422),
    "speed zero": ("POST", "/clock", {"speed": 0}, 400),
    "speed and more": ("POST", "/clock", {"speed": 1, "start": 3}, 422),
}


async def test_every_mistake_is_answered_with_one_sentence_that_ends_with_the_mend() -> None:
    async with api() as (_, http):
        for name, (method, path, body, status) in BAD.items():
            answer = await http.request(method, path, json=body)
            assert answer.status_code == status, name
            detail = answer.json()["detail"]
            assert isinstance(detail, str), name
            assert detail.endswith((".", "?")), (name, detail)
            assert "\n" not in detail


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:8080"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "evil.example:5080"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Host": "localhost", "Origin": "http://localhost"}, 200),
        ({"Host": "localhost", "Origin": "http://evil.example"}, 403),
        ({"Host": "localhost", "Origin": "null"}, 403),
        ({"Host": "localhost:5080", "Origin": "http://localhost:3000"}, 403),
    ],
    ids=str,
)
async def test_pages_and_names_of_others_are_kept_out(headers: dict[str, str], status: int) -> None:
    async with api() as (_, http):
        answer = await http.post("/clock", json={"speed": 2}, headers=headers)
        assert answer.status_code == status


async def test_the_api_listens_on_this_machine_only() -> None:
    async with simulation(SimulateOptions(host="0.0.0.0", http_port=0)) as running:
        assert running.http_port is not None
        async with client(running.http_port) as c:
            assert c.writer.get_extra_info("peername")[0] == "127.0.0.1"
        # Another address of the loopback network must find nobody there.
        with pytest.raises(OSError, match=str(running.http_port)):
            await asyncio.open_connection("127.0.0.2", running.http_port)


def test_the_simulator_starts_without_fastapi_when_the_api_is_not_wanted() -> None:
    code = "import sys, celador.simulator.service; sys.exit('fastapi' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
