"""`celador alarms`: what asks for a person, and what people do about it."""

from __future__ import annotations

import getpass
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from celador.cli.asking import leave, tell
from celador.cli.records import (
    AsCsv,
    AsJson,
    Choice,
    ConfigFile,
    Devices,
    English,
    StoreFile,
    Titles,
    Zone,
    form_of,
    reading,
    show,
)

if TYPE_CHECKING:
    from celador.domain.alarm import Alarm
    from celador.domain.request import RequestKind
    from celador.ports import FullReader

alarm_commands = typer.Typer(invoke_without_command=True)

Which = Annotated[
    str, typer.Argument(help="Number of the open alarm in the list, or its clave.", metavar="KEY")
]
By = Annotated[str | None, typer.Option("--by", help="Who does it; else who is logged in here.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in your own words.")]

TITLES: Titles = {
    "es": ("#", "comienzo", "reconectador", "prioridad", "estado", "alarma"),
    "en": ("#", "began", "recloser", "priority", "state", "alarm"),
}
_SHORTEST = 3  # digits of a number; fewer would soon mean another alarm


@alarm_commands.callback()
def alarms(
    context: typer.Context,
    start: Annotated[
        str | None,
        typer.Option("--from", help="History from this instant on; else those that are open."),
    ] = None,
    end: Annotated[str, typer.Option("--to", help="Instant before which it ends.")] = "now",
    device: Devices = None,
    priority: Annotated[
        list[int] | None,
        typer.Option("--priority", min=1, max=4, help="Only these; may be repeated."),
    ] = None,
    state: Annotated[
        list[str] | None,
        typer.Option("--state", help="Only these (UNACK, ACK, SHLVD ...); may be repeated."),
    ] = None,
    code: Annotated[
        list[str] | None, typer.Option("--code", help="Only these codes; may be repeated.")
    ] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    english: English = False,
    timezone: Zone = None,
    config: ConfigFile = None,
    store: StoreFile = None,
) -> None:
    """List the open alarms, the most urgent first; with --from the alarms of a time.

    States (ISA-18.2): UNACK nobody has seen it; ACK seen, still there; RTNUN and LATCH_UNACK gone,
    nobody has seen it; LATCH_ACK gone, waits for a reset; SHLVD put away for a time; DSUPR another
    alarm speaks for it; OOSRV out of service; NORM over.

    celador alarms

    celador alarms --from -7d --priority 1 --csv > alarmas.csv

    celador alarms ack 538 --by ana
    """
    if context.invoked_subcommand is not None:
        return
    from celador.surfaces.record_rows import ALARM_COLUMNS, alarm_row

    form = form_of(as_json=as_json, as_csv=as_csv)
    state, code = ([word.upper() for word in words or ()] for words in (state, code))
    _check(state, code)
    with reading(start or "1970-01-02", end, device, timezone, config, store) as (reader, choice):
        numbers = _numbers(reader.open_alarms())

        def chosen() -> Iterator[Alarm]:
            for alarm in _listed(reader, choice, history=start is not None):
                if (
                    (not priority or int(alarm.priority) in priority)
                    and (not state or alarm.state.value in state)
                    and (not code or alarm.code in code)
                ):
                    yield alarm

        show(
            "alarms",
            chosen(),
            lambda alarm: alarm_row(alarm, choice),
            lambda alarm: _line(alarm, choice, numbers, english=english),
            TITLES["en" if english else "es"],
            form=form,
            columns=ALARM_COLUMNS,
            below=1,
        )


@alarm_commands.command("ack")
def acknowledge(
    which: Annotated[
        str | None, typer.Argument(help="Number in the list, or its clave.", metavar="[KEY]")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every open alarm that nobody has acknowledged.")
    ] = False,
    by: By = None,
    english: English = False,
    config: ConfigFile = None,
    store: StoreFile = None,
) -> None:
    """Say that you have seen an alarm.

    celador alarms ack 538

    celador alarms ack --all --by ana
    """
    from celador.domain.errors import UsageError
    from celador.domain.request import RequestKind

    if (which is None) != every:
        raise UsageError("give the alarm or --all; celador alarms lists them")
    targets = _unseen(config, store) if which is None else _find(which, config, store)
    if not targets:
        typer.echo("There is no alarm that nobody has acknowledged.")
        return
    _ask(RequestKind.ACKNOWLEDGE, targets, by, config, store, english=english)


