"""Pictures of every page: both languages, desktop and phone, light and dark.

Starts simulated reclosers and the control room over them, lets something happen, and looks at every
page with Chromium. `make screenshots` writes them into build/screenshots.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

from playwright.sync_api import Browser, Page, sync_playwright

from celador.domain.sample import Quality, Sample, SwitchState
from celador.surfaces.web.pages import PAGES
from tests.support.edge_store import write_store
from tests.web.quiet import device

CHROMIUM = Path("/usr/bin/chromium")
SIZES = {"escritorio": (1440, 900), "telefono": (390, 844)}
DEVICES = 12
MORE = ("/cuenta",)
# Which scenarios happen to whom before the pictures: a lockout, a lost supply, a tidy reclosing.
STORY = (("sim-002", "S2"), ("sim-003", "S8"), ("sim-005", "S1"), ("sim-007", "S15"))
BEFORE_S = 8.0  # every recloser has been seen closed
STORY_S = 40.0  # until the lockout has happened
SETTLED_MS = 1500  # charts have been drawn and their movement has ended


def hour_before(store: Path) -> None:
    """An hour of samples before the room opens, so that the small trends have something to show."""
    now = time.time_ns() // 1000
    samples = [
        Sample(number, now - ago * 1_000_000, _load(number, ago), SwitchState.CLOSED, Quality.GOOD)
        for ago in range(3600, 15, -1)
        for number in range(1, DEVICES + 1)
    ]
    write_store(
        store, [device(n, f"sim-{n:03d}", "simulado") for n in range(1, DEVICES + 1)], samples
    )


def _load(number: int, ago: int) -> dict[str, float | None]:
    """What a feeder may carry `ago` seconds before; no more than a shape to look at."""
    shape = 3 * math.sin(ago / 700 + number) + 1.5 * math.sin(ago / 130 * number)
    amps = {name: round(104 + shape + more) for name, more in (("ia", 0), ("ib", -1), ("ic", 3))}
    volts = {
        name: round(7800 - 6 * shape + more)
        for names, more in (("ar", 0), ("bs", -40), ("ct", 45))
        for name in (f"v{names[0]}", f"v{names[1]}")
    }
    return {**amps, **volts, "p_act": round(21.6 * amps["ia"])}


@contextmanager
def room(store: Path) -> Iterator[str]:
    """The room over simulated reclosers; gives its address once the story has happened."""
    hour_before(store)
    command = [sys.executable, "-m", "tests.web.room", str(store), str(DEVICES)]
    with subprocess.Popen(  # noqa: S603 -- ourselves
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdout is None:
            raise RuntimeError
        told = json.loads(process.stdout.readline())
        time.sleep(BEFORE_S)
        for device, scenario in STORY:
            address = f"{told['simulator']}/devices/{device}/scenarios/{scenario}"
            urlopen(Request(address, method="POST")).read()  # noqa: S310 -- our own simulator
        time.sleep(STORY_S)
        try:
            yield told["url"]
        finally:
            process.communicate()


def look(browser: Browser, url: str, folder: Path) -> int:
    """Take every picture; returns how many pages complained."""
    faults = 0
    for size, (width, height) in SIZES.items():
        for language in ("es", "en"):
            for theme in ("dark", "light"):
                if theme == "light" and language == "en":
                    continue  # the words are the same as in the dark
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    device_scale_factor=1,
                    reduced_motion="reduce",
                    has_touch=size == "telefono",
                )
                wanted = f"{language}|{theme}|utilitaria|America/Argentina/Buenos_Aires"
                context.add_cookies([{"name": "celador_vista", "value": wanted, "url": url}])
                page = context.new_page()
                page.on("console", lambda said: print(said.text) if said.type == "error" else None)
                for path in [*(each.path for each in PAGES), *MORE]:
                    name = f"{_name(path)}-{size}-{language}-{theme}.png"
                    faults += not _shoot(page, url, path, folder / name)
                context.close()
    return faults


def _name(path: str) -> str:
    path = path.replace("/{equipo}/{clave}", "-una")
    return path.strip("/").replace("/", "-").replace("{id}", "1") or "flota"


def _shoot(page: Page, url: str, path: str, file: Path) -> bool:
    if "{clave}" in path:  # the operation that had most to tell
        page.goto(f"{url}/operaciones?equipo=2")
        path = page.locator("td.wide a").first.get_attribute("href") or path
    page.goto(url + path.replace("{id}", "2"))
    page.locator("h1").wait_for(timeout=15_000)
    page.wait_for_timeout(SETTLED_MS)
    page.screenshot(path=str(file))
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    if wide > 0:
        print(f"{file.name}: {wide} px too wide")
    return bool(wide <= 0)


def main() -> None:
    """Write the pictures."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "build/screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    if not CHROMIUM.exists():
        sys.exit(f"there is no {CHROMIUM}; install Debian's package chromium")
    with (
        tempfile.TemporaryDirectory() as place,
        room(Path(place) / "room.db") as url,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        faults = look(browser, url, folder)
        browser.close()
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
