"""Tests of the Modbus source against peers that misbehave byte by byte."""
