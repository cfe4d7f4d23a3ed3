"""Reliability indices (IEEE Std 1366-2022 and the Argentine regulators'), by interval arithmetic.

An interruption's ends are known to lie between two polls, so each duration is an interval, and so
is each index: where the possible durations lie on both sides of a threshold the case is
undetermined, and both results are told.
"""
