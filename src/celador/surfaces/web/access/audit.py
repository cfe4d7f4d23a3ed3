"""The audit trail: who did what, when, from where, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from celador.ports import Clock
from celador.surfaces.web.access.file import AccessFile
from celador.surfaces.web.access.roles import Identity, Role, Via

KEPT_DAYS = 1825
_DAY_US = 86_400_000_000
_LONGEST = 500  # characters of what comes from outside


class Action(Enum):
    """What people do; the column `accion`, and the role that it needs."""

    LOGIN = ("ingresar", Role.VIEWER)
    LOGOUT = ("salir", Role.VIEWER)
    END_SESSION = ("terminar sesión", Role.VIEWER)
    OWN_PASSWORD = ("cambiar clave propia", Role.VIEWER)
    EXPORT = ("exportar", Role.VIEWER)
    ACKNOWLEDGE = ("reconocer alarma", Role.OPERATOR)
    SHELVE = ("apartar alarma", Role.OPERATOR)
    UNSHELVE = ("reponer alarma", Role.OPERATOR)
    OUT_OF_SERVICE = ("sacar alarma de servicio", Role.OPERATOR)
    IN_SERVICE = ("devolver alarma al servicio", Role.OPERATOR)
    RESET = ("restablecer alarma", Role.OPERATOR)
    MARK_OUTAGE = ("marcar interrupción", Role.OPERATOR)
    SIMULATE = ("manejar simulador", Role.OPERATOR)
    ADD_USER = ("agregar usuario", Role.ADMINISTRATOR)
    REMOVE_USER = ("quitar usuario", Role.ADMINISTRATOR)
    SET_PASSWORD = ("cambiar clave", Role.ADMINISTRATOR)
    SET_ROLE = ("cambiar rol", Role.ADMINISTRATOR)
    ADD_TOKEN = ("crear ficha", Role.ADMINISTRATOR)
    REVOKE_TOKEN = ("revocar ficha", Role.ADMINISTRATOR)

    def __init__(self, stored: str, needs: Role) -> None:
        self.stored = stored
        self.needs = needs


class Result(Enum):
    """The column `resultado`."""

    DONE = "hecho"
    REFUSED = "rechazado"  # not allowed
    FAILED = "fallido"  # allowed, but it could not be done


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One row of `auditoria`.

    Attributes:
        at: when, UTC in microseconds since 1970.
        user: user name; None for nobody who is known.
        via: how the person was known.
        address: where the request came from; None from the console.
        action: the column `accion`.
        thing: what it was done to, such as a user or an alarm.
        result: what came of it.
        detail: more, for people.
    """

    at: int
    user: str | None
    via: Via
    address: str | None
    action: str
    thing: str
    result: Result
    detail: str = ""


class AuditTrail:
    """Writes and reads the rows; they are never changed."""

    def __init__(self, file: AccessFile, clock: Clock) -> None:
        self._file, self._clock = file, clock

    def write(
        self,
        who: Identity | None,
        action: Action,
        thing: str = "",
        *,
        result: Result = Result.DONE,
        detail: str = "",
        address: str | None = None,
    ) -> None:
        """Add a row; it is durable when this returns.

        Args:
            who: who did it; None for nobody who is known.
            action: what.
            thing: to what.
            result: what came of it.
            detail: more, for people; never a password or a token.
            address: where it came from, where `who` does not tell.

        Raises:
            StoreError: it could not be written.
        """
        self._file.all(
            "add_audit",
            (
                self._clock.now(),
                who.name if who else None,
                (who.via if who else Via.SESSION).value,
                (who.address if who else address) or None,
                action.stored,
                _plain(thing),
                result.value,
                _plain(detail),
            ),
        )

    def read(self, start: int, end: int, limit: int = 1000) -> list[AuditRow]:
        """The rows of [start, end), newest first, at most `limit`."""
        return [
            AuditRow(at, user, Via(via), address, action, thing, Result(result), detail)
            for at, user, via, address, action, thing, result, detail in self._file.all(
                "audit", (start, end, limit)
            )
        ]

    def trim(self) -> None:
        """Delete rows older than KEPT_DAYS."""
        self._file.all("trim_audit", (self._clock.now() - KEPT_DAYS * _DAY_US,))


def _plain(text: str) -> str:
    """Text from outside as one harmless line."""
    short = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return "".join(sign if sign.isprintable() else "�" for sign in short)