@alarm_commands.command()
def shelve(
    which: Which,
    reason: Reason,
    hours: Annotated[
        float, typer.Option("--hours", min=0.02, max=12, help="For how long, 12 at most.")
    ] = 1.0,
    by: By = None,
    english: English = False,
    config: ConfigFile = None,
    store: StoreFile = None,
) -> None:
    """Put an alarm away for a time, with the reason; then it comes back by itself.

    celador alarms shelve 538 --hours 4 --reason "cuadrilla en camino"
    """
    from celador.domain.request import RequestKind

    found = _find(which, config, store)
    until = time.time_ns() // 1000 + round(hours * 3_600_000_000)
    kind = RequestKind.SHELVE
    _ask(kind, found, by, config, store, english=english, reason=reason, until=until)


@alarm_commands.command()
def unshelve(
    which: Which,
    by: By = None,
    english: English = False,
    config: ConfigFile = None,
    store: StoreFile = None,
) -> None:
    """Take an alarm back that was put away."""
    from celador.domain.request import RequestKind

    _ask(RequestKind.UNSHELVE, _find(which, config, store), by, config, store, english=english)


@alarm_commands.command("out-of-service")
def out_of_service(
    which: Which,
    reason: Reason,
    by: By = None,
    english: English = False,
    config: ConfigFile = None,
    store: StoreFile = None,
) -> None:
    """Take an alarm out of service while somebody works on it; it stays so until put back."""
    from celador.domain.request import RequestKind

    found = _find(which, config, store)
    _ask(RequestKind.OUT_OF_SERVICE, found, by, config, store, english=english, reason=reason)


@alarm_commands.command("in-service")
def in_service(
    which: Which,
    by: By = None,
    english: English = False,
    config: ConfigFile = None,
    store: StoreFile = None,
) -> None:
    """Put an alarm back in service."""
    from celador.domain.request import RequestKind

    _ask(RequestKind.IN_SERVICE, _find(which, config, store), by, config, store, english=english)


@alarm_commands.command()
def reset(
    which: Which,
    by: By = None,
    english: English = False,
    config: ConfigFile = None,
    store: StoreFile = None,
) -> None:
    """Reset a latched alarm that was acknowledged and whose condition has gone."""
    from celador.domain.request import RequestKind

    _ask(RequestKind.RESET, _find(which, config, store), by, config, store, english=english)


@alarm_commands.command("catalogue")
def show_catalogue(
    device: Annotated[
        str | None, typer.Option("--device", help="As it holds for this recloser, by its name.")
    ] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    english: English = False,
    config: ConfigFile = None,
) -> None:
    """Show what can be raised: priority, limit, delays, latch, and what to do about it.

    What is not judged on a recloser says why: the setting that is missing, or that it is expected.

    celador alarms catalogue

    celador alarms catalogue --device norte --config celador.toml
    """
    from celador.cli.alarm_catalogue import print_catalogue

    form = form_of(as_json=as_json, as_csv=as_csv)
    print_catalogue(device, config, form=form, language="en" if english else "es")


def _check(states: Sequence[str], codes: Sequence[str]) -> None:
    from celador.domain.alarm import AlarmState
    from celador.domain.alarms.catalogue import catalogue
    from celador.domain.errors import UsageError

    known = [state.value for state in AlarmState]
    for state in states:
        if state not in known:
            raise UsageError(f"there is no state {state}; choose one of {', '.join(known)}")
    for code in codes:
        if code not in catalogue():
            raise UsageError(f"there is no alarm {code}; celador alarms catalogue lists them")


def _listed(reader: FullReader, choice: Choice, *, history: bool) -> Iterator[Alarm]:
    if history:
        yield from reader.alarms(choice.start, choice.end, choice.device_ids)
        return
    for alarm in reader.open_alarms():
        if not choice.device_ids or alarm.device_id in choice.device_ids:
            yield alarm


def _numbers(open_alarms: Sequence[Alarm]) -> Mapping[tuple[int | None, int], str]:
    """The last digits of each clave, as many as tell it apart from the others that are open.

    Not its place in the list, since that would be another alarm's as soon as one more is raised.
    """
    claves = [str(each.key) for each in open_alarms]
    return {
        (each.device_id, each.key): next(
            (
                clave[-digits:]
                for digits in range(_SHORTEST, len(clave))
                if sum(other.endswith(clave[-digits:]) for other in claves) == 1
            ),
            clave,
        )
        for each, clave in zip(open_alarms, claves, strict=True)
    }


