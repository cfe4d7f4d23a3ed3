"""The last hour in memory: as it is seen, as it is read back, and as the fleet draws it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from celador.clock import TurnedClock
from celador.domain.device import Device
from celador.domain.sample import Quality, Sample, SwitchState
from celador.stores.sqlite.reader import SqliteReader
from celador.stores.sqlite.store import SqliteStore
from celador.surfaces.live import Live
from celador.surfaces.minutes import COUNT, MINUTE, Bucket, Minutes
from celador.surfaces.web.pages.recloser import recall
from celador.surfaces.web.services import History

_SECOND = 1_000_000
_START = 30_000_000 * MINUTE


def _amps(at: int, amps: float) -> Sample:
    values = {"ia": amps, "ib": amps - 1, "ic": amps - 2}
    return Sample(1, at, values, SwitchState.CLOSED, Quality.GOOD)


@given(
    st.lists(
        st.tuples(st.integers(0, 200), st.none() | st.integers(0, 600), st.booleans()), max_size=60
    )
)
def test_what_is_kept_of_the_peaks_is_what_the_samples_say(
    story: list[tuple[int, int | None, bool]],
) -> None:
    """Samples come at any time, late ones too, and the picture is looked at in between."""
    minutes, newest = Minutes(("ia",)), 0
    told: dict[int, list[int]] = {}
    for minute, amps, looked_at in story:
        newest = max(newest, minute)
        minutes.add(_START + minute * MINUTE, {"ia": amps})
        if amps is not None and minute >= newest - COUNT:
            told.setdefault(minute, []).append(amps)
        if looked_at:
            means = [told.get(each) for each in range(newest - COUNT, newest)]
            assert minutes.peaks(_START + newest * MINUTE) == tuple(
                None if each is None else round(sum(each) / len(each), 1) for each in means
            )


def test_a_minute_that_was_only_glimpsed_does_not_make_the_hour_whole() -> None:
    minutes = Minutes(("ia",))
    for minute in range(COUNT):
        minutes.glimpse(_START + minute * MINUTE, {"ia": float(minute)})
    now = _START + COUNT * MINUTE
    assert minutes.peaks(now) == tuple(map(float, range(COUNT)))
    assert not minutes.complete(now)
    for minute in range(COUNT, 2 * COUNT + 1):
        minutes.add(_START + minute * MINUTE, {"ia": 5.0})
    assert not minutes.complete(_START + (2 * COUNT - 1) * MINUTE)
    assert minutes.complete(_START + 2 * COUNT * MINUTE)


def test_more_quantities_are_kept_from_when_they_were_asked_for() -> None:
    """The fleet's picture stays that of its currents, and a minute nobody saw stays a hole."""
    minutes, now = Minutes(("ia",)), _START + COUNT * MINUTE + 30 * _SECOND
    minutes.add(now - 10 * _SECOND, {"ia": 5.0, "va": 7000.0})
    assert not minutes.complete(now, ("ia", "va"))
    stored = [(_START + place * MINUTE, {"ia": 5.0, "va": 7600.0 + place}) for place in (3, 5)]
    minutes.refill(stored, now, ("ia", "va"))
    assert minutes.complete(now, ("ia", "va"))
    assert not minutes.complete(now, ("p_act",))
    means = {n: each.mean for n, each in enumerate(minutes.series("va", now)) if each is not None}
    assert means == {3: 7603.0, 5: 7605.0}
    minutes.add(now + 10 * _SECOND, {"ia": 6.0, "va": 7700.0})
    later = now + MINUTE
    assert minutes.series("va", later)[-1] == Bucket(7700.0, 7700.0, 7700.0)
    assert minutes.peaks(later)[-1] == 5.5  # of phase A alone


