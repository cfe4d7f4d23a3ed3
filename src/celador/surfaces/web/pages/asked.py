"""What the pages of the data room share: what was asked for, their style, their scripts."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import context, ui
from starlette.datastructures import QueryParams

from celador.domain.device import Device


def asked() -> QueryParams:
    """The query of the page in the making, with fields that came more than once."""
    request = context.client.request
    return request.query_params if request is not None else QueryParams()


def chosen_devices(wanted: Sequence[str], devices: Sequence[Device]) -> list[Device]:
    """The devices of an address's ids, in the order of the list; unknown ones are left out."""
    return [each for each in devices if str(each.id) in wanted]


def dress() -> None:
    """Style and scripts of these pages."""
    ui.add_head_html(
        '<link rel="stylesheet" href="/estatico/datos.css">'
        '<script type="module" src="/estatico/datos.js"></script>'
    )
