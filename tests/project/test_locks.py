"""The lock files: complete, by hash, and free of the machine that wrote them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("build", "run", "dev")
_PIN = re.compile(r"^([a-z0-9-]+)==([^\s;]+)", re.MULTILINE)


def _text(lock: str) -> str:
    return (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")


def _pins(lock: str) -> dict[str, str]:
    return dict(_PIN.findall(_text(lock)))


def _names(requirements: list[str]) -> set[str]:
    found = (re.match(r"[A-Za-z0-9._-]+", requirement) for requirement in requirements)
    return {re.sub(r"[-_.]+", "-", match[0]).lower() for match in found if match}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_to_hashes(lock: str) -> None:
    entries = re.split(r"^(?=[a-z0-9])", _text(lock), flags=re.MULTILINE)[1:]
    assert entries
    for entry in entries:
        assert _PIN.match(entry), entry[:60]
        assert "--hash=sha256:" in entry, entry[:60]


@pytest.mark.parametrize("lock", LOCKS)
def test_no_index_host_or_path_is_named(lock: str) -> None:
    assert not re.search(r"://|--index|--extra-index|--find-links|(^|\s)/\w|file:", _text(lock))


def test_every_direct_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    direct = _names(project["project"]["dependencies"])
    tools = _names([*groups["test"], *groups["lint"]])
    assert direct <= _pins("run").keys()
    assert direct | tools <= _pins("dev").keys()
    assert _names(project["build-system"]["requires"]) <= _pins("build").keys()


def test_the_lock_files_agree_on_every_version() -> None:
    build, run, dev = (_pins(lock) for lock in LOCKS)
    assert run.items() <= dev.items()
    assert {name: build[name] for name in build.keys() & dev.keys()}.items() <= dev.items()
