"""All of the access in one place: what pages, API, guard and commands stand on."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from celador.domain.errors import AccessError, NotAllowedError
from celador.domain.request import Answer, Request, RequestKind
from celador.ports import Clock, RequestBox
from celador.surfaces.web.access.audit import Action, AuditTrail, Result
from celador.surfaces.web.access.file import AccessFile
from celador.surfaces.web.access.roles import LOCAL, Identity, Role, Via
from celador.surfaces.web.access.sessions import Lifetimes, Sessions
from celador.surfaces.web.access.tokens import Tokens
from celador.surfaces.web.access.users import RESERVED, Users

T = TypeVar("T")

NOBODY = (
    "nobody can log in yet: make the first administrator with: "
    "celador users add NAME --role administrator"
)
_HASHES_AT_ONCE = 2  # each takes 64 MiB and a core for some tens of milliseconds
_HASHES_WAITING = 20

_ACTIONS = {
    RequestKind.ACKNOWLEDGE: Action.ACKNOWLEDGE,
    RequestKind.SHELVE: Action.SHELVE,
    RequestKind.UNSHELVE: Action.UNSHELVE,
    RequestKind.OUT_OF_SERVICE: Action.OUT_OF_SERVICE,
    RequestKind.IN_SERVICE: Action.IN_SERVICE,
    RequestKind.RESET: Action.RESET,
    RequestKind.MARK_OUTAGE: Action.MARK_OUTAGE,
}


class BusyError(AccessError):
    """So many log in at once that one more would have to wait too long."""


class Access:
    """Users, sessions, tokens and audit trail of one store.

    Attributes:
        users: who may enter.
        sessions: who has.
        tokens: of programs.
        audit: what they did.
        login: whether a login is asked for; where not, everybody is LOCAL.
    """

    def __init__(
        self, path: Path, clock: Clock, lifetimes: Lifetimes, *, login: bool = True
    ) -> None:
        """Open the file of users.

        Args:
            path: the file, made where there is none.
            clock: the time.
            lifetimes: of sessions.
            login: whether a login is asked for; without one nobody but this machine may reach us.

        Raises:
            StoreError: it cannot be used.
        """
        self._file = AccessFile(path)
        self.clock = clock
        self.login = login
        self.audit = AuditTrail(self._file, clock)
        self.users = Users(self._file, clock, self.audit)
        self.tokens = Tokens(self._file, clock, self.users, self.audit)
        self.sessions = Sessions(self._file, clock, self.audit, lifetimes)
        self._hashing = ThreadPoolExecutor(_HASHES_AT_ONCE, "password")
        self._waiting = 0
        self.audit.trim()

    async def hashing(self, work: Callable[[], T]) -> T:
        """Run something that hashes a password, beside the event loop.

        Raises:
            BusyError: too many wait already.
        """
        if self._waiting >= _HASHES_WAITING:
            raise BusyError("too many people log in at once; try again in some seconds")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._hashing, work)
        finally:
            self._waiting -= 1

    def current(self, who: Identity) -> Identity | None:
        """The same person as they are now; None where session, token or user have gone since."""
        if who.via is Via.LOCAL:
            return None if self.login else who
        if who.via is Via.CONSOLE:
            return who
        user = self.users.find(who.name)
        if user is None or user.id != who.user_id:
            return None
        if not (self.sessions if who.via is Via.SESSION else self.tokens).lasts(who):
            return None
        return Identity(user.name, user.role, who.via, user.id, who.key, who.address)

    def allow(self, who: Identity, action: Action, thing: str = "", detail: str = "") -> Identity:
        """Check the role and write the audit row; what follows may be done.

        Raises:
            NotAllowedError: the role does not allow it, or the session has ended.
            StoreError: the audit row could not be written; then nothing may be done.
        """
        now = self.current(who)
        if now is None or now.role < action.needs:
            self.audit.write(who, action, thing, result=Result.REFUSED, detail=detail)
            raise NotAllowedError(_why_not(now, action))
        self.audit.write(now, action, thing, detail=detail)
        return now

    async def perform(
        self,
        who: Identity,
        action: Action,
        thing: str,
        act: Callable[[], T | Awaitable[T]],
        detail: str = "",
    ) -> T:
        """Do something in a person's name: check their role, write the audit row, then act.

        Everything that people do goes through here, or through `requests`, which does the same.

        Args:
            who: who asks.
            action: what it is; it knows the role it needs.
            thing: what it is done to.
            act: does it; called in the event loop.
            detail: more for the audit row; never a password or a token.

        Raises:
            NotAllowedError: the role does not allow it, or the session has ended; nothing is done.
            StoreError: the audit row could not be written; nothing is done.
        """
        await asyncio.to_thread(self.allow, who, action, thing, detail)
        try:
            result = act()
            return await result if inspect.isawaitable(result) else result
        except Exception as error:
            self.audit.write(who, action, thing, result=Result.FAILED, detail=str(error))
            raise

    def requests(self, box: RequestBox, who: Identity | None = None) -> RequestBox:
        """A box that takes requests only of those who may make them, and writes it down.

        Args:
            box: where they are left.
            who: the only one whose requests it takes; None: whoever `Request.by` names.
        """
        return _GuardedBox(self, box, who)

    def close(self) -> None:
        """Let the file go."""
        self._hashing.shutdown(wait=True, cancel_futures=True)
        self._file.close()


class _GuardedBox:
    """Checks every request against the role that its author has now; nobody can forget to."""

    def __init__(self, access: Access, box: RequestBox, who: Identity | None) -> None:
        self._access, self._box, self._who = access, box, who

    def put(self, request: Request) -> str:
        """Leave a request in the name of `request.by`; gives its ticket.

        Raises:
            NotAllowedError: their role does not allow it.
            StoreError: it could not be left.
        """
        access, action = self._access, _ACTIONS[request.kind]
        thing = f"{request.device_id if request.device_id is not None else '-'}/{request.key}"
        who = self._author(request.by)
        if who is None or who.role < action.needs:
            access.audit.write(who, action, thing, result=Result.REFUSED)
            raise NotAllowedError(_why_not(who, action))
        access.audit.write(who, action, thing, detail=request.reason or "")
        try:
            return self._box.put(request)
        except Exception as error:
            access.audit.write(who, action, thing, result=Result.FAILED, detail=str(error))
            raise

    def answer(self, ticket: str) -> Answer | None:
        """What became of a request; None while it waits."""
        return self._box.answer(ticket)

    def _author(self, name: str) -> Identity | None:
        if self._who is not None:
            return self._access.current(self._who) if self._who.name == name else None
        if not self._access.login:
            return LOCAL if name == RESERVED else None
        user = self._access.users.find(name)
        return None if user is None else Identity(user.name, user.role, Via.SESSION, user.id)


def _why_not(who: Identity | None, action: Action) -> str:
    if who is None:
        return "the session has ended; log in again"
    needed = Role(action.needs).name.lower()
    return f"{who.name} is {who.role.name.lower()}, and this needs {needed}; ask an administrator"
