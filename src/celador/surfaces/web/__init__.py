"""The control room: pages in a browser, served from here, without the internet.

A page reads what is stored and what has just become durable. It never talks to a device.
"""
