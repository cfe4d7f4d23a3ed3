from __future__ import annotations

import io
import os
from pathlib import Path
from typing import BinaryIO

import pytest

from celador.domain.errors import ExportError, StoreCorruptError
from celador.surfaces.export import write_export, write_stream


def test_a_whole_file_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")

    assert write_export(path, lambda out: out.write(b"new")) == 3

    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_the_old_file_stands_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")

    def write(out: BinaryIO) -> None:
        out.write(b"half")
        out.flush()
        assert path.read_bytes() == b"old"
        assert len(list(tmp_path.iterdir())) == 2

    write_export(path, write)
    assert path.read_bytes() == b"half"


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), StoreCorruptError("bad"), MemoryError()])
def test_a_failure_leaves_the_old_file_and_no_other(failure: BaseException, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")

    def write(out: BinaryIO) -> None:
        out.write(b"half")
        raise failure

    with pytest.raises(type(failure)):
        write_export(path, write)

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"

    def write(_: BinaryIO) -> None:
        with Path("/dev/full").open("wb", buffering=0) as full:
            full.write(b"x")

    with pytest.raises(ExportError, match=r"No space left on device.*; free some space"):
        write_export(path, write)

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ExportError) as caught:
        write_export(tmp_path / "no" / "a.csv", lambda _: None)
    assert str(caught.value) == (
        f"{tmp_path}/no/a.csv could not be written, there is no folder {tmp_path}/no; "
        "make it or choose another folder"
    )


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs a folder where nobody may write")
def test_a_folder_that_takes_no_files_is_not_called_full() -> None:
    with pytest.raises(ExportError, match=r"; choose another folder or name$"):
        write_export(Path("/proc/a.csv"), lambda _: None)


def test_a_folder_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="no ordinary file"):
        write_export(tmp_path, lambda _: None)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ExportError, match="no ordinary file"):
        write_export(tmp_path / "pipe", lambda _: None)
    assert (tmp_path / "pipe").is_fifo()


def test_a_link_keeps_pointing_at_the_file_it_names(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_bytes(b"old")
    (tmp_path / "link.csv").symlink_to("real.csv")

    write_export(tmp_path / "link.csv", lambda out: out.write(b"new"))

    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_bytes() == b"new"


def test_a_long_name_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / ("a" * 200 + ".csv")
    write_export(path, lambda out: out.write(b"x"))
    assert path.exists()


def test_the_file_has_the_permissions_of_any_other_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    write_export(tmp_path / "a.csv", lambda out: out.write(b"x"))
    assert (tmp_path / "a.csv").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_stream_that_takes_no_more_is_told_in_a_sentence() -> None:
    def write(_: BinaryIO) -> None:
        with Path("/dev/full").open("wb", buffering=0) as full:
            full.write(b"x")

    with pytest.raises(ExportError, match="No space left on device"):
        write_stream(io.BytesIO(), write)


def test_a_reader_that_has_gone_is_no_failure_of_the_export() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with pytest.raises(BrokenPipeError), os.fdopen(writing, "wb", buffering=0) as out:
        write_stream(out, lambda pipe: pipe.write(b"x"))
