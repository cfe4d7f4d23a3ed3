"""From status bits and counters to operations and interruptions (sheet of operations, 1.1-1.6)."""
