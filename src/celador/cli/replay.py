"""`celador replay`: a timeline through the whole pipeline, as fast as it goes."""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from celador.cli.bar import progress
from celador.cli.records import Choice, English, Zone

if TYPE_CHECKING:
    from celador.app import Monitor
    from celador.config import Config, DeviceConfig, NotifyConfig
    from celador.domain.alarm import Alarm
    from celador.domain.writing import Language
    from celador.sources.timeline import Timeline
    from celador.surfaces.notify.kept import KeptMessage
    from celador.surfaces.replay import Found

_ALARM_TITLES = {
    "es": ("comienzo", "prioridad", "código", "estado", "cese", "alarma"),
    "en": ("raised", "priority", "code", "state", "gone", "alarm"),
}
_MESSAGE_TITLES = {"es": ("enviado", "a", "mensaje"), "en": ("sent", "to", "message")}
_QUEUE = 2_000  # records; the disk is waited for beyond it, so that nothing is ever dropped
_END = 2**62
_RULES = {
    "reclaim_s": "reclaim_s",
    "co_counted_at": "co_counted_at",
    "source_side": "source_side",
    "nominal_voltage": "nominal_voltage_v",
    "customers": "customers",
    "kva": "kva",
}


@dataclass
class _End:
    """The last monitor of a replay, how its rules stood when it stopped, and what was told.

    Attributes:
        running: the monitor.
        messages: what would have gone out.
        waiting: notices that wait for their hour.
    """

    running: Monitor | None = None
    messages: Sequence[KeptMessage] = ()
    waiting: int = 0

    def state(self) -> tuple[str, int]:
        """The state of the machine and the difference to the device's counter."""
        for poller in () if self.running is None else self.running.pollers.values():
            if poller.watch is not None:
                return poller.watch.context.state.value, poller.watch.audit.difference
        return "", 0


