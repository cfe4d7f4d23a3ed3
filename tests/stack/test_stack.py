"""The stack as an operator gets it: sound, closed, and without loss when the database is away."""

from __future__ import annotations

import csv
import io
import json
import re
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.stack.stack import STAND_INS, Stack, refusal, run, until

pytestmark = pytest.mark.stack

_AWAY_S = 60
_DENIED = re.compile(r"permission denied|must be (owner|superuser)")
_VALUES = ("ia", "ib", "ic", "va", "vb", "vc", "p_act", "p_react", "fp", "estado")
_PYTHON_SERVICES = ("cliente_modbus", "exportador", "web", "simulador")


def test_every_service_is_healthy_and_the_migrations_ended_well(stack: Stack) -> None:
    assert {name: stack.health(name) for name in stack.services} == dict.fromkeys(
        stack.services, "healthy"
    )
    assert stack.state("migracion")["State"]["ExitCode"] == 0


def test_what_the_simulator_plays_arrives_in_mediciones(stack: Stack) -> None:
    first = until(lambda: _count(stack), "a first row of mediciones")
    until(lambda: _count(stack) > first, "a further row of mediciones")
    rows = stack.sql(
        "SELECT m.va, m.estado, e.nombre FROM mediciones m JOIN equipos e ON e.id = m.equipo_id"
    )
    assert {row[2] for row in rows} == {stack["RECONECTADOR_NOMBRE"]}
    # The simulated feeder is in service: closed, at its nominal voltage.
    assert {row[1] for row in rows} == {"1"}
    nominal = float(stack["RECONECTADOR_TENSION"]) / 3**0.5
    assert all(abs(float(row[0]) - nominal) < 0.1 * nominal for row in rows)


def test_a_database_that_is_away_for_a_minute_costs_no_row_and_doubles_none(stack: Stack) -> None:
    until(lambda: _count(stack), "a first row of mediciones")
    started = stack.edge("SELECT max(fecha_hora) FROM mediciones")[0][0]
    stack.compose("stop", "timescaledb")
    away = f"SELECT count(*) FROM mediciones WHERE fecha_hora > {started}"
    until(
        lambda: (
            stack.edge("SELECT max(fecha_hora) FROM mediciones")[0][0] > started + _AWAY_S * 1e6
        ),
        "rows of a minute without the database",
        _AWAY_S + 60,
    )
    # One a second, but for what a busy machine skips: polling did not wait for the database.
    assert stack.edge(away)[0][0] > 0.9 * _AWAY_S
    stack.compose("start", "timescaledb")
    until(lambda: stack.health("timescaledb") == "healthy", "the database healthy again")

    kept = stack.edge(
        f"SELECT equipo_id, fecha_hora, {', '.join(_VALUES)} FROM mediciones ORDER BY 1, 2"
    )
    last = kept[-1][1]
    until(lambda: _latest(stack) >= last, "the backlog in the database", 120)
    arrived = _table(stack, last)
    assert [row[:2] for row in arrived] == [row[:2] for row in kept]
    assert arrived == kept


