"""Every text that a person sees is there in Spanish, and none is Spanish in the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from celador.surfaces.web.i18n import catalogue
from celador.surfaces.web.pages import PAGES

ROOT = Path(str(resources.files("celador.surfaces.web")))
FRAGMENTS = sorted((ROOT / "locale" / "es").glob("*.po"))
MODULES = sorted(ROOT.rglob("*.py"))
FIELDS = re.compile(r"{(\w*)}")


def texts_of(module: Path) -> Iterator[str]:
    """First arguments of calls of `t`, as far as they are written out."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        name = node.func.id if isinstance(node.func, ast.Name) else name
        if name == "t":
            yield from strings_in(node.args[0])


def strings_in(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from strings_in(node.body)
        yield from strings_in(node.orelse)


def messages(fragment: Path) -> Iterator[Message]:
    with fragment.open("rb") as file:
        yield from read_po(file)


def all_texts() -> set[str]:
    return {text for module in MODULES for text in texts_of(module)} | {p.title for p in PAGES}


def test_texts_are_found_at_all() -> None:
    assert {"Skip to the content", "Time zone", "Fleet", "secrets are masked"} <= all_texts()


def test_every_text_has_its_spanish() -> None:
    assert all_texts() - set(catalogue("es")) == set()


@pytest.mark.parametrize("fragment", FRAGMENTS, ids=lambda path: path.stem)
def test_nothing_in_a_catalogue_is_empty_or_twice_or_fills_in_something_else(
    fragment: Path,
) -> None:
    others = {
        message.id
        for other in FRAGMENTS
        if other != fragment
        for message in messages(other)
        if message.id and message.string != catalogue("es")[str(message.id)]
    }
    for message in messages(fragment):
        if not message.id:
            continue
        assert message.string, f"{message.id} has no Spanish"
        assert set(FIELDS.findall(str(message.id))) == set(FIELDS.findall(str(message.string)))
        assert message.id not in others, f"{message.id} is translated in two ways"


def test_no_text_of_a_catalogue_is_left_over() -> None:
    nodes = (node for module in MODULES for node in ast.walk(ast.parse(module.read_text("utf-8"))))
    written = {node.value for node in nodes if isinstance(node, ast.Constant)}
    assert set(catalogue("es")) - written == set()


def test_no_text_of_the_code_is_spanish() -> None:
    assert [text for text in all_texts() if re.search(r"[áéíóúñ¿¡]", text, re.IGNORECASE)] == []
