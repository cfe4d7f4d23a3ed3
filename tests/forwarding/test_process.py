"""The thread that keeps the forwarding process alive."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from celador import forwarding
from celador.config import HistorianConfig
from celador.forwarding import ForwardProcess, Task


def test_no_memory_for_a_child_is_a_trouble_and_not_the_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tries: list[int] = []

    def no_memory(*_: object, **__: object) -> None:
        tries.append(1)
        if len(tries) == 3:
            carrier._stop_asked.set()
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(subprocess, "Popen", no_memory)
    monkeypatch.setattr(forwarding, "_FIRST_RESTART", 0.001)
    task = Task(tmp_path / "store.db", "campo", HistorianConfig(host="127.0.0.1"))
    carrier = ForwardProcess(task, lambda _: None)
    carrier.start()
    carrier.join(30)
    assert len(tries) == 3
    assert "Cannot allocate memory" in str(carrier.status.trouble)
