"""A change of a user that is killed (-9) at every statement it makes, one after the other.

`python -m tests.access.kill_points FILE CHANGE` prints a line of JSON for each point: which
statement was about to run (None: the change came to its end), and how the file was then found.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from celador.clock import SystemClock
from celador.surfaces.web.access.access import Access
from celador.surfaces.web.access.roles import Role
from tests.access.conftest import CONSOLE, LIFETIMES

NEW_PASSWORD = "cuatro gatos negros cantan"
CHANGES: dict[str, Callable[[Access], object]] = {
    "add": lambda access: access.users.add("nora", Role.OPERATOR, NEW_PASSWORD, CONSOLE),
    "passwd": lambda access: access.users.set_password("omar", NEW_PASSWORD, CONSOLE),
    "role": lambda access: access.users.set_role("omar", Role.VIEWER, CONSOLE),
    "remove": lambda access: access.users.remove("omar", CONSOLE),
}
_MOST = 30  # statements


def change_and_die(path: Path, change: str, point: int, told: int) -> None:
    """Make the change, but die when its statement number `point` is about to run."""
    access = Access(path, SystemClock(), LIFETIMES)
    seen = 0

    def look(statement: str) -> None:
        nonlocal seen
        seen += 1
        if seen == point:
            os.write(told, statement.split(maxsplit=2)[0].encode())
            os.kill(os.getpid(), signal.SIGKILL)

    access.users._file._connection.set_trace_callback(look)
    CHANGES[change](access)
    os._exit(0)


def found(path: Path) -> dict[str, object]:
    """What a second tool finds in the file, and whether the next change goes on at once."""
    with closing(sqlite3.connect(path)) as database:
        whole = database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        whole = whole and not database.execute("PRAGMA foreign_key_check").fetchall()
        users = database.execute("SELECT nombre, rol, clave FROM usuarios ORDER BY nombre")
        rows = {name: [role, hashed] for name, role, hashed in users.fetchall()}
        audit = database.execute("SELECT count(*) FROM auditoria").fetchone()[0]
    access = Access(path, SystemClock(), LIFETIMES)
    access.users.set_role("vera", Role.OPERATOR, CONSOLE)
    access.close()
    return {"whole": whole, "users": rows, "audit": audit, "mode": path.stat().st_mode & 0o777}


def main(source: Path, change: str) -> None:
    for point in range(1, _MOST):
        path = source.with_name(f"{change}-{point}.usuarios")
        shutil.copy(source, path)
        read, write = os.pipe()
        child = os.fork()
        if not child:
            os.close(read)
            change_and_die(path, change, point, write)
        os.close(write)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        at = os.read(read, 100).decode() if killed else None
        os.close(read)
        print(json.dumps({"at": at, "code": status, **found(path)}))  # noqa: T201 -- for the test
        if not killed:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
