"""The pulled plug: a writer killed at any instant loses nothing that it was told is durable."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

ROUNDS = 10

WRITER = """
import asyncio, sys
from pathlib import Path
from celador.domain.quantities import MEASUREMENTS
from celador.stores.sqlite import SqliteStore
from tests.stores.support import DEVICES, LiveClock, event, sample
from tests.support.clock import MIDNIGHT

VALUES = {q.name: 1 if q.integer else 1.5 for q in MEASUREMENTS}

def acknowledge(records):
    print(*(record.at - MIDNIGHT for record in records), flush=True)

async def main(path, at):
    store = await SqliteStore.open(
        path, devices=DEVICES, collector="c", clock=LiveClock(), on_commit=acknowledge
    )
    while True:
        for _ in range(20):
            store.add([sample(at, VALUES), event(at + 1)])
            at += 2
        await asyncio.sleep(0.001)

asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
"""


def acknowledged(path: Path, start: int, lines: int) -> list[int]:
    """Let a process write, and kill it after it has acknowledged some batches."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), str(start)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    with process:
        heard = [process.stdout.readline() for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
        heard += [line for line in process.stdout if line.endswith("\n")]
    assert process.returncode == -signal.SIGKILL
    return [int(word) for line in heard for word in line.split()]


def test_ten_kills_lose_no_acknowledged_row_and_leave_a_sound_file(tmp_path: Path) -> None:
    path, chance = tmp_path / "celador.db", random.Random(10)
    promised: list[int] = []
    for round_number in range(ROUNDS):
        promised += acknowledged(path, round_number * 10_000_000, chance.randint(1, 8))
        with closing(sqlite3.connect(path)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert database.execute("PRAGMA foreign_key_check").fetchall() == []
            rows = database.execute(
                "SELECT fecha_hora FROM mediciones UNION ALL SELECT fecha_hora FROM eventos"
            ).fetchall()
        kept = [at - 1_784_332_800_000_000 for (at,) in rows]
        assert len(kept) == len(set(kept))
        assert set(promised) <= set(kept)
    assert len(promised) > ROUNDS
