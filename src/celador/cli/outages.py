"""`celador outages`: the interruptions of supply, and what people say of them."""

from __future__ import annotations

import getpass
import time
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from celador.cli.asking import leave, tell
from celador.cli.records import (
    AsCsv,
    AsJson,
    Choice,
    ConfigFile,
    Devices,
    English,
    From,
    StoreFile,
    Titles,
    To,
    Zone,
    form_of,
    reading,
    show,
    within,
    worded,
)

if TYPE_CHECKING:
    from datetime import tzinfo

    from celador.domain.outage import Outage
    from celador.domain.reliability.marks import OutageMarks
    from celador.ports import SupplyReader

outage_commands = typer.Typer(invoke_without_command=True)

_AGES = 2**62
OUTAGE_TITLES: Titles = {
    "es": ("comienzo", "± s", "reconectador", "duró", "origen", "clase", "marcas", "calidad"),
    "en": ("began", "± s", "recloser", "lasted", "origin", "class", "marks", "quality"),
}
OUTAGE_BELOW = 4  # of these stand under their row on a narrow terminal


class OriginName(Enum):
    """Whose doing an interruption was, as the list writes it."""

    OWN_FAULT = "propia-falla"
    OWN_ORDER = "propia-maniobra"
    EXTERNAL = "externa"
    UNKNOWN = "desconocida"


class MajeureName(Enum):
    """Where a claim of force majeure stands."""

    NO = "no"
    CLAIMED = "invocada"
    ACCEPTED = "aceptada"


@outage_commands.callback()
def outages(
    context: typer.Context,
    start: From = "-7d",
    end: To = "now",
    device: Devices = None,
    origin: Annotated[
        list[OriginName] | None, typer.Option("--origin", help="Only these; may be repeated.")
    ] = None,
    open_only: Annotated[
        bool, typer.Option("--open", help="Only those that have not ended yet.")
    ] = False,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    english: English = False,
    timezone: Zone = None,
    config: ConfigFile = None,
    store: StoreFile = None,
) -> None:
    """List interruptions of supply beyond each recloser: when, how long, whose doing.

    One began at the time shown or up to ± earlier. Its class is by 3 minutes: what was not seen
    well enough to tell is indeterminada. What people said of one stands under marks; they say it
    with the command mark.

    celador outages --from -30d --device norte

    celador outages --from 2026-09-01 --to 2027-03-01 --csv > interrupciones.csv

    celador outages mark norte "2026-11-20 13:13:38" --planned --note "OT 4711"
    """
    if context.invoked_subcommand is not None:
        return
    from celador.surfaces.record_rows import OUTAGE_COLUMNS, outage_row

    form = form_of(as_json=as_json, as_csv=as_csv)
    with reading(start, end, device, timezone, config, store) as (reader, choice):
        marks = reader.outage_marks()
        wanted = {each.value for each in origin or OriginName}

        def chosen() -> Iterator[Outage]:
            for each in reader.outages(choice.start, choice.end, choice.device_ids):
                if each.origin.value in wanted and not (open_only and each.end is not None):
                    yield each

        show(
            "outages",
            chosen(),
            lambda outage: outage_row(outage, _of(marks, outage), choice),
            lambda outage: outage_line(outage, _of(marks, outage), choice, english=english),
            OUTAGE_TITLES["en" if english else "es"],
            form=form,
            columns=OUTAGE_COLUMNS,
            below=OUTAGE_BELOW,
        )


