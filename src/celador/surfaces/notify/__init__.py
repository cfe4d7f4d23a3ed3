"""Tells people of alarms and operations: a queue on the disk, and one thread per destination."""
