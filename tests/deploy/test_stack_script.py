"""`make up` and its kin: what they refuse in a sentence, and what they ask Compose for.

The command `docker` is a script here that writes down how it was called.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_DOCKER = """#!/bin/sh
echo "$*" >>"$CALLS"
case $1 in
info) exit "${ENGINE:-0}" ;;
ps) case $* in *"project=$RUNNING") echo 0123abcd ;; esac ;;
compose) env | grep -E '^(RECONECTADOR|MEDICION)' | sort >"$CALLS.env" || true ;;
esac
"""


@dataclass(frozen=True)
class Copy:
    """A copy of the project's scripts, with a `docker` of its own."""

    folder: Path

    def stack(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """The script's answer."""
        calls = {"CALLS": str(self.folder / "calls"), "RUNNING": "nothing"}
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return subprocess.run(
            ["sh", str(self.folder / "scripts" / "stack.sh"), *arguments],
            env={"PATH": path, "HOME": str(self.folder)} | calls | environ,
            capture_output=True,
            text=True,
            check=False,
        )

    def make_env(self, **settings: str) -> None:
        """An .env as `make env` writes it, with some lines changed."""
        command = ["python3", str(self.folder / "scripts" / "env.py")]
        subprocess.run(command, check=True, capture_output=True)
        env = self.folder / ".env"
        text = env.read_text(encoding="utf-8")
        for name, value in settings.items():
            text = re.sub(rf"^{name}=.*$", f"{name}={value}", text, flags=re.MULTILINE)
        env.write_text(text, encoding="utf-8")

    @property
    def composed(self) -> list[str]:
        """The calls of Compose that do something."""
        lines = (self.folder / "calls").read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line.startswith("compose ") and "version" not in line]

    @property
    def settings(self) -> str:
        """The settings that the last call of Compose was given beside .env."""
        return (self.folder / "calls.env").read_text(encoding="utf-8")


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "bin").mkdir()
    (tmp_path / "docker").mkdir()
    for name in ("scripts/stack.sh", "scripts/env.py", ".env.example", "docker/celador.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    docker = tmp_path / "bin" / "docker"
    docker.write_text(_DOCKER, encoding="utf-8")
    docker.chmod(0o755)
    return Copy(tmp_path)


def test_without_env_it_says_how_to_get_one(copy: Copy) -> None:
    answer = copy.stack("up")
    assert answer.returncode == 1
    assert answer.stderr == "stack: there is no .env yet; run: make env\n"


def test_an_engine_that_does_not_answer_is_named(copy: Copy) -> None:
    copy.make_env(RECONECTADOR_HOST="10.0.0.7")
    answer = copy.stack("up", ENGINE="1")
    assert answer.returncode == 1
    assert "the Docker engine does not answer" in answer.stderr
    assert copy.composed == []


def test_without_a_recloser_nothing_is_started(copy: Copy) -> None:
    copy.make_env()
    answer = copy.stack("up")
    assert answer.returncode == 1
    assert "RECONECTADOR_HOST" in answer.stderr
    assert "make up-demo" in answer.stderr
    assert copy.composed == []


@pytest.mark.parametrize(
    "settings", [{"RECONECTADOR_HOST": "10.0.0.7"}, {"CELADOR_CONFIG": "./flota.toml"}]
)
def test_up_builds_and_starts_in_the_background(copy: Copy, settings: dict[str, str]) -> None:
    (copy.folder / "flota.toml").touch()
    copy.make_env(**settings)
    answer = copy.stack("up")
    assert answer.returncode == 0, answer.stderr
    assert copy.composed == ["compose --project-name celador up --detach --build --remove-orphans"]
    assert (copy.folder / "exportaciones").is_dir()
    assert "http://127.0.0.1:3000" in answer.stdout


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        # To Compose a word without a path is the name of a volume.
        ("CELADOR_CONFIG", "flota.toml", "must begin with / or ./"),
        ("EXPORTACIONES", "salida", "must begin with / or ./"),
        # Docker makes a folder of that name, and the monitor cannot read it.
        ("CELADOR_CONFIG", "./flota.toml", "there is no file ./flota.toml"),
    ],
)
def test_a_path_that_compose_would_misunderstand_is_named(
    copy: Copy, name: str, value: str, reason: str
) -> None:
    copy.make_env(**{"RECONECTADOR_HOST": "10.0.0.7", name: value})
    answer = copy.stack("up")
    assert answer.returncode == 1
    assert name in answer.stderr
    assert reason in answer.stderr
    assert copy.composed == []


def test_the_demonstration_is_a_project_of_its_own_with_the_simulator(copy: Copy) -> None:
    copy.make_env(RECONECTADOR_HOST="10.0.0.7")
    answer = copy.stack("up-demo")
    assert answer.returncode == 0, answer.stderr
    (call,) = copy.composed
    assert call.startswith("compose --project-name celador-demo --profile demo up ")
    assert "RECONECTADOR_HOST=simulador\n" in copy.settings
    assert "10.0.0.7" not in copy.settings


@pytest.mark.parametrize(("wanted", "running"), [("up", "celador-demo"), ("up-demo", "celador")])
def test_stack_and_demonstration_do_not_run_together(copy: Copy, wanted: str, running: str) -> None:
    copy.make_env(RECONECTADOR_HOST="10.0.0.7")
    answer = copy.stack(wanted, RUNNING=running)
    assert answer.returncode == 1
    assert "make down" in answer.stderr
    assert copy.composed == []


@pytest.mark.parametrize("running", ["celador", "celador-demo"])
def test_down_stops_what_runs_and_keeps_the_data(copy: Copy, running: str) -> None:
    copy.make_env()
    answer = copy.stack("down", RUNNING=running)
    assert answer.returncode == 0, answer.stderr
    (call,) = copy.composed
    assert call == f"compose --project-name {running} --profile demo down --remove-orphans"


def test_logs_are_those_of_what_runs(copy: Copy) -> None:
    copy.make_env()
    copy.stack("logs", "exportador", RUNNING="celador-demo")
    (call,) = copy.composed
    assert call.startswith("compose --project-name celador-demo ")
    assert call.endswith(" exportador")
