"""Marks the scripts of NiceGUI's own template, so that no others need to be allowed."""

from __future__ import annotations

import re
from collections.abc import Callable

from jinja2 import BaseLoader, Environment
from nicegui.client import templates

_SCRIPT = re.compile(r"<script\b")
_MARKED = '<script nonce="{{ request.state.csp_nonce }}"'


class _Marking(BaseLoader):
    """Hands templates on with a nonce in every script tag of theirs.

    It sees the template alone, before anything is put into it: a script that came into a page with
    data gets no nonce and does not run.
    """

    def __init__(self, inner: BaseLoader) -> None:
        self._inner = inner

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        source, name, is_fresh = self._inner.get_source(environment, template)
        return _SCRIPT.sub(_MARKED, source), name, is_fresh


def mark_scripts() -> None:
    """Let NiceGUI's pages carry the nonce that the guard gives each request."""
    loader = templates.env.loader
    if loader is not None and not isinstance(loader, _Marking):
        templates.env.loader = _Marking(loader)
        if templates.env.cache is not None:
            templates.env.cache.clear()
