"""Users: their names, roles and passwords."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from celador.domain.errors import AccessError
from celador.ports import Clock
from celador.surfaces.web.access import passwords
from celador.surfaces.web.access.audit import Action, AuditTrail
from celador.surfaces.web.access.file import AccessFile
from celador.surfaces.web.access.roles import Identity, Role

_NAME = re.compile(r"[\w][\w.@+-]{0,63}")
RESERVED = "local"  # who sits at this machine where no login is asked for


@dataclass(frozen=True, slots=True)
class User:
    """A person who may enter; instants are UTC in microseconds since 1970.

    Attributes:
        id: `usuarios.id`, never given to another.
        name: user name, in small letters.
        role: what they may do.
        created: when they were added.
        password_changed: when their password was last changed.
        last_login: None where they never entered.
    """

    id: int
    name: str
    role: Role
    created: int
    password_changed: int
    last_login: int | None


def normal_name(name: str) -> str:
    """A user name as it is kept: one spelling, small letters.

    Raises:
        AccessError: it is no name.
    """
    found = unicodedata.normalize("NFKC", name).strip().casefold()
    if not _NAME.fullmatch(found) or found == RESERVED:
        raise AccessError(
            f"{name!r} cannot be a user name; take 1 to 64 letters, digits, and . _ - + @, "
            f"and not {RESERVED!r}"
        )
    return found


class Users:
    """The users of one file. Whatever changes here is written to the audit trail with it."""

    def __init__(self, file: AccessFile, clock: Clock, audit: AuditTrail) -> None:
        self._file, self._clock, self._audit = file, clock, audit

    def count(self) -> int:
        """How many there are."""
        return int(self._file.all("count_users")[0][0])

    def all(self) -> list[User]:
        """Everybody, by name."""
        return [_user(row) for row in self._file.all("users")]

    def find(self, name: str) -> User | None:
        """The user of a name; None where there is none."""
        try:
            row = self._file.one("user_named", (normal_name(name),))
        except AccessError:
            return None
        return None if row is None else _user(row)

    def get(self, name: str) -> User:
        """The user of a name.

        Raises:
            AccessError: there is none.
        """
        found = self.find(name)
        if found is None:
            names = ", ".join(user.name for user in self.all()) or "nobody yet"
            raise AccessError(f"there is no user {name!r}; there is: {names}")
        return found

    def password_hash(self, name: str) -> str | None:
        """What a password is verified against; None where there is no such user."""
        row = self._file.one("password_of", (name,))
        return None if row is None else str(row[2])

    def add(self, name: str, role: Role, password: str, by: Identity) -> None:
        """Add a user.

        Raises:
            AccessError: the name is taken or none, or the password is too weak.
        """
        name = normal_name(name)
        passwords.ensure_strong(password, name)
        hashed, now = passwords.hash_of(password), self._clock.now()
        with self._file.transaction():
            if not self._file.all("add_user", (name, role.stored, hashed, now, now)):
                raise AccessError(
                    f"there is a user {name!r} already; change the password with: "
                    f"celador users passwd {name}"
                )
            self._audit.write(by, Action.ADD_USER, name, detail=role.stored)

    def set_password(self, name: str, password: str, by: Identity) -> None:
        """Give a user another password; all their sessions end.

        Raises:
            AccessError: there is no such user, or the password is too weak.
        """
        user = self.get(name)
        passwords.ensure_strong(password, user.name)
        hashed = passwords.hash_of(password)
        with self._file.transaction():
            self._changed(
                user.name, "set_password", (hashed, self._clock.now(), user.name), keep=False
            )
            own = by.user_id == user.id
            self._audit.write(by, Action.OWN_PASSWORD if own else Action.SET_PASSWORD, user.name)

    def set_role(self, name: str, role: Role, by: Identity) -> None:
        """Give a user another role; all their sessions end.

        Raises:
            AccessError: there is no such user, or nobody would be administrator.
        """
        user = self.get(name)
        with self._file.transaction():
            if role is not Role.ADMINISTRATOR:
                self._ensure_another_administrator(user)
            self._changed(user.name, "set_role", (role.stored, user.name), keep=False)
            self._audit.write(by, Action.SET_ROLE, user.name, detail=role.stored)

    def remove(self, name: str, by: Identity) -> None:
        """Remove a user with their sessions and tokens; what they did stays in the audit trail.

        Raises:
            AccessError: there is no such user, or nobody would be administrator.
        """
        user = self.get(name)
        with self._file.transaction():
            self._ensure_another_administrator(user)
            self._changed(user.name, "remove_user", (user.name,), keep=True)
            self._audit.write(by, Action.REMOVE_USER, user.name)

    def _changed(self, name: str, query: str, arguments: tuple[object, ...], *, keep: bool) -> None:
        """Run a change of one user, who may have gone meanwhile, and end their sessions."""
        row = self._file.one(query, arguments)
        if row is None:
            raise AccessError(
                f"the user {name!r} has just been removed; look at: celador users list"
            )
        if not keep:
            self._file.all("end_sessions_of", row)

    def _ensure_another_administrator(self, user: User) -> None:
        (others,) = self._file.all("other_administrators", (user.name,))[0]
        if not others and user.role is Role.ADMINISTRATOR:
            raise AccessError(
                f"{user.name} is the only administrator; make another first with: "
                "celador users add NAME --role administrator"
            )


def _user(row: tuple[object, ...]) -> User:
    number, name, role, created, changed, last = row
    return User(number, name, Role.of(str(role)), created, changed, last)  # type: ignore[arg-type]  # the schema is STRICT
