"""What the pages of the data room share: what was asked for, their style, their scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nicegui import context, ui
from starlette.datastructures import QueryParams

from celador.domain.device import Device
from celador.surfaces.web.assets import module, stylesheet
from celador.surfaces.web.viewer import View


def asked() -> QueryParams:
    """The query of the page in the making, with fields that came more than once."""
    return context.client.request.query_params


def chosen_devices(wanted: Sequence[str], devices: Sequence[Device]) -> list[Device]:
    """The devices of an address's ids, in the order of the list; unknown ones are left out."""
    return [each for each in devices if str(each.id) in wanted]


@dataclass(frozen=True, slots=True)
class RowNames:
    """How files for programs write names and instants: local, to the millisecond, with offset.

    Attributes:
        view: whose clock.
        names: of the reclosers, by id.
    """

    view: View
    names: Mapping[int, str]

    def when(self, at: int | None, *, seconds: bool = False) -> str:
        """An instant; nothing for none."""
        if at is None:
            return ""
        return self.view.local(at).isoformat(" ", "seconds" if seconds else "milliseconds")

    def name(self, device_id: int | None) -> str:
        """A recloser's name; nothing for a record of the whole collector."""
        return "" if device_id is None else self.names.get(device_id, str(device_id))


def dress() -> None:
    """Style and scripts of these pages."""
    ui.add_head_html(stylesheet("datos.css") + module("datos.js") + module("elegir.js"))
