"""Command line: what a person or a script asks Celador to do."""