def test_an_hour_without_a_row_keeps_what_comes_and_nothing_seen_meanwhile_is_lost() -> None:
    """What was asked for before the first sample, and a read that lasted into the next minute."""
    minutes, now = Minutes(("ia",)), _START + COUNT * MINUTE + 59 * _SECOND
    minutes.add(now - 5 * _SECOND, {"ia": 5.0, "va": 7000.0})
    minutes.add(now + 2 * _SECOND, {"ia": 9.0, "va": 7100.0})
    before = [(now - second * _SECOND, {"ia": 700.0}) for second in (30, 20, 5)]
    minutes.refill(before, now, ("ia", "va"))
    minutes.add(now + 3 * _SECOND, {"ia": 9.0, "va": 7200.0})
    later = now + 2 * MINUTE
    assert minutes.series("ia", later)[-2:] == [Bucket(700.0, 700.0, 700.0), Bucket(9.0, 9.0, 9.0)]
    assert minutes.series("va", later)[-1] == Bucket(7200.0, 7200.0, 7200.0)
    empty = Minutes(("ia",))
    empty.refill((), now, ("ia", "va"))
    assert not empty.complete(now, ("ia", "va"))  # the rows may come late
    empty.add(now, {"ia": 5.0, "va": 7000.0})
    assert empty.series("va", now + MINUTE)[-1] == Bucket(7000.0, 7000.0, 7000.0)


def test_a_hole_is_asked_for_again_once_a_minute_and_closes_when_its_rows_have_come() -> None:
    """A collector that was cut off for ten minutes sends them when it is back."""
    minutes, now = Minutes(("ia",)), _START + COUNT * MINUTE
    rows = [(_START + place * MINUTE, {"ia": float(place)}) for place in range(COUNT)]
    minutes.refill(rows[:20] + rows[30:], now)
    assert minutes.complete(now + MINUTE - 1)
    minutes.add(now, {"ia": 60.0})
    now += MINUTE
    assert not minutes.complete(now)
    assert minutes.series("ia", now)[19:29] == [None] * 10
    minutes.refill([*rows, (now - MINUTE, {"ia": 60.0})], now)
    assert [each.mean for each in minutes.series("ia", now) if each is not None] == [
        float(place) for place in range(1, COUNT + 1)
    ]
    minutes.add(now, {"ia": 61.0})
    assert minutes.complete(now + MINUTE)  # there is no hole any more


async def test_a_page_opened_before_the_first_sample_draws_what_comes(tmp_path: Path) -> None:
    """Its voltages and its power would be empty until it was opened again."""
    path, device = tmp_path / "celador.db", Device(1, "norte", "", "noja-rc10", 13_200.0)
    now, live, clock = _START + COUNT * MINUTE, Live([device]), TurnedClock(_START)
    store = await SqliteStore.open(path, devices=[device], collector="c", clock=clock)
    await store.close()
    history = History(lambda: SqliteReader(path))
    await recall(history, live.devices[1], now)
    await history.close()
    values = {"ia": 70.0, "va": 7600.0, "p_act": 1500.0}
    live.committed([Sample(1, now, values, SwitchState.CLOSED, Quality.GOOD)])
    for name, value in values.items():
        drawn = live.devices[1].minutes.series(name, now + MINUTE)
        assert drawn[-1] == Bucket(value, value, value)


async def test_a_restart_finds_the_last_hour_of_the_fleet(tmp_path: Path) -> None:
    """Minutes 10 and 12 of the hour are stored, and so is what is older than an hour."""
    path, device = tmp_path / "celador.db", Device(1, "norte", "", "noja-rc10", 13_200.0)
    now = _START + COUNT * MINUTE + 20 * _SECOND
    store = await SqliteStore.open(
        path, devices=[device], collector="c", clock=TurnedClock(now), on_commit=lambda _: None
    )
    at = {10: 100.0, 12: 120.0, -5: 700.0}
    store.add([_amps(_START + minute * MINUTE + 3 * _SECOND, amps) for minute, amps in at.items()])
    await store.close()
    live = Live([device])
    with closing(SqliteReader(path)) as reader:
        live.recall_stored(reader, now)
    peaks = live.devices[1].minutes.peaks(now)
    assert {place: amps for place, amps in enumerate(peaks) if amps is not None} == {
        10: 100.0,
        12: 120.0,
    }
