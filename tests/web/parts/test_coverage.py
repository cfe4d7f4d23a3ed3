"""How much of the data is there, told without rounding it up or away."""

from __future__ import annotations

import pytest

from celador.domain.quality.windows import Coverage
from celador.surfaces.web.parts.figures import in_part, share_text
from celador.surfaces.web.viewer import View

VIEW = View("es", "UTC")


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (0.0, "0,0"),
        (0.0003, "< 0,1"),
        (0.001, "0,1"),
        (0.982, "98,2"),
        (0.9994, "> 99,9"),
        (1.0, "100,0"),
    ],
)
def test_a_share_is_never_rounded_to_nothing_or_to_all(share: float, told: str) -> None:
    assert share_text(VIEW, share) == told


def test_figures_of_a_period_hardly_seen_say_so() -> None:
    said = in_part(VIEW, Coverage(3, 10_000))
    assert "solo para el &lt; 0,1 % del período que se vio" in said
    assert in_part(VIEW, Coverage(10_000, 10_000)) == ""
