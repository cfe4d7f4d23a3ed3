"""The control room: pages for a browser, and the address they are served from."""
