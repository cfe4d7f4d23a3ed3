"""`celador notify` and `celador config check`, as their user calls them."""

from __future__ import annotations

import csv
import json
import logging
from pathlib import Path

import pytest

from celador.cli.main import run_command
from tests.notify.conftest import House
from tests.notify.records import TRIP, alarm
from tests.notify.servers import HttpSink, SmtpSink, free_port
from tests.notify.test_notifier import settled

CHANNEL = "CELADOR_NOTIFY__CHANNELS__0__"


@pytest.fixture
def mail_by_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """As the Docker stack sets it: everything by variables, what is not said empty."""
    monkeypatch.chdir(tmp_path)
    given = {"HOST": "127.0.0.1", "TLS": "none", "USER": "", "PASSWORD": ""}
    given |= {"FROM_ADDRESS": "celador@coop.example", "TO": "ana@coop.example, luis@coop.example"}
    for key, value in given.items():
        monkeypatch.setenv(CHANNEL + key, value)
    return monkeypatch


def test_each_recipient_gets_a_test_message_and_a_sentence(
    mail_by_environment: pytest.MonkeyPatch, smtp: SmtpSink, capsys: pytest.CaptureFixture[str]
) -> None:
    mail_by_environment.setenv(CHANNEL + "PORT", str(smtp.port))
    assert run_command(["notify", "test"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in said] == [
        "correo/ana@coop.example",
        "correo/luis@coop.example",
    ]
    assert all("the server took the test message" in line for line in said)
    assert [mail.recipients for mail in smtp.mails] == [["ana@coop.example"], ["luis@coop.example"]]
    assert smtp.mails[0].subject.startswith("[PRUEBA] Celador: los avisos llegan a correo/ana@")


def test_a_dead_server_is_one_sentence_and_exit_code_1(
    mail_by_environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mail_by_environment.setenv(CHANNEL + "PORT", str(free_port()))
    assert run_command(["notify", "test", "correo/ana@coop.example"]) == 1
    (said,) = capsys.readouterr().out.splitlines()
    assert said.startswith("correo/ana@coop.example: not sent: 127.0.0.1:")
    assert "refuses the connection" in said


@pytest.mark.parametrize("arguments", [["test", "nadie"], ["list", "--state", "roto"], []])
def test_wrong_use(
    arguments: list[str],
    mail_by_environment: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_command(["notify", *arguments]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_without_channels_there_is_nobody_to_tell(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_command(["notify", "test"]) == 2
    assert "names nobody to tell" in capsys.readouterr().err


async def test_the_list_answers_who_was_told(
    house: House, http: HttpSink, capsys: pytest.CaptureFixture[str]
) -> None:
    house.webhook(http)
    async with house.running():
        house.clock.spend(60)
        await house.add(alarm())
        await settled(house)
    arguments = ["notify", "list", "--store", str(house.path), "--from", "2026-07-01"]
    arguments += ["--to", "2026-08-01"]
    assert run_command([*arguments, "--json"]) == 0
    (notice,) = json.loads(capsys.readouterr().out)["notices"]
    assert notice["destino"] == "gancho"
    assert notice["estado"] == "enviado"
    assert notice["ocurrio"] == "2026-07-18 16:13:38+00:00"
    assert [each["resultado"] for each in notice["intentos"]] == ["entregado"]
    assert run_command(arguments) == 0
    assert "BLOQUEO por falla" in capsys.readouterr().out
    assert run_command([*arguments, "--destination", "otro", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"notices": []}
    assert run_command([*arguments, "--csv"]) == 0
    (row,) = csv.DictReader(capsys.readouterr().out.splitlines())
    assert (row["destino"], row["estado"], row["asunto"]) == (
        "gancho",
        "enviado",
        notice["asunto"],
    )
    assert (row["intentos"], row["resultado"], row["motivo"]) == ("1", "entregado", "")
    assert row["ocurrio"] == notice["ocurrio"]
    for form in ([], ["--csv"]):
        assert run_command([*arguments, "--destination", "otro", *form]) == 0
        nothing = capsys.readouterr()
        assert "no notices found; --from and the filters choose others" in nothing.err
    assert nothing.out.strip().split(",") == list(row)
    assert run_command([*arguments, "--csv", "--json"]) == 2
    assert TRIP  # the instant of the notice above


ALL_BUT_R = """
[[notify.channels]]
name = "oficina"
kind = "webhook"
codes = ["[!R]*", "RELAY"]
critical_always = false

[[devices]]
id = 1
name = "norte"
host = "10.0.0.1"
"""

CONFIG = """
[[notify.channels]]
name = "oficina"
kind = "webhook"
critical_always = false
hours = "07:00-16:00"
outside_hours = "skip"

[[devices]]
id = 1
name = "norte"
host = "10.0.0.1"
"""


def test_config_check_tells_who_would_hear_of_nothing_and_shows_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger("apprise").propagate = True
    path = tmp_path / "celador.toml"
    path.write_text(CONFIG, encoding="utf-8")
    monkeypatch.setenv(CHANNEL + "URL", "https://example.org/s3cr3t-path-of-ours")
    assert run_command(["config", "check", str(path)]) == 0
    printed = capsys.readouterr()
    assert "no channel is set to hear of" in printed.err
    assert "norte, which is critical" in printed.err
    assert "s3cr3t" not in printed.out + printed.err
    monkeypatch.setenv(CHANNEL + "URL", "ftp://example.org/s3cr3t-path-of-ours")
    assert run_command(["config", "check", str(path)]) == 2
    printed = capsys.readouterr()
    assert "must begin with http:// or https://" in printed.err
    assert "s3cr3t" not in printed.out + printed.err


@pytest.mark.parametrize(
    ("alarms", "told"),
    [
        ("", False),
        ("\n[alarms.catalogue.RTC]\npriority = 1\n", True),
        ("\n[alarms.catalogue.RTC]\npriority = 1\ndisabled = true\n", False),
    ],
)
def test_config_check_speaks_of_the_alarms_as_they_are_configured(
    alarms: str,
    told: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "celador.toml"
    path.write_text(ALL_BUT_R + alarms, encoding="utf-8")
    monkeypatch.setenv(CHANNEL + "URL", "https://example.org/s3cr3t-path-of-ours")
    assert run_command(["config", "check", str(path)]) == 0
    assert ("to hear of RTC of norte" in capsys.readouterr().err) is told
