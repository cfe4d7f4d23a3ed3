"""Passwords: which are refused, and that a hash tells nothing and does not match another."""

from __future__ import annotations

from pathlib import Path

import argon2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from celador.domain.errors import AccessError
from celador.surfaces.web.access import passwords


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "onceletras1",  # eleven
        "password1234",
        "Password123!",
        "P4ssw0rd2026!!",
        "contraseña2026",
        "administrador1",
        "reconectador27",
        "123456789012",
        "abcdefghijkl",
        "lkjihgfedcba",
        "qwertyuiop123",
        "claveclaveclave",
        "aaaaaaaaaaaaaa",
        "abababababab",
        "ana.perez.2026",
        "x" * 257,
        "twelve\x00letters",
    ],
)
def test_what_is_tried_first_is_refused_and_never_repeated(password: str) -> None:
    with pytest.raises(AccessError) as caught:
        passwords.ensure_strong(password, "ana.perez")
    assert password not in str(caught.value)


@pytest.mark.parametrize(
    "password",
    [
        "tres tristes tigres",
        "correcto caballo batería",
        "Kx7#pQ2!vLm9",
        "el ñandú cruza 2 ríos",
        "password de la abuela",
    ],
)
def test_long_phrases_are_taken(password: str) -> None:
    passwords.ensure_strong(password, "ana")


@settings(max_examples=8, deadline=None)
@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40))
def test_a_hash_knows_its_password_and_no_other(one: str, other: str) -> None:
    stored = passwords.hash_of(one)

    assert passwords.verify(one, stored)
    assert passwords.verify(other, stored) == (passwords.normal(one) == passwords.normal(other))
    assert one not in stored or len(one) < 3


def test_two_spellings_of_one_sign_are_one_password() -> None:
    composed, decomposed = "contrase\u00f1a larga", "contrasen\u0303a larga"
    assert composed != decomposed
    assert passwords.verify(decomposed, passwords.hash_of(composed))


def test_the_hash_has_the_parameters_of_rfc_9106() -> None:
    # Clause 4, second recommended option: t=3, p=4, m=2^16 KiB.
    assert passwords.hash_of("whatever it is").startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_second_implementation_agrees() -> None:
    stored = passwords.hash_of("tres tristes tigres")
    assert argon2.low_level.verify_secret(stored.encode(), b"tres tristes tigres", argon2.Type.ID)


def test_hashes_with_older_parameters_are_told() -> None:
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1)
    assert passwords.is_outdated(weak.hash("whatever it is"))
    assert not passwords.is_outdated(passwords.hash_of("whatever it is"))


@pytest.mark.parametrize("stored", [None, "", "$argon2id$nonsense", "plain"])
def test_no_user_and_a_broken_hash_match_nothing(stored: str | None) -> None:
    assert not passwords.verify("nobody has this password", stored)
    assert not passwords.verify("", stored)


def test_an_endless_password_costs_no_endless_work() -> None:
    assert not passwords.verify("x" * 10_000_000, passwords.hash_of("whatever it is"))


def test_the_words_are_kept_sorted_and_once() -> None:
    words = (
        (Path(passwords.__file__).parent / "common_words.txt").read_text(encoding="utf-8").split()
    )
    assert words == sorted(set(words))


def test_an_unknown_user_costs_as_much_work_as_a_known_one() -> None:
    assert not passwords.is_outdated(passwords._NOBODY)
    assert not passwords.verify("nobody has this password", None)
