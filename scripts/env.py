#!/usr/bin/env python3
"""Writes .env from .env.example, with a random password wherever one is needed.

A line that stands in .env is never changed: after an upgrade only the new lines are added. Runs on
any Python 3, since a machine with Docker need not have the one that Celador itself wants.

    scripts/env.py [FILE]
"""

from __future__ import annotations

import os
import re
import secrets
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_IMAGE_USER = 10001  # the user of the image, for who works as root: no service may
_LINE = re.compile(r"^([A-Z][A-Z0-9_]*)=(.*)$")


def main(target: Path) -> str:
    """Write what `target` lacks; return what was done, in one sentence."""
    lines = (_ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    new = not target.exists()
    old = "" if new else target.read_text(encoding="utf-8")
    there = {found[1] for found in map(_LINE.match, old.splitlines()) if found}
    added = [_filled(line) for line in lines if _name(line) not in there]
    names = [_name(line) for line in added if _name(line)]
    if not new and not names:
        return f"{target} is there and complete; nothing was changed"
    # Created unreadable to others: closing it afterwards would leave a moment in which it is open.
    descriptor = os.open(target, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        if old and not old.endswith("\n"):
            file.write("\n")
        file.write("\n".join(added if new else [line for line in added if _name(line)]) + "\n")
    target.chmod(0o600)
    if new:
        return f"{target} is written, with its own passwords; next, write RECONECTADOR_HOST in it"
    return f"{target} lacked and now has: {', '.join(names)}"


def _name(line: str) -> str | None:
    found = _LINE.match(line)
    return found[1] if found else None


def _filled(line: str) -> str:
    name = _name(line)
    if name is None or not line.endswith("="):
        return line
    if name.endswith(("_PASSWORD", "_TOKEN")):
        # Letters and digits only: nothing that SQL, a URL or Compose would read otherwise.
        return line + secrets.token_hex(24)
    if name.endswith("_UID"):
        return line + str(os.getuid() or _IMAGE_USER)
    if name.endswith("_GID"):
        return line + str(os.getgid() if os.getuid() else _IMAGE_USER)
    return line


if __name__ == "__main__":
    print(main(Path(sys.argv[1]) if len(sys.argv) > 1 else _ROOT / ".env"))
