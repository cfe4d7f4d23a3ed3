"""Reclosers that share a name: a replacement inherits it, and its rows stay apart."""

from __future__ import annotations

import pytest

from celador.domain.device import Device, labels
from celador.domain.errors import UsageError
from celador.ports import SampleQuery
from celador.surfaces.export import choose_devices

OLD = Device(1, "Norte", "", "noja-rc10", 13_200.0)
NEW = Device(7, "Norte", "", "noja-rc10", 13_200.0)
OTHER = Device(2, "Sur", "", "noja-rc10", 13_200.0)
QUERY = SampleQuery(0, 1, ("ia",))


def test_the_id_tells_apart_those_that_share_a_name_and_nobody_else() -> None:
    assert labels([OLD, OTHER, NEW]) == {1: "Norte (1)", 2: "Sur", 7: "Norte (7)"}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [("Norte", (1, 7)), ("Norte (7)", (7,)), ("7", (7,)), ("Sur", (2,))],
)
def test_a_shared_name_means_both(wanted: str, expected: tuple[int, ...]) -> None:
    assert choose_devices(QUERY, [OLD, OTHER, NEW], [wanted]).device_ids == expected


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UsageError, match="did you mean Sur"):
        choose_devices(QUERY, [OLD, OTHER, NEW], ["Surr"])
