"""The real compose file, built and started with a Docker engine; run by `make test-stack`."""
