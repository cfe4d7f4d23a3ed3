#!/usr/bin/env python3
"""Writes .env from .env.example, with a random password wherever one is needed.

A value that stands in .env is never changed: after an upgrade only the new lines are added, and
what it would have invented is put where nothing stands, as in a copy of .env.example. Runs on any
Python 3, since a machine with Docker need not have the one that Celador itself wants.

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
    example = (_ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    if not target.exists():
        _write(target, [_filled(line) for line in example])
        return f"{target} is written, with its own passwords; next, write RECONECTADOR_HOST in it"
    old = target.read_text(encoding="utf-8").splitlines()
    ours, there = set(map(_name, example)), set(map(_name, old))
    mended = [_filled(line) if _name(line) in ours else line for line in old]
    added = [_filled(line) for line in example if _name(line) not in there | {None}]
    changed = [_name(new) for was, new in zip(old, mended) if was != new]  # noqa: B905 -- Python 3.9
    names = [*changed, *map(_name, added)]
    if not names:
        return f"{target} is there and complete; nothing was changed"
    _write(target, mended + added)
    return f"{target} lacked and now has: {', '.join(map(str, names))}"


def _write(target: Path, lines: list[str]) -> None:
    """Put it there whole or not at all, and never readable to others, not even for a moment."""
    target = target.resolve()  # where .env is a link, what it names is written
    made = target.with_name(f"{target.name}.new")
    made.unlink(missing_ok=True)
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    if target.exists() and os.getuid() == 0:
        os.chown(made, target.stat().st_uid, target.stat().st_gid)  # root mends another's file
    made.replace(target)


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
