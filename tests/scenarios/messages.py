"""Compares what was told with the lines of the table that say what must be."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from celador.surfaces.notify.listing import Entry
from tests.scenarios.stage import ZERO, ZONE, Played
from tests.scenarios.table import Line

_PERIOD = 1.0  # s between two polls
_NUMBER = re.compile(r"\d[\d.]*(?:,\d+)?")
_TITLE = re.compile(r"(.*) \((\d\d:\d\d:\d\d)(?:, ya terminó (\d\d:\d\d:\d\d))?\)( y \d+ más)?")
_CLOCK = re.compile(r" \((\d\d:\d\d:\d\d)(, ya terminó \d\d:\d\d:\d\d)?\)$")


def message_problems(wanted: Sequence[Line], played: Played) -> list[list[str]]:
    """What is wrong with each line of what is told at once, in the order of sending."""
    sent = [each for each in played.queue if _at_once(each) and each.state != "retirado"]
    sent.sort(key=lambda each: (each.attempts[-1].begun if each.attempts else 0, each.id))
    if (problem := _miscounted(wanted, [each.subject for each in sent])) is not None:
        return [[problem]] * len(wanted)
    return [_message(*pair) for pair in zip(wanted, sent, strict=False)] or [[]]


def _message(line: Line, entry: Entry) -> list[str]:
    what, happened, handed, subject = line.cells
    wrong = []
    if what != (entry.code or "operación"):
        wrong.append(f"it is {entry.code}")
    if not _within(happened, entry.happened):
        wrong.append(f"it happened at {(entry.happened - ZERO) / 1e6}")
    if entry.state != "enviado" or len(entry.attempts) != 1:
        return [*wrong, f"it is {entry.state} after {entry.attempts}"]
    (attempt,) = entry.attempts
    if not _within(handed, attempt.begun):
        wrong.append(f"it went at {(attempt.begun - ZERO) / 1e6}")
    if handed == happened and attempt.begun != entry.happened:
        wrong.append(f"it waited for {(attempt.begun - entry.happened) / 1e6} s")
    return [*wrong, *_subject(subject, entry)]


def _subject(wanted: str, entry: Entry) -> list[str]:
    clock = _CLOCK.search(entry.subject)
    if clock is None:
        return [f"it tells no time: {entry.subject}"]
    wrong = []
    shown = entry.subject[: clock.start()]
    if not _alike(wanted, shown):
        wrong.append(f"it says: {shown}")
    if clock[1] != _time(entry.happened) or clock[2]:
        wrong.append(f"it tells the time {clock[0]}")
    return wrong


def _alike(wanted: str, shown: str) -> bool:
    """Whether two texts say the same, with what was measured within 2 %."""
    return _NUMBER.sub("#", wanted) == _NUMBER.sub("#", shown) and all(
        abs(_number(one) - _number(other)) <= 0.02 * _number(one)
        for one, other in zip(_NUMBER.findall(wanted), _NUMBER.findall(shown), strict=True)
    )


def _time(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1e6, UTC).astimezone(ZoneInfo(ZONE)):%H:%M:%S}"


def digest_problems(wanted: Sequence[Line], played: Played) -> list[list[str]]:
    """What is wrong with each line of what is told once an hour."""
    sent: dict[int, list[Entry]] = {}
    for entry in sorted(played.queue, key=lambda each: (each.priority, each.happened, each.id)):
        if not _at_once(entry) and entry.attempts:
            sent.setdefault(entry.attempts[-1].begun, []).append(entry)
    if (problem := _miscounted(wanted, sent)) is not None:
        return [[problem]] * len(wanted)
    digests = zip(wanted, sorted(sent.items()), played.digests, strict=False)
    over = {
        each.key.replace("/normal/", "/activa/"): each.happened
        for each in played.queue
        if not _at_once(each) and each.kind == "normal" and each.state == "retirado"
    }
    return [
        [*_digest(line, *found), *_said(line, found[1], body, over.get(found[1][0].key))]
        for line, found, body in digests
    ] or [[]]


def _digest(line: Line, begun: int, told: Sequence[Entry]) -> list[str]:
    what, _, hour, detail = line.cells
    detail, _, _ = detail.partition("; ")
    names = [_name(each) for each in told]
    at = datetime.fromtimestamp(begun / 1e6, UTC).astimezone(ZoneInfo(ZONE))
    wrong = []
    if names != detail.split(", "):
        wrong.append(f"it tells of {', '.join(names)}")
    if what != ("1 aviso" if len(told) == 1 else f"{len(told)} avisos"):
        wrong.append(f"it tells of {len(told)}")
    if f"{at:%H}:00" != hour:
        wrong.append(f"it went at {at}")
    if {each.state for each in told} != {"enviado"}:
        wrong.append(f"they are {[each.state for each in told]}")
    return wrong


def _said(
    line: Line, told: Sequence[Entry], body: Mapping[str, Any], over: int | None
) -> list[str]:
    """What is wrong with the words: the title as the line says it, then all that it tells of."""
    title, message = str(body["title"]), str(body["message"])
    found = _TITLE.fullmatch(title)
    if found is None:
        return [f"its title is {title}"]
    wrong = []
    what, began, ended, more = found.groups()
    shown = f"{what}{' (ya terminó)' if ended else ''}{more or ''}"
    if not _alike(line.cells[3].partition("; ")[2], shown):
        wrong.append(f"its title says: {shown}")
    if (began, ended) != (_time(told[0].happened), None if over is None else _time(over)):
        wrong.append(f"its title tells the times {began}, {ended}")
    listed = [text[8:] for text in message.splitlines() if re.match(r"- \d\d/\d\d ", text)]
    if listed != ([] if len(told) == 1 else [each.subject for each in told]):
        wrong.append(f"it lists {listed}")
    return wrong


def _name(entry: Entry) -> str:
    return f"{'fin de ' if entry.kind == 'normal' else ''}{entry.code or 'operación'}"


def undelivered(played: Played) -> list[str]:
    """What the servers did not take exactly as the queue says."""
    wrong = []
    carried = {
        (each.destination, attempt.begun, each.id): each.subject
        for each in played.queue
        for attempt in each.attempts
    }
    at_once = [text for (name, *_), text in sorted(carried.items()) if name.startswith("guardia")]
    if sorted(at_once) != sorted(played.mails):
        wrong.append(f"mails {played.mails}, not {at_once}")
    keys = [key for body in played.digests for key in re.findall(r"\S+", str(body["keys"]))]
    told = [each.key for each in played.queue if not _at_once(each) and each.attempts]
    if sorted(keys) != sorted(told):
        wrong.append(f"digests of {keys}, not {told}")
    results = [a.result for each in played.queue for a in each.attempts]
    if any(result != "entregado" for result in results):
        wrong.append(f"attempts ended {results}")
    left = [each.key for each in played.queue if each.state not in ("enviado", "retirado")]
    return [*wrong, *left]


def _at_once(entry: Entry) -> bool:
    return entry.destination.startswith("guardia")


def _miscounted(
    wanted: Sequence[Line], found: Sequence[object] | dict[int, list[Entry]]
) -> str | None:
    none = [line.cells[0] for line in wanted] == ["ninguno"]
    count = 0 if none else len(wanted)
    return None if count == len(found) else f"{count} expected, there are {len(found)}: {found}"


def _within(cell: str, at: int) -> bool:
    """Whether an instant is that of a cell, seen at the next poll at the latest."""
    text, _, wide = cell.replace(",", ".").partition("~")
    text, _, loose = text.partition("/")
    slack, width = float(loose or 1e-4), float(wide or _PERIOD)
    seconds = (at - ZERO) / 1e6
    return float(text) - slack <= seconds <= float(text) + width + slack


def _number(text: str) -> float:
    return float(text.replace(".", "").replace(",", "."))
