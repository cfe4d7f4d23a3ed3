"""Writing a file so that it is either whole and new, or as it was before; or to a pipe."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, TypeVar

from celador.domain.errors import ExportError

T = TypeVar("T")

_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}  # Windows knows no quotas


def write_export(path: Path, write: Callable[[BinaryIO], T]) -> T:
    """Write a file beside its place, make it durable, then move it there in one step.

    Whatever ends it early, Ctrl-C included, leaves an earlier file untouched and none behind.

    Args:
        path: the file to make or replace.
        write: writes the content and returns what the caller wants to know.

    Returns:
        What `write` returned.

    Raises:
        ExportError: the file cannot be written there.
    """
    place = path.resolve()
    if place.exists() and not place.is_file():
        raise ExportError(f"{path} is no ordinary file; choose another name, or - for the terminal")
    unfinished = place.with_name(f".{place.name[:100]}.{secrets.token_hex(4)}.parcial")
    try:
        # "x" follows no link and opens nothing that another program has put there.
        with unfinished.open("xb") as out:
            result = write(out)
            out.flush()
            os.fsync(out.fileno())
        unfinished.replace(place)
        _make_entry_durable(place.parent)
    except OSError as error:
        raise ExportError(f"{path} could not be written, {_why(path, error)}") from error
    finally:
        with suppress(OSError):
            unfinished.unlink()
    return result


def write_stream(out: BinaryIO, write: Callable[[BinaryIO], T]) -> T:
    """Write to an open stream, such as standard output.

    Returns:
        What `write` returned.

    Raises:
        ExportError: the stream takes no more.
        BrokenPipeError: its reader has gone; that is the reader's good right and no failure.
    """
    try:
        result = write(out)
        out.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ExportError(
            f"the output could not be written ({error.strerror or error}); "
            "look at what it is sent to"
        ) from error
    return result


def _why(path: Path, error: OSError) -> str:
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}; make it or choose another folder"
    if error.errno in _FULL:
        return (
            f"the disk is full ({error.strerror}); free some space there or choose another folder"
        )
    return f"{error.strerror or error}; choose another folder or name"


def _make_entry_durable(folder: Path) -> None:
    if not hasattr(os, "O_DIRECTORY"):  # Windows: a folder cannot be opened
        return
    entry = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(entry)
    finally:
        os.close(entry)
