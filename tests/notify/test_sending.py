"""One message over a real server: what arrives, what a failure is called, and no secret in it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from apprise.plugins.telegram import NotifyTelegram

from celador.config import ChannelConfig
from celador.domain.alarm import Priority
from celador.domain.errors import ConfigError
from celador.domain.notices.notice import NoticeKind
from celador.domain.notices.text import Text
from celador.surfaces.notify.apprise_sender import AppriseSender
from celador.surfaces.notify.reasons import masked, masker, outcome_of
from celador.surfaces.notify.sending import Message, Outcome, Verdict
from tests.notify.servers import PASSWORD, USER, HttpSink, SmtpSink, free_port
from tests.support.certificates import Certificate

TEXT = Text(
    "[CRÍTICA] norte: BLOQUEO (13:13:38)", "BLOQUEO\n\nQué hacer: recorrer < la > línea & más"
)
MESSAGE = Message(TEXT, Priority.CRITICAL, NoticeKind.RAISED, ("alarma/1/17/activa/0",))
TOKEN = "123456789:abcdefghij_KLMNOPQRSTUVWXYZ01234567"


def email(port: int, **given: object) -> AppriseSender:
    fields: dict[str, object] = {
        "host": "localhost",
        "port": port,
        "tls": "none",
        "from_address": "celador@coop.example",
        "to": ("ana@coop.example",),
        "timeout_s": 5.0,
    }
    return AppriseSender(ChannelConfig.model_validate({**fields, **given}), "ana@coop.example")


def with_login(port: int, password: str = PASSWORD) -> AppriseSender:
    return email(port, tls="starttls", user=USER, password=password)


@pytest.fixture
def trusted(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """The certificate, which this process trusts as an administrator would make it do."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.cert))
    return certificate


def test_a_mail_arrives_as_plain_text_with_its_subject(smtp: SmtpSink) -> None:
    assert email(smtp.port).send(MESSAGE) == Outcome(Verdict.DELIVERED)
    (mail,) = smtp.mails
    assert mail.subject == TEXT.subject
    assert mail.text.strip() == TEXT.body
    assert mail.message.get_content_type() == "text/plain"
    assert mail.recipients == ["ana@coop.example"]
    assert mail.message["From"] == "Celador <celador@coop.example>"
    assert mail.message["X-Celador-Aviso"] == "alarma/1/17/activa/0"


def test_starttls_with_a_trusted_certificate_and_a_login(trusted: Certificate) -> None:
    with SmtpSink().serving(trusted.context(), login=True) as smtp:
        assert with_login(smtp.port).send(MESSAGE) == Outcome(Verdict.DELIVERED)
    (mail,) = smtp.mails
    assert mail.encrypted
    assert mail.authenticated
    assert smtp.logins == [(USER.encode(), PASSWORD.encode())]


def test_tls_from_the_first_byte_with_a_trusted_certificate(trusted: Certificate) -> None:
    with SmtpSink().serving(trusted.context(), from_first_byte=True) as smtp:
        assert email(smtp.port, tls="tls").send(MESSAGE) == Outcome(Verdict.DELIVERED)
    (mail,) = smtp.mails
    assert mail.encrypted
    assert mail.subject == TEXT.subject


def test_tls_from_the_first_byte_asks_who_vouches_too(certificate: Certificate) -> None:
    with SmtpSink().serving(certificate.context(), from_first_byte=True) as smtp:
        outcome = email(smtp.port, tls="tls").send(MESSAGE)
    assert outcome.verdict is Verdict.FAILED
    assert "certificate is not trusted" in str(outcome.reason)
    assert smtp.mails == []


def test_tls_from_the_first_byte_is_not_tried_in_the_clear(smtp: SmtpSink) -> None:
    assert email(smtp.port, tls="tls").send(MESSAGE).verdict is Verdict.FAILED
    assert smtp.mails == []


def test_a_certificate_that_nobody_vouches_for_gets_no_password(certificate: Certificate) -> None:
    with SmtpSink().serving(certificate.context(), login=True) as smtp:
        outcome = with_login(smtp.port).send(MESSAGE)
    assert outcome.verdict is Verdict.FAILED
    assert "certificate is not trusted" in str(outcome.reason)
    assert smtp.logins == []
    assert smtp.mails == []


