"""A thousand reclosers on one core: skipped cycles, lateness, memory, CPU.

    python bench/fleet.py [--devices 1000] [--seconds 60]

The simulator runs in a process and on a core of its own. Asked for: discrete inputs and analog
each second, no cycle skipped, p99 of the lateness under 100 ms, under 300 MB.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from celador import app
from celador.config import Config, DeviceConfig, PollingConfig, StoreConfig
from celador.loop import run
from celador.pipeline.counts import PollCounts, total

_WARM_UP = 5.0  # s; a thousand links are opened in the first second
SIMULATE = (sys.executable, "-m", "celador", "simulate", "--json", "--port", "0")


def pin(core: int, pid: int = 0) -> None:
    """Give a process one core, where the system can."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(pid, {core})


def config_for(devices: dict[str, dict[str, int | str]], folder: Path) -> Config:
    """Every device each second, status and analog."""
    return Config(
        store=StoreConfig(path=folder / "fleet.db"),
        polling=PollingConfig(status_s=1.0, analog_s=1.0),
        devices=tuple(
            DeviceConfig(
                id=number, name=name, host=str(d["host"]), port=int(d["port"]), unit=int(d["unit"])
            )
            for number, (name, d) in enumerate(devices.items(), start=1)
        ),
    )


def percentile(counts: PollCounts, share: float) -> str:
    """How late at most `share` of the cycles began."""
    late = counts.late_within(share)
    return "none" if late is None else f"{late * 1000:.0f} ms"


async def watch(config: Config, seconds: float) -> str:
    """Run the monitor and count."""
    async with app.monitor(config) as running:
        await asyncio.sleep(_WARM_UP)
        for poller in running.pollers.values():
            poller.counts = PollCounts()
        cpu, begin = time.process_time(), time.perf_counter()
        stored = running.store.health().stored
        await asyncio.sleep(seconds)
        cpu, took = time.process_time() - cpu, time.perf_counter() - begin
        stored = running.store.health().stored - stored
        devices = running.counts()
    counts = total(devices.values())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        f"{len(devices)} reclosers, {took:.0f} s: {counts.cycles} cycles "
        f"({counts.cycles / took:.0f}/s), "
        f"{stored} rows stored\n"
        f"  skipped {counts.skipped}, failed {counts.failures}, retried {counts.retries}\n"
        f"  lateness: p50 under {percentile(counts, 0.5)}, p99 under {percentile(counts, 0.99)}, "
        f"most {counts.latest * 1000:.0f} ms\n"
        f"  CPU {cpu / took * 100:.0f} % of a core, {cpu / counts.cycles * 1e6:.0f} us a scan "
        f"from socket to committed row; peak memory {peak:.0f} MB"
    )


def main() -> None:
    """Start the simulator on the other core and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60.0)
    arguments = parser.parse_args()
    command = [*SIMULATE, "--devices", str(arguments.devices)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as simulator:
        pin(1, simulator.pid)
        pin(0)
        assert simulator.stdout is not None
        try:
            devices = json.loads(simulator.stdout.readline())["devices"]
            with tempfile.TemporaryDirectory() as folder:
                config = config_for(devices, Path(folder))
                print(run(watch(config, arguments.seconds)))
        finally:
            with contextlib.suppress(ProcessLookupError):
                simulator.terminate()


if __name__ == "__main__":
    main()
