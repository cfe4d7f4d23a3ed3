"""Device maps as data, the request plan, and the codec between registers and values."""
