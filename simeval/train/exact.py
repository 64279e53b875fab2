"""Exact statistics of counts."""

from __future__ import annotations

from collections.abc import Sequence

from scipy.stats import binomtest

__all__ = ["interval", "paired_p", "sign_p"]

LEVEL = 0.95


def interval(passed: int, planned: int) -> tuple[float, float]:
    """95 % interval of a pass rate (Clopper & Pearson, Biometrika 26, 1934). Nothing planned: (0, 1)."""
    if planned == 0:
        return 0.0, 1.0
    found = binomtest(passed, planned).proportion_ci(LEVEL, method="exact")
    return float(found.low), float(found.high)


def paired_p(ours: Sequence[bool], theirs: Sequence[bool]) -> float:
    """Two-sided p that two drivers pass equally often, given both on the same scenarios.

    Exact form of McNemar's test (Psychometrika 12, 1947): of the scenarios that only one of them passes,
    each has it with probability one half.
    """
    pairs = list(zip(ours, theirs, strict=True))
    return sign_p(sum(a and not b for a, b in pairs), sum(b and not a for a, b in pairs))


def sign_p(more: int, less: int) -> float:
    """Two-sided p of the sign test; 1 where nothing differs."""
    return float(binomtest(more, more + less, 0.5).pvalue) if more + less else 1.0
