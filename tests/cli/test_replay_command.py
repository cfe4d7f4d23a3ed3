"""`celador replay` and `celador record`, run as people run them."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.operations.timelines import FOLDER

# A lockout seen after a gap in which the monitor was started anew; times are those of the file.
WRITTEN = """points
begins 2026-07-18T13:00:00-03:00
until 120
19.9   -10075 10035 10036 10039 10004 10005 30075+1 30083=1840
silence 25 45
restart 40
34.9   -10004 -10005 10001 -10039 10037 30075+1 30072+1 30083=1700
at 1:
operation secuencia OC3+ bloqueo reconstruida start=19.9 end=34.9~24 trips=2 recloses=1 ia=1840
outage propia-falla reconstruida start=19.9 end=34.9~24
outage propia-falla reconstruida start=34.9~24 end=-
state OPEN_LOCKOUT
"""


def told(celador: Run, *arguments: str) -> dict[str, Any]:
    done = celador("replay", *arguments, "--json", "--timezone", "UTC")
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_what_came_out_is_printed_and_compared(celador: Run, tmp_path: Path) -> None:
    file = tmp_path / "lockout.txt"
    file.write_text(WRITTEN, encoding="utf-8")
    found = told(celador, str(file))
    assert found["not_as_expected"] == []
    (operation,) = found["operations"]
    assert (operation["causa"], operation["resultado"]) == ("OC3+", "bloqueo")
    assert operation["inicio_hasta"].startswith("2026-07-18 16:00:20")
    assert [each["origen"] for each in found["outages"]] == ["propia-falla"] * 2
    raised = {each["codigo"] for each in found["alarms"]}
    assert raised == {"APERTURA_PROT", "COMUNICACION", "LOCKOUT_FALLA", "OP_NO_OBSERVADA"}
    table = celador("replay", str(file))
    assert "OC3+ A 1.840 A, 2 disparos, BLOQUEO" in table.stdout
    assert "LOCKOUT_FALLA" in table.stdout
    assert "As the file expects." in table.stdout


def test_what_is_not_as_expected_ends_with_1_and_says_what(celador: Run, tmp_path: Path) -> None:
    file = tmp_path / "lockout.txt"
    file.write_text(WRITTEN.replace("trips=2", "trips=3"), encoding="utf-8")
    done = celador("replay", str(file))
    assert done.returncode == 1
    assert "trips is 2" in done.stdout


def test_an_expected_number_that_is_none_is_not_what_came_out(celador: Run, tmp_path: Path) -> None:
    file = tmp_path / "lockout.txt"
    file.write_text(WRITTEN.replace("ia=1840", "ia=much dead=long"), encoding="utf-8")
    done = celador("replay", str(file))
    assert done.returncode == 1
    assert "ia is 1840" in done.stdout
    assert "dead times are" in done.stdout
    assert not done.stderr


def test_a_recording_of_a_store_replays_to_the_same_records(celador: Run, tmp_path: Path) -> None:
    store, recorded = tmp_path / "first.db", tmp_path / "recorded.txt"
    first = told(celador, str(FOLDER / "S02.txt"), "--every", "0.2", "--store", str(store))
    span = ("--from", "2026-07-18T16:01Z", "--to", "2026-07-18T16:03Z")
    done = celador("record", "--store", str(store), "--device", "1", *span, "-o", str(recorded))
    assert done.returncode == 0, done.stderr
    second = told(celador, str(recorded), "--every", "0.2")
    for kind in ("operations", "outages"):
        records = [[_settled(each) for each in found[kind]] for found in (first, second)]
        assert records[0]
        assert records[1] == records[0]


def _settled(record: dict[str, Any]) -> dict[str, Any]:
    """Without the load before, of which the recording has fewer samples; no microseconds."""
    kept = {name: value for name, value in record.items() if not name.startswith("carga_")}
    if "tiempos_muertos" in kept:
        kept["tiempos_muertos"] = [
            [round(end, 3) for end in each] for each in json.loads(kept["tiempos_muertos"])
        ]
    return {k: round(v, 3) if isinstance(v, float) else v for k, v in kept.items()}


def test_a_recording_holds_silence_and_restart(celador: Run, tmp_path: Path) -> None:
    written, store = tmp_path / "lockout.txt", tmp_path / "first.db"
    written.write_text(WRITTEN, encoding="utf-8")
    first = told(celador, str(written), "--store", str(store))
    span = ("--from", "2026-07-18T16:00Z", "--to", "2026-07-18T16:02Z")
    text = celador("record", "--store", str(store), "--device", "1", *span, "-o", "-").stdout
    assert "\nrestart 39.999" in text
    assert "\nsilence 24" in text
    again = tmp_path / "again.txt"
    again.write_text(text, encoding="utf-8")
    (second,) = told(celador, str(again))["operations"]
    (operation,) = first["operations"]
    for column in ("causa", "resultado", "disparos", "recierres", "fases", "ia_max", "calidad"):
        assert second[column] == operation[column], column


def test_the_device_of_a_configuration_is_polled_as_that_says(celador: Run, tmp_path: Path) -> None:
    config = tmp_path / "celador.toml"
    config.write_text(
        "[polling]\nstatus_s = 5\nanalog_s = 5\ncounters_s = 5\nburst_duration_s = 0\n"
        '[[devices]]\nid = 7\nname = "norte"\nhost = "192.0.2.1"\ncustomers = 400\n',
        encoding="utf-8",
    )
    found = told(celador, str(FOLDER / "S02.txt"), "--config", str(config), "--device", "norte")
    assert found["not_as_expected"] == []  # those of 5 s
    assert {each["clientes"] for each in found["outages"]} == {400}
    assert {each["equipo"] for each in found["operations"]} == {"norte"}


def test_what_another_version_noted_is_not_guessed_at(celador: Run, tmp_path: Path) -> None:
    written, store = tmp_path / "lockout.txt", tmp_path / "first.db"
    written.write_text(WRITTEN, encoding="utf-8")
    told(celador, str(written), "--store", str(store))
    with contextlib.closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("UPDATE memorias SET documento = '{\"newer\": 1}'")
    span = ("--from", "2026-07-18T16:00Z", "--to", "2026-07-18T16:02Z")
    done = celador("record", "--store", str(store), "--device", "1", *span, "-o", "-")
    assert done.returncode == 1
    (sentence,) = done.stderr.splitlines()
    assert "noted by another version of Celador" in sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("until 5\n", "begin it with `points`"),
        ("points\nfoo 3\n", "2: 'foo' is not known here"),
        ("points\n5 99999\n", "2: '99999' is no point"),
        ("points\n5 10075=1\n", "a bit is written 10075"),
        ("points\n5 30001=70000\n", "holds 0 to 65535"),
        ("points\nsilence 9 5\n", "ends before it begins"),
        ("points\nbegins 2026-07-18T13:00:00\n", "no time zone"),
        ("points\noperation secuencia\n", "write `at 1:`"),
        ("points\ndevice uv_on=true\n", "leave it out with points"),
        ("scenario S1\n5 10075\n", "choose one"),
        ("scenario S99\n", "there is no scenario 'S99'"),
        ("scenario S1\ndevice colour=red\n", "colour"),
        ("points\nrules reclaim_s=9000\n", "reclaim_s"),
        ("points\nbegins yesterday\n", "wrong.txt:2: 'yesterday' is no date and time"),
        ("points\nat :\n", "wrong.txt:2: '' is no time"),
        ("points\nat 0:\n", "wrong.txt:2: `at` names the seconds between two polls"),
        ("points\nat 1:\nstate\n", "wrong.txt:3: `state` takes one word"),
        ("points\nat 1:\ndifference few\n", "wrong.txt:3: 'few' is no difference"),
        ("points\nat 1:\noutage start=noon\n", "wrong.txt:3: 'start=noon' gives no time"),
        ("points\nrules colour=red\n", "there is no rule colour"),
    ],
)
def test_a_wrong_file_is_said_in_one_sentence(
    celador: Run, tmp_path: Path, text: str, sentence: str
) -> None:
    file = tmp_path / "wrong.txt"
    file.write_text(text, encoding="utf-8")
    done = celador("replay", str(file))
    assert done.returncode == 2
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_store_that_is_there_already_is_left_alone(celador: Run, tmp_path: Path) -> None:
    store = tmp_path / "mine.db"
    store.write_bytes(b"mine")
    done = celador("replay", str(FOLDER / "S02.txt"), "--store", str(store))
    assert done.returncode == 2
    assert "needs a new file" in done.stderr
    assert store.read_bytes() == b"mine"


CHANNELS = """
[[notify.channels]]
name = "guardia"
host = "smtp.example"
from_address = "celador@coop.example"
to = ["ana@coop.example", "luis@coop.example"]
digest = ["high"]
digest_at = "hourly"

