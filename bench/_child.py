"""A command of ours as a process of its own, watched."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path


def peak_of(words: list[str], folder: Path, environ: Mapping[str, str]) -> float:
    """Peak memory in MB of `celador WORDS...`, run in a folder."""
    child = subprocess.Popen(
        [sys.executable, "-m", "celador", *words],
        env={**os.environ, **environ},
        cwd=folder,
        stderr=subprocess.DEVNULL,
    )
    # Not by getrusage: to it the memory of this process counts as the child's.
    kilobytes = 0
    while child.poll() is None:
        for line in Path(f"/proc/{child.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                kilobytes = int(line.split()[1])
        time.sleep(0.01)
    assert child.returncode == 0, "celador failed"
    return kilobytes / 1024
