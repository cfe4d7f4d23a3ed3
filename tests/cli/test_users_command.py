"""`celador users` as people type it, and what it says to what cannot be."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from celador.cli.main import run_command

PASSWORD = "tres tristes tigres"
Said = tuple[int, str, str]
Users = Callable[..., Said]


@pytest.fixture
def users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Users:
    """Run `celador users` in an empty folder; its exit code, and what it said on both ways."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "America/Argentina/Cordoba")
    monkeypatch.setattr("sys.stdin", io.StringIO())

    def run(*arguments: str) -> Said:
        code = run_command(["users", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def secret(tmp_path: Path) -> str:
    """A file with a password."""
    path = tmp_path / "clave"
    path.write_text(f"{PASSWORD}\n", encoding="utf-8")
    return str(path)


def test_people_and_their_tokens_come_and_go(users: Users, secret: str) -> None:
    def done(*arguments: str) -> str:
        code, out, err = users(*arguments, "--store", "x.db")
        assert code == 0, err
        return out

    done("add", "Ana", "--role", "administrator", "--password-file", secret)
    done("add", "vera", "--password-file", secret)
    done("role", "vera", "operator")
    token = done("token", "add", "vera", "informe", "--days", "30").strip()
    assert token.startswith("celador_")
    (kept,) = json.loads(done("token", "list", "--json"))["tokens"]
    assert (kept["usuario"], kept["nombre"], kept["usada"]) == ("vera", "informe", None)
    assert token not in json.dumps(kept)
    shown = json.loads(done("list", "--json"))["users"]
    assert [(each["nombre"], each["rol"]) for each in shown] == [
        ("ana", "administrador"), ("vera", "operador"),
    ]  # fmt: skip
    assert shown[0]["creado"].endswith("-03:00")
    done("token", "revoke", "vera", "informe")
    done("passwd", "vera", "--password-file", secret)
    done("remove", "vera")
    assert "vera" not in done("list")
    rows = json.loads(done("audit", "--json"))["audit"]
    assert [each["accion"] for each in rows[::-1]] == [
        "agregar usuario", "agregar usuario", "cambiar rol", "crear ficha", "revocar ficha",
        "cambiar clave", "quitar usuario",
    ]  # fmt: skip
    assert {each["origen"] for each in rows} == {"consola"}
    assert PASSWORD not in json.dumps(rows)


def test_a_csv_has_the_same_head_with_and_without_rows(users: Users, secret: str) -> None:
    def listed() -> list[list[str]]:
        lists = (["list"], ["token", "list"], ["audit", "--from", start])
        return [users(*each, "--csv", "--store", "x.db")[1].splitlines() for each in lists]

    start = "-1d"
    users("add", "ana", "--password-file", secret, "--store", "x.db")
    users("token", "add", "ana", "informe", "--store", "x.db")
    full = listed()
    start = "2099-01-01"
    users("remove", "ana", "--store", "x.db")
    assert min(map(len, full)) > 1
    assert listed() == [lines[:1] for lines in full]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["list"], 1, "so there are no users; look at --config or --store"),
        (["remove", "ana"], 1, "so there are no users"),
        (["passwd", "ana"], 1, "so there are no users"),
        (["token", "list"], 1, "so there are no users"),
        (["add", "dos palabras"], 1, "cannot be a user name; take 1 to 64 letters"),
        (["add", "local"], 1, "and not 'local'"),
        (["add", "ana", "--role", "jefa"], 2, "take one of viewer, operator, administrator"),
        (["add", "ana"], 2, "nobody can type a password here"),
        (["add", "ana", "--password-file", "no-hay"], 2, "put the password there"),
        (["add"], 2, "Missing argument"),
        ([], 2, "say what to do"),
        (["token", "add", "ana", "x", "--days", "0"], 2, "--days"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence_and_makes_no_file(
    users: Users, tmp_path: Path, arguments: list[str], code: int, sentence: str
) -> None:
    store = ["--store", "no/hay.db"] if arguments else []
    found, out, err = users(*arguments, *store)
    assert (found, out) == (code, "")
    assert sentence in err
    assert err.count("\n") == 1
    if arguments[:1] != ["add"]:
        assert not (tmp_path / "no").exists()
