"""Power-quality formulas in SQL, from RMS magnitudes alone.

Each takes names of columns and yields an expression that is NULL, never 0, where a magnitude is
missing or the quantity has no meaning. Percentages unless said otherwise.
"""

from __future__ import annotations

MINIMUM_CURRENT_A = 10
"""Below this mean current its unbalance is the registers' resolution (1 A), not the line's."""


def voltage_unbalance(ab: str, bc: str, ca: str, nominal: str) -> str:
    """Negative over positive sequence, u2 (IEC 61000-4-30, 5.7), from line-to-line voltages.

    True RMS stands for the fundamental. NULL where any voltage is below half the nominal one:
    that is an event, not an unbalance.
    """
    squares = " + ".join(f"({u})::float8 * {u}" for u in (ab, bc, ca))
    fourths = " + ".join(f"({u})::float8 * {u} * {u} * {u}" for u in (ab, bc, ca))
    root = f"sqrt(least(1, greatest(0, 3 - 6 * ({fourths}) / ({squares}) ^ 2)))"
    # 2 / (1 + root) - 1 is (1 - root) / (1 + root), with the root taken once.
    return (
        f"CASE WHEN {ab} >= 0.5 * {nominal} AND {bc} >= 0.5 * {nominal} "
        f"AND {ca} >= 0.5 * {nominal} "
        f"THEN 100 * sqrt(greatest(0, 2 / (1 + {root}) - 1)) END"
    )


def greatest_deviation(a: str, b: str, c: str, lowest_mean: float) -> str:
    """Largest deviation from the mean over the mean (NEMA MG1), NULL below `lowest_mean`."""
    mean = f"(({a})::float8 + {b} + {c})"  # of three: the factor is in the constants
    return (
        f"CASE WHEN {mean} >= {3 * lowest_mean:g} THEN 100 * greatest("
        f"abs({a} - {mean} / 3), abs({b} - {mean} / 3), abs({c} - {mean} / 3)) "
        f"/ ({mean} / 3) END"
    )


def current_unbalance(a: str, b: str, c: str) -> str:
    """Largest deviation of a phase current from their mean; NULL below 10 A of mean."""
    return greatest_deviation(a, b, c, MINIMUM_CURRENT_A)


def negative_sequence_current(a: str, b: str, c: str, residual: str) -> str:
    """I2/I1 from three magnitudes, which the triangle closes only without residual current.

    NULL where the residual current is 5 % of the mean or more, and below 10 A of mean.
    """
    total = f"(({a})::float8 + {b} + {c})"
    half = f"({total} / 2)"
    heron = f"sqrt(greatest(0, {half} * ({half} - {a}) * ({half} - {b}) * ({half} - {c})))"
    squares = f"((({a})::float8 ^ 2 + ({b})::float8 ^ 2 + ({c})::float8 ^ 2) / 3)"
    area = f"(4 * {heron} / sqrt(3::float8))"
    return (
        f"CASE WHEN {total} >= {3 * MINIMUM_CURRENT_A} AND {residual} < 0.05 * {total} / 3 "
        f"THEN 100 * sqrt(greatest(0, {squares} - {area}) / ({squares} + {area})) END"
    )


def deviation(voltage: str, nominal: str) -> str:
    """Deviation of a voltage from the nominal one (signed)."""
    return f"100 * (({voltage})::float8 / nullif({nominal}, 0) - 1)"


def share(part: str, whole: str) -> str:
    """`part` of `whole`, at most 100; NULL of nothing, and of what is not known.

    Not `least(100, ...)`, which turns what is not known into 100.
    """
    return (
        f"CASE WHEN {whole} <= 0 THEN NULL WHEN {part} >= {whole} THEN 100 "
        f"ELSE 100.0 * {part} / {whole} END"
    )
