"""Each file in bad/ begins with the messages it must give, one `# expect:` line per problem."""

from __future__ import annotations

from pathlib import Path

import pytest

from celador.config import load_config
from celador.domain.errors import ConfigError

BAD = sorted((Path(__file__).parent / "bad").glob("*.toml"))


def expected(path: Path) -> list[str]:
    mark = "# expect: "
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.removeprefix(mark) for line in lines if line.startswith(mark)]


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_file_gives_exactly_its_messages(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)

    with pytest.raises(ConfigError) as caught:
        load_config(Path(path.name), {})

    assert str(caught.value).split("\n") == expected(path)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_every_message_names_the_line_at_fault(path: Path) -> None:
    # Written by hand: the lines that each message of a file must point at.
    assert all(line.startswith(f"{path.name}:") for line in expected(path))


def test_the_folder_holds_many_cases() -> None:
    assert len(BAD) >= 40


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    path = tmp_path / "celador.toml"
    with pytest.raises(ConfigError, match="celador config example > "):
        load_config(path, {})


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot be read \(Is a directory\)"):
        load_config(tmp_path, {})


def test_text_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "celador.toml"
    path.write_bytes('collector = "Córdoba"\n'.encode("latin-1"))
    with pytest.raises(ConfigError, match="save it as UTF-8"):
        load_config(path, {})