def _line(
    alarm: Alarm,
    choice: Choice,
    numbers: Mapping[tuple[int | None, int], str],
    *,
    english: bool,
) -> Sequence[str]:
    return (
        numbers.get((alarm.device_id, alarm.key), ""),
        choice.shown(alarm.began),
        choice.name(alarm.device_id) or alarm.subject,
        str(int(alarm.priority)),
        alarm.state.value,
        _sentence(alarm, choice, english=english),
    )


def _sentence(alarm: Alarm, choice: Choice, *, english: bool) -> str:
    """What it is, and what has become of it since it was raised."""
    from celador.domain.alarm import AlarmState
    from celador.domain.alarms.catalogue import catalogue

    def say(es: str, en: str) -> str:
        return en if english else es

    said = [say(alarm.text_es, alarm.text_en).rstrip(".")]
    if alarm.repeats:
        often, last = alarm.repeats, choice.shown(alarm.came_back)
        times = say("una vez", "once") if often == 1 else say(f"{often} veces", f"{often} times")
        said.append(say(f"volvió {times}", f"came back {times}"))
        if last:
            said[-1] += say(f", la última {last}", f", last {last}") if often > 1 else f", {last}"
    kind = catalogue().get(alarm.code)
    if alarm.ended is not None and not (kind and kind.moment):
        said.append(say("cesó ", "gone ") + choice.shown(alarm.ended))
    if alarm.acknowledged is not None:
        said.append(say("reconocida por ", "acknowledged by ") + alarm.acknowledged.by)
    if alarm.shelved is not None and alarm.state is AlarmState.SHELVED:
        by, until = alarm.shelved.by, choice.shown(alarm.shelved_until)
        said.append(say(f"apartada por {by} hasta {until}", f"shelved by {by} until {until}"))
    if alarm.out_of_service is not None:
        said.append(say("fuera de servicio por ", "out of service by ") + alarm.out_of_service.by)
    if alarm.reason:
        said.append(f"«{alarm.reason}»")
    return "; ".join(said)


def _open(config: Path | None, store: Path | None) -> Sequence[tuple[Alarm, str]]:
    """Every open alarm, and the name of its recloser; "" where it has none."""
    with reading("1970-01-02", "now", None, None, config, store) as (reader, choice):
        return [(each, choice.name(each.device_id) or "") for each in reader.open_alarms()]


def _unseen(config: Path | None, store: Path | None) -> Sequence[tuple[Alarm, str]]:
    from celador.domain.alarm import AlarmState

    wanted = (AlarmState.UNACK, AlarmState.RETURNED_UNACK, AlarmState.LATCHED_UNACK)
    return [each for each in _open(config, store) if each[0].state in wanted]


def _find(which: str, config: Path | None, store: Path | None) -> Sequence[tuple[Alarm, str]]:
    """The open alarm of a number of the list, or of a clave.

    Raises:
        UsageError: there is none, or more than one.
    """
    from celador.domain.errors import UsageError

    listed = _open(config, store)
    numbers = _numbers([alarm for alarm, _ in listed])
    found = [
        (alarm, name)
        for alarm, name in listed
        if which in (str(alarm.key), numbers[alarm.device_id, alarm.key])
    ]
    if len(found) != 1:
        what = "several open alarms have" if found else "no open alarm has"
        raise UsageError(f"{what} the number {which}; celador alarms lists them with their numbers")
    return found


def _ask(
    kind: RequestKind,
    alarms: Sequence[tuple[Alarm, str]],
    by: str | None,
    config: Path | None,
    store: Path | None,
    *,
    english: bool,
    reason: str | None = None,
    until: int | None = None,
) -> None:
    from celador.cli.export import config_of
    from celador.domain.request import Request

    requests = [
        Request(
            at=time.time_ns() // 1000,
            by=by or getpass.getuser(),
            kind=kind,
            device_id=alarm.device_id,
            key=alarm.key,
            reason=reason,
            until=until,
        )
        for alarm, _ in alarms
    ]
    language: Literal["es", "en"] = "en" if english else "es"
    tell(leave(config_of(config, store), requests), language, [name for _, name in alarms])