def test_the_export_over_http_is_the_table(stack: Stack) -> None:
    last = until(lambda: _latest(stack), "a first row of mediciones")
    query = {"from": "-1d", "to": _iso(last + 1), "columns": ",".join(_VALUES)}
    answer = _export(stack, stack["CELADOR_EXPORT_TOKEN"], timezone="UTC", **query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Encoding"] == "gzip"
    assert _rows_of_csv(answer.text) == _without_device(_table(stack, last))


def test_the_export_command_writes_the_table_into_the_folder(stack: Stack) -> None:
    last = until(lambda: _latest(stack), "a first row of mediciones")
    arguments = ["--from", "-1d", "--to", _iso(last + 1), "--columns", ",".join(_VALUES)]
    stack.compose(
        "run",
        "--rm",
        "exportador",
        "export",
        *arguments,
        "--timezone",
        "UTC",
        "--output",
        "todo.csv",
    )
    file = stack.exports / "todo.csv"
    assert _rows_of_csv(file.read_text(encoding="utf-8")) == _without_device(_table(stack, last))
    assert file.stat().st_uid == int(stack["EXPORTADOR_UID"])


@pytest.mark.parametrize("token", [None, "wrong"])
def test_the_exporter_gives_nothing_without_its_token(stack: Stack, token: str | None) -> None:
    answer = _export(stack, token, **{"from": "-1d"})
    assert answer.status_code in (401, 403)
    assert "fecha_hora" not in answer.text


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO equipos (id, nombre, perfil, tension_nominal) VALUES (99, 'x', 'x', 1)",
        "UPDATE mediciones SET ia = 0",
        "DELETE FROM mediciones",
        "TRUNCATE mediciones",
        "DROP TABLE mediciones",
        "CREATE TABLE public.propia (a INTEGER)",
        "CREATE ROLE otra",
        "COPY mediciones TO PROGRAM 'cat'",
    ],
)
def test_the_reading_role_cannot_change_anything(stack: Stack, statement: str) -> None:
    # It reads only by default; what counts is that it cannot write when it has put that off.
    statement = f"SET TRANSACTION READ WRITE; {statement}"
    said = stack.denied("celador_read", stack["CELADOR_READ_PASSWORD"], statement)
    assert _DENIED.search(said), said


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE mediciones SET ia = 0",
        "DELETE FROM mediciones",
        "DELETE FROM equipos",
        "TRUNCATE mediciones",
        "DROP TABLE mediciones",
        "ALTER TABLE mediciones ADD COLUMN otra INTEGER",
        "CREATE TABLE public.propia (a INTEGER)",
        "CREATE ROLE otra",
    ],
)
def test_the_ingesting_role_can_only_add(stack: Stack, statement: str) -> None:
    said = stack.denied("celador_ingest", stack["CELADOR_INGEST_PASSWORD"], statement)
    assert _DENIED.search(said), said


def test_roles_open_with_their_own_password_only(stack: Stack) -> None:
    roles = {
        "celador_read": "CELADOR_READ_PASSWORD",
        "celador_web": "CELADOR_WEB_PASSWORD",
        "celador_owner": "CELADOR_OWNER_PASSWORD",
    }
    for role, variable in roles.items():
        assert int(stack.allowed(role, stack[variable], "SELECT count(*) FROM mediciones")) >= 0
    for role in (*roles, "celador_ingest"):
        for password in ("", "postgres", role, stack["GRAFANA_ADMIN_PASSWORD"]):
            said = stack.denied(role, password, "SELECT 1")
            assert "password" in said, said


def test_no_process_has_root_or_a_capability_or_can_gain_one(stack: Stack) -> None:
    for service in stack.services:
        status = stack.inside(service, "cat", "/proc/1/status")
        fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert "0" not in fields["Uid"].split(), service
        assert "0" not in fields["Gid"].split(), service
        for capabilities in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            assert int(fields[capabilities], 16) == 0, f"{service} {capabilities}"
        assert fields["NoNewPrivs"] == "1", service


def test_no_service_can_change_its_own_files(stack: Stack) -> None:
    for service in stack.services:
        # As root, whom only the file system can stop.
        said = stack.refused_inside(service, "touch", "/etc/propio", user="0")
        assert "Read-only file system" in said, f"{service}: {said}"


def test_only_pages_exporter_and_grafana_are_published_and_on_this_machine_alone(
    stack: Stack,
) -> None:
    published = {}
    for service in stack.services:
        ports = stack.state(service)["NetworkSettings"]["Ports"]
        bound = [(b["HostIp"], int(b["HostPort"])) for found in ports.values() for b in found or ()]
        if bound:
            published[service] = bound
    expected = ["exportador", "web", *([] if STAND_INS else ["grafana"])]
    assert published == {name: [("127.0.0.1", stack.ports[name])] for name in expected}


def test_the_database_is_on_a_network_without_a_way_out(stack: Stack) -> None:
    networks = stack.state("timescaledb")["NetworkSettings"]["Networks"]
    for name in networks:
        assert json.loads(run("docker", "network", "inspect", name))[0]["Internal"]
    assert not set(networks) & set(stack.state("simulador")["NetworkSettings"]["Networks"])


def test_the_services_know_only_the_passwords_that_they_use(stack: Stack) -> None:
    secrets = {
        "CELADOR_OWNER_PASSWORD": {"timescaledb"},
        "CELADOR_INGEST_PASSWORD": {"timescaledb", "cliente_modbus"},
        "CELADOR_READ_PASSWORD": {"timescaledb", "exportador", "grafana"},
        "CELADOR_WEB_PASSWORD": {"timescaledb", "web"},
        "CELADOR_EXPORT_TOKEN": {"exportador"},
        "GRAFANA_ADMIN_PASSWORD": {"grafana"},
    }
    for service in stack.services:
        environ = "\n".join(stack.state(service)["Config"]["Env"])
        known = {name for name in secrets if stack[name] in environ}
        assert known == {name for name, who in secrets.items() if service in who}, service


