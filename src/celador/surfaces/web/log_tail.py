"""The latest lines of the log, for the page of the system."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass

_KEPT = 200


@dataclass(frozen=True, slots=True)
class LogLine:
    """One message of the log.

    Attributes:
        at: when, UTC in microseconds since 1970.
        level: its name, such as "WARNING".
        source: name of the logger.
        text: the message, without a traceback.
    """

    at: int
    level: str
    source: str
    text: str


class LogTail(logging.Handler):
    """Keeps the latest messages; older ones are in the log itself."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._lines: deque[LogLine] = deque(maxlen=_KEPT)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message; called from any thread."""
        text = record.getMessage()
        at = round(record.created * 1_000_000)
        self._lines.append(LogLine(at, record.levelname, record.name, text))

    def lines(self) -> list[LogLine]:
        """The messages, newest first."""
        return list(self._lines)[::-1]
