"""The committed dashboards: as the code writes them, whole, and connected to each other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import dashboard as model

from grafana.build.__main__ import DASHBOARDS, render
from tests.grafana.boards import ALL, FILES, PROVISIONING, Statement, load, panels
from tests.grafana.conftest import CHOICES, Grafana
from tests.grafana.day import END, START

COMPOSE = Path(__file__).parents[2] / "docker-compose.yml"
BOARDS = [pytest.param(path, id=path.stem) for path in FILES]
each = pytest.mark.parametrize("path", BOARDS)


def test_the_committed_files_are_what_the_code_writes() -> None:
    assert {path.stem for path in FILES} == set(DASHBOARDS)
    for path in FILES:
        assert path.read_text("utf-8") == render(path.stem), f"{path.name}: run make dashboards"


@each
def test_grafana_s_own_model_holds_the_whole_dashboard(path: Path) -> None:
    # What the model does not know it would drop on the way.
    register_default_plugins()
    board = load(path)
    again = json.loads(json.dumps(model.Dashboard.from_json(board), cls=JSONEncoder))
    for entry in (*again["links"], *again.get("annotations", {}).get("list", ())):
        entry.pop("placement")
    assert again == board


@each
def test_every_panel_says_what_it_shows_and_in_which_unit(path: Path) -> None:
    for panel in panels(load(path)):
        assert panel["title"]
        assert len(panel["description"]) > 20
        assert panel["description"].rstrip().endswith(".")
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["datasource"]["uid"] == "celador"
        assert all(t["datasource"]["uid"] == "celador" for t in panel["targets"])


@each
def test_missing_data_is_never_joined_nor_zero(path: Path) -> None:
    for panel in panels(load(path)):
        defaults = panel["fieldConfig"]["defaults"]
        if panel["type"] in {"timeseries", "state-timeline"}:
            assert defaults["custom"]["spanNulls"] is False
        assert defaults["noValue"] in {"SIN DATO", "—"}
        if panel["type"] in {"stat", "table", "state-timeline"}:
            special = [m for m in defaults["mappings"] if m["type"] == "special"]
            assert [m["options"]["match"] for m in special] == ["null+nan"]
    for statement in ALL:
        assert not re.search(r"coalesce\((?!a\.cuantas|k\.veces|f\.muestras)[^,]*, 0\)",
                             statement.sql)  # fmt: skip


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)


@each
def test_links_lead_to_dashboards_and_columns_that_exist(path: Path) -> None:
    uids = {load(other)["uid"] for other in FILES}
    board = load(path)
    for panel in panels(board):
        for url in (text for text in _strings(panel) if text.startswith("/d/")):
            assert url.split("?")[0].removeprefix("/d/") in uids
            for column in re.findall(r"__data\.fields\.(\w+)", url):
                assert re.search(rf"\b{column}\b", panel["targets"][0]["rawSql"])
    assert [link["tags"] for link in board["links"]] == [["celador"]]
    assert "celador" in board["tags"]


def test_names_and_numbers_are_unique() -> None:
    boards = [load(path) for path in FILES]
    assert len({board["uid"] for board in boards}) == len(boards)
    assert len({board["title"] for board in boards}) == len(boards)
    for board in boards:
        numbers = [panel["id"] for panel in board["panels"]]
        assert len(set(numbers)) == len(numbers)
        titles = [panel["title"] for panel in board["panels"]]
        assert len(set(titles)) == len(titles)


@each
def test_panels_do_not_overlap_and_fill_the_width(path: Path) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in load(path)["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not taken & cells
        assert max(x for x, _ in cells) < 24
        taken |= cells


@each
def test_refresh_and_range_suit_a_control_room(path: Path) -> None:
    board = load(path)
    assert board["refresh"] in {"10s", "30s", "1m", "5m"}
    assert re.fullmatch(r"now-\d+[hd]", board["time"]["from"])
    assert board["time"]["to"] == "now"
    assert board["timezone"] == "browser"
    # A week refreshed every 10 s would be work for nothing.
    assert not (board["time"]["from"].endswith("d") and board["refresh"] == "10s")


@each
def test_every_variable_that_a_query_names_is_defined(path: Path) -> None:
    board = load(path)
    defined = {v["name"] for v in board.get("templating", {}).get("list", ())}
    used = {
        name
        for statement in ALL
        if statement.board == path.stem
        for name in re.findall(r"\$\{(\w+)", statement.sql)
    }
    assert used == defined


@pytest.mark.parametrize(
    "statement", [s for s in ALL if s.kind in {"table", "time_series"}], ids=str
)
def test_what_an_override_names_is_a_column_or_a_series(
    grafana: Grafana, statement: Statement
) -> None:
    path = next(p for p in FILES if p.stem == statement.board)
    panel = next(p for p in panels(load(path)) if p["title"] == statement.name)
    columns, rows = grafana.run(statement, START, END)
    known = {column.name for column in columns} | {row.get("metric") for row in rows}
    named = {
        override["matcher"]["options"]
        for override in panel["fieldConfig"]["overrides"]
        if override["matcher"]["id"] == "byName"
    }
    if statement.kind == "table":
        assert named <= known
    else:
        # Colours of phases and bands are given by one list; each curve's own must be in it.
        curves = {m for m in known - {"time", "metric", "valor", "estado"} if isinstance(m, str)}
        assert curves <= named or not named


def test_the_position_has_word_and_colour_of_the_utility_palette() -> None:
    (panel,) = [p for p in panels(load(FILES[0].with_name("reconectador.json")))
                if p["title"] == "Posición"]  # fmt: skip
    values, special = panel["fieldConfig"]["defaults"]["mappings"]
    words = {value: result["text"] for value, result in values["options"].items()}
    assert words == {"0": "ABIERTO", "1": "CERRADO", "2": "BLOQUEADO", "3": "RECERRANDO"}
    assert special["options"]["result"]["text"] == "SIN DATO"
    closed, opened = (_channels(values["options"][v]["color"]) for v in ("1", "0"))
    assert closed[0] > closed[1], "closed is red"
    assert opened[1] > opened[0], "open is green"


def _channels(color: str) -> tuple[int, int, int]:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue


def test_the_data_source_reads_only_and_its_password_comes_from_the_environment() -> None:
    text = (PROVISIONING / "datasources" / "celador.yaml").read_text("utf-8")
    (source,) = yaml.safe_load(text)["datasources"]
    assert source["user"] == "celador_read"
    assert source["secureJsonData"] == {"password": "${CELADOR_READ_PASSWORD}"}
    assert (source["uid"], source["type"]) == ("celador", "grafana-postgresql-datasource")
    given = yaml.safe_load(COMPOSE.read_text("utf-8"))["services"]["grafana"]["environment"]
    assert set(re.findall(r"\$\{(\w+)\}", text)) <= set(given)


def test_the_dashboards_are_read_from_where_compose_puts_them() -> None:
    (provider,) = yaml.safe_load((PROVISIONING / "dashboards" / "celador.yaml").read_text("utf-8"))[
        "providers"
    ]
    mounts = yaml.safe_load(COMPOSE.read_text("utf-8"))["services"]["grafana"]["volumes"]
    assert "./grafana/provisioning:/etc/grafana/provisioning:ro" in mounts
    assert provider["options"]["path"] == "/etc/grafana/provisioning/dashboards"
    assert provider["allowUiUpdates"] is False


def test_choices_of_the_tests_are_those_of_the_dashboards() -> None:
    offered: dict[str, set[str]] = {}
    for path in FILES:
        for variable in load(path).get("templating", {}).get("list", ()):
            if variable["type"] == "custom":
                offered[variable["name"]] = {o["value"] for o in variable["options"]}
    for name, values in offered.items():
        chosen = CHOICES[name]
        assert {chosen} <= values if isinstance(chosen, str) else set(chosen) == values
