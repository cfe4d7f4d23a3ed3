"""The formulas in SQL against the worked figures of the sheet of power quality."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from grafana.build import formulas
from tests.support.postgres_server import Server

Numbers = tuple[float | None, ...]
Connection = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture(scope="module")
def server(postgres_server: Server) -> Iterator[Connection]:
    with psycopg.connect(postgres_server.dsn, autocommit=True) as connection:
        yield connection


def _value(server: Connection, expression: str, names: str, values: Numbers) -> float | None:
    # As integers, as the columns of the line-to-line voltages are.
    columns = ", ".join(f"%s::integer AS {name}" for name in names.split())
    query = f"SELECT ({expression})::float8 FROM (SELECT {columns}) AS t"
    row = server.execute(query.encode(), values).fetchone()
    assert row is not None
    value: float | None = row[0]
    return value


@pytest.mark.parametrize(
    ("voltages", "percent"),
    [
        ((13200, 13200, 13200), 0),
        ((13200, 13000, 12800), 1.7768),
        ((13400, 13200, 12700), 3.1629),
        ((13200, 13200, 11431), 9.1702),
        ((13200, 6600, 6600), 100),
    ],
)
def test_voltage_unbalance_by_the_worked_figures(
    server: Connection, voltages: Numbers, percent: float
) -> None:
    expression = formulas.voltage_unbalance("ab", "bc", "ca", "n")
    value = _value(server, expression, "ab bc ca n", (*voltages, 13200))
    assert value == pytest.approx(percent, abs=5e-5)


@pytest.mark.parametrize("voltages", [(13200, None, 13200), (13200, 6599, 13200), (0, 0, 0)])
def test_no_unbalance_without_three_live_voltages(server: Connection, voltages: Numbers) -> None:
    expression = formulas.voltage_unbalance("ab", "bc", "ca", "n")
    assert _value(server, expression, "ab bc ca n", (*voltages, 13200)) is None


@pytest.mark.parametrize(
    ("currents", "nema", "sequence"),
    [((100, 95, 105), 5.0, 5.7838), ((80, 100, 90), 11.1111, 12.9452), ((100, 50, 50), 50.0, 100)],
)
def test_current_unbalance_by_the_worked_figures(
    server: Connection, currents: Numbers, nema: float, sequence: float
) -> None:
    simple = formulas.current_unbalance("a", "b", "c")
    assert _value(server, simple, "a b c", currents) == pytest.approx(nema, abs=5e-5)
    triangle = formulas.negative_sequence_current("a", "b", "c", "r")
    value = _value(server, triangle, "a b c r", (*currents, 0))
    assert value == pytest.approx(sequence, abs=5e-5)


@pytest.mark.parametrize(
    ("currents", "residual"),
    [((9, 9, 11), 0), ((100, 95, 105), 5), ((100, 95, 105), None), ((100, None, 105), 0)],
)
def test_no_sequence_of_currents_where_the_triangle_does_not_close(
    server: Connection, currents: Numbers, residual: float | None
) -> None:
    triangle = formulas.negative_sequence_current("a", "b", "c", "r")
    assert _value(server, triangle, "a b c r", (*currents, residual)) is None


@pytest.mark.parametrize("currents", [(9, 9, 11), (100, None, 105)])
def test_no_current_unbalance_of_small_or_missing_currents(
    server: Connection, currents: Numbers
) -> None:
    assert _value(server, formulas.current_unbalance("a", "b", "c"), "a b c", currents) is None


def test_deviation_is_signed_and_a_share_never_made_up(server: Connection) -> None:
    deviation = formulas.deviation("u", "n")
    assert _value(server, deviation, "u n", (12_540, 13_200)) == pytest.approx(-5)
    assert _value(server, deviation, "u n", (None, 13_200)) is None
    share = formulas.share("a", "b")
    assert _value(server, share, "a b", (9, 10)) == 90
    assert _value(server, share, "a b", (11, 10)) == 100
    assert [_value(server, share, "a b", v) for v in ((None, 10), (3, None), (0, 0))] == [None] * 3
