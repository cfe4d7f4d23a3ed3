"""What a failed attempt means: whether it may go later, and why, in words without secrets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote, urlsplit

from celador.surfaces.notify.sending import Outcome, Verdict

_SMTP_CODE = re.compile(r"\((\d{3}), ")
_HTTP_CODE = re.compile(r"error=(\d{3})\b")
_INSIDE_DIALOGUE = re.compile(r'^Sending email to ".*" failed')
_SOCKET = re.compile(r"^Socket Exception: ")
_REPAIRABLE_SMTP = frozenset((530, 534, 535, 538))  # about the login, which a person can mend
_USELESS_HTTP = frozenset((400, 405, 406, 410, 411, 413, 414, 415, 422))

_UNTRUSTED = (
    "its certificate is not trusted: check the name of the server, or name the authority's "
    "certificate in SSL_CERT_FILE and REQUESTS_CA_BUNDLE"
)
_NO_LOGIN = "it takes no login here: check tls and port, or delete user"
_CLOSED = "it closed the connection"

_TELLING: Sequence[tuple[str, str]] = (
    ("certificate verify failed", _UNTRUSTED),
    ("STARTTLS extension not supported", 'it offers no STARTTLS: write tls = "tls" or "none"'),
    ("WRONG_VERSION_NUMBER", "it speaks no TLS at this port: check port and tls"),
    ("Connection refused", "it refuses the connection: check host and port, and that it runs"),
    ("Name or service not known", "there is no such name: check host"),
    ("nodename nor servname", "there is no such name: check host"),
    ("Temporary failure in name resolution", "names cannot be looked up now: check the network"),
    ("No route to host", "there is no way to it: check the network"),
    ("Network is unreachable", "there is no way to it: check the network"),
    ("AUTH extension not supported", _NO_LOGIN),
    ("No suitable authentication method", _NO_LOGIN),
    ("timed out", "it does not answer in time"),
    ("Connection unexpectedly closed", _CLOSED),
    ("Remote end closed connection", _CLOSED),
    ("Connection aborted", _CLOSED),
    ("Connection reset", _CLOSED),
)
"""Words of errors, and what they mean to who has to mend them."""

_AFTER_THE_REQUEST = ("Read timed out", "Remote end closed", "Connection aborted", "reset by peer")


def masker(secrets: Sequence[str]) -> re.Pattern[str] | None:
    """A pattern of everything in secrets that no text may show; None where there is nothing."""
    parts: set[str] = set()
    for secret in secrets:
        parts.add(secret)
        if "://" in secret:
            split = urlsplit(secret)
            parts |= {split.path, split.path.lstrip("/"), split.query, split.netloc.split("@")[0]}
            parts -= {split.netloc}
            parts |= {piece for piece in split.path.split("/") if len(piece) >= 8}
            parts |= set((split.netloc.rpartition("@")[0]).split(":"))
    parts |= {quote(part, safe="") for part in parts}
    long = {part for part in parts if len(part) >= 4} | {each for each in secrets if each}
    found = sorted(long, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, found))) if found else None


def masked(text: str, pattern: re.Pattern[str] | None) -> str:
    """A text in which nothing secret stands."""
    return text if pattern is None else pattern.sub("***", text)


def outcome_of(server: str, lines: Sequence[str]) -> Outcome:
    """What Apprise's log of one failed attempt means.

    Args:
        server: what to call the other side.
        lines: the log, oldest first; may hold secrets, which the caller masks.
    """
    text = " | ".join(lines)
    if found := _SMTP_CODE.search(text):
        return _smtp(server, int(found[1]), _detail(lines))
    if found := _HTTP_CODE.search(text):
        return _http(server, int(found[1]))
    reason = f"{server}: {_told(text) or _detail(lines)}"
    if any(map(_INSIDE_DIALOGUE.match, lines)) or any(each in text for each in _AFTER_THE_REQUEST):
        return Outcome(Verdict.DOUBTFUL, reason)
    return Outcome(Verdict.FAILED, reason)


def _smtp(server: str, code: int, detail: str) -> Outcome:
    """RFC 5321, 4.2.1: 4yz may succeed later, 5yz will not."""
    if code in _REPAIRABLE_SMTP:
        return Outcome(
            Verdict.FAILED, f"{server}: it refuses user and password ({code}): check both"
        )
    verdict = Verdict.REJECTED if code >= 500 else Verdict.FAILED
    return Outcome(verdict, f"{server}: it answers {detail}")


def _http(server: str, code: int) -> Outcome:
    """RFC 9110, 15.5: what the request itself is to blame for; a wrong address can be mended."""
    verdict = Verdict.REJECTED if code in _USELESS_HTTP else Verdict.FAILED
    hint = ": check token or address" if code in (401, 403, 404) else ""
    return Outcome(verdict, f"{server}: it answers HTTP {code}{hint}")


def _told(text: str) -> str | None:
    return next((words for mark, words in _TELLING if mark in text), None)


def _detail(lines: Sequence[str]) -> str:
    exceptions = [line for line in lines if _SOCKET.match(line)]
    last = exceptions[-1] if exceptions else (lines[-1] if lines else "it gave no reason")
    return " ".join(_SOCKET.sub("", last).split())[:300]
