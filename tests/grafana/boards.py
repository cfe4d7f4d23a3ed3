"""The committed dashboards, read as Grafana reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROVISIONING = Path(__file__).parents[2] / "grafana" / "provisioning"
FILES = sorted((PROVISIONING / "dashboards").glob("*.json"))


@dataclass(frozen=True)
class Statement:
    """One query of a dashboard.

    Attributes:
        board: the dashboard's file name.
        name: of the panel, the variable or the annotation.
        kind: "time_series", "table", "variable" or "annotation".
        sql: as committed, with macros.
        points: points that the panel asks for.
    """

    board: str
    name: str
    kind: str
    sql: str
    points: int = 1000

    def __str__(self) -> str:
        return f"{self.board}/{self.name}"


def load(path: Path) -> dict[str, Any]:
    board: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return board


def panels(board: dict[str, Any]) -> Sequence[dict[str, Any]]:
    return [panel for panel in board["panels"] if panel["type"] not in {"row", "text"}]


def statements() -> Iterator[Statement]:
    """Every query of every dashboard."""
    for path in FILES:
        board, name = load(path), path.stem
        for panel in panels(board):
            for target in panel["targets"]:
                points = int(panel.get("maxDataPoints", 1000))
                yield Statement(name, panel["title"], target["format"], target["rawSql"], points)
        for variable in board.get("templating", {}).get("list", ()):
            if variable["type"] == "query":
                yield Statement(name, variable["name"], "variable", variable["query"])
        for mark in board.get("annotations", {}).get("list", ()):
            yield Statement(name, mark["name"], "annotation", mark["target"]["rawSql"])


ALL = tuple(statements())


def find(board: str, name: str) -> Statement:
    """The one statement of that name."""
    (found,) = [s for s in ALL if s.board == board and s.name == name]
    return found
