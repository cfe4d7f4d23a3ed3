"""A process is killed (-9) in the middle of a change of a user: all of it is there, or nothing."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from celador.surfaces.web.access import passwords
from tests.access.conftest import PASSWORD
from tests.access.kill_points import CHANGES, NEW_PASSWORD


@pytest.mark.parametrize("change", list(CHANGES))
def test_a_kill_at_any_statement_leaves_the_whole_change_or_nothing_of_it(
    change: str, tmp_path: Path, three_users: Path
) -> None:
    source = tmp_path / "source.usuarios"
    shutil.copy(three_users, source)
    with closing(sqlite3.connect(source)) as database:
        (rows_before,) = database.execute("SELECT count(*) FROM auditoria").fetchone()
        users = database.execute("SELECT nombre, rol, clave FROM usuarios").fetchall()
    before = {name: [role, hashed] for name, role, hashed in users}
    done = subprocess.run(
        [sys.executable, "-m", "tests.access.kill_points", str(source), change],
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )
    points = [json.loads(line) for line in done.stdout.splitlines()]
    *killed, whole = points
    assert whole["at"] is None
    assert whole["code"] == 0
    # It did die within the transaction, before and after each of its statements.
    assert {"BEGIN", "COMMIT"} <= {each["at"] for each in killed}
    assert len(killed) >= 4
    for each in killed:
        assert each["whole"], each["at"]
        assert each["mode"] == 0o600
        assert each["users"] == before, each["at"]
        assert each["audit"] == rows_before, each["at"]
    assert whole["audit"] == rows_before + 1
    assert changed(whole["users"], before) == {
        "add": {"nora"}, "passwd": {"omar"}, "role": {"omar"}, "remove": {"omar"}
    }[change]  # fmt: skip
    if change in ("add", "passwd"):
        (name,) = changed(whole["users"], before)
        assert passwords.verify(NEW_PASSWORD, whole["users"][name][1])
        assert not passwords.verify(PASSWORD, whole["users"][name][1])


def changed(after: dict[str, list[str]], before: dict[str, list[str]]) -> set[str]:
    """Names of those who came, went or are others now."""
    names = after.keys() | before.keys()
    return {name for name in names if after.get(name) != before.get(name)}
