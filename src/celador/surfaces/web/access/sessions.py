"""Sessions: who has logged in, until when, and on which browsers."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from celador.ports import Clock
from celador.surfaces.web.access import passwords
from celador.surfaces.web.access.audit import Action, AuditTrail, Result
from celador.surfaces.web.access.file import AccessFile
from celador.surfaces.web.access.roles import Identity, Role, Via
from celador.surfaces.web.access.tokens import fingerprint

_HOUR_US = 3_600_000_000
_NOTED_US = 60_000_000  # a session in use is noted once a minute
_MOST = 20  # sessions of one user; older ones end


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long sessions last, hours.

    Attributes:
        idle_h: without any use.
        longest_h: in any case.
    """

    idle_h: float
    longest_h: float


@dataclass(frozen=True, slots=True)
class Session:
    """A session as its owner sees it; instants are UTC in microseconds since 1970.

    Attributes:
        id: `sesiones.id`.
        began: login.
        seen: last use, to the minute.
        expires: when it ends, however much it is used.
        address: where the login came from.
        browser: what the browser said of itself.
    """

    id: int
    began: int
    seen: int
    expires: int
    address: str
    browser: str


class Sessions:
    """The sessions of one file."""

    def __init__(
        self, file: AccessFile, clock: Clock, audit: AuditTrail, lifetimes: Lifetimes
    ) -> None:
        self._file, self._clock, self._audit = file, clock, audit
        self._idle_us = round(lifetimes.idle_h * _HOUR_US)
        self._longest_us = round(lifetimes.longest_h * _HOUR_US)

    def begin(self, name: str, password: str, address: str, browser: str) -> str | None:
        """Log in; takes equally long for a wrong password and for a user who is not there.

        Args:
            name: user name as `normal_name` gives it.
            password: as it was typed.
            address: where the request came from.
            browser: what the browser says of itself.

        Returns:
            The secret for the cookie; None where name and password do not belong together.
        """
        row = self._file.one("password_of", (name,))
        if not passwords.verify(password, row[2] if row else None) or row is None:
            # What was typed as a name may be a password in the wrong field: only names are kept.
            self._audit.write(
                None,
                Action.LOGIN,
                name if row else "",
                result=Result.REFUSED,
                detail="" if row else "usuario desconocido",
                address=address,
            )
            return None
        user_id, role, stored = row
        if passwords.is_outdated(stored):
            renewed = passwords.hash_of(password)
            self._file.all("rehash_password", (renewed, name, stored))
            stored = renewed
        secret, now = secrets.token_urlsafe(32), self._clock.now()
        arguments = (now, now, now + self._longest_us, address[:64], browser[:200])
        with self._file.transaction():
            self._file.all("end_expired", (now, now - self._idle_us))
            made = self._file.one("add_session", (fingerprint(secret), *arguments, user_id, stored))
            if made is None:  # the password was changed, or the user removed, in between
                return None
            self._file.all("end_surplus", (user_id, _MOST))
            self._file.all("note_login", (now, user_id))
            who = Identity(name, Role.of(role), Via.SESSION, user_id, made[0], address)
            self._audit.write(who, Action.LOGIN)
        return secret

    def check(self, secret: str, address: str) -> Identity | None:
        """Whose session it is; None where it is nobody's, or has ended."""
        now = self._clock.now()
        row = self._file.one("session", (fingerprint(secret), now, now - self._idle_us, now))
        if row is None:
            return None
        number, user_id, name, role, seen, _ = row
        self._note(number, seen, now)
        return Identity(name, Role.of(role), Via.SESSION, user_id, number, address)

    def lasts(self, who: Identity) -> bool:
        """Whether the session by which a person is known has not ended; counts as a use of it."""
        now = self._clock.now()
        row = self._file.one("session_seen", (who.key, who.user_id, now, now - self._idle_us))
        if row is not None:
            self._note(who.key, row[0], now)
        return row is not None

    def _note(self, session: int | None, seen: int, now: int) -> None:
        if now - seen > _NOTED_US:
            self._file.all("touch_session", (now, session))

    def of(self, who: Identity) -> list[Session]:
        """Their sessions, the last used first."""
        now = self._clock.now()
        rows = self._file.all("sessions_of", (who.user_id, now, now - self._idle_us))
        return [Session(*row) for row in rows]

    def end(self, who: Identity, session: int) -> bool:
        """End one of a person's own sessions; False where it is not theirs or has ended."""
        with self._file.transaction():
            ended = bool(self._file.all("end_session", (session, who.user_id)))
            if ended:
                own = session == who.key and who.via is Via.SESSION
                self._audit.write(who, Action.LOGOUT if own else Action.END_SESSION)
        return ended
