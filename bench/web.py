"""The control room: first paint with 500 reclosers, device to screen, 20 browsers.

    python bench/web.py [--devices 500] [--browsers 20] [--loads 10] [--seconds 20]

Monitor and room run in one process, the simulator in another, Chromium beside them; the cost with
browsers is measured against the cost without, and the browsers of that part are their streams
alone, since what they draw costs the server nothing. Asked for: first paint of the fleet under 1 s,
change to screen under 1 s beyond the poll of 1 s, and less than half a core for 20 browsers.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import statistics
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
        while not self.ended and (line := answer.readline()):
            self.bytes += len(line)
        connection.close()


# Marks the first frame after the first row has a place on the page.
_MARK_ROW = """
const look = () => {
  const name = document.querySelector("table.fleet tbody tr a");
  if (!name?.getClientRects().length) return requestAnimationFrame(look);
  requestAnimationFrame(() => setTimeout(() => performance.mark("row")));
};
requestAnimationFrame(look);
"""
_PAINTS = """async () => {
  const at = (name) => performance.getEntriesByName(name)[0]?.startTime / 1000;
  while (!at("row") || !at("first-contentful-paint")) await new Promise(requestAnimationFrame);
  return [at("first-contentful-paint"), at("row")];
}"""


def paints(page: Page, url: str) -> tuple[float, float]:
    """Seconds from the start of a navigation to the first paint and to the first row's."""
    page.goto(url, wait_until="commit")
    page.locator("table.fleet tbody tr").first.wait_for()
    first, row = page.evaluate(_PAINTS)
    return first, row


def first_paints(browser: Browser, url: str, loads: int) -> Iterator[tuple[str, list[float]]]:
    """First paint and first row: in fresh browsers, then in one that has been here before."""
    cold, warm = [], []
    for _ in range(loads):
        context = browser.new_context()
        context.add_init_script(_MARK_ROW)
        cold.append(paints(context.new_page(), url))
        context.close()
    context = browser.new_context()
    context.add_init_script(_MARK_ROW)
    page = context.new_page()
    paints(page, url)
    for _ in range(loads):
        page.goto("about:blank")
        warm.append(paints(page, url))
    context.close()
    for name, found in (("cold", cold), ("warm", warm)):
        for what, place in (("first contentful paint", 0), ("first recloser's row", 1)):
            yield f"{what}, {name} cache", sorted(each[place] for each in found)


def change_to_screen(page: Page, simulator: str) -> list[float]:
    """Seconds from the move of a switch to its word on the screen.

    Each recloser moves once in either direction: two close-open cycles within ten seconds empty
    the capacitors of its mechanism, and it does not carry out a third order for a while.
    """
    found = []
    for number in range(2, 2 + _MOVES):
        row = page.locator("table.fleet tbody tr", has_text=f"sim-{number:03d}")
        for kind, word in (("open", "ABIERTO"), ("close", "CERRADO")):
            position = "open" if kind == "open" else "closed"
            body = json.dumps({"do": "order", "what": kind, "by": "hmi"}).encode()
            device = f"{simulator}/devices/sim-{number:03d}"
            headers = {"Content-Type": "application/json"}
            urlopen(Request(f"{device}/actions", body, headers, method="POST")).read()
            while json.loads(urlopen(device).read())["state"]["position"] != position:
                time.sleep(0.005)
            begin = time.perf_counter()
            row.get_by_text(word, exact=True).wait_for()
            found.append(time.perf_counter() - begin)
            time.sleep(1.37)  # not in step with the poll
    return sorted(found)


def in_words(found: list[float]) -> str:
    """Median and worst."""
    return f"median {statistics.median(found):.2f} s, worst {found[-1]:.2f} s of {len(found)}"


def crowd(url: str, pid: int, browsers: int, seconds: float) -> None:
    """What so many streams cost the server, against what it costs without them, in turns."""
    alone, crowded, sent = [], [], 0
    for _ in range(2):
        alone.append(share(pid, seconds / 2))
        listeners = [Listener(url) for _ in range(browsers)]
        for each in listeners:
            each.start()
        time.sleep(3.0)
        before = sum(each.bytes for each in listeners)
        crowded.append(share(pid, seconds / 2))
        sent += sum(each.bytes for each in listeners) - before
        for each in listeners:
            each.ended = True
        for each in listeners:
            each.join()
    cost = statistics.mean(crowded) - statistics.mean(alone)
    print(
        f"  {browsers} streams cost {100 * cost:.0f} % of a core (monitor and room without them "
        f"{100 * statistics.mean(alone):.0f} %); {sent / seconds / browsers / 1024:.1f} KiB/s each"
    )


def main() -> None:
    """Start everything and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=500)
    parser.add_argument("--browsers", type=int, default=20)
    parser.add_argument("--loads", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=20.0)
    given = parser.parse_args()
    if not Path(CHROMIUM).exists():
        print(f"web: there is no {CHROMIUM}, so nothing is measured")
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        room(given.devices, Path(folder)) as (url, simulator, pid),
        sync_playwright() as playwright,
    ):
        print(f"{given.devices} reclosers; {os.getloadavg()[0]:.1f} processes want a core")
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        for what, found in first_paints(browser, url, given.loads):
            print(f"  {what}: {in_words(found)}")
        page = browser.new_page()
        page.goto(url)
        moves = change_to_screen(page, simulator)
        print(f"  switch to screen: {in_words(moves)}, the poll of up to 1 s included")
        browser.close()
        crowd(url, pid, given.browsers, given.seconds)
        print(f"  {os.getloadavg()[0]:.1f} processes wanted a core at the end")


if __name__ == "__main__":
    main()
