"""The page for people: a form without scripts, which works on any browser of the last ten years."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from html import escape
from importlib.resources import files

from celador.domain.device import Device, labels
from celador.domain.errors import UsageError
from celador.domain.quantities import MEASUREMENT_NAMES
from celador.surfaces.export import parse_timezone

_CSS = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
_CSS_HASH = base64.b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()

POLICY = (
    f"default-src 'none'; style-src 'sha256-{_CSS_HASH}'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""What a browser may load for these pages: their own style, and nothing else."""

_FEW = 12  # reclosers; more go into a list that scrolls
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WINDOWS = (
    ("15min", "15 minutos"),
    ("1min", "1 minuto"),
    ("5min", "5 minutos"),
    ("1h", "1 hora"),
    ("1d", "1 día"),
    ("", "cada muestra guardada"),
)
_COLUMNS = (
    ("", "Habituales (ia a fp, estado, calidad)"),
    ("ia,ib,ic,in_res,estado,calidad", "Corrientes"),
    ("va,vb,vc,vr,vs,vt,vab,vbc,vca,vrs,vst,vtr,estado,calidad", "Tensiones de ambos lados"),
    (
        "p_act,p_react,s_apar,fp,p_a,p_b,p_c,q_a,q_b,q_c,s_a,s_b,s_c,fp_a,fp_b,fp_c,estado,calidad",
        "Potencias, total y por fase",
    ),
    (",".join((*MEASUREMENT_NAMES, "estado", "calidad")), "Todas"),
)
_PERIODS = (("hoy", "Hoy"), ("semana", "Esta semana"), ("mes", "Este mes"))


@dataclass(frozen=True, slots=True)
class Shelf:
    """What there is to be had.

    Attributes:
        devices: every recloser.
        span: first and last instant, UTC in microseconds since 1970; None for no samples.
        zone: zone of all times.
    """

    devices: Sequence[Device]
    span: tuple[int, int] | None
    zone: tzinfo


def form_page(shelf: Shelf, chosen: Mapping[str, Sequence[str]], now: int) -> str:
    """The form.

    Args:
        shelf: what there is.
        chosen: fields as they were sent, to be shown again; `periodo` sets the range.
        now: the present, UTC in microseconds since 1970.
    """

    def one(name: str, default: str) -> str:
        return next(iter(chosen.get(name, ())), default)

    period = one("periodo", "" if "from" in chosen else "hoy")
    zone = _zone(one("timezone", ""), shelf.zone)
    first, last = _range(period, now, zone)
    start, end = (first, last) if period else (one("from", first), one("to", last))
    presets = "".join(
        f'<button name="periodo" value="{value}" formaction="/" formnovalidate '
        f'aria-pressed="{str(value == period).lower()}">{text}</button>'
        for value, text in _PERIODS
    )
    comma = one("decimal", "comma")
    # Enter presses the first button of a form: it must be the download, not a period.
    return _document(
        "Exportar mediciones",
        f"""<form class="export" method="get" action="/export.xlsx">
<button hidden></button>
<fieldset><legend>Período</legend>
<div class="row" role="group" aria-label="Períodos usuales">{presets}</div>
<div class="pair">
<div>{_input("from", "Desde", "datetime-local", start)}</div>
<div>{_input("to", "Hasta (sin incluirlo)", "datetime-local", end)}</div>
</div>
<div class="field">{
            _input("timezone", "Zona horaria", "text", one("timezone", str(shelf.zone)))
        }</div>
</fieldset>
<fieldset><legend>Equipos</legend>{_devices(shelf.devices, chosen.get("device", ()))}
<p class="hint">Sin marcar ninguno, todos.</p></fieldset>
<fieldset><legend>Qué filas</legend>
<div class="field"><label for="every">Una fila cada</label>
<select id="every" name="every">{_options(_WINDOWS, one("every", "15min"))}</select></div>
<p class="hint">En un intervalo, cada valor es el promedio de sus muestras, y «muestras» dice
cuántas hubo: 0 es un hueco.</p></fieldset>
<fieldset><legend>Qué columnas</legend>
<div class="field"><label for="columns">Columnas de mediciones</label>
<select id="columns" name="columns">{_options(_COLUMNS, one("columns", ""))}</select></div>
<div class="field"><label for="decimal">Decimales en el CSV</label>
<select id="decimal" name="decimal">{
            _options(
                (
                    ("comma", "con coma, para Excel en español (13,2)"),
                    ("point", "con punto (13.2)"),
                ),
                comma,
            )
        }</select></div></fieldset>
<div class="card wide get">
<button class="main" formaction="/export.xlsx">Descargar para Excel</button>
<button formaction="/export.csv">CSV</button><button formaction="/export.parquet">Parquet</button>
<p class="hint">Una celda vacía es un dato que no hubo, nunca un cero.</p></div>
</form>""",
        _span_text(shelf, zone),
    )


