"""Reading Markdown files: headings, code blocks, links, and the commands they name."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

_FENCE = re.compile(
    r"^(?P<fence>`{3,})(?P<language>\w*)\n(?P<code>.*?)^(?P=fence)$", re.MULTILINE | re.DOTALL
)
_HEADING = re.compile(r"^(#+) +(.+?)\s*$", re.MULTILINE)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_SHELLS = ("sh", "bash", "console")
_END_OF_COMMAND = ("|", ">", ">>", "<", "&", "&&", ";", "2>")


@dataclass(frozen=True)
class Document:
    """One Markdown file."""

    path: Path
    text: str

    @property
    def blocks(self) -> list[tuple[str, str]]:
        """Language and content of each fenced block."""
        return [(m["language"], m["code"]) for m in _FENCE.finditer(self.text)]

    @property
    def prose(self) -> str:
        """The text without its fenced blocks."""
        return _FENCE.sub("", self.text)

    @property
    def headings(self) -> list[tuple[int, str]]:
        """Level and text of each heading."""
        return [(len(m[1]), m[2]) for m in _HEADING.finditer(self.prose)]

    @property
    def anchors(self) -> set[str]:
        """What a link to a heading of this file may end with."""
        return {
            re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            for _, heading in self.headings
        }

    @property
    def links(self) -> list[str]:
        """Targets of links and pictures that stay inside the project."""
        found = _LINK.findall(self.prose)
        return [link for link in found if not re.match(r"[a-z]+:", link)]

    @property
    def command_lines(self) -> list[str]:
        """Shell lines of the code blocks and code spans of the prose."""
        lines = [
            line.strip()
            for language, code in self.blocks
            if language in _SHELLS
            for line in code.replace("\\\n", " ").splitlines()
        ]
        return lines + _SPAN.findall(self.prose)

    def calls_of(self, program: str) -> list[list[str]]:
        """Arguments of every command line that calls a program."""
        return [
            words[1:]
            for line in self.command_lines
            for words in _commands(line)
            if words[0].removeprefix(".venv/bin/") == program
        ]


def documents() -> list[Document]:
    """Every Markdown file of the project."""
    paths = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return [document(path) for path in sorted(paths)]


def document(path: Path) -> Document:
    """One file, read."""
    return Document(path, path.read_text(encoding="utf-8"))


def _commands(line: str) -> list[list[str]]:
    """The commands of a shell line, each without redirections; brackets mark what is optional."""
    if not re.match(r"[\w./]+( |$)", line):
        return []
    lexer = shlex.shlex(re.sub(r"[\[\]]", " ", line), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    try:
        words = list(lexer)
    except ValueError:  # a line of a text in quotes that goes on
        return []
    commands: list[list[str]] = [[]]
    for word in words:
        if word in _END_OF_COMMAND:
            commands.append([])
        else:
            commands[-1].append(word)
    return [command for command in commands if command]
