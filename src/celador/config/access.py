"""The settings of who may enter the control room."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from celador.config.base import Settings

_HostName = Annotated[
    str, StringConstraints(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]*)$")
]


class AccessConfig(Settings):
    """Under which names the room is asked for, and how often programs may ask.

    Attributes:
        names: names of the room besides its addresses, localhost and the machine's own name.
        api_per_minute: requests a minute that one token may make of the REST API.
    """

    names: tuple[_HostName, ...] = ()
    api_per_minute: Annotated[int, Field(ge=6, le=100_000)] = 600
