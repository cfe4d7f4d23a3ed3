"""The proof of bench/soak.py, shortened: the real command, a database stopped three times."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.postgres_server import binaries_of_a_server

ROOT = Path(__file__).parents[2]


def test_a_database_stopped_three_times_ends_with_exactly_the_expected_pairs() -> None:
    if binaries_of_a_server() is None:
        pytest.skip("no PostgreSQL programs on this machine or in this environment")
    command = [sys.executable, "bench/soak.py", "--minutes", "0.5"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("the database is back") == 3
    assert done.stdout.endswith("exactly the expected pairs on both sides\n")
