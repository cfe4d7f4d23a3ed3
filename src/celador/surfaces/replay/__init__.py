"""What came out of a replay, against what its file expects."""

from __future__ import annotations

from celador.surfaces.replay.expected import Found, differences, line_by_line

__all__ = ["Found", "differences", "line_by_line"]
