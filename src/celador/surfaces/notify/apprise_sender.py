"""Sends through Apprise, which knows e-mail, Telegram, webhooks and a hundred more (ADR 0009)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from email.utils import formataddr
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlsplit

from celador.domain.alarm import Priority
from celador.domain.errors import ConfigError
from celador.domain.notices.notice import NoticeKind
from celador.domain.notices.text import Text
from celador.surfaces.notify.reasons import masked, masker, outcome_of
from celador.surfaces.notify.sending import Message, Outcome, Verdict

if TYPE_CHECKING:
    from apprise.plugins.base import NotifyBase

    from celador.config import ChannelConfig

_EMPTY = Text("", "")
_STEPS = 6  # a dialogue over SMTP has about so many steps, each within the timeout


class AppriseSender:
    """One address of one channel; implements `sending.Sender`.

    The secret is read anew for each message, so that a changed password needs no restart.
    """

    def __init__(self, channel: ChannelConfig, address: str | None = None) -> None:
        """Prepare it; nothing is sent or read.

        Args:
            channel: how to reach it.
            address: which of the channel's addresses; None where it has none.
        """
        self._channel = channel
        self._address = address

    @property
    def patience(self) -> float:
        """Seconds after which an attempt that has not ended is given up."""
        return self._channel.timeout_s * _STEPS

    def send(self, message: Message) -> Outcome:
        """Send it and wait for the answer."""
        try:
            secret = self._channel.read_secret()
        except ConfigError as error:
            return Outcome(Verdict.FAILED, str(error))
        pattern = masker([secret] if secret else [])
        try:
            outcome = self._send(message, secret)
        except ConfigError as error:
            outcome = Outcome(Verdict.FAILED, str(error))
        reason = None if outcome.reason is None else masked(outcome.reason, pattern)
        return Outcome(outcome.verdict, reason)

    def check(self) -> None:
        """Find out whether the settings make a channel, without sending anything.

        Raises:
            ConfigError: they do not; the text shows no secret.
        """
        secret = self._channel.read_secret()
        try:
            self._plugin(Message(_EMPTY, Priority.LOG, NoticeKind.TEST), secret)
        except ConfigError as error:
            raise ConfigError(masked(str(error), masker([secret] if secret else []))) from None

    @property
    def server(self) -> str:
        """What to call the other side; never a secret."""
        channel = self._channel
        if channel.kind == "email":
            return f"{channel.host}:{channel.port}" if channel.port else str(channel.host)
        return {"telegram": "Telegram", "webhook": "the webhook"}.get(channel.kind, "the service")

    def _send(self, message: Message, secret: str | None) -> Outcome:
        from apprise import Apprise, NotifyFormat  # noqa: PLC0415 -- heavy; only who sends needs it

        services = Apprise()
        services.add(self._plugin(message, secret))
        result = services.notify(
            title=message.text.subject,
            body=message.text.body,
            notify_type=_type_of(message),
            body_format=NotifyFormat.TEXT,
            log_level=logging.DEBUG,
        )
        if result:
            return Outcome(Verdict.DELIVERED)
        return outcome_of(self.server, [entry.message for entry in result.logs()])

    def _plugin(self, message: Message, secret: str | None) -> NotifyBase:
        """Apprise's object for this channel.

        Raises:
            ConfigError: the settings make none.
        """
        from apprise.exception import AppriseException  # noqa: PLC0415 -- as above

        _keep_quiet()
        make = {"email": self._email, "telegram": self._telegram, "webhook": self._webhook}
        try:
            return make.get(self._channel.kind, self._any)(message, secret)
        except (AppriseException, TypeError, ValueError) as error:
            raise ConfigError(
                f"channel {self._channel.name}: {error}; check its settings"
            ) from None

    def _email(self, message: Message, secret: str | None) -> NotifyBase:
        from apprise.plugins.email import NotifyEmail  # noqa: PLC0415 -- as above

        channel = self._channel
        if not (secret or "").isascii() or not (channel.user or "").isascii():
            raise ValueError("the login of SMTP carries plain letters only, no ñ and no accents")
        headers = {"X-Celador-Aviso": " ".join(message.keys)[:900], "X-Priority": "1"}
        if message.priority is not Priority.CRITICAL:
            del headers["X-Priority"]
        return NotifyEmail(
            **self._common(),
            host=channel.host,
            smtp_host=channel.host,
            port=channel.port,
            secure=channel.tls != "none",
            secure_mode={"tls": "ssl", "none": "insecure"}.get(channel.tls, channel.tls),
            user=None if channel.user is None else quote(channel.user, safe=""),
            password=None if secret is None else quote(secret, safe=""),
            from_addr=formataddr(("Celador", channel.from_address or "")),
            targets=[self._address],
            headers=headers,
            format="text",
        )

    def _telegram(self, _message: Message, secret: str | None) -> NotifyBase:
        from apprise.plugins.telegram import NotifyTelegram  # noqa: PLC0415 -- as above

        plugin = NotifyTelegram(
            **self._common(), bot_token=secret, targets=[self._address], detect_owner=False
        )
        if not plugin.targets:
            raise ValueError(f'"{self._address}" is no Telegram chat')
        return plugin

    def _webhook(self, message: Message, secret: str | None) -> NotifyBase:
        from apprise.plugins.custom_json import NotifyJSON  # noqa: PLC0415 -- as above

        url = urlsplit(secret or "")
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError("its url must begin with http:// or https://")
        return NotifyJSON(
            **self._common(),
            host=url.hostname,
            port=url.port,
            secure=url.scheme == "https",
            user=url.username,
            password=url.password,
            fullpath=url.path or "/",
            params=dict(parse_qsl(url.query, keep_blank_values=True)),
            payload=dict(_structured(message)),
        )

    def _any(self, _message: Message, secret: str | None) -> NotifyBase:
        from apprise import Apprise  # noqa: PLC0415 -- as above

        plugin = Apprise.instantiate(secret or "", suppress_exceptions=True)
        if plugin is None:
            raise ValueError("its url is none that Apprise knows")
        return plugin

    def _common(self) -> dict[str, float]:
        return {"cto": self._channel.timeout_s, "rto": self._channel.timeout_s}


def _structured(message: Message) -> Iterator[tuple[str, str]]:
    """What a program at the other end wants without reading sentences."""
    yield "priority", message.priority.name.lower()
    yield "kind", message.kind.value
    yield "keys", " ".join(message.keys)


def _type_of(message: Message) -> str:
    if message.kind is NoticeKind.RETURNED:
        return "success"
    if message.priority is Priority.CRITICAL:
        return "failure"
    return "warning" if message.priority is Priority.HIGH else "info"


def _keep_quiet() -> None:
    """Their own logs name URLs with tokens in them; what matters comes back with the result."""
    for name in ("apprise", "urllib3"):
        log = logging.getLogger(name)
        if not log.handlers:
            log.addHandler(logging.NullHandler())
        log.propagate = False
    logging.getLogger("apprise").setLevel(logging.DEBUG)  # why it failed is said at that level only
