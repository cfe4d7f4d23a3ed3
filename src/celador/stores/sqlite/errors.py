"""SQLite's errors and the operating system's, told in the project's own words."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

from celador.domain.errors import (
    StoreBusyError,
    StoreCorruptError,
    StoreError,
    StoreFullError,
)

_PRIMARY = 0xFF  # an extended result code carries the primary one in its low byte

_NO_SPACE = "there is no space left for the store {path}: free space on its disk"
_BUSY = "another program is writing to the store {path}: close that program"
_CORRUPT = (
    "the store {path} is damaged ({reason}): put it aside, restore it from a copy or let a new one "
    "begin"
)
_READ_ONLY = "the store {path} cannot be written: give this user the right to write file and folder"
_GONE = "the store {path} cannot be opened: check that its folder is there and may be written"
_INPUT_OUTPUT = "the disk of the store {path} fails ({reason}): check the disk and its cables"
_OTHER = "the store {path} failed ({reason}): check the disk, or give another path"

_KINDS: dict[int, tuple[type[StoreError], str]] = {
    sqlite3.SQLITE_FULL: (StoreFullError, _NO_SPACE),
    sqlite3.SQLITE_BUSY: (StoreBusyError, _BUSY),
    sqlite3.SQLITE_LOCKED: (StoreBusyError, _BUSY),
    sqlite3.SQLITE_CORRUPT: (StoreCorruptError, _CORRUPT),
    sqlite3.SQLITE_NOTADB: (StoreCorruptError, _CORRUPT),
    sqlite3.SQLITE_READONLY: (StoreError, _READ_ONLY),
    sqlite3.SQLITE_PERM: (StoreError, _READ_ONLY),
    sqlite3.SQLITE_CANTOPEN: (StoreError, _GONE),
    sqlite3.SQLITE_IOERR: (StoreError, _INPUT_OUTPUT),
}

_SYSTEM_KINDS: dict[int, tuple[type[StoreError], str]] = {
    errno.ENOSPC: (StoreFullError, _NO_SPACE),
    errno.EDQUOT: (StoreFullError, _NO_SPACE),
    errno.EROFS: (StoreError, _READ_ONLY),
    errno.EACCES: (StoreError, _READ_ONLY),
    errno.EPERM: (StoreError, _READ_ONLY),
    errno.ENOENT: (StoreError, _GONE),
    errno.ENOTDIR: (StoreError, _GONE),
    errno.EEXIST: (StoreError, _GONE),
    errno.EIO: (StoreError, _INPUT_OUTPUT),
}


def store_error(error: sqlite3.Error | OSError, path: Path) -> StoreError:
    """Map a failure below the store onto the project's error tree.

    Args:
        error: what SQLite or the operating system raised.
        path: the store's file, named in the sentence.

    Returns:
        The error to raise; its text is one sentence that ends with the mend.
    """
    if isinstance(error, OSError):
        kind, sentence = _SYSTEM_KINDS.get(error.errno or 0, (StoreError, _OTHER))
        return kind(sentence.format(path=path, reason=error.strerror))
    # Errors that Python's module finds itself carry no code; a file too short or garbled does.
    code: int = getattr(error, "sqlite_errorcode", 0)
    kind, sentence = _KINDS.get(code & _PRIMARY, (StoreError, _OTHER))
    return kind(sentence.format(path=path, reason=error))
