"""A monitor that cannot start: told before anything is opened, and nothing is left open."""

from __future__ import annotations

from pathlib import Path

import pytest

from celador import app
from celador.config import Config, DeviceConfig, StoreConfig
from celador.domain.errors import ProfileError
from celador.stores.sqlite.store import SqliteStore
from tests.support.clock import TurnedClock


def config_of(store: Path, **device: object) -> Config:
    settings = {"id": 1, "name": "a", "host": "127.0.0.1", **device}
    return Config(store=StoreConfig(path=store), devices=(DeviceConfig.model_validate(settings),))


@pytest.mark.parametrize("device", [{"max_registers": 1}, {"profile": "noja-rc01"}])
async def test_what_cannot_be_planned_is_told_before_the_store_is_opened(
    tmp_path: Path, device: dict[str, object]
) -> None:
    store = tmp_path / "plug.db"
    with pytest.raises(ProfileError):
        async with app.monitor(config_of(store, **device)):
            pass
    assert not store.exists()


async def test_a_start_that_fails_later_closes_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("no process to be had")

    monkeypatch.setattr(app, "_start_forwarding", fail)
    config = config_of(tmp_path / "plug.db")
    with pytest.raises(OSError, match="no process to be had"):
        async with app.monitor(config):
            pass

    # The store takes one writer at a time.
    store = await SqliteStore.open(
        config.store.path, devices=[], collector="a", clock=TurnedClock()
    )
    await store.close()
