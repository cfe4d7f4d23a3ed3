"""How people and programs get at what is kept."""
