"""Tokens: what programs show instead of a password; shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from celador.domain.errors import AccessError
from celador.ports import Clock
from celador.surfaces.web.access.audit import Action, AuditTrail
from celador.surfaces.web.access.file import AccessFile
from celador.surfaces.web.access.roles import Identity, Role, Via
from celador.surfaces.web.access.users import Users

PREFIX = "celador_"  # by which scanners of source code know a token that was committed
_DAY_US = 86_400_000_000
_NOTED_US = 60_000_000  # a token that is used all the time is noted once a minute


def fingerprint(secret: str) -> bytes:
    """What is kept of a token or a session.

    It has 256 random bits, so one round of SHA-256 is enough: there is nothing to guess.
    """
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is listed; instants are UTC in microseconds since 1970.

    Attributes:
        user: whose.
        name: what for.
        created: when it was made.
        expires: None: when it is revoked.
        used: last use, to the minute; None: never.
    """

    user: str
    name: str
    created: int
    expires: int | None
    used: int | None


class Tokens:
    """The tokens of one file."""

    def __init__(self, file: AccessFile, clock: Clock, users: Users, audit: AuditTrail) -> None:
        self._file, self._clock, self._users, self._audit = file, clock, users, audit

    def add(self, user: str, name: str, days: int | None, by: Identity) -> str:
        """Make a token with the role of its user.

        Args:
            user: whose.
            name: what for; different from the user's others.
            days: until it expires; None: when it is revoked.
            by: who makes it.

        Returns:
            The token, which nobody can be told again.

        Raises:
            AccessError: there is no such user, or the name is taken or none.
        """
        name = name.strip()
        if not name or len(name) > 64 or not name.isprintable():
            raise AccessError("a token's name has 1 to 64 characters; say what it is for")
        owner = self._users.get(user)
        token = PREFIX + secrets.token_urlsafe(32)
        now = self._clock.now()
        expires = None if days is None else now + days * _DAY_US
        with self._file.transaction():
            arguments = (fingerprint(token), owner.id, name, now, expires)
            if not self._file.all("add_token", arguments):
                raise AccessError(
                    f"{owner.name} has a token {name!r} already; take another name, or revoke it "
                    f"with: celador users token revoke {owner.name} {name}"
                )
            self._audit.write(by, Action.ADD_TOKEN, f"{owner.name}: {name}")
        return token

    def all(self) -> list[Token]:
        """Every token, by user and name."""
        return [Token(*row) for row in self._file.all("tokens")]

    def revoke(self, user: str, name: str, by: Identity) -> None:
        """Make a token worthless, at once.

        Raises:
            AccessError: there is no such user or token.
        """
        owner = self._users.get(user)
        with self._file.transaction():
            if not self._file.all("revoke_token", (owner.id, name)):
                have = ", ".join(each.name for each in self.all() if each.user == owner.name)
                raise AccessError(
                    f"{owner.name} has no token {name!r}; they have: {have or 'none'}"
                )
            self._audit.write(by, Action.REVOKE_TOKEN, f"{owner.name}: {name}")

    def check(self, token: str, address: str) -> Identity | None:
        """Whose token it is; None for nobody's."""
        if not token.startswith(PREFIX):
            return None
        now = self._clock.now()
        row = self._file.one("token", (fingerprint(token), now))
        if row is None:
            return None
        number, user_id, name, role, used = row
        if used is None or abs(now - used) > _NOTED_US:
            self._file.all("touch_token", (now, number))
        return Identity(name, Role.of(role), Via.TOKEN, user_id, number, address)

    def lasts(self, who: Identity) -> bool:
        """Whether the token by which a program is known is still good."""
        arguments = (who.key, who.user_id, self._clock.now())
        return self._file.one("token_exists", arguments) is not None
