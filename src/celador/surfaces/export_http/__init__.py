"""Stored samples over HTTP: what the export service and the control room both need."""
