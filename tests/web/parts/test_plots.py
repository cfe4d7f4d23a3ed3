"""The plots of trends and of the quality of supply, against values written by hand."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from celador.domain.envelope import Band, Envelope, EnvelopeRow
from celador.stores.sqlite.reader import SqliteReader
from celador.surfaces.web.pages.quality import plots
from celador.surfaces.web.pages.trends import usual_range, within
from celador.surfaces.web.parts.plots import columns, duration_curve
from celador.surfaces.web.parts.ranges import Range
from celador.surfaces.web.parts.trend import Curve, Happening, csv_fields, points_of, trend_chart
from celador.surfaces.web.viewer import View
from tests.quality.test_report import LINE, report
from tests.support.clock import MIDNIGHT
from tests.web.quiet import make_store

_ES = View("es", "UTC")
_MINUTE = 60_000_000


def _rows(*minutes: int) -> tuple[EnvelopeRow, ...]:
    """A stretch in each of these minutes: from 10 to 30 A around 25 A; and no voltage at all."""
    bands = (Band(10.0, 25.0, 30.0, 4), None)
    return tuple(EnvelopeRow(minute * _MINUTE, 4, bands) for minute in minutes)


def test_a_trend_has_mean_band_holes_and_marks_and_a_panel_for_each_unit() -> None:
    envelope = Envelope(_MINUTE, _rows(0, 1, 2, 5))
    curves = [
        Curve("", name, 0, points_of(envelope, place, 1.0))
        for place, name in enumerate(("ia", "va"))
    ]
    happened = [
        Happening(90_000, "a trip", operation=True),
        Happening(150_000, "link down", operation=False),
    ]
    shown = Range(0, 6 * _MINUTE, "fechas")
    options, height = trend_chart(_ES, curves, shown, happened)
    assert [axis["name"] for axis in options["yAxis"]] == ["A", "V"]
    low, over, mean = (each["data"] for each in options["series"][:3])
    assert [each[1] for each in low] == [10, 10, 10, None, 10]
    assert [each[1] for each in over] == [20, 20, 20, None, 20]  # on top of the lowest
    assert options["series"][0]["stack"] == options["series"][1]["stack"]
    assert options["series"][1]["areaStyle"]["opacity"] > 0
    told = [each["value"] if isinstance(each, dict) else each for each in mean]
    # In the middle of each minute; between the third and the sixth nobody looked.
    assert told == [[30_000, 25], [90_000, 25], [150_000, 25], [240_000, None], [330_000, 25]]
    assert all(each[1] is None for each in options["series"][5]["data"])
    operations = [[line["xAxis"] for line in each["markLine"]["data"]]
                  for each in options["series"][-2:]]  # fmt: skip
    assert operations == [[90_000, 150_000], [90_000]]
    assert height > 400
    kinds = {each["type"] for each in options["dataZoom"]}
    assert kinds == {"inside", "slider"}  # by wheel and hand, and by the bar below


@pytest.mark.parametrize(
    ("seen", "samples"),
    [
        ((13, 27), ()),  # what is seen lies within the hole, and so does its middle
        ((2, 22), (2, 3, 4, 5, 6, 7, 8, 9)),
        ((15, 38), (30, 31, 32, 33, 34, 35, 36, 37)),
    ],
)
def test_who_looks_closely_at_a_hole_sees_a_hole(
    seen: tuple[int, int], samples: tuple[int, ...]
) -> None:
    """There is nothing between the minutes 10 and 30."""
    whole = Envelope(_MINUTE, _rows(*range(10), *range(30, 40)))
    coarse = Curve("", "ia", 0, points_of(whole, 0, 1.0))
    fine = Curve("", "ia", 0, points_of(Envelope(_MINUTE, _rows(*samples)), 0, 1.0))
    (shown,) = within([coarse], [fine], *(minute * _MINUTE for minute in seen))
    told = [(at or 0) / 60_000 for at, *_ in shown.points]
    assert told == sorted(told)
    left = max(n for n, at in enumerate(told) if at < 10)
    right = min(n for n, at in enumerate(told) if at > 30)
    assert any(mean is None for _, mean, _, _ in shown.points[left:right])


@pytest.mark.parametrize(
    ("minutes", "word"), [(10, "15min"), (70, "1h"), (80, "6h"), (600, "24h"), (10_000, "24h")]
)
def test_the_usual_range_is_about_as_long_as_what_is_there(
    tmp_path: Path, minutes: int, word: str
) -> None:
    """The store's samples begin at midnight."""
    path = tmp_path / "store.db"
    make_store(path, 1)
    with closing(SqliteReader(path)) as reader:
        assert usual_range(reader, [1], MIDNIGHT + minutes * _MINUTE) == word


def test_the_file_of_a_trend_is_what_is_seen() -> None:
    fields = csv_fields(_ES, (0, _MINUTE), ["norte"], ["ia", "va"], _MINUTE)
    assert dict(fields) == {
        "from": "1970-01-01T00:00:00+00:00",
        "to": "1970-01-01T00:01:00+00:00",
        "device": "norte",
        "columns": "ia,va,estado,calidad",
        "timezone": "UTC",
        "decimal": "comma",
        "every": "60s",
    }


def test_the_report_on_quality_draws_what_was_measured_and_nothing_where_nothing_was() -> None:
    """An hour of which ten minutes were 10 % above 13.2 kV, beyond the band of 8 %."""
    found = report(3600, {range(600, 1200): dict.fromkeys(LINE, 14_520.0)})
    drawn = {title: options for title, options, _ in plots(_ES, found)}
    deviations = _data(drawn["Desvíos de la tensión"])
    assert sum(each["value"] for each in deviations) == 18  # six of each line voltage
    outside = [each["value"] for each in deviations if "--p2" in each["itemStyle"]["color"]]
    assert outside == [3]
    weekly = drawn["Desvíos por semana"]
    assert weekly is not None
    assert [series["data"] for series in weekly["series"]] == [[0.0], [pytest.approx(10.0)]]
    limits = [line["yAxis"] for line in weekly["series"][0]["markLine"]["data"]]
    assert limits == [10, -10]
    unbalance = drawn["Desequilibrio"]
    assert unbalance is not None
    assert unbalance["series"][0]["data"][0] == pytest.approx(0.0, abs=0.01)
    assert drawn["Duración de la carga"] is None  # no power was read
    assert all(options is None for _, options, _ in plots(_ES, report(0, {})))


def _data(options: dict[str, Any] | None) -> list[Any]:
    assert options is not None
    found: list[Any] = options["series"][0]["data"]
    return found


def test_a_load_is_ranked_over_the_share_of_the_time() -> None:
    points = _data(duration_curve(_ES, [10.0, 40.0, 20.0, 30.0, 0.0], "kW"))
    assert points == [[0, 40], [25, 30], [50, 20], [75, 10], [100, 0]]
    assert duration_curve(_ES, [], "kW") is None


def test_a_bar_that_is_not_known_is_a_hole_and_all_unknown_is_no_chart() -> None:
    assert _data(columns(_ES, ["a", "b"], {"": [None, 0.0]}, "A")) == [None, 0.0]
    assert columns(_ES, ["a"], {"x": [None], "y": [None]}, "A") is None
