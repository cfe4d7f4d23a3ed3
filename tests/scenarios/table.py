"""The table of docs/escenarios.md as expectations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "escenarios.md"
KINDS = {
    "operación": "operation",
    "interrupción": "outage",
    "evento": "event",
    "alarma": "alarm",
    "aviso": "message",
    "resumen": "digest",
}
_NONE = ("ninguno", "ninguna")
_NAMES = {
    "disparos": "trips",
    "recierres": "recloses",
    "muertos": "dead",
    "elementos": "elements",
    "fases": "phases",
    "sentido": "direction",
    "in": "residual",
    "propios": "own",
    "ciclos": "cycles",
    "3 min": "class3",
    "5 min": "class5",
    "prioridad": "priority",
    "estado": "state",
    "objeto": "subject",
    "repeticiones": "repeats",
}
_WORDS = {
    "sí": "True",
    "no": "False",
    "—": "-",
    "no determinadas": "None",
    "directo": "forward",
    "inverso": "reverse",
}
_DETAIL = re.compile(r"(3 min|5 min|ia|ib|ic|in|uv|uf|[a-z]+) (.+)")


@dataclass(frozen=True)
class Line:
    """One line of the table.

    Attributes:
        number: in the file.
        scenario: S1 to S22.
        kind: operation, outage, event, alarm, message or digest.
        text: the expectation as timelines write it, without its kind; "none" for none.
        cells: what, from when, until when and detail, as they stand there.
    """

    number: int
    scenario: str
    kind: str
    text: str
    cells: tuple[str, str, str, str]


def lines() -> list[Line]:
    """Every line of the table, in order."""
    found = []
    for number, text in enumerate(DOCUMENT.read_text(encoding="utf-8").splitlines(), start=1):
        if re.match(r"\| S\d+ \|", text):
            scenario, kind, what, start, end, detail = (
                cell.strip() for cell in text.strip().strip("|").split("|")
            )
            cells = (what, start, end, detail)
            words = _words(KINDS[kind], what, _time(start), _time(end), detail)
            found.append(Line(number, scenario, KINDS[kind], " ".join(words), cells))
    return found


def _time(text: str) -> str:
    return "-" if text == "—" else text.replace(",", ".")


def _words(kind: str, what: str, start: str, end: str, detail: str) -> list[str]:
    if what in _NONE:
        return ["none"]
    if kind == "event":
        return [what, f"start={start}", f"end={end}"] if end else [what, start]
    if kind in ("message", "digest"):
        return [what]
    begin, over = ("began", "ended") if kind == "alarm" else ("start", "end")
    return [*what.split(), f"{begin}={start}", f"{over}={end}", *_details(detail)]


def _details(text: str) -> list[str]:
    words = []
    for part in filter(None, map(str.strip, text.split(";"))):
        named = _DETAIL.fullmatch(part)
        if named and (named[1] in _NAMES or len(named[1]) == 2):
            value = _WORDS.get(named[2], named[2])
            name = _NAMES.get(named[1], named[1])
            # Dead times have commas between them, all other numbers within them.
            number = value.replace(",", ".") if re.fullmatch(r"\d+,\d+", value) else value
            words.append(f"{name}={number}")
        else:
            words.append(part.replace(" ", "-"))
    return words
