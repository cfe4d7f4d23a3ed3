"""Whether a request comes from our own pages: the names we answer to, and who sent the browser."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence

from starlette.datastructures import Headers

_SAFE = frozenset(("GET", "HEAD", "OPTIONS"))


class OriginCheck:
    """Knows the names under which we may be asked for."""

    def __init__(self, names: Sequence[str]) -> None:
        """Take the names.

        Args:
            names: besides addresses, localhost and the name of this machine.
        """
        own = ("localhost", socket.gethostname(), *names)
        self._names = frozenset(name.casefold().rstrip(".") for name in own)

    def refusal(
        self, scheme: str, method: str, headers: Headers, *, tls: bool
    ) -> tuple[int, str] | None:
        """Why a request is not answered; None where it may be.

        Args:
            scheme: "http" or "websocket".
            method: of HTTP.
            headers: of the request.
            tls: whether the browser speaks to us over TLS.

        Returns:
            The HTTP status and a sentence with the mend.
        """
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._is_ours(hosts[0]):
            # Another's name that leads to our address would make its pages ours (DNS rebinding).
            name = hosts[0] if hosts else ""
            return 421, f"{name!r} is no name of this server; add it to web.access.names"
        if self._is_foreign(scheme, method, headers, hosts[0], tls=tls):
            return 403, "this request was sent by another site; open the page here and try again"
        return None

    def _is_ours(self, host: str) -> bool:
        name = _name_of(host)
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name in self._names
        return True  # an address cannot be made to lead elsewhere

    @staticmethod
    def _is_foreign(scheme: str, method: str, headers: Headers, host: str, *, tls: bool) -> bool:
        origin = headers.get("origin")
        if origin is not None:
            kind, separator, place = origin.partition("://")
            if tls and kind != "https":
                return True  # a page under our name that came in plain is whoever's is on the line
            return not separator or _without_default_port(place) != _without_default_port(host)
        if scheme == "websocket":
            return True  # browsers always tell; others use the API
        site = headers.get("sec-fetch-site", "")
        if site in ("cross-site", "same-site"):
            # A link from elsewhere may lead here, and nothing else.
            opens = headers.get("sec-fetch-mode") == "navigate" and method in _SAFE
            return not opens or headers.get("sec-fetch-dest") != "document"
        if method in _SAFE or site in ("same-origin", "none"):
            return False
        return not headers.get("authorization", "").lower().startswith("bearer ")


def _name_of(host: str) -> str:
    """The name or address without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0].partition("%")[0]
    return host.partition(":")[0].casefold().rstrip(".")


def _without_default_port(place: str) -> str:
    return place.casefold().removesuffix(":443").removesuffix(":80")
