from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from celador.config import example_config
from tests.cli.conftest import Run

WINDOW = ("--from", "2026-07-18T00:00Z", "--to", "2026-07-18T00:05Z")


def rows(text: str, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


def test_every_sample_comes_in_local_time(celador: Run, store: Path) -> None:
    done = celador("export", *WINDOW, "--output", "-", "--store", str(store))
    found = rows(done.stdout)

    assert done.returncode == 0
    assert len(found) == 240 + 300
    assert found[0] == {
        "fecha_hora": "2026-07-17 21:00:00.000000-03:00",
        "equipo": "norte",
        "ia": "71",
        "ib": "",
        "ic": "",
        "va": "7621",
        "vb": "",
        "vc": "",
        "p_act": "",
        "p_react": "",
        "fp": "0.93",
        "estado": "1",
        "calidad": "0",
    }
    assert found[-1]["equipo"] == "Río Cuarto"


def test_windows_show_the_gap(celador: Run, store: Path) -> None:
    arguments = ("--every", "1min", "--device", "norte", "--columns", "va,estado")
    done = celador("export", *WINDOW, *arguments, "-o", "-", "--store", str(store))

    assert done.stdout.splitlines() == [
        "fecha_hora,equipo,va,estado,muestras",
        "2026-07-17 21:00:00-03:00,norte,7621,1,60",
        "2026-07-17 21:01:00-03:00,norte,7621,1,60",
        "2026-07-17 21:02:00-03:00,norte,,,0",
        "2026-07-17 21:03:00-03:00,norte,7621,1,60",
        "2026-07-17 21:04:00-03:00,norte,7621,1,60",
    ]


def test_windows_of_a_day_begin_at_the_local_midnight(celador: Run, store: Path) -> None:
    arguments = ("--every", "1d", "--columns", "va", "--timezone", "Asia/Kathmandu")
    done = celador("export", *WINDOW, *arguments, "-o", "-", "--store", str(store))
    assert {row["fecha_hora"] for row in rows(done.stdout)} == {"2026-07-18 00:00:00+05:45"}


@pytest.mark.parametrize("device", ["Río Cuarto", "2"])
def test_a_recloser_is_chosen_by_name_or_id(device: str, celador: Run, store: Path) -> None:
    done = celador("export", *WINDOW, "--device", device, "-o", "-", "--store", str(store))
    assert {row["equipo"] for row in rows(done.stdout)} == {"Río Cuarto"}


def test_an_unknown_recloser_is_wrong_use(celador: Run, store: Path) -> None:
    done = celador("export", *WINDOW, "--device", "nrote", "-o", "-", "--store", str(store))
    assert done.returncode == 2
    assert "the store knows no recloser 'nrote'; did you mean norte?" in done.stderr


def test_a_file_for_a_spreadsheet(celador: Run, store: Path, tmp_path: Path) -> None:
    done = celador("export", *WINDOW, "--decimal-comma", "--output", "a.csv", "--store", str(store))
    content = (tmp_path / "a.csv").read_bytes()

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "540 rows in a.csv\n"
    assert content.startswith(b"\xef\xbb\xbffecha_hora;equipo;ia;")
    assert rows(content.decode("utf-8-sig"), ";")[0]["fp"] == "0,93"


@pytest.mark.parametrize("arguments", [("--config", "celador.toml"), ()])
def test_the_store_of_the_configuration_is_read(
    arguments: tuple[str, ...], celador: Run, store: Path, tmp_path: Path
) -> None:
    text = example_config().replace('path = "celador.db"', f'path = "{store}"')
    (tmp_path / "celador.toml").write_text(text, encoding="utf-8")

    done = celador("export", *WINDOW, "-o", "-", *arguments)

    assert len(rows(done.stdout)) == 540


def test_the_store_of_the_environment_is_read(celador: Run, store: Path) -> None:
    done = celador("export", *WINDOW, "-o", "-", CELADOR_STORE__PATH=str(store))
    assert len(rows(done.stdout)) == 540


def test_a_span_before_now_is_taken_for_a_value_not_for_an_option(
    celador: Run, store: Path
) -> None:
    done = celador("export", "--from", "-1min", "-o", "-", "--store", str(store))
    assert done.returncode == 0
    assert rows(done.stdout) == []
