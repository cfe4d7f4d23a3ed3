"""`make env`: random passwords, readable by nobody else, and nothing overwritten."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_SECRETS = (
    "CELADOR_OWNER_PASSWORD",
    "CELADOR_INGEST_PASSWORD",
    "CELADOR_READ_PASSWORD",
    "CELADOR_WEB_PASSWORD",
    "CELADOR_EXPORT_TOKEN",
    "GRAFANA_ADMIN_PASSWORD",
)


def _make_env(path: Path) -> str:
    command = [sys.executable, str(ROOT / "scripts" / "env.py"), str(path)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _settings(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_every_password_is_long_random_and_its_own(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        _make_env(tmp_path / name)
        settings = _settings(tmp_path / name)
        found += [settings[secret] for secret in _SECRETS]
    assert len(set(found)) == 2 * len(_SECRETS)
    assert all(re.fullmatch(r"[0-9a-f]{48}", secret) for secret in found)


def test_everything_else_is_as_in_the_example(tmp_path: Path) -> None:
    _make_env(tmp_path / "env")
    written, example = _settings(tmp_path / "env"), _settings(ROOT / ".env.example")
    assert list(written) == list(example)
    changed = {name for name in written if written[name] != example[name]}
    assert changed == {*_SECRETS, "EXPORTADOR_UID", "EXPORTADOR_GID"}


def test_nobody_else_can_read_it_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        _make_env(tmp_path / "env")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "env").stat().st_mode) == 0o600


def test_the_exporter_never_runs_as_root(tmp_path: Path) -> None:
    _make_env(tmp_path / "env")
    settings = _settings(tmp_path / "env")
    assert int(settings["EXPORTADOR_UID"]) == (os.getuid() or 10001)
    assert int(settings["EXPORTADOR_GID"]) != 0


def test_what_stands_there_is_never_changed(tmp_path: Path) -> None:
    env = tmp_path / "env"
    _make_env(env)
    edited = env.read_text(encoding="utf-8").replace(
        "RECONECTADOR_HOST=", "RECONECTADOR_HOST=10.0.0.7"
    )
    env.write_text(edited, encoding="utf-8")
    said = _make_env(env)
    assert env.read_text(encoding="utf-8") == edited
    assert "nothing was changed" in said


def test_a_line_that_a_new_version_needs_is_added(tmp_path: Path) -> None:
    env = tmp_path / "env"
    env.write_text("# mine\nRECONECTADOR_HOST=10.0.0.7\nPROPIA=1", encoding="utf-8")
    said = _make_env(env)
    assert env.read_text(encoding="utf-8").startswith(
        "# mine\nRECONECTADOR_HOST=10.0.0.7\nPROPIA=1\n"
    )
    settings = _settings(env)
    assert settings.keys() == _settings(ROOT / ".env.example").keys() | {"PROPIA"}
    assert settings["CELADOR_READ_PASSWORD"]
    assert "CELADOR_READ_PASSWORD" in said
    assert "RECONECTADOR_HOST" not in said


def test_a_copy_of_the_example_gets_what_it_lacks(tmp_path: Path) -> None:
    env = tmp_path / "env"
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    env.write_text(example.replace("RECONECTADOR_HOST=", "RECONECTADOR_HOST=10.0.0.7"), "utf-8")
    said = _make_env(env)
    settings = _settings(env)
    assert settings["RECONECTADOR_HOST"] == "10.0.0.7"
    assert all(re.fullmatch(r"[0-9a-f]{48}", settings[secret]) for secret in _SECRETS)
    assert int(settings["EXPORTADOR_UID"]) > 0
    assert "CELADOR_READ_PASSWORD" in said
    assert env.read_text(encoding="utf-8").count("\n") == example.count("\n")
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    assert "nothing was changed" in _make_env(env)


def test_an_env_that_is_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("PROPIA_TOKEN=\n", encoding="utf-8")
    (tmp_path / "env").symlink_to(tmp_path / "kept")
    _make_env(tmp_path / "env")
    settings = _settings(tmp_path / "kept")
    assert settings["CELADOR_READ_PASSWORD"]
    assert settings["PROPIA_TOKEN"] == ""
