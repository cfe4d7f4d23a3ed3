"""Values and pure rules of recloser monitoring; standard library only."""
