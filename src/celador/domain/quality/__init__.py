"""Quality of supply from RMS magnitudes: formulas, limits and rules, without any I/O.

Everything here is indicative: a recloser gives RMS values at the pace of the poll, not the 10/12
cycle intervals of IEC 61000-4-30, clause 4.4, so nothing computed from them is of class A or S.
"""
