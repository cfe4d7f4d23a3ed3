"""A turned clock waits until people have been told, but not for ever."""

from __future__ import annotations

import logging

import pytest

from celador import app
from celador.app import Monitor
from celador.surfaces.live import Live
from tests.notify.conftest import House
from tests.notify.records import alarm
from tests.notify.servers import HttpSink


def monitor_of(house: House) -> Monitor:
    assert house.store is not None
    return Monitor(Live([]), house.store, {}, None, house.clock, house.notifier)


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR]


async def test_a_notifier_whose_thread_has_ended_is_said_once_and_waited_for_no_more(
    house: House, http: HttpSink, caplog: pytest.LogCaptureFixture
) -> None:
    house.webhook(http)
    async with house.running():
        house.clock.spend(60)
        running = monitor_of(house)
        await running.settled()
        assert not running.mute
        assert house.notifier is not None
        house.notifier.stop()
        for key in (17, 18):
            await house.add(alarm(key=key))
            await running.settled()
    assert running.mute
    (sentence,) = said(caplog)
    assert sentence.startswith("the notifier does not come to rest")


async def test_a_channel_that_hangs_is_said_once_and_waited_for_no_more(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "_TOLD_WITHIN", 0.2)
    with HttpSink().serving() as stuck:
        stuck.gate.clear()
        house.webhook(stuck)
        async with house.running():
            house.clock.spend(60)
            running = monitor_of(house)
            for key in (17, 18, 19):
                await house.add(alarm(key=key))
                await running.settled()
            stuck.gate.set()
    assert running.mute
    assert len(said(caplog)) == 1
