"""kill -9 with messages on their way: none is lost, and one that may come twice says so."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from celador.surfaces.notify.listing import entries
from celador.surfaces.notify.queue import queue_path
from tests.notify.servers import HttpSink, until

ROOT = Path(__file__).parents[2]


@contextmanager
def worker(store: Path, port: int, first: int, count: int) -> Iterator[subprocess.Popen[str]]:
    """The program; killed at the end, as by a pulled plug."""
    command = [sys.executable, "-m", "tests.notify.worker", str(store)]
    numbers = [str(number) for number in (port, first, count)]
    with subprocess.Popen([*command, *numbers], cwd=ROOT, stdout=subprocess.PIPE, text=True) as it:
        try:
            yield it
        finally:
            it.kill()


def durable(program: subprocess.Popen[str], count: int) -> list[int]:
    """The first keys that the program says are durable."""
    assert program.stdout is not None
    return [int(program.stdout.readline()) for _ in range(count)]


def arrived(sink: HttpSink) -> Counter[int]:
    return Counter(int(found[1]) for t in sink.titles if (found := re.search(r"CASO-(\d+)", t)))


def test_a_message_under_way_is_sent_again_and_says_that_it_may_be_twice(tmp_path: Path) -> None:
    store = tmp_path / "celador.db"
    with HttpSink().serving() as sink:
        sink.gate.clear()  # the server takes it and does not answer
        with worker(store, sink.port, 1, 1) as program:
            durable(program, 1)
            until(lambda: len(sink.posts) == 1)
        sink.gate.set()
        with worker(store, sink.port, 2, 0):
            until(lambda: len(sink.posts) == 2)
            path = queue_path(store)
            until(lambda: [e.state for e in entries(path, 0, 2**62)] == ["enviado"])
        (entry,) = entries(path, 0, 2**62)
    assert "posible repetición" not in sink.titles[0]
    assert sink.titles[1].endswith("[posible repetición]")
    assert "no se sabe si el envío anterior llegó" in sink.posts[1].body["message"]
    assert [each.result for each in entry.attempts] == ["en duda", "entregado"]


def test_killed_again_and_again_nothing_is_lost_and_no_double_is_unmarked(tmp_path: Path) -> None:
    store = tmp_path / "celador.db"
    told: list[int] = []
    with HttpSink().serving() as sink:
        for number, before_the_end in enumerate((3, 1, 7, 2)):
            with worker(store, sink.port, 1 + 100 * number, 20) as program:
                told += durable(program, before_the_end)
        with worker(store, sink.port, 1000, 0):
            until(lambda: set(told) <= set(arrived(sink)), f"{told} but {arrived(sink)}")
            path = queue_path(store)
            until(lambda: all(e.state == "enviado" for e in entries(path, 0, 2**62)))
    plain = Counter(
        int(found[1])
        for title in sink.titles
        if "posible repetición" not in title and (found := re.search(r"CASO-(\d+)", title))
    )
    assert max(plain.values()) == 1
