"""Passwords: how they are hashed and which are strong enough.

Hashes are Argon2id (RFC 9106) with the second recommended parameter set of its clause 4: 64 MiB of
memory, three passes, four lanes. A hash made with other parameters is renewed at the next login.
Length counts, not the mixture of signs (NIST SP 800-63B, clause 3.1.1.2); what people choose most
often is refused.
"""

from __future__ import annotations

import re
import unicodedata
from importlib.resources import files

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from celador.domain.errors import AccessError

SHORTEST = 12
LONGEST = 256  # characters; more would only make work

_HASHER = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4, type=Type.ID)

# Verified where there is no such user, so that an answer takes as long as for one who is there: the
# hash of random bytes that nobody kept. Made here, every start of a room would wait for it.
_NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$7RRIvccpUahDxgdnEXfCvg"
    "$0bzWLBO1JD23ifo/UAt9pxaUvaINqa2dQi710r+cT1Y"
)

_LEET = str.maketrans("013457@$!|", "oieastasil")
_END = re.compile(r"[\W\d_]+$")
_ENDS = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertyuiop",
    "asdfghjklñ",
    "1qaz2wsx3edc4rfv5tgb6yhn",
    "1q2w3e4r5t6y7u8i9o0p",
)
# Words that people build a password of, with signs and numbers at the ends. What is asked of a
# password before these would be looked up is its length; longer phrases of several words are fine.
_COMMON = frozenset(
    files(__package__).joinpath("common_words.txt").read_text(encoding="utf-8").split()
)


def normal(password: str) -> str:
    """One spelling for what keyboards write differently (NIST SP 800-63B, clause 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def ensure_strong(password: str, user: str) -> None:
    """Return where a password is strong enough.

    Args:
        password: as the person typed it.
        user: their name.

    Raises:
        AccessError: it is not; says why, without the password.
    """
    text = normal(password)
    if not SHORTEST <= len(text) <= LONGEST:
        raise AccessError(
            f"a password has {SHORTEST} to {LONGEST} characters; several words in a row are easy "
            "to remember"
        )
    if not text.isprintable():
        raise AccessError("the password has signs that cannot be typed; take letters and words")
    if is_common(text, user):
        raise AccessError(
            "that password is one of the first that are tried; take several words that do not "
            "belong together"
        )


def is_common(password: str, user: str) -> bool:
    """Whether it is what is tried first: one common word, a row of keys, a repeat."""
    text = password.casefold()
    word = _ENDS.sub("", text)
    words = {word, word.translate(_LEET), _END.sub("", text).translate(_LEET)}
    squeezed = re.sub(r"[\W_]", "", text)
    if len(set(squeezed)) < 5 or words & (_COMMON | {user}) or any(map(_repeats, words)):
        return True
    return any(part in row for row in _runs() for part in (squeezed, word) if len(part) > 3)


def _repeats(text: str) -> bool:
    """Whether it is one unit over and over, such as `claveclave`."""
    return bool(text) and text in (text + text)[1:-1]


def _runs() -> tuple[str, ...]:
    return _ROWS + tuple(row[::-1] for row in _ROWS)


def hash_of(password: str) -> str:
    """The hash to keep; takes tens of milliseconds and 64 MiB."""
    return _HASHER.hash(normal(password))


def verify(password: str, stored: str | None) -> bool:
    """Whether a password is the one of a hash; takes as long where there is no user at all.

    Args:
        password: as the person typed it.
        stored: what `hash_of` gave; None where there is no such user.
    """
    if len(password) > 4 * LONGEST:  # nobody's; spare the work
        password, stored = "", None
    try:
        _HASHER.verify(_NOBODY if stored is None else stored, normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether a hash was made with other parameters than those of today."""
    return _HASHER.check_needs_rehash(stored)
