"""The room in a process of its own, and a real browser that looks at it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Request,
    ViewportSize,
    expect,
    sync_playwright,
)

from tests.web.quiet import make_store
from tests.web.served import serving

CHROMIUM = Path("/usr/bin/chromium")
LOCAL = ("127.0.0.1", "localhost")
FLEET = 500  # reclosers of the quiet room
DESK: ViewportSize = {"width": 1440, "height": 900}

expect.set_options(timeout=15_000)  # ms; a busy machine is no fault of the pages


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what needs a browser last: Playwright leaves an event loop running in this thread."""
    items.sort(key=lambda item: "browser" in getattr(item, "fixturenames", ()))


@dataclass(frozen=True, slots=True)
class Room:
    """A running room with simulated reclosers 1 and 2.

    Attributes:
        url: where it is.
        simulator: where the simulator's HTTP API is.
        store: its edge store.
    """

    url: str
    simulator: str
    store: Path

    def play(self, scenario: str, device: int = 1) -> None:
        """Let a scenario happen to a simulated recloser, now."""
        name = f"sim-{device:03d}"
        httpx.post(f"{self.simulator}/devices/{name}/scenarios/{scenario}").raise_for_status()

    def closed(self, device: int = 1) -> bool:
        """Whether the switch of a simulated recloser is closed, by its own word."""
        found: dict[str, Any] = httpx.get(f"{self.simulator}/devices/sim-{device:03d}").json()
        return bool(found["state"]["position"] == "closed")

    def act(self, device: int = 1, **action: object) -> None:
        """Let one action of the scenario language happen."""
        name = f"sim-{device:03d}"
        httpx.post(f"{self.simulator}/devices/{name}/actions", json=action).raise_for_status()


@pytest.fixture(scope="package")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """One room for all tests."""
    store = tmp_path_factory.mktemp("room") / "room.db"
    with serving("tests.web.room", store) as (said, _):
        told = json.loads(said)
        yield Room(told["url"], told["simulator"], store)


@pytest.fixture(scope="session")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a room over a store with 500 reclosers."""
    with quiet_room(tmp_path_factory.mktemp("quiet") / "quiet.db", FLEET) as url:
        yield url


@contextmanager
def quiet_room(store: Path, reclosers: int) -> Iterator[str]:
    """The address of a room over a new store that nobody writes."""
    make_store(store, reclosers)
    with serving("tests.web.quiet", store) as (url, _):
        yield url


@pytest.fixture
def calm(room: Room) -> None:
    """Both switches closed, whatever the tests before have done to them."""
    for device in (1, 2):
        if room.closed(device):
            continue
        room.act(device, do="clear")  # the fault, which would open it again
        room.act(device, do="times", reclaim=1.0)  # s; a trip within it would lock out at once
        deadline, closed_since = time.monotonic() + 60.0, None
        while closed_since is None or time.monotonic() < closed_since + 1.5:
            assert time.monotonic() < deadline, f"sim-{device:03d} does not stay closed"
            if not room.closed(device):
                room.act(device, do="order", what="close", by="hmi")
                closed_since = None
            elif closed_since is None:
                closed_since = time.monotonic()
            time.sleep(0.1)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window.

    Not of the session: Playwright's loop is in the way of asynchronous tests that follow, which
    have no place in this package either.
    """
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM} (Debian package chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=str(CHROMIUM),
            args=["--no-sandbox", "--disable-gpu", "--in-process-gpu"],
        )
        yield started
        started.close()


@dataclass
class Watcher:
    """What a browser did that it should not.

    Attributes:
        faults: errors of the console, of the page, and requests that leave the machine.
        allowed: texts of faults that a test provokes on purpose.
    """

    faults: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Listen to a page."""
        page.on("console", lambda said: self._fault(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self._fault(f"{error.name}: {error.message}"))
        page.on("request", self._asked)

    def forget(self) -> None:
        """Begin anew."""
        self.faults.clear()
        self.allowed.clear()

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in LOCAL:
            self.faults.append(f"left the machine: {request.url}")

    def _fault(self, text: str) -> None:
        if not any(part in text for part in self.allowed):
            self.faults.append(text)


@dataclass(frozen=True, slots=True)
class Tab:
    """The page that the tests use one after the other, and who watches it.

    A page of its own costs a test two seconds of a core: the browser starts a process for it and
    has to read and compile all of NiceGUI and of the charts anew.
    """

    page: Page
    watcher: Watcher

    def clear(self) -> None:
        """Leave nothing of what a test has set or stored."""
        page, context = self.page, self.page.context
        if page.url.startswith("http"):
            context.unroute_all()
            page.goto(urljoin(page.url, "/favicon.ico"))  # nothing runs there
            page.evaluate("localStorage.clear(), sessionStorage.clear()")
        context.clear_cookies()
        page.emulate_media(media="null", color_scheme="null", reduced_motion="null")
        page.set_viewport_size(DESK)
        page.mouse.move(0, 0)


@pytest.fixture(scope="package")
def tab(browser: Browser) -> Iterator[Tab]:
    """The page for all tests."""
    watcher = Watcher()
    context = browser.new_context(viewport=DESK, timezone_id="America/Argentina/Buenos_Aires")
    context.set_default_timeout(15_000)
    context.on("page", watcher.watch)
    yield Tab(context.new_page(), watcher)
    context.close()


@pytest.fixture
def watcher(tab: Tab) -> Iterator[Watcher]:
    """Fails the test when the browser complained, or asked anybody but this machine."""
    tab.watcher.forget()
    yield tab.watcher
    assert tab.watcher.faults == []


@pytest.fixture
def context(tab: Tab, watcher: Watcher) -> Iterator[BrowserContext]:
    """A browser without cookies and with nothing stored; every page of it is watched."""
    yield tab.page.context
    for other in tab.page.context.pages[1:]:
        other.close()
    tab.clear()


@pytest.fixture
def page(tab: Tab, context: BrowserContext) -> Page:
    """A page of that browser."""
    return tab.page
