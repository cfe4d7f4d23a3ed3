"""Puts the notifier together from the settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import tzinfo
from zoneinfo import ZoneInfo

from celador.config import ChannelConfig, Config, kinds_of
from celador.domain.alarm import Priority
from celador.domain.alarms.catalogue import catalogue
from celador.domain.errors import ConfigError
from celador.domain.notices.hours import local
from celador.domain.notices.notice import Notice, NoticeKind
from celador.domain.notices.routing import uncovered
from celador.ports import Clock
from celador.stores.sqlite.changes import SqliteChanges
from celador.surfaces.export import local_timezone
from celador.surfaces.notify.apprise_sender import AppriseSender
from celador.surfaces.notify.desk import House
from celador.surfaces.notify.notifier import Notifier
from celador.surfaces.notify.sending import Destination, Sender

_HOUR = 3_600_000_000  # µs
_A_MONDAY = 1_767_571_200_000_000  # 2026-01-05 00:00 UTC


SenderOf = Callable[[ChannelConfig, str | None], Sender]
"""Makes the way to one address of a channel; None where the channel has none."""


def notifier_of(
    config: Config, clock: Clock, sender_of: SenderOf = AppriseSender
) -> Notifier | None:
    """The notifier that the settings describe; None where nobody is to be told."""
    if not config.notify.channels:
        return None
    house = House(
        collector=config.collector,
        zone=zone_of(config),
        web_url=config.notify.web_url,
        expires=round(config.notify.expire_h * _HOUR),
        catalogue=catalogue(),
    )
    return Notifier(
        config.store.path,
        lambda: SqliteChanges(config.store.path),
        destinations_of(config, sender_of),
        house,
        clock,
    )


def zone_of(config: Config) -> tzinfo:
    """Whose clock messages and hours follow."""
    name = config.notify.timezone
    return local_timezone() if name is None else ZoneInfo(name)


def destinations_of(config: Config, sender_of: SenderOf = AppriseSender) -> tuple[Destination, ...]:
    """Every address of every channel."""
    zone, ids = zone_of(config), _ids(config)
    return tuple(
        Destination(name, channel.rules(ids, zone), sender_of(channel, address))
        for channel in config.notify.channels
        for name, address in addresses(channel)
    )


def addresses(channel: ChannelConfig) -> Iterator[tuple[str, str | None]]:
    """The names of a channel's destinations and their addresses; one of None where it has none."""
    several = {"email": channel.to, "telegram": channel.chat_ids}.get(channel.kind)
    if several is None:
        yield channel.name, None
        return
    for address in dict.fromkeys(several):
        yield destination_name(channel, address), address


def destination_name(channel: ChannelConfig, address: str | None) -> str:
    """What a destination is called: the channel's name, and the address behind it."""
    return channel.name if address is None else f"{channel.name}/{address}"


def check_channels(config: Config) -> Iterator[str]:
    """What is wrong with the channels, one sentence each; nothing is sent."""
    for channel in config.notify.channels:
        for _, address in addresses(channel):
            try:
                AppriseSender(channel, address).check()
            except ConfigError as error:
                yield str(error)
                break


def gaps(config: Config) -> Iterator[str]:
    """Critical alarms, as they are configured, that by the rules nobody would hear of.

    One sentence each. They would go to every channel all the same; that is seldom what was meant.
    """
    zone, ids = zone_of(config), _ids(config)
    rules = [channel.rules(ids, zone) for channel in config.notify.channels]
    known: dict[tuple[str, ...], int | None] = {}  # by who wants it, since most are alike
    for device in config.devices:
        for kind in kinds_of(config.alarms.catalogue, device.alarms.catalogue).values():
            if kind.disabled or kind.priority is not Priority.CRITICAL:
                continue
            notice = Notice("", NoticeKind.RAISED, device.id, kind.code, Priority.CRITICAL, 0)
            wanting = [each for each in rules if each.wants(notice)]
            key = tuple(each.name for each in wanting)
            if key not in known:
                known[key] = uncovered(wanting, notice, _A_MONDAY)
            at = known[key]
            if at is not None:
                when = f"{local(at, zone):%A %H:%M}"
                yield (
                    f"on {when} no channel is set to hear of {kind.code} of {device.name}, "
                    "which is critical; all of them would be told"
                )
                break


def _ids(config: Config) -> Mapping[str, int]:
    return {device.name: device.id for device in config.devices}
