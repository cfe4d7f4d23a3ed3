"""The settings of the control room."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, StringConstraints

from celador.config.access import AccessConfig
from celador.config.base import Settings
from celador.domain.link_limits import HOST_PATTERN

_Host = Annotated[str, StringConstraints(min_length=1, max_length=253, pattern=HOST_PATTERN)]
_File = Annotated[Path, Field(strict=False), AfterValidator(Path.expanduser)]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError):
        raise ValueError(
            'must be the name of a time zone, like "America/Argentina/Buenos_Aires"'
        ) from None
    return name


class WebConfig(Settings):
    """The pages in the browser.

    Attributes:
        enabled: whether `celador run` serves them too; `celador web` serves them in any case.
        host: address to listen at.
        port: TCP port to listen at.
        certificate: file with the TLS certificate (PEM) and those between it and its authority.
        key: file with its private key; both or none.
        behind_proxy: a proxy on this machine ends TLS and says who asks (X-Forwarded-For, -Proto).
        time_zone: IANA name of the zone of times for who has not chosen one; None for this
            machine's.
        session_idle_h: hours without use after which a session ends.
        session_longest_h: hours after which a session ends in any case.
        access: names of the room, and how often programs may ask.
    """

    enabled: bool = False
    host: _Host = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65_535)] = 8080
    certificate: _File | None = None
    key: _File | None = None
    behind_proxy: bool = False
    time_zone: Annotated[str, AfterValidator(_known_zone)] | None = None
    session_idle_h: Annotated[float, Field(gt=0, le=720)] = 12.0
    session_longest_h: Annotated[float, Field(gt=0, le=8760)] = 168.0
    access: AccessConfig = AccessConfig()
