"""`celador export-server` as a process: from its first line to the signal that ends it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx

from tests.cli.conftest import Run, environment

RANGE = {"from": "2026-07-18T00:00Z", "to": "2026-07-18T00:05Z"}


def test_it_gives_out_what_the_command_writes_until_it_is_told_to_end(
    celador: Run, store: Path
) -> None:
    command = [sys.executable, "-m", "celador", "export-server", "--port", "0"]
    with subprocess.Popen(
        [*command, "--store", str(store)], stderr=subprocess.PIPE, text=True, env=environment()
    ) as process:
        assert process.stderr is not None
        address = process.stderr.readline().split()[-1]
        answer = httpx.get(f"{address}export.csv", params=RANGE, timeout=60)
        process.terminate()
        told = process.stderr.read()
        assert process.wait(timeout=60) == 0
    written = celador(
        *("export", "--from", RANGE["from"], "--to", RANGE["to"], "-o", "-", "--store", str(store))
    )
    assert answer.text == written.stdout
    # What a log collector gets: the warning, and who took what; nothing of the web server's own.
    first, *lines = told.splitlines()
    assert first == "No token is set: only this machine can reach it."
    assert len(lines) == 1, told
    assert "127.0.0.1 by local" in lines[0]
    assert "complete, 540 rows" in lines[0]
