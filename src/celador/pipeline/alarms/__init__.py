"""The alarms: what raises them on each recloser, and the book of all that are open."""
