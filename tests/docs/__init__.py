"""Tests of the documentation: what it names must be there."""