def test_a_wrong_password_can_be_mended(trusted: Certificate) -> None:
    with SmtpSink().serving(trusted.context(), login=True) as smtp:
        outcome = with_login(smtp.port, "hunter2-is-wrong").send(MESSAGE)
        assert outcome.verdict is Verdict.FAILED
        assert "refuses user and password (535)" in str(outcome.reason)
        assert with_login(smtp.port).send(MESSAGE).verdict is Verdict.DELIVERED


def test_a_password_that_smtp_cannot_carry_is_named(smtp: SmtpSink) -> None:
    outcome = email(smtp.port, user=USER, password="contraseña").send(MESSAGE)
    assert outcome.verdict is Verdict.FAILED
    assert "no ñ and no accents" in str(outcome.reason)
    assert "contraseña" not in str(outcome.reason)


def test_the_password_is_read_anew_for_each_message(trusted: Certificate, tmp_path: Path) -> None:
    file = tmp_path / "correo.password"
    file.write_text("old\n", encoding="utf-8")
    with SmtpSink().serving(trusted.context(), login=True) as smtp:
        sender = email(smtp.port, tls="starttls", user=USER, password_file=file)
        assert sender.send(MESSAGE).verdict is Verdict.FAILED
        file.write_text(PASSWORD + "\n", encoding="utf-8")
        assert sender.send(MESSAGE).verdict is Verdict.DELIVERED
        file.unlink()
        outcome = sender.send(MESSAGE)
    assert outcome.verdict is Verdict.FAILED
    assert "cannot be read" in str(outcome.reason)


def test_a_server_without_starttls_is_not_sent_to_in_the_clear(smtp: SmtpSink) -> None:
    outcome = email(smtp.port, tls="starttls").send(MESSAGE)
    assert outcome.verdict is Verdict.FAILED
    assert 'write tls = "tls" or "none"' in str(outcome.reason)
    assert smtp.mails == []


@pytest.mark.parametrize(
    ("refusal", "verdict"),
    [
        ("550 no such user", Verdict.REJECTED),  # RFC 5321, 4.2.1
        ("451 try again later", Verdict.FAILED),
        ("452 mailbox full", Verdict.FAILED),
        ("553 not here", Verdict.REJECTED),
    ],
)
def test_refused_recipients(refusal: str, verdict: Verdict) -> None:
    with SmtpSink(refusal=refusal).serving() as smtp:
        outcome = email(smtp.port).send(MESSAGE)
    assert outcome.verdict is verdict
    assert refusal.split(" ", 1)[1] in str(outcome.reason)


def test_nobody_there() -> None:
    outcome = email(free_port()).send(MESSAGE)
    assert outcome.verdict is Verdict.FAILED
    assert "refuses the connection: check host and port" in str(outcome.reason)


def test_an_unknown_name() -> None:
    outcome = email(25, host="no-such-host.invalid").send(MESSAGE)
    assert outcome.verdict is Verdict.FAILED
    assert outcome.reason is not None
    assert "name" in outcome.reason


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (500, Verdict.FAILED),
        (503, Verdict.FAILED),
        (429, Verdict.FAILED),
        (401, Verdict.FAILED),
        (404, Verdict.FAILED),
        (400, Verdict.REJECTED),
        (413, Verdict.REJECTED),
    ],
)
def test_answers_of_a_webhook(status: int, verdict: Verdict) -> None:
    with HttpSink(status=status).serving() as sink:
        channel = ChannelConfig(kind="webhook", url=sink.url)  # type: ignore[arg-type]
        outcome = AppriseSender(channel).send(MESSAGE)
    assert outcome.verdict is verdict
    assert f"HTTP {status}" in str(outcome.reason)
    assert "t0ps3cret" not in str(outcome.reason)


def test_a_webhook_gets_user_query_and_fields_as_they_are_written(http: HttpSink) -> None:
    url = http.url.replace("127.0.0.1", "ana:s3cr%40t@127.0.0.1") + "?sala=1&x=%C3%B1"
    channel = ChannelConfig(kind="webhook", url=url)  # type: ignore[arg-type]
    assert AppriseSender(channel).send(MESSAGE) == Outcome(Verdict.DELIVERED)
    (post,) = http.posts
    assert post.path == "/hooks/t0ps3cret-token?sala=1&x=%C3%B1"
    assert post.headers["Authorization"] == "Basic YW5hOnMzY3JAdA=="  # base64 of ana:s3cr@t
    assert post.body["title"] == TEXT.subject
    assert post.body["message"] == TEXT.body
    assert post.body["type"] == "failure"


