"""Writes the dashboards' JSON: python -m grafana.build."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from . import calidad, eventos, reconectador, resumen, salud

FOLDER = Path(__file__).parents[1] / "provisioning" / "dashboards"
DASHBOARDS: dict[str, Callable[[], build.Dashboard]] = {
    "resumen": resumen.dashboard,
    "reconectador": reconectador.dashboard,
    "eventos": eventos.dashboard,
    "calidad": calidad.dashboard,
    "salud": salud.dashboard,
}


def render(name: str) -> str:
    """The JSON of one dashboard, the same for the same code."""
    board: dict[str, Any] = json.loads(json.dumps(DASHBOARDS[name]().build(), cls=JSONEncoder))
    for number, panel in enumerate(board["panels"], start=1):
        panel["id"] = number
    # The SDK puts them into a menu of their own; these belong in sight.
    for entry in (*board["links"], *board.get("annotations", {}).get("list", ())):
        entry.pop("placement", None)
    return json.dumps(board, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> None:
    """Write every dashboard."""
    for name in DASHBOARDS:
        (FOLDER / f"{name}.json").write_text(render(name), "utf-8")


if __name__ == "__main__":
    main()
