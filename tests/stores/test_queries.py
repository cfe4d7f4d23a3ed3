"""Named queries: a name means one of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from celador.stores.sqlite.queries import named_queries


def package(folder: Path, name: str, text: str) -> str:
    (folder / name).mkdir()
    (folder / name / "__init__.py").touch()
    (folder / name / "queries.sql").write_text(text, encoding="utf-8")
    return name


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_each_query_is_found_by_its_name(folder: Path) -> None:
    name = package(folder, "dos_consultas", "-- name: a\nSELECT 1;\n\n-- name: b\nSELECT 2;\n")
    assert named_queries(name) == {"a": "SELECT 1;", "b": "SELECT 2;"}


def test_a_name_given_twice_is_refused(folder: Path) -> None:
    name = package(folder, "un_nombre", "-- name: a\nSELECT 1;\n\n-- name: a\nSELECT 2;\n")
    with pytest.raises(ValueError, match="two queries named a"):
        named_queries(name)
