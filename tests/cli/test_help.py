"""What `--help` shows: every word that was written for it, on a terminal of 80 columns."""

from __future__ import annotations

import inspect
import io
import re
from collections.abc import Iterator

import pytest
import typer
from rich.console import Console
from typer import rich_utils

from celador.cli.main import app

ROOT = typer.main.get_command(app)


def commands(command: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each command and its help as written."""
    text = getattr(command, "help", "") or ""
    yield path, inspect.cleandoc(text)
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, (*path, name))


TEXTS = dict(commands(ROOT))


def shown(path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> str:
    """What the command prints."""
    out = io.StringIO()
    console = Console(file=out, width=80)
    monkeypatch.setattr(rich_utils, "_get_rich_console", lambda stderr=False: console)
    assert app([*path, "--help"], prog_name="celador", standalone_mode=False) == 0
    return out.getvalue()


@pytest.mark.parametrize("path", TEXTS, ids=" ".join)
def test_no_word_of_a_help_text_is_lost(
    path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Brackets such as [notify] are names of tables here, and no style."""
    words = shown(path, monkeypatch).split()
    wanted = re.sub("`", "", TEXTS[path]).split()
    start = words.index(wanted[0], words.index("Usage:") + 1)
    assert words[start : start + len(wanted)] == wanted


@pytest.mark.parametrize("path", TEXTS, ids=" ".join)
def test_the_first_paragraph_is_whole_in_the_list_of_commands(path: tuple[str, ...]) -> None:
    first = TEXTS[path].split("\n\n")[0]
    assert first.endswith("."), first