def enter_page(problem: str | None = None) -> str:
    """The page that asks for the token."""
    notice = f'<p class="notice" role="alert">{escape(problem)}</p>' if problem else ""
    return _document(
        "Entrar",
        f"""<form class="card enter" method="post" action="/entrar">{notice}
<p>Para descargar mediciones hace falta la clave de exportación. La tiene quien instaló Celador
(<span class="num">CELADOR_EXPORT_TOKEN</span>).</p>
<div class="field">{_input("token", "Clave", "password", "")}</div>
<button class="main">Entrar</button></form>""",
    )


def refusal_page(sentence: str) -> str:
    """A page that says why there is no file."""
    return _document(
        "No se pudo exportar",
        f'<p class="notice" role="alert">{escape(sentence)}</p>'
        '<p><a href="/">Volver a la página de exportación</a></p>',
    )


def _range(period: str, now: int, zone: tzinfo) -> tuple[str, str]:
    """First and last instant of today, this week (from Monday) or this month, as inputs hold it."""
    today = (_EPOCH + timedelta(microseconds=now)).astimezone(zone).date()
    start, end = today, today + timedelta(days=1)
    if period == "semana":
        start = today - timedelta(days=today.weekday())
        end = start + timedelta(days=7)
    elif period == "mes":
        start = today.replace(day=1)
        end = (start + timedelta(days=31)).replace(day=1)
    return f"{start}T00:00", f"{end}T00:00"


def _zone(asked: str, usual: tzinfo) -> tzinfo:
    """The zone of the page's times; what is no zone stays in its field until it is sent."""
    try:
        return parse_timezone(asked) if asked else usual
    except UsageError:
        return usual


def _span_text(shelf: Shelf, zone: tzinfo) -> str:
    if shelf.span is None:
        return "Todavía no hay mediciones guardadas."
    first, last = (
        (_EPOCH + timedelta(microseconds=at)).astimezone(zone).strftime("%d/%m/%Y %H:%M")
        for at in shelf.span
    )
    return f"Hay mediciones desde <time>{first}</time> hasta <time>{last}</time>"


def _devices(devices: Sequence[Device], chosen: Sequence[str]) -> str:
    if not devices:
        return '<p class="hint">Todavía no hay equipos.</p>'
    shown = labels(devices)
    marked = {each.id for each in devices if each.name in chosen or str(each.id) in chosen}
    if len(devices) > _FEW:
        options = "".join(
            f'<option value="{each.id}"{" selected" if each.id in marked else ""}>'
            f"{escape(_title(each, shown[each.id]))}</option>"
            for each in devices
        )
        return (
            '<label for="device">Uno o varios (Ctrl)</label>'
            f'<select id="device" name="device" multiple>{options}</select>'
        )
    boxes = "".join(
        f'<label class="choice"><input type="checkbox" name="device" value="{each.id}"'
        f"{' checked' if each.id in marked else ''}>{escape(_title(each, shown[each.id]))}</label>"
        for each in devices
    )
    return f'<div class="choices">{boxes}</div>'


def _title(device: Device, label: str) -> str:
    return f"{label} · {device.place}" if device.place else label


def _options(choices: Sequence[tuple[str, str]], chosen: str) -> str:
    return "".join(_option(value, text, value == chosen) for value, text in _with(choices, chosen))


def _with(choices: Sequence[tuple[str, str]], chosen: str) -> Iterator[tuple[str, str]]:
    """The choices, and the one that somebody wrote into the address by hand."""
    yield from choices
    if chosen not in dict(choices):
        yield chosen, chosen


def _option(value: str, text: str, selected: bool) -> str:
    return (
        f'<option value="{escape(value)}"{" selected" if selected else ""}>{escape(text)}</option>'
    )


def _input(name: str, label: str, kind: str, value: str) -> str:
    needed = "" if name == "timezone" else " required"
    more = ' autocomplete="current-password"' if kind == "password" else ""
    return (
        f'<label for="{name}">{label}</label>'
        f'<input id="{name}" name="{name}" type="{kind}" value="{escape(value)}"{needed}{more}>'
    )


def _document(title: str, body: str, beside: str = "") -> str:
    return f"""<!doctype html>
<html lang="es"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>{title} · Celador</title><style>{_CSS}</style></head>
<body><header><b>CELADOR</b><h1>{title}</h1><p>{beside}</p></header>
<main>{body}</main>
<footer>Celador solo lee: nada de lo que se haga aquí llega a un equipo.</footer></body></html>
"""
