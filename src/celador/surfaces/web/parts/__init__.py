"""View code that pages share: pure functions that give HTML and SVG."""