[[notify.channels]]
name = "otros"
kind = "telegram"
token_file = "no-such.token"
chat_ids = ["1"]
devices = ["sur"]

[[devices]]
id = 1
name = "norte"
host = "norte.invalid"

[[devices]]
id = 2
name = "sur"
host = "sur.invalid"
"""


def test_the_messages_that_would_have_gone_out_are_shown(celador: Run, tmp_path: Path) -> None:
    file = tmp_path / "lockout.txt"
    file.write_text(WRITTEN, encoding="utf-8")
    messages = told(celador, str(file))["messages"]
    subjects = [each["asunto"] for each in messages]
    lockouts = [each for each in subjects if each.startswith("[CRÍTICA]")]
    assert len(lockouts) == 1
    assert lockouts[0].startswith("[CRÍTICA] repetición: Bloqueo por falla: OC3+ A 1.840 A, ")
    assert sum("OC3+ A 1.840 A, 2 disparos, BLOQUEO" in each for each in subjects) == 1
    assert "Qué hacer: Recorrer la línea" in messages[subjects.index(lockouts[0])]["cuerpo"]
    keys = [key for each in messages for key in each["claves"]]
    assert len(keys) == len(set(keys))  # over a restart too
    table = celador("replay", str(file), "--timezone", "UTC").stdout
    assert "[CRÍTICA] repetición: Bloqueo por falla" in table
    assert "Waiting" not in table
    assert "LOCKOUT_FALLA" in table


def test_the_channels_are_those_of_the_configuration_and_nothing_is_sent(
    celador: Run, tmp_path: Path
) -> None:
    file, config = tmp_path / "lockout.txt", tmp_path / "celador.toml"
    file.write_text(WRITTEN, encoding="utf-8")
    config.write_text(CHANNELS, encoding="utf-8")
    done = celador("replay", str(file), "--config", str(config), "--device", "norte", "--json")
    messages = json.loads(done.stdout)["messages"]
    critical = [each["destino"] for each in messages if each["prioridad"] == 1]
    assert sorted(critical) == ["guardia/ana@coop.example", "guardia/luis@coop.example"]
    # What is told together waits for the hour, which the file does not reach.
    assert {each["prioridad"] for each in messages} == {1}
    alarms = json.loads(done.stdout)["alarms"]
    high = [each for each in alarms if each["prioridad"] == 2 and each["estado"] != "DSUPR"]
    assert json.loads(done.stdout)["waiting"] == 2 * len(high) == 4  # both addresses
    table = celador("replay", str(file), "--config", str(config), "--device", "norte").stdout
    assert "Waiting for their hour, not sent: 4\n" in table
