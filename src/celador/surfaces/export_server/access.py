"""Who may ask: whoever knows the token, as a Bearer header or by the cookie that it buys."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping
from pathlib import Path

from celador.domain.errors import ConfigError

TOKEN_VARIABLE = "CELADOR_EXPORT_TOKEN"  # noqa: S105 -- the name of the variable, not a token
COOKIE = "celador_sesion"
SESSION_S = 12 * 3600  # a shift
_SHORTEST = 16


def read_token(environ: Mapping[str, str]) -> str | None:
    """The token that the environment gives; None where it gives none.

    Raises:
        ConfigError: its file cannot be read, both places give one, or it is too short to be safe.
    """
    token, file = environ.get(TOKEN_VARIABLE, ""), environ.get(f"{TOKEN_VARIABLE}_FILE", "")
    if token and file:
        raise ConfigError(f"{TOKEN_VARIABLE} and {TOKEN_VARIABLE}_FILE are both set; unset one")
    if file:
        try:
            token = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            what = getattr(error, "strerror", None) or "not UTF-8 text"
            raise ConfigError(
                f"{TOKEN_VARIABLE}_FILE: {file} cannot be read ({what}); put the token there"
            ) from None
    if not token and not file:
        return None
    if len(token) < _SHORTEST or not token.isascii() or not token.isprintable():
        raise ConfigError(
            f"the token has fewer than {_SHORTEST} characters, or some outside ASCII; "
            "make one with: openssl rand -hex 24"
        )
    return token


class Access:
    """Decides who is let in; without a token everybody who reaches the service is."""

    def __init__(self, token: str | None) -> None:
        self._token = token
        self.open = token is None

    def knows(self, token: str) -> bool:
        """Whether this is the token; takes as long for a wrong one as for the right one."""
        ours = (self._token or "").encode()
        return not self.open and hmac.compare_digest(token.encode("utf-8", "replace"), ours)

    def who(self, authorization: str, cookie: str) -> str | None:
        """How a request is let in: "local", "token" or "session"; None where it is not."""
        if self.open:
            return "local"
        scheme, _, given = authorization.partition(" ")
        if scheme.lower() == "bearer" and self.knows(given.strip()):
            return "token"
        return "session" if self._is_session(cookie) else None

    def new_session(self) -> str:
        """A cookie's value that lets its bearer in for SESSION_S, without telling the token."""
        until = str(int(time.time()) + SESSION_S)
        return f"{until}.{self._seal(until)}"

    def _is_session(self, cookie: str) -> bool:
        until, _, seal = cookie.partition(".")
        if not hmac.compare_digest(seal.encode("utf-8", "replace"), self._seal(until).encode()):
            return False
        return int(until) > time.time()  # sealed by us, so it is a number

    def _seal(self, until: str) -> str:
        message = f"celador export session until {until}".encode("utf-8", "replace")
        return hmac.new((self._token or "").encode(), message, hashlib.sha256).hexdigest()