@outage_commands.command()
def mark(
    device: Annotated[str, typer.Argument(help="Name or id of the recloser.")],
    which: Annotated[
        str, typer.Argument(help="When the interruption began, as the list shows it; or its clave.")
    ],
    planned: Annotated[
        bool | None,
        typer.Option("--planned/--not-planned", help="It was announced, with a work order."),
    ] = None,
    force_majeure: Annotated[
        MajeureName | None,
        typer.Option("--force-majeure", help="Only what the regulator accepted is left out."),
    ] = None,
    note: Annotated[str | None, typer.Option("--note", help="What else there is to say.")] = None,
    by: Annotated[
        str | None, typer.Option("--by", help="Who says so; else who is logged in here.")
    ] = None,
    english: English = False,
    timezone: Zone = None,
    config: ConfigFile = None,
    store: StoreFile = None,
) -> None:
    """Say of an interruption that it was planned, or force majeure; the indices follow it.

    The running monitor carries it out and writes an event that says who said it.

    celador outages mark norte "2026-11-20 13:13:38" --planned --note "OT 4711"

    celador outages mark norte 1763655218000000 --force-majeure invocada
    """
    from celador.cli.export import config_of
    from celador.domain.errors import UsageError
    from celador.domain.reliability.marks import ForceMajeure
    from celador.domain.request import Request, RequestKind

    if planned is None and force_majeure is None and note is None:
        raise UsageError("nothing is said of it; give --planned, --force-majeure or --note")
    settings = config_of(config, store)
    with reading("1970-01-02", "now", [device], timezone, config, store) as (reader, choice):
        outage = _find(reader, choice, device, which)
    request = Request(
        at=time.time_ns() // 1000,
        by=by or getpass.getuser(),
        kind=RequestKind.MARK_OUTAGE,
        device_id=outage.device_id,
        key=outage.key,
        reason=note,
        planned=planned,
        force_majeure=None if force_majeure is None else ForceMajeure(force_majeure.value),
    )
    tell(
        leave(settings, [request]), "en" if english else "es", [choice.name(outage.device_id) or ""]
    )


def _find(reader: SupplyReader, choice: Choice, device: str, which: str) -> Outage:
    """The one interruption that is meant.

    Raises:
        UsageError: there is none, or more than one.
    """
    from celador.domain.errors import UsageError

    every = list(reader.outages(0, _AGES, choice.device_ids))
    if which.isdigit():
        found = [each for each in every if each.key == int(which)]
    else:
        at = _instant(which, choice.zone)
        found = [each for each in every if 0 <= each.start.hi - at < 1_000_000]
    if len(found) == 1:
        return found[0]
    if found:
        keys = " or ".join(str(each.key) for each in found)
        raise UsageError(
            f"{len(found)} interruptions of {device} began then; give its clave: {keys}"
        )
    last = ", ".join(choice.shown(each.start.hi) for each in every[-3:])
    mend = f"the last ones began {last}" if last else "it has none at all"
    raise UsageError(f"no interruption of {device} began at {which}; {mend}")


def _instant(text: str, zone: tzinfo) -> int:
    from celador.surfaces.export import parse_instant

    return parse_instant(text, zone, now=time.time_ns() // 1000)


def _of(marks: Mapping[tuple[int, int], OutageMarks], outage: Outage) -> OutageMarks | None:
    return marks.get((outage.device_id, outage.key))


def outage_line(
    outage: Outage, marks: OutageMarks | None, choice: Choice, *, english: bool
) -> Sequence[str]:
    """For people, one cell per title."""
    from celador.domain.outage import THREE_MINUTES

    def word(stored: str) -> str:
        return worded(stored, english=english)

    known = outage.duration(THREE_MINUTES)
    return (
        choice.shown(outage.start.hi),
        within(outage.start),
        choice.name(outage.device_id) or "",
        _lasted(outage),
        word(outage.origin.value),
        word("en curso" if known is None else known.value),
        ", ".join(map(word, _marks(marks))),
        word(outage.quality.value),
    )


def _lasted(outage: Outage) -> str:
    from celador.domain.operation import least, most

    if outage.end is None:
        return "…"
    shortest, longest = least(outage.start, outage.end), most(outage.start, outage.end)
    if longest is None:
        return f"≥ {_clock(shortest)}"
    if longest - shortest < 1:
        return _clock(longest)
    return f"{_clock(shortest)} … {_clock(longest)}"


def _clock(seconds: float) -> str:
    """Tenths while they mean something; then whole seconds as hours, minutes, seconds."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02} min"


def _marks(marks: OutageMarks | None) -> Sequence[str]:
    from celador.domain.reliability.marks import ForceMajeure

    if marks is None:
        return ()
    said = {True: ["programada"], False: ["no programada"], None: []}[marks.planned]
    if marks.force_majeure is not ForceMajeure.NO:
        said = [*said, f"fuerza mayor {marks.force_majeure.value}"]
    return said
