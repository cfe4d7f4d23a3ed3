"""From the poll that shows a change to the stored event and to the notification handed over.

    python bench/reaction.py [--devices 500] [--seconds 40]

The simulator runs in a process of its own and opens and closes reclosers by SCADA orders, one after
the other. Each order moves several bits, each a stored event, and gives one notice of an operation
and one of an alarm that comes or goes. Counted from the instant at which the answer with the change
was whole, to the commit of the event and to the call of the channel's sender. Asked for: under
100 ms at p99, beyond the poll. Left out, and said: what has a delay by design, and alarms that came
back, since their rows do not say when.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import logging
import subprocess
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path

from celador import app
from celador.config import ChannelConfig, Config
from celador.domain.alarm import Alarm
from celador.domain.alarms.catalogue import catalogue
from celador.domain.event import Event, EventKind
from celador.domain.notices.notice import (
    Notice,
    NoticeKind,
    notice_of_operation,
    notices_of_alarm,
)
from celador.domain.operation import Operation
from celador.loop import run
from celador.ports import Clock, Record
from celador.stores.sqlite.changes import SqliteChanges
from celador.surfaces.notify.desk import House
from celador.surfaces.notify.notifier import Notifier
from celador.surfaces.notify.sending import Destination, Message, Outcome, Verdict
from fleet import SIMULATE, config_for, pin

_WARM_UP = 8.0  # s; hundreds of links are opened in the first second
_EVERY = 0.25  # s between two orders
_PATIENT = ("APERTURA_SIN_RECIERRE", "POSICION_INVALIDA")  # judged over more than one poll


@dataclass
class Delays:
    """What was seen; ms from the instant at which the answer with the change was whole.

    Attributes:
        stored: until the event was durable.
        handed: until the notification was handed over.
        polls: those that showed a change: device and instant.
        left_out: notices that were not counted, by reason.
        told: keys of all notices that were seen.
        noticed: when what is to be told happened, by the notice's key; UTC in µs since 1970.
        counting: whether the fleet runs smoothly already.
    """

    stored: list[float] = field(default_factory=list)
    handed: list[float] = field(default_factory=list)
    polls: set[tuple[int | None, int]] = field(default_factory=set)
    left_out: Counter[str] = field(default_factory=Counter)
    told: set[str] = field(default_factory=set)
    noticed: dict[str, int] = field(default_factory=dict)
    counting: bool = False


@dataclass
class Sink:
    """Stands where Apprise would: what comes here has been handed over."""

    delays: Delays
    patience: float = 60.0

    def send(self, message: Message) -> Outcome:
        """Note when it came."""
        now = time.time_ns() // 1000
        for key in message.keys:
            if key in self.delays.noticed:
                self.delays.handed.append((now - self.delays.noticed[key]) / 1000)
        return Outcome(Verdict.DELIVERED)


class WatchedNotifier(Notifier):
    """The notifier itself; notes what its listener hears."""

    delays: Delays

    def committed(self, records: Sequence[Record]) -> None:
        """Note what has become durable, then go on as ever."""
        now = time.time_ns() // 1000
        for record in records if self.delays.counting else ():
            if isinstance(record, Event) and record.kind is EventKind.POINT:
                self.delays.stored.append((now - record.at) / 1000)
                self.delays.polls.add((record.device_id, record.at))
            for notice in _notices(record, now):
                if (reason := _reason(record, notice)) is None:
                    self.delays.noticed.setdefault(notice.key, notice.at)
                elif notice.key not in self.delays.told:
                    self.delays.left_out[reason] += 1
                self.delays.told.add(notice.key)
        super().committed(records)


def _reason(record: Record, notice: Notice) -> str | None:
    """Why a notice is not counted; None where it is."""
    if not isinstance(record, Alarm):
        return None
    kind = catalogue()[record.code]
    returned = notice.kind is NoticeKind.RETURNED
    if record.repeats and not returned:
        return "alarms that came back"
    if (kind.off_delay_s if returned else kind.on_delay_s) or record.code in _PATIENT:
        return "with a delay by design"
    return None


def _notices(record: Record, now: int) -> Sequence[Notice]:
    if isinstance(record, Alarm):
        return notices_of_alarm(record, now)
    found = notice_of_operation(record) if isinstance(record, Operation) else None
    return () if found is None else (found,)


def notifier(config: Config, clock: Clock, delays: Delays) -> Notifier:
    """As the monitor makes it, with one channel that hears of everything at once."""
    channel = ChannelConfig(least_priority="log", operations="all", max_per_hour=3600)
    made = WatchedNotifier(
        config.store.path,
        lambda: SqliteChanges(config.store.path),
        [Destination("sink", channel.rules({}, UTC), Sink(delays))],
        House("bench", UTC, None, 3_600_000_000, catalogue()),
        clock,
    )
    made.delays = delays
    return made


def figures(name: str, delays: Sequence[float]) -> str:
    """One line: how many, p50, p99, most."""
    ordered = sorted(delays)
    p50, p99 = (ordered[min(len(ordered) - 1, int(len(ordered) * q))] for q in (0.5, 0.99))
    return (
        f"  {name}: {len(ordered)} times, p50 {p50:.0f} ms, p99 {p99:.0f} ms, "
        f"most {ordered[-1]:.0f} ms"
    )


async def orders(api: str, names: Sequence[str]) -> None:
    """Open one recloser after the other, and close them again."""
    for round_number in itertools.count():
        what = "close" if round_number % 2 else "open"
        body = json.dumps({"do": "order", "what": what, "by": "scada"}).encode()
        for name in names:
            request = urllib.request.Request(
                f"{api}/devices/{name}/actions",
                data=body,
                headers={"Content-Type": "application/json"},
            )
            await asyncio.to_thread(urllib.request.urlopen, request)
            await asyncio.sleep(_EVERY)


async def watch(config: Config, api: str, names: Sequence[str], seconds: float) -> str:
    """Run the monitor and count."""
    delays = Delays()
    vars(app)["notifier_of"] = lambda config, clock, _: notifier(config, clock, delays)
    async with app.monitor(config) as running:
        await asyncio.sleep(_WARM_UP)
        delays.counting = True
        giving = asyncio.create_task(orders(api, names))
        await asyncio.sleep(seconds)
        giving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await giving
        await asyncio.sleep(2.0)
        counts = running.counts()
    skipped = sum(each.skipped for each in counts.values())
    return "\n".join(
        (
            f"{len(counts)} reclosers each second, {seconds:.0f} s, {skipped} cycles skipped",
            figures("poll to stored event", delays.stored),
            figures("poll to notification handed over", delays.handed),
            f"  {len(delays.polls)} polls showed a change; not counted: "
            + (", ".join(f"{n} {why}" for why, n in delays.left_out.items()) or "nothing"),
        )
    )


def main() -> None:
    """Start the simulator on the other core and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=40.0)
    arguments = parser.parse_args()
    logging.disable(logging.ERROR)  # what a machine under other load makes of links is counted
    command = [*SIMULATE, "--devices", str(arguments.devices), "--http-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as simulator:
        pin(1, simulator.pid)
        pin(0)
        assert simulator.stdout is not None
        try:
            ready = json.loads(simulator.stdout.readline())
            with tempfile.TemporaryDirectory() as folder:
                config = config_for(ready["devices"], Path(folder))
                api = f"http://127.0.0.1:{ready['http_port']}"
                names = list(ready["devices"])[:50]
                print(run(watch(config, api, names, arguments.seconds)))
        finally:
            with contextlib.suppress(ProcessLookupError):
                simulator.terminate()


if __name__ == "__main__":
    main()
