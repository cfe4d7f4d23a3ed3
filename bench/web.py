"""The control room: first paint with 500 reclosers, device to screen, 20 browsers.

    python bench/web.py [--devices 500] [--browsers 20] [--seconds 20]

Monitor and room run in one process, the simulator in another; the cost with browsers is measured
against the cost without. Asked for: first paint of the fleet under 1 s, change to screen under 1 s
beyond the poll of 1 s, and less than half a core for 20 browsers.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
_TICKS = 100  # of a processor's second, as Linux counts them
_WARM_UP = 10.0  # s; every recloser has been read several times
_MOVES = 3


@contextlib.contextmanager
def room(devices: int, folder: Path) -> Iterator[tuple[str, str, int]]:
    """Simulator and room, a process each: the room's address, the simulator's, the room's pid."""
    command = [sys.executable, "-m", "celador", "simulate", "--json", "--port", "0"]
    command += ["--http-port", "0", "--devices", str(devices)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as simulator:
        assert simulator.stdout is not None
        told = json.loads(simulator.stdout.readline())
        here = Path(__file__).with_name("_web_room.py")
        process = subprocess.Popen(
            [sys.executable, str(here), str(folder / "room.db")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(told["devices"]) + "\n")
            process.stdin.flush()
            url = process.stdout.readline().strip()
            time.sleep(_WARM_UP)
            yield url, f"http://127.0.0.1:{told['http_port']}", process.pid
        finally:
            process.communicate()
            simulator.terminate()


def cpu(pid: int) -> float:
    """Seconds of a core that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def share(pid: int, seconds: float) -> float:
    """Cores that a process uses now."""
    before, begin = cpu(pid), time.perf_counter()
    time.sleep(seconds)
    return (cpu(pid) - before) / (time.perf_counter() - begin)


class Listener(threading.Thread):
    """A browser's stream without the browser: reads and counts."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._host = urlsplit(url).netloc
        self.bytes = 0
        self.ended = False

    def run(self) -> None:
        """Read until told to end."""
        connection = http.client.HTTPConnection(self._host)
        connection.request("GET", "/vivo/flota,marco")
        answer = connection.getresponse()
        while not self.ended:
            self.bytes += len(answer.readline())
        connection.close()


def first_paint(browser: Browser, url: str) -> list[float]:
    """Seconds to the first contentful paint of the rows, of three fresh browsers."""
    found = []
    for _ in range(3):
        context = browser.new_context()
        page = context.new_page()
        begin = time.perf_counter()
        page.goto(url, wait_until="commit")
        page.locator("tr", has_text="sim-001").wait_for()
        found.append(time.perf_counter() - begin)
        context.close()
    return sorted(found)


def change_to_screen(page: Page, simulator: str) -> list[float]:
    """Seconds from the opening of a switch to its word on the screen."""
    row = page.locator("tr", has_text="sim-002")
    found = []
    for kind, word in [("open", "ABIERTO"), ("close", "CERRADO")] * _MOVES:
        body = json.dumps({"do": "order", "what": kind, "by": "scada"}).encode()
        address = f"{simulator}/devices/sim-002/actions"
        begin = time.perf_counter()
        urlopen(Request(address, body, {"Content-Type": "application/json"}, method="POST")).read()
        row.get_by_text(word, exact=True).wait_for()
        found.append(time.perf_counter() - begin)
        time.sleep(2.0)
    return sorted(found)


def main() -> None:
    """Start everything and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=500)
    parser.add_argument("--browsers", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=20.0)
    arguments = parser.parse_args()
    if not Path(CHROMIUM).exists():
        print(f"web: there is no {CHROMIUM}, so nothing is measured")
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        room(arguments.devices, Path(folder)) as (url, simulator, pid),
        sync_playwright() as playwright,
    ):
        alone = share(pid, arguments.seconds)
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        paints = first_paint(browser, url)
        page = browser.new_page()
        page.goto(url)
        moves = change_to_screen(page, simulator)
        listeners = [Listener(url) for _ in range(arguments.browsers)]
        for each in listeners:
            each.start()
        time.sleep(3.0)
        before = sum(each.bytes for each in listeners)
        crowded = share(pid, arguments.seconds)
        sent = sum(each.bytes for each in listeners) - before
        for each in listeners:
            each.ended = True
        browser.close()
    each_kib = sent / arguments.seconds / arguments.browsers / 1024
    print(
        f"{arguments.devices} reclosers: first rows after {paints[0]:.2f} to {paints[-1]:.2f} s "
        f"(three fresh browsers)\n"
        f"  switch to screen {moves[0]:.2f} to {moves[-1]:.2f} s, the poll of up to 1 s included\n"
        f"  {arguments.browsers} streams and a browser cost "
        f"{(crowded - alone) * 100:.0f} % of a core (monitor and room alone "
        f"{alone * 100:.0f} %); {each_kib:.1f} KiB/s each"
    )


if __name__ == "__main__":
    main()
