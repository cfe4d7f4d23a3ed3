"""What `celador run` tells the operator while it runs, and at its end."""

from __future__ import annotations

import asyncio
import logging
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from celador.cli.run import report_until
from celador.pipeline.counts import PollCounts
from celador.simulator.fleet import SimulateOptions
from celador.simulator.service import serve
from tests.cli.conftest import environment
from tests.simulator_net.support import until

DEADLINE = 30.0


def counted(cycles: int, *late: float) -> PollCounts:
    counts = PollCounts(cycles=cycles, skipped=1, failures=2, retries=3)
    for seconds in late:
        counts.late_by(seconds)
    return counts


def stored(store: Path) -> int:
    with closing(sqlite3.connect(store)) as reader:
        (count,) = reader.execute("SELECT count(*) FROM mediciones").fetchone()
    return int(count)


async def test_each_report_tells_what_came_since_the_one_before_and_the_last_one_all(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "celador")
    stop = asyncio.Event()
    looks = iter(
        [
            {1: counted(10, 0.0004), 2: counted(5, 0.0004)},
            {1: counted(12, 0.0004, 3.0), 2: counted(5, 0.0004)},
            {1: counted(12, 0.0004, 3.0), 2: counted(5, 0.0004)},
        ]
    )

    def counts() -> dict[int, PollCounts]:
        look = next(looks)
        if len(caplog.messages) == 2:
            stop.set()
        return look

    async with asyncio.timeout(DEADLINE):
        await report_until(stop, counts, 0.003)

    first, second, last = caplog.messages
    assert first == (
        "in the last 5e-05 min: 15 cycles, 2 skipped, 6 retries, 4 failures; "
        "99 % began at most 1 ms late"
    )
    assert second == (
        "in the last 5e-05 min: 2 cycles, 0 skipped, 0 retries, 0 failures; "
        "more than 1 % began over 1 s late"
    )
    assert last == (
        "since the start: 17 cycles, 2 skipped, 6 retries, 4 failures; "
        "more than 1 % began over 1 s late"
    )


async def test_a_run_tells_how_polling_fared_and_nothing_of_migrations(tmp_path: Path) -> None:
    simulation = await serve(SimulateOptions(port=0))
    ((host, port, unit),) = simulation.addresses.values()
    config = tmp_path / "celador.toml"
    config.write_text(
        f'[store]\npath = "plug.db"\n[[devices]]\nid = 1\nname = "a"\nhost = "{host}"\n'
        f"port = {port}\nunit = {unit}\n"
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "celador", "run", "--config", str(config)),
        stderr=subprocess.PIPE,
        env=environment(),
    )
    try:
        assert process.stderr is not None
        async with asyncio.timeout(DEADLINE):
            said = [await process.stderr.readline()]
            assert b"watching 1 reclosers" in said[0]
            await until(lambda: stored(tmp_path / "plug.db") > 0, DEADLINE)
            process.send_signal(signal.SIGTERM)
            rest = (await process.stderr.read()).decode()
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
        await simulation.close()
    assert re.search(
        r"INFO    celador: since the start: [1-9]\d* cycles, 0 skipped, 0 retries, 0 failures; "
        r"99 % began at most \d+ ms late\n",
        rest,
    )
