"""0 done, 1 failed, 2 wrong use; a failure is sentences on standard error, never a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from celador.cli.main import run_command
from tests.cli.conftest import Run, environment

WINDOW = ("--from", "2026-07-18T00:00Z", "--to", "2026-07-18T00:05Z")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("-h",),
        ("export", "--help"),
        ("config", "check", "--help"),
        ("plan",),
        ("profiles",),
        ("profiles", "show", "noja-rc10"),
        ("config", "example"),
    ],
)
def test_what_is_done_ends_with_zero(celador: Run, arguments: tuple[str, ...]) -> None:
    done = celador(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_the_version_is_that_of_the_package(celador: Run) -> None:
    assert celador("--version").stdout == f"celador {version('celador')}\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nonsense",), "No such command 'nonsense'"),
        (("plan", "--jsn"), "No such option: --jsn"),
        (("export",), "Missing option '--from'"),
        (("config",), "say what to do"),
        (("config", "check", "absent.toml"), "make one with: celador config example > absent.toml"),
        (("plan", "--profile", "noja-rc11"), "did you mean noja-rc10?"),
        (("profiles", "show", "x"), "there is no profile x"),
        (("read", "10.0.0.1", "--port", "99999"), "--port"),
        (("read", "10.0.0.1", "--unit", "999"), "--unit"),
        (("read", "10.0.0.1", "--timeout", "0"), "--timeout"),
        (("read", "10.0.0.1", "--timeout", "nan"), "--timeout"),
        (("read", "10.0.0.1", "--timeout", "inf"), "--timeout"),
        (("read", "10.0.0.1", "--baudrate", "0"), "--baudrate"),
        (("read", "10.0.0.1", "--stopbits", "3"), "--stopbits"),
        (("read", ""), "the address is empty"),
        (("read", " ", "--transport", "rtu"), "the address is empty"),
        (("read", "http://10.0.0.1"), "is no address"),
        (("read", "10.0.0.1:5020"), "write 10.0.0.1 --port 5020"),
        (("read", "/dev/x", "--transport", "rtu", "--unit", "248"), "give one from 1 to 247"),
        (("export", *WINDOW, "-o", "-", "--store", "a", "--config", "b"), "give one of them"),
        (("export", "--from", "soon", "-o", "-"), "'soon' is no instant"),
        (("export", "--from", "now", "--to", "-1d", "-o", "-"), "is not before"),
        (("export", *WINDOW, "-o", "-", "--every", "15"), "such as 15min"),
        (("export", *WINDOW, "-o", "-", "--columns", "iaa"), "did you mean ia?"),
        (("export", *WINDOW, "-o", "-", "--timezone", "Cordoba"), "did you mean America/Cordoba?"),
    ],
)
def test_wrong_use_ends_with_two_and_a_sentence(
    celador: Run, arguments: tuple[str, ...], sentence: str
) -> None:
    done = celador(*arguments)

    assert done.returncode == 2
    assert done.stdout == ""
    assert sentence in done.stderr
    assert done.stderr.startswith("celador: ")
    assert done.stderr.count("\n") == 1


def test_no_command_at_all_shows_the_help_and_is_wrong_use(celador: Run) -> None:
    done = celador()
    assert done.returncode == 2
    assert "celador demo" in done.stdout


def test_a_missing_store_is_a_failure(celador: Run) -> None:
    done = celador("export", *WINDOW, "-o", "-", "--store", "absent.db")

    assert done.returncode == 1
    assert done.stderr.startswith("celador: there is no store at absent.db")
    assert done.stderr.count("\n") == 1


def test_a_file_that_is_no_store_is_a_failure(celador: Run, tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("this is no database, but long enough to be read as one" * 50)

    done = celador("export", *WINDOW, "-o", "-", "--store", "a.db")

    assert done.returncode == 1
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_that_cannot_be_written_is_a_failure(store: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "celador", "export", *WINDOW, "-o", "-", "--store", str(store)]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, env=environment(), check=False, text=True
        )

    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command", ["profiles show noja-rc10", "export {window} -o - --store {db}"]
)
def test_a_reader_that_leaves_early_gets_no_complaint(command: str, store: Path) -> None:
    filled = command.format(window=" ".join(WINDOW), db=store)
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "celador", *filled.split()],
            stdout=writing,
            stderr=subprocess.PIPE,
            env=environment(),
            check=False,
            text=True,
        )
    finally:
        os.close(writing)

    assert done.stderr == ""
    assert done.returncode == 1


# An export whose progress is told through a pipe that nobody empties: it stands still in the
# middle, with its temporary file open, until the signal comes.
# Tests that run in the background of a shell inherit a deaf ear for SIGINT.
_STALLED = """
import signal
import sys
from pathlib import Path
from celador.cli import export as command
from celador.cli.main import main
from contextlib import contextmanager

@contextmanager
def stall(*_):
    def told(_):
        print("writing", flush=True)
        sys.stdin.read()
    yield told

command._progress = stall
signal.signal(signal.SIGINT, signal.default_int_handler)
main()
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_in_the_middle_leaves_the_old_file_and_no_other(
    number: signal.Signals, code: int, store: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("old")
    with subprocess.Popen(
        [sys.executable, "-c", _STALLED, "export", *WINDOW, "-o", "a.csv", "--store", str(store)],
        cwd=tmp_path,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "writing\n"
        assert len(list(tmp_path.iterdir())) == 2
        process.send_signal(number)
        said = process.stderr.read()
        process.wait(timeout=30)

    assert process.returncode == code
    assert said.strip() == ""
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    assert (tmp_path / "a.csv").read_text() == "old"


def test_the_help_needs_none_of_the_heavy_parts() -> None:
    code = """
import sys
sys.argv = ["celador", "--help"]
from celador.cli.main import run_command
run_command(["--help"])
heavy = {"pydantic", "yaml", "pymodbus", "sqlite3", "fastapi", "uvicorn", "yoyo"}
sys.exit(",".join(sorted(heavy & set(sys.modules))))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=False
    )
    assert done.stderr.strip() == ""


def test_a_defect_is_one_sentence_and_a_report_in_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("inside out")

    monkeypatch.setattr("celador.profiles.schema.load_profile", broken)
    assert run_command(["plan"]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    report = Path(told.split()[-1])
    assert "ZeroDivisionError: inside out" in report.read_text()
    report.unlink()
