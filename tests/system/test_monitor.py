"""The whole road: simulator, link, poller, store; over real sockets into a real file."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from celador import app
from celador.cli.demo import demo_config
from celador.config import Config, DeviceConfig, StoreConfig
from celador.pipeline.counts import PollCounts
from celador.simulator.fleet import SimulateOptions
from celador.simulator.service import serve
from tests.support.clock import TurnedClock

DEADLINE = 30.0


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, not for a time."""
    async with asyncio.timeout(DEADLINE):
        while not condition():  # noqa: ASYNC110 -- what is waited for happens in other threads
            await asyncio.sleep(0.01)


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def rows(store: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(store)) as reader:
        return reader.execute(query).fetchall()


async def test_a_dead_device_costs_the_others_nothing(tmp_path: Path) -> None:
    simulation = await serve(SimulateOptions(devices=2, port=0))
    try:
        config = demo_config(simulation, tmp_path / "plug.db")
        dead = DeviceConfig(id=9, name="dead", host="127.0.0.1", port=closed_port())
        config = config.model_copy(update={"devices": (dead, *config.devices)})
        async with app.monitor(config) as running:
            live = running.live.devices
            await until(lambda: all(len(live[n].trend) >= 3 for n in (1, 2)))
            counts = running.counts()
            assert live[9].sample is None
    finally:
        await simulation.close()
    assert counts[1].skipped == counts[2].skipped == 0
    assert counts[1].failures == counts[2].failures == 0
    links = rows(
        config.store.path, "SELECT equipo_id, nuevo FROM eventos WHERE clase = 'enlace' ORDER BY 1"
    )
    assert links == [(1, "arriba"), (2, "arriba"), (9, "abajo")]


async def test_start_and_end_of_the_supervision_are_rows(tmp_path: Path) -> None:
    simulation = await serve(SimulateOptions(port=0))
    try:
        config = demo_config(simulation, tmp_path / "plug.db")
        async with app.monitor(config) as running:
            await until(lambda: running.live.devices[1].sample is not None)
    finally:
        await simulation.close()
    found = rows(config.store.path, "SELECT punto FROM eventos WHERE clase = 'sistema' ORDER BY id")
    assert found == [("inicio",), ("fin",)]


async def test_what_stands_at_the_start_is_left_out_of_the_search_for_cycles(
    tmp_path: Path,
) -> None:
    config = Config.model_validate({"store": {"path": tmp_path / "plug.db"}})
    async with app.monitor(config):
        await until(lambda: gc.get_freeze_count() > 0)
    assert gc.get_freeze_count() == 0


async def test_a_trip_is_seen_stored_and_shown(tmp_path: Path) -> None:
    simulation = await serve(SimulateOptions(port=0))
    try:
        config = demo_config(simulation, tmp_path / "plug.db")
        async with app.monitor(config) as running:
            known = running.live.devices[1]
            await until(lambda: len(known.trend) >= 2)
            await until(lambda: known.counters is not None)
            assert known.counters is not None
            before = known.counters.values["disp_oc_a"]
            device = simulation.fleet.devices["sim-001"]
            device.controller.play("S2", device.clock.now())
            # The first trip may slip between two polls; the second stays open for 15 s.
            await until(lambda: any(e.point == "open_oc1_fwd" for e in known.events))
            await until(
                lambda: (
                    known.counters is not None
                    and known.counters.values["disp_oc_a"] == int(before or 0) + 2
                )
            )
    finally:
        await simulation.close()
    # Both currents of the fault stand in the counters that the burst fetched.
    (ia, ib), *_ = rows(
        config.store.path, "SELECT ia_max, ib_max FROM contadores ORDER BY id DESC LIMIT 1"
    )
    assert (ia, ib) == (1657, 1657)


async def test_a_step_of_the_wall_clock_is_a_row(tmp_path: Path) -> None:
    clock = TurnedClock()
    config = Config.model_validate({"store": {"path": tmp_path / "plug.db"}})
    async with app.monitor(config, clock):
        await clock.advance(3.0)
        clock.step_wall(-90.0)
        await clock.advance(2.0)
    found = rows(config.store.path, "SELECT texto FROM eventos WHERE punto = 'reloj'")
    assert found == [("Salto del reloj del sistema: -90.0 s",)]


async def test_a_poller_with_a_defect_starts_again_and_the_others_do_not_notice(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    simulation = await serve(SimulateOptions(devices=2, port=0))
    try:
        config = demo_config(simulation, tmp_path / "plug.db")
        async with app.monitor(config) as running:
            live = running.live.devices
            await until(lambda: all(len(live[n].trend) >= 1 for n in (1, 2)))
            running.pollers[1].counts = None  # type: ignore[assignment]  # any defect will do
            seen = len(live[2].trend)
            await until(lambda: len(live[2].trend) >= seen + 2)
            running.pollers[1].counts = PollCounts()
            seen = len(live[1].trend)
            await until(lambda: len(live[1].trend) > seen)
    finally:
        await simulation.close()
    assert "polling of device 1 stopped on a defect" in caplog.text


def test_run_ends_cleanly_on_sigterm(tmp_path: Path) -> None:
    config = tmp_path / "celador.toml"
    config.write_text(
        f'[store]\npath = "plug.db"\n[[devices]]\nid = 1\nname = "a"\nhost = "127.0.0.1"\n'
        f"port = {closed_port()}\n"
    )
    with subprocess.Popen(
        [sys.executable, "-m", "celador", "run", "--config", str(config)],
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        try:
            assert any("watching 1 recloser" in line for line in process.stderr)
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=DEADLINE)
        finally:
            process.kill()
    assert process.returncode == 0
    assert "Traceback" not in said
    found = rows(tmp_path / "plug.db", "SELECT punto FROM eventos WHERE clase = 'sistema'")
    assert found == [("inicio",), ("fin",)]


def test_the_demo_without_a_terminal_prints_moving_values_and_says_where_they_are(
    tmp_path: Path,
) -> None:
    store = tmp_path / "demo.db"
    done = subprocess.run(
        [sys.executable, "-m", "celador", "demo", "--seconds", "4", "--store", str(store)],
        capture_output=True,
        text=True,
        check=True,
        timeout=DEADLINE,
    )
    lines = [line for line in done.stdout.splitlines() if "CERRADO" in line]
    assert len(lines) >= 2
    assert str(store) in done.stdout.splitlines()[-1]
    assert rows(store, "SELECT count(*) > 1 FROM mediciones WHERE estado = 1") == [(1,)]


async def test_the_search_for_reference_cycles_leaves_the_fleet_alone_while_it_runs(
    tmp_path: Path,
) -> None:
    config = Config(store=StoreConfig(path=tmp_path / "celador.db"))
    async with app.monitor(config):
        await until(lambda: gc.get_freeze_count() > 0)
    assert gc.get_freeze_count() == 0
