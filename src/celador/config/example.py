"""The example configuration: a file that works as it is, against the simulator."""

from __future__ import annotations

from importlib import resources


def example_config() -> str:
    """A commented TOML file with every setting; it loads as it is."""
    return resources.files("celador.config").joinpath("example.toml").read_text(encoding="utf-8")
