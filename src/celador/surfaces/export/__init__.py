"""Samples as files for other programs."""
