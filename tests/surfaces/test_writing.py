"""Numbers as each language writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celador.domain.writing import Text, number, trimmed


@pytest.mark.parametrize(
    ("value", "decimals", "es", "en"),
    [
        (1657, 0, "1.657", "1,657"),
        (13214.46, 1, "13.214,5", "13,214.5"),
        (1234567.0, 2, "1.234.567,00", "1,234,567.00"),
        (0.93, 2, "0,93", "0.93"),
        (-1234.5, 1, "-1.234,5", "-1,234.5"),
        (-0.004, 2, "0,00", "0.00"),
        (0, 0, "0", "0"),
        (999.6, 0, "1.000", "1,000"),
    ],
)
def test_thousands_and_decimals(value: float, decimals: int, es: str, en: str) -> None:
    assert (number(value, decimals, "es"), number(value, decimals, "en")) == (es, en)


@pytest.mark.parametrize(
    ("value", "decimals", "es", "en"),
    [(1840, 2, "1.840", "1,840"), (0.5, 4, "0,5", "0.5"), (1000, 0, "1.000", "1,000")],
)
def test_decimals_that_say_nothing_are_left_out(
    value: float, decimals: int, es: str, en: str
) -> None:
    assert (trimmed(value, decimals, "es"), trimmed(value, decimals, "en")) == (es, en)


@given(st.floats(-1e12, 1e12), st.integers(0, 6))
def test_what_is_written_is_read_back(value: float, decimals: int) -> None:
    for language, (thousands, mark) in {"es": (".", ","), "en": (",", ".")}.items():
        text = number(value, decimals, "es" if language == "es" else "en")
        read = float(text.replace(thousands, "").replace(mark, "."))
        assert abs(read - value) <= 0.5 * 10**-decimals * (1 + 1e-9) + 1e-3
        assert not text.startswith("-") or read < 0


def test_a_text_is_picked_by_language() -> None:
    text = Text("demanda", "demand")
    assert (text.pick("es"), text.pick("en")) == ("demanda", "demand")
