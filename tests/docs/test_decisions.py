"""The decision records: complete, listed, and found by those who point at them."""

from __future__ import annotations

import re

from tests.docs.markdown import ROOT, document

FOLDER = ROOT / "docs" / "adr"
RECORDS = sorted(FOLDER.glob("[0-9]*.md"))


def test_numbers_are_given_once_and_without_gaps() -> None:
    assert [int(path.name[:4]) for path in RECORDS] == list(range(1, len(RECORDS) + 1))


def test_each_record_says_status_date_context_decision_and_consequences() -> None:
    for path in RECORDS:
        record = document(path)
        assert record.text.startswith(f"# {path.name[:4]} "), path.name
        assert re.search(r"^- Status: \w", record.text, re.MULTILINE), path.name
        assert re.search(r"^- Date: \d{4}-\d\d-\d\d$", record.text, re.MULTILINE), path.name
        sections = [heading for level, heading in record.headings if level == 2]
        assert sections == ["Context", "Decision", "Consequences"], path.name


def test_the_index_gives_each_title_and_status() -> None:
    rows = re.findall(r"^\| \[(\d+)\]\((\S+)\) \| (.+) \| (.+) \|$", _index(), re.MULTILINE)
    written = []
    for path in RECORDS:
        text = path.read_text(encoding="utf-8")
        title = text.partition("\n")[0].removeprefix(f"# {path.name[:4]} ")
        status = re.findall(r"^- Status: (.+)$", text, re.MULTILINE)[0]
        written.append((path.name[:4], path.name, title, status))
    assert rows == written


def test_every_record_that_the_project_points_at_exists() -> None:
    numbers = {path.name[:4] for path in RECORDS}
    files = [ROOT / "pyproject.toml", *(ROOT / "src").rglob("*.py"), *(ROOT / "src").rglob("*.sql")]
    named = {
        number
        for path in files
        for number in re.findall(r"ADR (\d{4})", path.read_text(encoding="utf-8"))
    }
    assert named
    assert named <= numbers


def _index() -> str:
    return (FOLDER / "README.md").read_text(encoding="utf-8")
