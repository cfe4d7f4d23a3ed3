"""A command of ours as a process of its own, watched."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
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
    kilobytes = 0
    while child.poll() is None:
        kilobytes = _peak_so_far(child.pid) or kilobytes
        time.sleep(0.01)
    assert child.returncode == 0, "celador failed"
    return kilobytes / 1024


def peak_of_service(path: str, folder: Path, environ: Mapping[str, str]) -> float:
    """Peak memory in MB of `celador export-server` that is asked once for a path."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    child = subprocess.Popen(
        [sys.executable, "-m", "celador", "export-server", "--port", str(port)],
        env={**os.environ, **environ},
        cwd=folder,
        stderr=subprocess.PIPE,
    )
    try:
        assert child.stderr is not None
        assert child.stderr.readline().startswith(b"Export service at"), "celador failed"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
            while answer.read(1_000_000):
                pass
        return _peak_so_far(child.pid) / 1024
    finally:
        child.terminate()
        child.wait()


def _peak_so_far(pid: int) -> int:
    """In kB; 0 of a process that has ended. To getrusage our own memory counts as the child's."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0
