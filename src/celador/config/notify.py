"""Settings of the notifications: whom to tell of alarms and operations, over what, when."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import tzinfo
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, SecretStr, StringConstraints

from celador.config.base import Settings, secret_in
from celador.domain.alarm import Priority
from celador.domain.link_limits import HOST_PATTERN
from celador.domain.notices.hours import DigestTimes, Hours
from celador.domain.notices.routing import Channel, Operations, Outside

PriorityName = Literal["critical", "high", "medium", "log"]
DayName = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_DAYS: tuple[DayName, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|(24):(00))")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def _span(text: str) -> str:
    if not _SPAN.fullmatch(text):
        raise ValueError('must be two times of the day, like "07:00-22:00"')
    return text


def _clock_or_hourly(text: str) -> str:
    if text != "hourly" and not _CLOCK.fullmatch(text):
        raise ValueError('must be a time of the day, like "08:00", or "hourly"')
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise ValueError(
            'must be the name of a time zone, like "America/Argentina/Cordoba"'
        ) from None
    return name


def _address(text: str) -> str:
    if not re.fullmatch(r"[^\s@,;<>]+@[^\s@,;<>]+", text):
        raise ValueError('must be an e-mail address, like "guardia@cooperativa.example"')
    return text


def _web(text: str) -> str:
    if not re.fullmatch(r"https?://\S+", text):
        raise ValueError("must begin with http:// or https://")
    return text.rstrip("/")


Text = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^\S(.*\S)?$")]
Host = Annotated[str, StringConstraints(min_length=1, max_length=253, pattern=HOST_PATTERN)]
Address = Annotated[str, AfterValidator(_address)]
SecretFile = Annotated[Path, Field(strict=False), AfterValidator(Path.expanduser)]
Days = Annotated[tuple[DayName, ...], Field(min_length=1)]


class ChannelConfig(Settings):
    """One way to tell people, and of what it tells them.

    Attributes:
        name: short name, unique.
        kind: e-mail over SMTP, a Telegram bot, a webhook that takes JSON, or any other service that
            Apprise knows.
        language: of its messages.
        least_priority: the least urgent that it hears of.
        devices: names of reclosers; empty for all, and for alarms without recloser too.
        codes: patterns of alarm codes; empty for all.
        days: on which `hours` begin.
        hours: when it may be told, by [notify]'s clock; the end may lie on the next day.
        outside_hours: whether the rest waits until the hours begin, or is left to another channel.
        critical_always: what is critical goes out whatever the hours.
        digest: priorities told together at `digest_at`.
        digest_at: a time of the day, or "hourly".
        returns: whether it hears that an alarm has gone.
        operations: which operations it hears of when they have ended.
        max_per_hour: most messages in an hour; beyond it they are put together.
        timeout_s: longest silence of its server, s.
        host: SMTP server.
        port: its TCP port; None for the usual one of `tls`.
        tls: STARTTLS, TLS from the first byte, or none.
        user: who logs in there; None for no login.
        password: from the environment alone.
        password_file: a file that holds nothing else, read anew for each message.
        from_address: the sender.
        to: the recipients; each gets a message of its own.
        token: of the Telegram bot, from the environment alone.
        token_file: as `password_file`.
        chat_ids: Telegram chats; each gets a message of its own.
        url: of the webhook, or Apprise's, from the environment alone.
        url_file: as `password_file`.
    """

    name: Text = "correo"
    kind: Literal["email", "telegram", "webhook", "apprise"] = "email"
    language: Literal["es", "en"] = "es"
    least_priority: PriorityName = "medium"
    devices: tuple[Text, ...] = ()
    codes: tuple[Text, ...] = ()
    days: Days = _DAYS
    hours: Annotated[str, AfterValidator(_span)] = "00:00-24:00"
    outside_hours: Literal["hold", "skip"] = "hold"
    critical_always: bool = True
    digest: tuple[PriorityName, ...] = ()
    digest_at: Annotated[str, AfterValidator(_clock_or_hourly)] = "08:00"
    returns: bool = True
    operations: Literal["none", "lockouts", "all"] = "lockouts"
    max_per_hour: Annotated[int, Field(ge=1, le=3600)] = 30
    timeout_s: Annotated[float, Field(ge=1, le=300)] = 20.0
    host: Host | None = None
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    tls: Literal["starttls", "tls", "none"] = "starttls"
    user: Text | None = None
    password: SecretStr | None = None
    password_file: SecretFile | None = None
    from_address: Address | None = None
    to: tuple[Address, ...] = ()
    token: SecretStr | None = None
    token_file: SecretFile | None = None
    chat_ids: tuple[Text, ...] = ()
    url: SecretStr | None = None
    url_file: SecretFile | None = None

    @property
    def secret_name(self) -> Literal["password", "token", "url"]:
        """Which of the secrets its kind needs."""
        if self.kind == "email":
            return "password"
        return "token" if self.kind == "telegram" else "url"

    def read_secret(self) -> str | None:
        """Its password, token or URL; None where there is none.

        Raises:
            ConfigError: the file with it cannot be read.
        """
        name = self.secret_name
        file: Path | None = getattr(self, f"{name}_file")
        if file is not None:
            return secret_in(file, f"notify.channels ({self.name}): {name}_file", name)
        value: SecretStr | None = getattr(self, name)
        return None if value is None else value.get_secret_value()

    def rules(self, device_ids: Mapping[str, int], zone: tzinfo) -> Channel:
        """What it hears of, and when.

        Args:
            device_ids: id of each recloser, by name.
            zone: whose clock `hours` and `digest_at` mean.
        """
        begin, end = _minutes(self.hours)
        at = None if self.digest_at == "hourly" else _minutes(self.digest_at)[0]
        return Channel(
            name=self.name,
            hours=Hours(zone, frozenset(map(_DAYS.index, self.days)), begin, end),
            digests=DigestTimes(zone, at),
            language=self.language,
            least=_priority(self.least_priority),
            devices=frozenset(device_ids[name] for name in self.devices),
            codes=self.codes,
            critical_always=self.critical_always,
            outside=Outside(self.outside_hours),
            digest=frozenset(map(_priority, self.digest)),
            returns=self.returns,
            operations=Operations(self.operations),
            per_hour=self.max_per_hour,
        )


class NotifyConfig(Settings):
    """Who is told of alarms and operations.

    Attributes:
        timezone: whose clock messages and hours follow; None for this machine's.
        web_url: where people reach Celador's screens, for the links; None for none.
        expire_h: age at which a message that could not be sent is given up and told as such, h.
        channels: whom to tell; none for nobody.
    """

    timezone: Annotated[str, AfterValidator(_zone)] | None = None
    web_url: Annotated[str, AfterValidator(_web)] | None = None
    expire_h: Annotated[float, Field(ge=0.1, le=720)] = 24.0
    channels: tuple[ChannelConfig, ...] = ()


def _priority(name: PriorityName) -> Priority:
    return Priority[name.upper()]


def _minutes(text: str) -> tuple[int, ...]:
    return tuple(60 * int(hour) + int(minute) for hour, minute in re.findall(r"(\d+):(\d+)", text))
