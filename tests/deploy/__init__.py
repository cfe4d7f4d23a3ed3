"""Tests of the files that deploy the stack; none of them needs a Docker engine."""