def test_the_image_holds_no_compiler_and_its_environment_no_pip(stack: Stack) -> None:
    tools = ("gcc", "cc", "g++", "make", "/opt/celador/bin/pip")
    look = f"import shutil; print([name for name in {tools} if shutil.which(name)])"
    assert stack.inside("exportador", "python3", "-c", look).strip() == "[]"


def test_a_missing_password_stops_compose_with_a_sentence(stack: Stack, tmp_path: Path) -> None:
    for name in ("CELADOR_OWNER_PASSWORD", "CELADOR_EXPORT_TOKEN", "GRAFANA_ADMIN_PASSWORD"):
        lacking = tmp_path / name
        text = stack.env.read_text(encoding="utf-8").replace(stack[name], "")
        lacking.write_text(text, encoding="utf-8")
        said = refusal(*stack.compose_command, "--env-file", str(lacking), "config")
        assert name in said
        assert "run make env" in said


def test_the_monitor_stops_in_order(stack: Stack) -> None:
    stack.compose("stop", "cliente_modbus")
    assert stack.state("cliente_modbus")["State"]["ExitCode"] == 0
    stack.compose("start", "cliente_modbus")


def _count(stack: Stack) -> int:
    return int(stack.sql("SELECT count(*) FROM mediciones")[0][0])


def _latest(stack: Stack) -> int:
    found = stack.sql(f"SELECT max({_MICROSECONDS}) FROM mediciones")[0][0]
    return int(found or 0)


_MICROSECONDS = "(extract(epoch FROM fecha_hora) * 1000000)::bigint"


def _table(stack: Stack, last: int) -> list[list[float | None]]:
    """Rows of mediciones up to an instant: device, µs since 1970, values."""
    rows = stack.sql(
        f"SELECT equipo_id, {_MICROSECONDS}, {', '.join(_VALUES)} FROM mediciones "
        f"WHERE {_MICROSECONDS} <= {last} ORDER BY 1, 2"
    )
    return [[int(row[0]), int(row[1]), *map(_number, row[2:])] for row in rows]


def _without_device(rows: list[list[float | None]]) -> list[list[float | None]]:
    return [row[1:] for row in rows]


def _rows_of_csv(text: str) -> list[list[float | None]]:
    lines = list(csv.DictReader(io.StringIO(text)))
    assert lines
    return [[_micros(line["fecha_hora"]), *(_number(line[v]) for v in _VALUES)] for line in lines]


def _number(text: str) -> float | None:
    return float(text) if text else None


def _micros(text: str) -> int:
    since = datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _iso(micros: int) -> str:
    second, rest = divmod(micros, 1_000_000)
    moment = datetime.fromtimestamp(second, UTC).replace(microsecond=rest)
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds")


def _export(stack: Stack, token: str | None, **query: str) -> httpx.Response:
    address = f"http://127.0.0.1:{stack.ports['exportador']}/export.csv"
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return httpx.get(address, params=query, headers=headers, timeout=60)


def test_the_pages_want_a_login_and_know_who_is_there(stack: Stack) -> None:
    address = f"http://127.0.0.1:{stack.ports['web']}"
    with urllib.request.urlopen(f"{address}/healthz", timeout=10) as answer:
        assert answer.status == 200
    assert httpx.get(f"{address}/api/v1/devices").status_code == 401
    browser = {"Accept": "text/html"}
    page = httpx.get(address, headers=browser, follow_redirects=True)
    assert page.status_code == 200
    assert str(page.url).startswith(f"{address}/ingresar")


def test_the_first_user_is_made_by_a_command_and_reads_what_the_recloser_said(stack: Stack) -> None:
    made = "echo only-for-this-test-9 >/tmp/clave && celador users add ana --role administrator"
    made += " --password-file /tmp/clave"
    stack.compose("run", "--rm", "--entrypoint", "sh", "web", "-c", made)
    token = stack.inside("web", "celador", "users", "token", "add", "ana", "prueba").strip()
    answer = httpx.get(
        f"http://127.0.0.1:{stack.ports['web']}/api/v1/devices",
        headers={"Authorization": f"Bearer {token}"},
    )
    assert [each["id"] for each in answer.json()["devices"]] == [1]