def test_a_webhook_that_took_it_and_says_nothing_is_in_doubt(http: HttpSink) -> None:
    http.gate.clear()
    channel = ChannelConfig(kind="webhook", url=http.url, timeout_s=1.0)  # type: ignore[arg-type]
    outcome = AppriseSender(channel).send(MESSAGE)
    assert outcome.verdict is Verdict.DOUBTFUL
    assert len(http.posts) == 1


def telegram(http: HttpSink, monkeypatch: pytest.MonkeyPatch) -> AppriseSender:
    """Apprise's own Telegram, with its host turned to a local server."""
    monkeypatch.setattr(NotifyTelegram, "notify_url", f"http://127.0.0.1:{http.port}/bot")
    channel = ChannelConfig.model_validate(
        {"kind": "telegram", "token": TOKEN, "chat_ids": ("-1001234567890",)}
    )
    return AppriseSender(channel, "-1001234567890")


def test_telegram_gets_the_text_in_the_chat(
    http: HttpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert telegram(http, monkeypatch).send(MESSAGE) == Outcome(Verdict.DELIVERED)
    (post,) = http.posts
    assert post.path == f"/bot{TOKEN}/sendMessage"
    assert post.body["chat_id"] == -1001234567890
    assert post.body["text"].startswith(f"<b>{TEXT.subject}</b>")
    assert "recorrer &lt; la &gt; línea &amp; más" in post.body["text"]


def test_telegram_that_refuses_shows_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    with HttpSink(status=404).serving() as http:
        outcome = telegram(http, monkeypatch).send(MESSAGE)
    assert outcome == Outcome(
        Verdict.FAILED, "Telegram: it answers HTTP 404: check token or address"
    )


SECRET = "sup3r-s3cret-w0rd"


@pytest.fixture
def everything_logged() -> Iterator[StringIO]:
    """What a program that logs all there is would log; pytest's own reaches where no other does."""
    stream, root = StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(stream), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield stream
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "webhook", "url": f"http://{SECRET}:{SECRET}@127.0.0.1:1/{SECRET}?k={SECRET}"},
        {"kind": "webhook", "url": f"ftp://127.0.0.1/{SECRET}"},
        {"kind": "webhook", "url": SECRET},
        {"kind": "apprise", "url": f"json://{SECRET}:{SECRET}@127.0.0.1:1/{SECRET}"},
        {"kind": "apprise", "url": f"nosuchservice://{SECRET}"},
        {"kind": "apprise", "url": f"slack://{SECRET}"},
        {"kind": "telegram", "token": SECRET, "chat_ids": ("1",)},
        {
            "kind": "email",
            "host": "127.0.0.1",
            "port": 1,
            "user": "celador",
            "password": SECRET,
            "from_address": "c@coop.example",
            "to": ("ana@coop.example",),
        },
    ],
)
def test_no_failure_shows_a_secret(
    fields: dict[str, object],
    everything_logged: StringIO,
    capfd: pytest.CaptureFixture[str],
) -> None:
    channel = ChannelConfig.model_validate(fields)
    address = next(iter((*channel.to, *channel.chat_ids)), None)
    sender = AppriseSender(channel, address)
    outcome = sender.send(MESSAGE)
    try:
        sender.check()
        told = ""
    except ConfigError as error:
        told = str(error)
    printed = capfd.readouterr()
    assert outcome.verdict is Verdict.FAILED
    for text in (str(outcome.reason), told, repr(channel), everything_logged.getvalue(), *printed):
        assert SECRET not in text


def test_masks_reach_parts_and_escapes() -> None:
    pattern = masker(["https://ana:pa%24s@example.org/hook/aaaabbbbcccc?k=vvvv1", "p w/d"])
    for part in ("pa%24s", "aaaabbbbcccc", "k=vvvv1", "p w/d", "p%20w%2Fd"):
        assert part not in masked(f"so {part} it", pattern)
    assert masked("example.org refuses", pattern) == "example.org refuses"


def test_a_connection_that_breaks_within_the_dialogue_is_in_doubt() -> None:
    lines = ["Socket Exception: Connection unexpectedly closed", 'Sending email to "a" failed.']
    assert outcome_of("mail", lines) == Outcome(Verdict.DOUBTFUL, "mail: it closed the connection")
