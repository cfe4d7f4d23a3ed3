"""Roles, and who is asking."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum


class Role(IntEnum):
    """What a person may do; each role may do all that the one before it may."""

    VIEWER = 1  # look and take data out
    OPERATOR = 2  # acknowledge and shelve alarms, mark interruptions
    ADMINISTRATOR = 3  # everything, such as the configuration and the audit trail

    @property
    def stored(self) -> str:
        """The column `rol`."""
        return _STORED[self]

    @classmethod
    def of(cls, stored: str) -> Role:
        """The role that a row names."""
        return next(role for role, name in _STORED.items() if name == stored)


_STORED = {
    Role.VIEWER: "observador",
    Role.OPERATOR: "operador",
    Role.ADMINISTRATOR: "administrador",
}


class Via(Enum):
    """How a person is known; the column `origen` of `auditoria`."""

    SESSION = "sesion"
    TOKEN = "ficha"  # noqa: S105 -- a word of the schema
    CONSOLE = "consola"
    LOCAL = "local"  # no login is asked for, and only this machine can reach the pages


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks, as the guard has found.

    Attributes:
        name: user name; "local" where no login is asked for.
        role: what they may do.
        via: how they are known.
        user_id: `usuarios.id`; None where no login is asked for.
        key: `sesiones.id` or `fichas.id`, by `via`; None otherwise.
        address: where the request came from.
    """

    name: str
    role: Role
    via: Via
    user_id: int | None = None
    key: int | None = None
    address: str = ""


LOCAL = Identity("local", Role.ADMINISTRATOR, Via.LOCAL)
"""Whoever sits at this machine, where no login is asked for."""
