"""The stack, started once for all tests of this folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

from tests.stack.stack import Stack


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without the script that prepares the base images there is nothing to start."""
    for item in items:
        if item.get_closest_marker("stack") and "CELADOR_STACK" not in os.environ:
            item.add_marker(pytest.mark.skip(reason="needs a Docker engine: make test-stack"))


@pytest.fixture(scope="session")
def stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    started = Stack(tmp_path_factory.mktemp("stack"))
    failed = request.session.testsfailed
    try:
        started.up()
        started.wait_until_healthy()
        yield started
    except BaseException:
        failed = -1
        raise
    finally:
        if request.session.testsfailed != failed:
            _show(request, started.logs())
        started.down()


def _show(request: pytest.FixtureRequest, text: str) -> None:
    """Print past the capture: a fixture's own words are shown for errors only."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        sys.stderr.write(f"\n{text}\n")
