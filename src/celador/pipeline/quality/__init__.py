"""Quality of supply of one recloser, from what is stored, in one pass over its samples."""
