"""Celador watches NOJA Power OSM reclosers over Modbus."""
