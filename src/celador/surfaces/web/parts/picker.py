"""Which reclosers: small boxes for a few, a list to search in for a fleet; always a small thing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape

from celador.domain.device import Device
from celador.surfaces.web.parts.controls import chips, group
from celador.surfaces.web.viewer import View

FEW = 12
"""So many reclosers are shown as boxes side by side."""

_NAMED = 3  # so many that are chosen are told by their names


def device_picker(
    view: View, devices: Sequence[Device], chosen: Collection[int], *, single: bool = False,
    all_if_none: bool = False,
) -> str:  # fmt: skip
    """The field `equipo` of a form, as HTML.

    Args:
        view: whose language.
        devices: all that there are.
        chosen: ids of those that are chosen.
        single: exactly one is chosen, and choosing it sends the form.
        all_if_none: where none is chosen, all are meant.
    """
    label = view.t("Recloser") if single else view.t("Reclosers")
    if all_if_none:
        label = view.t("Reclosers (none: all)")
    kind = "radio" if single else "checkbox"
    if len(devices) <= FEW:
        names = {str(each.id): each.name for each in devices}
        return group(label, chips("equipo", names, {str(each) for each in chosen}, kind=kind))
    first = sorted(devices, key=lambda each: each.id not in chosen)
    options = "".join(_option(each, kind, checked=each.id in chosen) for each in first)
    return (
        f'<fieldset class="field finder"><legend>{escape(label)}</legend>'
        f"<details data-finder {_words(view, len(devices), all_if_none=all_if_none)}>"
        f"<summary>{escape(_summary(view, devices, chosen, all_if_none=all_if_none))}</summary>"
        f'<div class="found"><input type="search" data-find autocomplete="off"'
        f' aria-label="{escape(view.t("Name or place"))}"'
        f' placeholder="{escape(view.t("Name or place"))}">'
        f"{'' if single else _buttons(view)}<ul>{options}</ul>"
        f'<p class="note" aria-live="polite"></p></div></details></fieldset>'
    )


def _option(device: Device, kind: str, *, checked: bool) -> str:
    place = f" <small>{escape(device.place)}</small>" if device.place else ""
    return (
        f'<li><label><input type="{kind}" name="equipo" value="{device.id}"'
        f"{' checked' if checked else ''}> <span>{escape(device.name)}</span>{place}</label></li>"
    )


def _words(view: View, count: int, *, all_if_none: bool) -> str:
    """What the page's script says when something is chosen or looked for."""
    words = {
        "none": _none(view, all_if_none=all_if_none),
        "some": view.t("{chosen} of {all}", chosen="#", all=view.number(count)),
        "fits": view.t("{count} match", count="#"),
    }
    return " ".join(f'data-{key}="{escape(text)}"' for key, text in words.items())


def _none(view: View, *, all_if_none: bool) -> str:
    return view.t("all") if all_if_none else view.t("none")


def _summary(
    view: View, devices: Sequence[Device], chosen: Collection[int], *, all_if_none: bool
) -> str:
    names = [each.name for each in devices if each.id in chosen]
    if not names:
        return _none(view, all_if_none=all_if_none)
    if len(names) <= _NAMED:
        return ", ".join(names)
    return view.t(
        "{chosen} of {all}", chosen=view.number(len(names)), all=view.number(len(devices))
    )


def _buttons(view: View) -> str:
    found, none = view.t("Choose all that match"), view.t("Choose none")
    return (
        f'<div class="tools"><button type="button" class="plain" data-choose="found">'
        f'{escape(found)}</button><button type="button" class="plain" data-choose="none">'
        f"{escape(none)}</button></div>"
    )
