"""A faithful stand-in for an OSM27 with its RC10 controller; it shares nothing with the poller."""
