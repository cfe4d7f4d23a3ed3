"""The export service: stored samples over HTTP; importing it imports FastAPI."""

from celador.surfaces.export_server.access import read_token
from celador.surfaces.export_server.server import ExportServer, ensure_safe

__all__ = ["ExportServer", "ensure_safe", "read_token"]