def replay(
    file: Annotated[
        Path, typer.Argument(help="The timeline; docs/repeticion.md tells its format.")
    ],
    every: Annotated[
        float,
        typer.Option("--every", help="Seconds between two polls of everything.", min=0.1, max=3600),
    ] = 1.0,
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="Poll and judge as this configuration says."),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option("--device", help="Which of its reclosers; else the first."),
    ] = None,
    store: Annotated[
        Path | None, typer.Option("--store", help="Keep the store here; a new file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    english: English = False,
    timezone: Zone = None,
) -> None:
    """Run a recorded or written timeline through the whole pipeline, with its clock turned fast.

    Operations, interruptions, alarms and events come out as they would of a device that did the
    same, and the messages that would have gone out; nothing is sent to anybody. Where the file says
    what must be on record at this polling period, it is compared, and the command ends with 1 where
    something differs.

    celador replay lockout.txt

    celador replay noche.txt --config celador.toml --device norte --store noche.db
    """
    from celador.domain.errors import UsageError
    from celador.sources.timeline import load_timeline
    from celador.surfaces.export import local_timezone, parse_timezone
    from celador.surfaces.replay import differences

    zone = parse_timezone(timezone) if timezone is not None else local_timezone()
    timeline = load_timeline(file)
    if store is not None and store.exists():
        raise UsageError(f"{store} is there already; a replay needs a new file, name another one")
    logging.basicConfig(level=logging.ERROR)
    with _place(store) as path:
        settings = _settings(timeline, path, every, config, device, timezone)
        zero, end = _play(timeline, settings)
        found = _read(path, end)
        period = settings.polling_of(settings.devices[0]).status_s
        lines = timeline.expected.get(period)
        wrong = None if lines is None else differences(lines, found, period=period, zero=zero)
        names = {each.id: each.name for each in settings.devices}
        choice = Choice(0, _END, (), names, zone)
        if as_json:
            _print_json(found, end, wrong, choice)
        else:
            _print_tables(found, end, choice, english=english)
            _print_end(found, wrong)
    if wrong:
        raise typer.Exit(1)


@contextmanager
def _place(store: Path | None) -> Iterator[Path]:
    if store is not None:
        yield store
        return
    with tempfile.TemporaryDirectory(prefix="celador-replay-") as folder:
        yield Path(folder) / "replay.db"


def _settings(
    timeline: Timeline,
    path: Path,
    every: float,
    config: Path | None,
    device: str | None,
    timezone: str | None,
) -> Config:
    """A configuration with one recloser, a store of its own and nowhere to send anything.

    Raises:
        UsageError: the device is not in the configuration.
        ConfigError: the configuration cannot be used, or a rule of the file cannot.
    """
    from celador.config import HistorianConfig, StoreConfig

    base, chosen = _base(every, config, device)
    own = StoreConfig(path=path, retention_days=None, max_disk_share=0.99)
    return base.model_copy(
        update={
            "store": own,
            "historian": HistorianConfig(),
            "notify": _channels(base.notify, chosen.name, timezone),
            "devices": (_with_rules(chosen, timeline),),
        }
    )


def _channels(notify: NotifyConfig, device: str, timezone: str | None) -> NotifyConfig:
    """The channels that hear of this recloser; where there are none at all, one as it comes."""
    from celador.config import ChannelConfig

    hearing = [
        each.model_copy(update={"devices": (device,) if each.devices else ()})
        for each in notify.channels
        if not each.devices or device in each.devices
    ]
    if not notify.channels:
        hearing = [ChannelConfig(name="canal", kind="webhook")]
    zone = notify.timezone if timezone is None else timezone
    return notify.model_copy(update={"channels": tuple(hearing), "timezone": zone})


def _base(every: float, config: Path | None, device: str | None) -> tuple[Config, DeviceConfig]:
    from celador.config import Config, DeviceConfig, PollingConfig
    from celador.domain.errors import UsageError

    if config is None:
        if device is not None:
            raise UsageError("--device names a recloser of a configuration; give --config too")
        # Everything at every poll and no bursts, so that a reader knows what was seen when.
        polling = PollingConfig().model_copy(
            update={
                "status_s": every,
                "analog_s": every,
                "counters_s": every,
                "burst_duration_s": 0.0,
                "burst_period_s": every,
                "burst_counters_at_s": (),
                "backoff_first_s": every / 2,
                "backoff_max_s": every / 2,
            }
        )
        return Config(collector="repeticion", polling=polling), DeviceConfig(
            id=1, name="repetición", host="127.0.0.1"
        )
    from celador.cli.export import config_of

    loaded = config_of(config, None)
    for each in loaded.devices:
        if device in (None, each.name, str(each.id)):
            return loaded, each
    wanted = "no recloser" if device is None else f"no recloser {device}"
    raise UsageError(f"{config} has {wanted}; name one of its [[devices]]")


def _with_rules(device: DeviceConfig, timeline: Timeline) -> DeviceConfig:
    from pydantic import ValidationError

    from celador.config import DeviceConfig
    from celador.domain.errors import TimelineError

    fields: dict[str, Any] = device.model_dump()
    for name, value in timeline.rules.items():
        if name not in _RULES:
            raise TimelineError(
                f"{timeline.name}: there is no rule {name}; use one of {', '.join(_RULES)}"
            )
        fields[_RULES[name]] = value
    try:
        return DeviceConfig(**fields)
    except ValidationError as error:
        first = error.errors()[0]
        raise TimelineError(f"{timeline.name}: rules {first['loc'][0]}: {first['msg']}") from None


def _play(timeline: Timeline, config: Config) -> tuple[int, _End]:
    """Play it; returns the instant 0 of the file and how the rules stood at the end."""
    from celador import app
    from celador.loop import run
    from celador.replaying import Player
    from celador.surfaces.notify.kept import Keeper

    player, end = Player(timeline, config.polling_of(config.devices[0]).status_s), _End()
    keeper = Keeper(player.clock)
    end.messages = keeper.messages

    @asynccontextmanager
    async def begin() -> AsyncIterator[None]:
        source = player.source()
        async with app.monitor(config, player.clock, lambda _: source, keeper.sender) as running:
            end.running, player.clock.others = running, running.settled
            yield
            player.clock.others = None
            await running.settled()

    async def go(shown: Callable[[float], None]) -> None:
        async def told(share: float) -> None:
            shown(share)
            if end.running is not None and end.running.store.health().queued > _QUEUE:
                await end.running.store.flush()

        await player.play(begin, told)

    with progress("replaying") as shown:
        run(go(shown))
    end.waiting = _waiting(config.store.path)
    return player.zero, end


def _waiting(store: Path) -> int:
    from celador.surfaces.notify.listing import entries
    from celador.surfaces.notify.queue import queue_path

    queue = queue_path(store)
    if not queue.is_file():  # no channel hears of this recloser
        return 0
    return sum(each.state == "pendiente" for each in entries(queue, 0, _END))


def _read(path: Path, end: _End) -> Found:
    from celador.stores.sqlite.reader import SqliteReader
    from celador.surfaces.replay import Found

    reader = SqliteReader(path)
    try:
        return Found(
            list(reader.operations(0, _END)),
            list(reader.outages(0, _END)),
            list(reader.events(0, _END)),
            list(reader.alarms(0, _END)),
            *end.state(),
        )
    finally:
        reader.close()


def _print_json(found: Found, end: _End, wrong: Sequence[str] | None, choice: Choice) -> None:
    from celador.surfaces.record_rows import alarm_row, event_row, operation_row, outage_row

    typer.echo(
        json.dumps(
            {
                "operations": [operation_row(each, choice) for each in found.operations],
                "outages": [outage_row(each, None, choice) for each in found.outages],
                "alarms": [alarm_row(each, choice) for each in found.alarms],
                "events": [event_row(each, choice) for each in found.events],
                "messages": [_message_row(each, choice) for each in end.messages],
                "waiting": end.waiting,
                "state": found.state,
                "difference": found.difference,
                "not_as_expected": wrong,
            },
            ensure_ascii=False,
        )
    )


def _message_row(kept: KeptMessage, choice: Choice) -> Mapping[str, Any]:
    message = kept.message
    return {
        "fecha_hora": choice.when(kept.at),
        "destino": kept.destination,
        "clase": message.kind.value,
        "prioridad": int(message.priority),
        "claves": list(message.keys),
        "asunto": message.text.subject,
        "cuerpo": message.text.body,
    }


def _print_tables(found: Found, end: _End, choice: Choice, *, english: bool) -> None:
    from celador.cli.events import EVENT_TITLES, event_line
    from celador.cli.operations import OPERATION_TITLES, operation_line
    from celador.cli.outages import OUTAGE_BELOW, OUTAGE_TITLES, outage_line
    from celador.cli.tables import print_table

    language: Language = "en" if english else "es"
    tables = (
        ("Maniobras", "Operations", OPERATION_TITLES[language],
         [operation_line(each, choice, english=english) for each in found.operations]),
        ("Interrupciones", "Interruptions", OUTAGE_TITLES[language],
         [outage_line(each, None, choice, english=english) for each in found.outages]),
        ("Alarmas", "Alarms", _ALARM_TITLES[language],
         [_alarm_line(each, choice, english=english) for each in found.alarms]),
        ("Eventos", "Events", EVENT_TITLES[language],
         [event_line(each, choice, english=english) for each in found.events]),
        ("Mensajes", "Messages", _MESSAGE_TITLES[language],
         [_message_line(each, choice) for each in end.messages]),
    )  # fmt: skip
    for title_es, title, columns, lines in tables:
        typer.echo(title if english else title_es)
        print_table(columns, lines, below=OUTAGE_BELOW if title == "Interruptions" else 1)
        if title == "Messages" and end.waiting:
            typer.echo(f"Waiting for their hour, not sent: {end.waiting}")
        typer.echo()


def _print_end(found: Found, wrong: Sequence[str] | None) -> None:
    typer.echo(f"At the end: {found.state}; {_audit(found.difference)}")
    if wrong is None:
        return
    typer.echo("As the file expects." if not wrong else "Not as the file expects:")
    for line in wrong:
        typer.echo(f"  {line}")


def _message_line(kept: KeptMessage, choice: Choice) -> Sequence[str]:
    return choice.shown(kept.at), kept.destination, kept.message.text.subject


def _alarm_line(alarm: Alarm, choice: Choice, *, english: bool) -> Sequence[str]:
    return (
        choice.shown(alarm.began),
        str(int(alarm.priority)),
        alarm.code,
        alarm.state.value,
        choice.shown(alarm.ended),
        alarm.text_en if english else alarm.text_es,
    )


def _audit(difference: int) -> str:
    if difference == 0:
        return "the device's counter and the records agree"
    return f"the device counted {difference:+d} cycles against the records"
