"""`celador web` as a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


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
