"""The alarms: what can be raised, and the states that one life of an alarm passes through."""
