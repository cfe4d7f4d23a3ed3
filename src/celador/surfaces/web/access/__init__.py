"""Who may do what in the control room: users, sessions, tokens, audit, and the guard before it all.

Importing this package imports neither NiceGUI nor FastAPI: the commands need it too.
"""
