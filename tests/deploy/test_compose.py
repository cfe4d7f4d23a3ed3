"""The compose file: everything set in .env, no password by default, every service closed."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
STACK: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = STACK["services"]
_VARIABLE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)([^}]*)\}")
_SECRET = re.compile(r"_(PASSWORD|TOKEN)$")


def _example() -> dict[str, str]:
    lines = [line for line in EXAMPLE.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_every_variable_is_in_the_example_and_every_line_of_it_is_used() -> None:
    # Compose itself reads the project's name.
    used = {name for name, _ in _VARIABLE.findall(TEXT)} | {"COMPOSE_PROJECT_NAME"}
    assert used == set(_example())


def test_every_line_of_the_example_is_explained() -> None:
    above = ""
    for line in EXAMPLE.splitlines():
        if "=" in line and not line.startswith("#"):
            assert re.match(r"# [^-]", above), line
        above = line


def test_no_password_has_a_default_anywhere() -> None:
    secret = {name: rest for name, rest in _VARIABLE.findall(TEXT) if _SECRET.search(name)}
    assert len(secret) == 6
    for name, rest in _VARIABLE.findall(TEXT):
        if name in secret:
            assert rest == ":?is not set; run make env", name
    assert {name: value for name, value in _example().items() if _SECRET.search(name)} == (
        dict.fromkeys(secret, "")
    )


def test_defaults_of_compose_image_and_example_agree() -> None:
    for name, rest in _VARIABLE.findall(TEXT):
        if rest.startswith(":-") and len(rest) > 2 and _example()[name]:
            assert rest[2:] == _example()[name], name
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    for name in ("PYTHON_IMAGE", "WHEELS"):
        assert f"ARG {name}={_example()[name]}\n" in dockerfile


def test_images_are_pinned_to_a_version() -> None:
    for name in ("PYTHON_IMAGE", "TIMESCALEDB_IMAGE", "GRAFANA_IMAGE"):
        assert re.search(r":\d+\.\d+\.\d+", _example()[name]), name


def test_timescaledb_is_new_enough() -> None:
    found = re.search(r":(\d+)\.(\d+)\.(\d+)-", _example()["TIMESCALEDB_IMAGE"])
    assert found
    assert tuple(map(int, found.groups())) >= (2, 18, 1)


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_closed_and_its_log_is_bounded(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert set(service["logging"]["options"]) == {"max-size", "max-file"}
    assert "privileged" not in service
    assert "network_mode" not in service


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migracion"}))
def test_every_service_that_runs_on_says_how_it_is_and_comes_back(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_only_what_people_open_publishes_a_port_on_an_address_of_choice() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(published) == {"exportador", "grafana", "web"}
    for ports in published.values():
        assert all(re.match(r"\$\{\w+:-127\.0\.0\.1\}:", port) for port in ports)


@pytest.mark.parametrize("compose", [("docker", "compose"), ("docker-compose",)], ids=" ".join)
def test_every_compose_on_this_machine_reads_it_alike(
    compose: tuple[str, ...], tmp_path: Path
) -> None:
    version = [*compose, "version"]
    if (
        shutil.which(compose[0]) is None
        or subprocess.run(version, capture_output=True, check=False).returncode != 0
    ):
        pytest.skip(f"{' '.join(compose)} is not on this machine")
    env = tmp_path / "env"
    subprocess.run([sys.executable, str(ROOT / "scripts/env.py"), str(env)], check=True)
    asked = ["--file", str(ROOT / "docker-compose.yml"), "--env-file", str(env)]
    command = [*compose, *asked, "--profile", "demo", "config"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "WARN" not in done.stderr
    read = yaml.safe_load(done.stdout)["services"]
    assert set(read) == set(SERVICES)
    for name, service in SERVICES.items():
        waits = {
            other: each["condition"] for other, each in read[name].get("depends_on", {}).items()
        }
        assert waits == {
            other: each["condition"] for other, each in service.get("depends_on", {}).items()
        }
        published = read[name].get("ports", [])
        assert len(published) == len(service.get("ports", []))
        assert all("127.0.0.1" in str(port) for port in published)
        assert read[name]["read_only"] is True
        assert read[name]["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("picture", ["stack.svg", "servicios.svg"])
def test_the_picture_of_the_stack_shows_its_services_and_published_ports(picture: str) -> None:
    drawn = (ROOT / "docs/img" / picture).read_text(encoding="utf-8")
    assert set(SERVICES) <= set(re.findall(r'class="name"[^>]*>([^<]+)<', drawn))
    published = {
        port.rpartition(":")[2] for each in SERVICES.values() for port in each.get("ports", [])
    }
    assert set(re.findall(r"· (\d+)<", drawn)) == published


def test_the_monitor_waits_for_nobody() -> None:
    assert "depends_on" not in SERVICES["cliente_modbus"]


def test_data_are_in_named_volumes_and_the_projects_files_read_only() -> None:
    for name, service in SERVICES.items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            named = source in STACK["volumes"]
            assert named or volume.endswith(":ro") or "/exportaciones" in volume, (
                f"{name}: {volume}"
            )
