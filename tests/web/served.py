"""Rooms in processes of their own: `celador web`, and those that the tests put together."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def served(*arguments: str) -> Iterator[str]:
    """Run it on a free port; gives its address, and it must end well."""
    process = subprocess.Popen(
        [sys.executable, "-m", "celador", "web", "--port", "0", *arguments],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        said = ""
        while "Control room at " not in said:
            said = process.stderr.readline()
            assert said, "it ended"
        yield said.removeprefix("Control room at ").strip()
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert process.returncode == 0


@contextmanager
def serving(module: str, store: Path, *arguments: str) -> Iterator[tuple[str, int]]:
    """Run a module that ends with its standard input; gives its first line and its process's id."""
    with subprocess.Popen(
        [sys.executable, "-m", module, str(store), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip(), process.pid
        finally:
            process.send_signal(signal.SIGCONT)  # for those that a test has stopped
            process.communicate(timeout=60)
