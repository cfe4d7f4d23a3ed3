"""The embedded store: one SQLite file, nothing to install, safe against a pulled plug."""
