"""Guessing slows down; nobody is locked out by others; memory stays bounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celador.surfaces.web.access import limiter
from celador.surfaces.web.access.limiter import LoginLimiter, RateLimiter, place_of


class Hand:
    """A clock's hand."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def waits(attempts: int, login: LoginLimiter, hand: Hand, name: str = "ana") -> list[float]:
    """What each wrong attempt had to wait, made as soon as it may be."""
    found = []
    for _ in range(attempts):
        wait = login.begin(name, "10.0.0.1")
        found.append(wait)
        if wait:
            hand.at += wait
            assert login.begin(name, "10.0.0.1") == 0.0
    return found


def test_three_free_then_doubling_up_to_a_quarter_of_an_hour() -> None:
    hand = Hand()
    found = waits(14, LoginLimiter(hand), hand)
    assert found[:3] == [0.0, 0.0, 0.0]
    assert found[3:] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 900.0]


def test_many_at_once_do_not_slip_through() -> None:
    login = LoginLimiter(Hand())
    assert sum(login.begin("ana", "10.0.0.1") == 0.0 for _ in range(100)) == 3


def test_one_place_is_stopped_whatever_names_it_tries() -> None:
    login = LoginLimiter(Hand())
    assert sum(login.begin(f"user{n}", "10.0.0.1") == 0.0 for n in range(1000)) == 10


def test_an_owner_waits_at_most_half_a_minute_when_a_thousand_places_guess() -> None:
    hand = Hand()
    login = LoginLimiter(hand)
    for n in range(1000):
        login.begin("ana", f"10.1.{n // 250}.{n % 250}")
    assert 0.0 < login.begin("ana", "10.0.0.1") <= 30.0
    hand.at += 30.0
    assert login.begin("ana", "10.0.0.1") == 0.0


def test_a_login_forgets_the_failures_of_its_place() -> None:
    login = LoginLimiter(Hand())
    for _ in range(50):
        assert login.begin("ana", "10.0.0.1") == 0.0
        login.succeeded("ana", "10.0.0.1")


def test_an_hour_of_peace_forgets() -> None:
    hand = Hand()
    login = LoginLimiter(hand)
    for _ in range(8):
        hand.at += login.begin("ana", "10.0.0.1")
    hand.at += 3601.0
    assert [login.begin("ana", "10.0.0.1") for _ in range(3)] == [0.0, 0.0, 0.0]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiter, "_MOST", 100)
    login = LoginLimiter(Hand())
    for n in range(2000):
        login.begin(f"user{n}", f"2001:db8:{n:x}::1")
    kept = (login._of_place, login._of_both, login._of_name)
    assert [len(each._counts) for each in kept] == [100, 100, 100]


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("", ""),
    ],
)
def test_what_one_person_holds_is_one_place(address: str, place: str) -> None:
    assert place_of(address) == place


@given(st.lists(st.floats(0.0, 30.0), max_size=200))
def test_no_minute_has_more_than_the_rate_and_its_burst(pauses: list[float]) -> None:
    hand, granted = Hand(), []
    rate = RateLimiter(60, hand)
    for pause in pauses:
        hand.at += pause
        if rate.take("a") == 0.0:
            granted.append(hand.at)
    for begin in granted:
        assert sum(begin <= at < begin + 60.0 for at in granted) <= 60 + 10


def test_the_wait_told_is_enough() -> None:
    hand = Hand()
    rate = RateLimiter(60, hand)
    while (wait := rate.take("a")) == 0.0:
        pass
    hand.at += wait + 1e-6
    assert rate.take("a") == 0.0
    assert rate.take("b") == 0.0
