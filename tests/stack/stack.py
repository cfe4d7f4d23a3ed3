"""The stack under test: the project's own compose file, in a project of its own."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).parents[2]
STAND_INS = os.environ.get("CELADOR_STACK") == "stand-ins"
T = TypeVar("T")


def until(wanted: Callable[[], T], what: str, seconds: float = 90) -> T:
    """Ask until the answer is true, at most `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = wanted()
        if answer:
            return answer
        time.sleep(0.5)
    raise AssertionError(f"{what}: not within {seconds:g} s")


def free_port() -> int:
    """A port that nobody has on this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def compose_command() -> list[str]:
    """Compose v2 where it is, else docker-compose."""
    v2 = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    return ["docker", "compose"] if v2.returncode == 0 else ["docker-compose"]


def run(*command: str, stdin: str | None = None) -> str:
    """Standard output of a command that must succeed."""
    done = _run(command, stdin)
    assert done.returncode == 0, (
        f"{' '.join(command)}:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    )
    return done.stdout


def refusal(*command: str, stdin: str | None = None) -> str:
    """Standard error of a command that must fail."""
    done = _run(command, stdin)
    assert done.returncode != 0, f"{' '.join(command)} was done:\n{done.stdout[-4000:]}"
    return done.stderr


def _run(command: Sequence[str], stdin: str | None) -> subprocess.CompletedProcess[str]:
    # The shell's variables go before those of the file, and the file is what is tested.
    environ = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "DOCKER_HOST", "LANG")}
    return subprocess.run(
        command, input=stdin, capture_output=True, text=True, check=False, cwd=ROOT, env=environ
    )


class Stack:
    """One running copy of the stack, with passwords, ports, volumes and folders of its own."""

    def __init__(self, folder: Path) -> None:
        self.project = f"celador-prueba-{secrets.token_hex(4)}"
        self.exports = folder / "exportaciones"
        self.env = folder / "env"
        self.ports = {name: free_port() for name in ("exportador", "grafana", "web")}
        self.compose_command = compose_command()
        run("python3", "scripts/env.py", str(self.env))
        self._set(self._settings())
        self.exports.mkdir()
        if os.getuid() == 0:
            shutil.chown(self.exports, int(self["EXPORTADOR_UID"]), int(self["EXPORTADOR_GID"]))

    def __getitem__(self, name: str) -> str:
        """A setting of the stack's .env."""
        lines = self.env.read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines if line and line[0] != "#")[name]

    @property
    def services(self) -> list[str]:
        """The services that run on, migrations left out."""
        names = ["timescaledb", "cliente_modbus", "exportador", "web", "simulador"]
        return names if STAND_INS else [*names, "grafana"]

    def compose(self, *arguments: str) -> str:
        """Standard output of a compose command."""
        return run(*self._command, *arguments)

    def up(self) -> None:
        """Build, and start every service."""
        self.compose("build", "cliente_modbus")
        self.compose("up", "--detach", "migracion", *self.services)

    def wait_until_healthy(self) -> None:
        """Wait until each service says that it is sound."""
        for service in self.services:
            until(partial(self._is_healthy, service), f"{service} healthy", 180)

    def _is_healthy(self, service: str) -> bool:
        return self.health(service) == "healthy"

    def down(self) -> None:
        """Remove containers, networks, data and the image."""
        self.compose("down", "--volumes", "--remove-orphans")
        run("docker", "image", "rm", "--force", self["CELADOR_IMAGE"])

    def logs(self) -> str:
        """What all services have said lately."""
        return self.compose("logs", "--no-color", "--tail", "60")

    def state(self, service: str) -> dict[str, Any]:
        """What the engine knows of a service's container."""
        identity = self._identity(service)
        found: dict[str, Any] = (
            json.loads(run("docker", "inspect", identity))[0] if identity else {}
        )
        return found

    def health(self, service: str) -> str:
        """healthy, unhealthy or starting."""
        state = self.state(service).get("State", {})
        return str(state.get("Health", {}).get("Status", "no container"))

    def inside(self, service: str, *command: str, user: str | None = None) -> str:
        """Standard output of a command in a service's container."""
        as_user = ["--user", user] if user else []
        return run("docker", "exec", *as_user, self._identity(service), *command)

    def refused_inside(self, service: str, *command: str, user: str) -> str:
        """Standard error of a command that must fail in a service's container."""
        return refusal("docker", "exec", "--user", user, self._identity(service), *command)

    def sql(self, text: str) -> list[list[str]]:
        """Rows of a query, as the owner."""
        out = self.inside("timescaledb", *_psql("celador_owner", text))
        return [line.split("|") for line in out.splitlines()]

    def denied(self, role: str, password: str, text: str) -> str:
        """Why a role may not do something, over the network, where a password is asked for."""
        host = ["env", f"PGPASSWORD={password}", *_psql(role, text, "--host=timescaledb")]
        return refusal("docker", "exec", self._identity("timescaledb"), *host)

    def allowed(self, role: str, password: str, text: str) -> str:
        """What a role gets, over the network."""
        host = ["env", f"PGPASSWORD={password}", *_psql(role, text, "--host=timescaledb")]
        return self.inside("timescaledb", *host)

    def edge(self, text: str) -> list[list[Any]]:
        """Rows of a query to the edge store of cliente_modbus, read beside its writer."""
        program = (
            "import json, sqlite3, sys; "
            "store = sqlite3.connect('file:/var/lib/celador/celador.db?mode=ro', uri=True); "
            "json.dump(store.execute(sys.argv[1]).fetchall(), sys.stdout)"
        )
        rows: list[list[Any]] = json.loads(
            self.inside("cliente_modbus", "python3", "-c", program, text)
        )
        return rows

    @property
    def _command(self) -> list[str]:
        settings = ["--env-file", str(self.env), "--project-name", self.project]
        return [*self.compose_command, *settings, "--profile", "demo"]

    def _identity(self, service: str) -> str:
        wanted = {"project": self.project, "service": service, "oneoff": "False"}
        filters = [f"--filter=label=com.docker.compose.{k}={v}" for k, v in wanted.items()]
        return run("docker", "ps", "--all", "--quiet", *filters).strip()

    def _settings(self) -> dict[str, str]:
        settings = {
            "COMPOSE_PROJECT_NAME": self.project,
            "CELADOR_IMAGE": f"{self.project}:local",
            "EXPORTACIONES": str(self.exports),
            "EXPORTADOR_PUERTO": str(self.ports["exportador"]),
            "WEB_PUERTO": str(self.ports["web"]),
            "GRAFANA_PUERTO": str(self.ports["grafana"]),
            "RECONECTADOR_HOST": "simulador",
            "RECONECTADOR_PORT": "5020",
            "MEDICION_CADA_S": "1",
            "WHEELS": "build/wheels",
        }
        if STAND_INS:
            settings["PYTHON_IMAGE"] = "celador-standin-python"
            settings["TIMESCALEDB_IMAGE"] = "celador-standin-postgres"
        return settings

    def _set(self, settings: Mapping[str, str]) -> None:
        lines = self.env.read_text(encoding="utf-8").splitlines()
        written = [
            f"{name}={settings[name]}" if (name := line.partition("=")[0]) in settings else line
            for line in lines
        ]
        self.env.write_text("\n".join(written) + "\n", encoding="utf-8")


def _psql(role: str, text: str, *options: str) -> list[str]:
    command = ["psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--no-password"]
    return [*command, *options, f"--username={role}", "--dbname=celador", f"--command={text}"]
