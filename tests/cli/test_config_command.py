from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from celador.cli.main import app
from celador.config import example_config
from celador.domain.errors import ConfigError
from tests.cli.conftest import Run


def test_the_example_that_is_printed_passes_its_own_check(celador: Run, tmp_path: Path) -> None:
    (tmp_path / "celador.toml").write_text(celador("config", "example").stdout, encoding="utf-8")

    done = celador("config", "check", "celador.toml", CELADOR_POLLING__ANALOG_S="2")

    assert done.returncode == 0
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["polling.analog_s", "2", "environment", "CELADOR_POLLING__ANALOG_S"] in rows
    lines = example_config().splitlines()
    host = next(number for number, line in enumerate(lines, 1) if line.startswith("host = "))
    assert ["devices[0].port", "5020", f"celador.toml:{host}"] in rows
    assert ["devices[0].customers", "not", "set", "default"] in rows


def test_every_mistake_of_a_file_is_told_on_a_line_of_its_own(celador: Run, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        "colector = 'x'\n\n[polling]\nstatus_s = 0.01\nburst_period_s = 0.01\n"
    )

    done = celador("config", "check", "a.toml")

    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "celador: a.toml:1: colector is no setting; did you mean collector?",
        "celador: a.toml:4: polling.status_s is 0.01, but must be at least 0.1",
        "celador: a.toml:5: polling.burst_period_s is 0.01, but must be at least 0.05",
    ]


def test_a_program_can_read_the_check(tmp_path: Path) -> None:
    file = tmp_path / "celador.toml"
    file.write_text(example_config(), encoding="utf-8")

    result = CliRunner().invoke(app, ["config", "check", str(file), "--json"])

    settings = {each["setting"]: each for each in json.loads(result.stdout)["settings"]}
    assert settings["devices[0].host"]["value"] == "127.0.0.1"
    assert settings["devices[0].host"]["origin"].startswith(f"{file}:")
    assert settings["devices[0].kva"] == {
        "setting": "devices[0].kva",
        "value": None,
        "origin": "default",
    }
    assert settings["store.path"]["value"] == str(tmp_path / "celador.db")


def test_a_profile_that_does_not_exist_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "celador.toml"
    text = example_config().replace('profile = "noja-rc10"', 'profile = "noja-rc01"')
    file.write_text(text, encoding="utf-8")
    line = text.splitlines().index('profile = "noja-rc01"') + 1

    with pytest.raises(ConfigError, match=f"{line}: there is no profile noja-rc01; did you mean"):
        CliRunner().invoke(app, ["config", "check", str(file)], catch_exceptions=False)


@pytest.mark.parametrize("command", ["check", "run"])
def test_requests_that_cannot_be_planned_are_told_before_anything_runs(
    celador: Run, tmp_path: Path, command: str
) -> None:
    text = example_config().replace("# max_registers = 60", "max_registers = 1")
    (tmp_path / "celador.toml").write_text(text, encoding="utf-8")
    line = text.splitlines().index("max_registers = 1") + 1

    arguments = ("run", "--config") if command == "run" else ("config", "check")
    done = celador(*arguments, "celador.toml")

    assert done.returncode == 2
    assert done.stdout == ""
    place = f"celador.toml:{line}: " if command == "check" else ""
    assert done.stderr.startswith(f"celador: {place}point ")
    assert done.stderr.endswith("a read may ask for 1; raise max_registers\n")
    assert done.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["celador.toml"]


@pytest.mark.parametrize("style", [[], ["--json"]])
def test_a_password_is_never_printed(celador: Run, tmp_path: Path, style: list[str]) -> None:
    (tmp_path / "celador.toml").write_text('[historian]\nhost = "db"\n', encoding="utf-8")

    done = celador("config", "check", "celador.toml", *style, CELADOR_HISTORIAN__PASSWORD="hunter2")

    assert done.returncode == 0
    assert "historian.password" in done.stdout
    assert "hunter2" not in done.stdout + done.stderr
