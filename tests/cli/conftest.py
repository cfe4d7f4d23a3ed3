"""A store with two reclosers, five minutes each, and the command run as people run it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from celador.domain.device import Device
from celador.domain.sample import Quality, Sample, SwitchState
from tests.support.clock import MIDNIGHT
from tests.support.edge_store import write_store

Run = Callable[..., subprocess.CompletedProcess[str]]
SECOND = 1_000_000


def environment() -> dict[str, str]:
    # Unbuffered output would hide what happens when Python flushes at its end.
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("CELADOR_") and key != "PYTHONUNBUFFERED"
    }
    return kept | {"COLUMNS": "200", "TZ": "America/Argentina/Cordoba"}


@pytest.fixture
def celador(tmp_path: Path) -> Run:
    """Run the command in an empty folder."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "celador", *arguments],
            cwd=tmp_path,
            env=environment() | variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,  # to end a hang; a busy machine takes its time to start Python
        )

    return run


def in_terminal(columns: int, *arguments: str, cwd: Path | None = None) -> str:
    """What the command shows in a terminal so wide."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    kept = {key: each for key, each in environment().items() if key != "COLUMNS"}
    command = [sys.executable, "-m", "celador", *arguments]
    kept |= {"TERM": "xterm", "NO_COLOR": "1"}
    with subprocess.Popen(command, cwd=cwd, stdout=its, env=kept):
        os.close(its)
        shown = b""
        with suppress(OSError):  # what the other side's end looks like
            while piece := os.read(ours, 65536):
                shown += piece
    os.close(ours)
    return re.sub("\x1b\\[[0-9;]*m", "", shown.decode()).replace("\r\n", "\n")


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2026-07-18 00:00 to 00:05 UTC (from 21:00 the day before in Córdoba), a sample a second.

    `norte` has no samples from 00:02 to 00:03.
    """
    path = tmp_path_factory.mktemp("store") / "celador.db"
    devices = [
        Device(number, name, "", "noja-rc10", 13_200.0)
        for number, name in ((1, "norte"), (2, "Río Cuarto"))
    ]
    samples = [
        Sample(
            device_id=device.id,
            at=MIDNIGHT + second * SECOND,
            values={"ia": 70.0 + device.id, "va": 7621.0, "fp": 0.93, "p_act": None},
            state=SwitchState.CLOSED,
            quality=Quality.GOOD,
        )
        for device in devices
        for second in range(300)
        if device.id == 2 or not 120 <= second < 180
    ]
    write_store(path, devices, samples)
    return path
