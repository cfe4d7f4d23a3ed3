"""The two READMEs say the same, and everything that a document names is there."""

from __future__ import annotations

import pytest
import typer.main
from typer.core import TyperGroup

from celador.cli.main import app
from tests.docs.markdown import ROOT, Document, document, documents

ENGLISH = document(ROOT / "README.md")
SPANISH = document(ROOT / "README.es.md")
DOCUMENTS = documents()


def _name(doc: Document) -> str:
    return str(doc.path.relative_to(ROOT))


def test_both_readmes_have_the_same_headings() -> None:
    assert [level for level, _ in ENGLISH.headings] == [level for level, _ in SPANISH.headings]


def test_both_readmes_have_the_same_code() -> None:
    assert ENGLISH.blocks
    assert ENGLISH.blocks == SPANISH.blocks


def test_both_readmes_name_the_same_commands_and_tables() -> None:
    first_cells = [
        [line.split("|")[1].strip() for line in doc.prose.splitlines() if line.startswith("| `")]
        for doc in (ENGLISH, SPANISH)
    ]
    assert first_cells[0]
    assert first_cells[0] == first_cells[1]


def test_both_readmes_name_every_command() -> None:
    top = {call[0] for call in ENGLISH.calls_of("celador") if call}
    assert set(_root().commands) <= top


@pytest.mark.parametrize("doc", DOCUMENTS, ids=_name)
def test_links_inside_the_project_lead_somewhere(doc: Document) -> None:
    for link in doc.links:
        path, _, anchor = link.partition("#")
        target = (doc.path.parent / path).resolve() if path else doc.path
        assert target.exists(), f"{link} is not there"
        assert not anchor or anchor in document(target).anchors, f"{link}: no such heading"


@pytest.mark.parametrize("doc", DOCUMENTS, ids=_name)
def test_documented_commands_exist_with_their_options(doc: Document) -> None:
    for arguments in doc.calls_of("celador"):
        _check(arguments)


@pytest.mark.parametrize("doc", DOCUMENTS, ids=_name)
def test_documented_make_targets_exist(doc: Document) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = makefile.partition(".PHONY:")[2].partition("\n")[0].split()
    for arguments in doc.calls_of("make"):
        targets = [word for word in arguments if "=" not in word]
        assert set(targets) <= set(phony), f"make {' '.join(arguments)}"


def test_a_wrong_command_or_option_is_noticed() -> None:
    with pytest.raises(AssertionError, match="no command"):
        _check(["observe"])
    with pytest.raises(AssertionError, match="no option --colour"):
        _check(["read", "192.168.0.10", "--colour=red"])
    with pytest.raises(AssertionError, match="no command"):
        _check(["config", "chekc"])
    with pytest.raises(AssertionError, match="--port needs a value"):
        _check(["read", "192.168.0.10", "--port"])


def _root() -> TyperGroup:
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    return root


def _check(arguments: list[str]) -> None:
    said = "celador " + " ".join(arguments)
    group, words = _root(), list(arguments)
    params = group.params
    while words and not words[0].startswith("-"):
        assert words[0] in group.commands, f"{said}: there is no command {words[0]}"
        command = group.commands[words.pop(0)]
        params = command.params
        if not isinstance(command, TyperGroup):
            break
        group = command
    options = {name: p for p in params for name in (*p.opts, *p.secondary_opts)}
    while words:
        option, equals, _ = words.pop(0).partition("=")
        if not option.startswith("-") or option in ("-", "--help"):
            continue
        assert option in options, f"{said}: there is no option {option}"
        if not equals and not getattr(options[option], "is_flag", False):
            assert words, f"{said}: {option} needs a value"
            words.pop(0)
