"""Is the sum of differences larger than if each cluster's sign were a coin?

For clusters of flips (broke minus fixed) this is the clustered form of McNemar's test, for single flips it
is McNemar's exact test itself; for scores it is the clustered form of Fisher's randomisation test.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy import stats

from simeval.arrays import Array
from simeval.statistics.keyed import generator_for

__all__ = ["SignFlip", "sign_flip"]

RESAMPLES = 99_999
ENOUGH = 1_000  # draws as extreme as what was observed: p is known to 3 %, more of them would change nothing
LARGEST_SUM = 100_000  # of whole numbers whose distribution is computed in full
LARGEST_CHUNK = 2_000_000  # signs held at once
LARGEST_WORK = 20_000_000  # additions for the full distribution, and signs drawn
MOST_ENUMERATED = 16  # clusters whose signs are all tried


@dataclass(frozen=True, kw_only=True)
class SignFlip:
    """`p` is one-sided, "the sum is positive". `smallest_p` is what it would be if all went the same way.

    num_moved: clusters whose sum is not zero; the others say nothing about the sign.
    """

    p: float
    smallest_p: float
    num_moved: int
    method: str


def sign_flip(sums: Float[Array, "k"], key: str) -> SignFlip:
    """Tests clusters' sums of differences, positive meaning worse.

    Exact where the sums are whole numbers (by convolution) or at most 16 are not zero (by enumeration);
    else by draws keyed by `key`: until 1,000 of them reach the observed sum (Besag & Clifford, Biometrika 78,
    301, 1991), or 99,999 in all, the observed one counted with them (Phipson & Smyth, Stat. Appl. Genet.
    Mol. Biol. 9, 2010); fewer where there are so many clusters that it would take long.
    """
    moved = np.sort(np.abs(sums[sums != 0.0]))  # the order of clusters must not matter
    total = float(np.sort(sums).sum())
    least = 0.5 ** len(moved)
    if len(moved) == 0:
        return SignFlip(p=1.0, smallest_p=1.0, num_moved=0, method="nothing differs")
    if (same := _all_equal(moved)) is not None:
        wrong = round((total / same + len(moved)) / 2)
        p, method = float(stats.binom.sf(wrong - 1, len(moved), 0.5)), "exact, binomial"
    elif _is_whole(moved):
        p, method = _convolved(np.round(moved).astype(np.int64), round(total)), "exact, by convolution"
    elif len(moved) <= MOST_ENUMERATED:
        p, method = _enumerated(moved, total), "exact, by enumeration"
    else:
        p, draws = _drawn(moved, total, key)
        method, least = f"{draws} keyed draws", max(least, 1.0 / (draws + 1))
    return SignFlip(p=min(p, 1.0), smallest_p=least, num_moved=len(moved), method=method)


def _all_equal(moved: Float[Array, "k"]) -> float | None:
    return float(moved[0]) if moved[-1] - moved[0] <= 1e-12 * moved[-1] else None


def _is_whole(moved: Float[Array, "k"]) -> bool:
    whole = bool(np.all(np.abs(moved - np.round(moved)) < 1e-9))
    return whole and moved.sum() <= LARGEST_SUM and moved.sum() * len(moved) <= LARGEST_WORK


def _convolved(moved: Int[Array, "k"], total: int) -> float:
    """P(sum of ±moved >= total): the distribution of the sum of those with a plus, cluster by cluster."""
    chances = np.zeros(int(moved.sum()) + 1)
    chances[0] = 1.0
    for size in moved:
        shifted = np.zeros_like(chances)
        shifted[size:] = chances[:-size]
        chances = 0.5 * (chances + shifted)
    # With w the sum of those with a plus, the whole is 2 w - sum(moved). Small terms first.
    least = -((-(total + int(moved.sum()))) // 2)
    return float(np.sort(chances[least:]).sum())


def _enumerated(moved: Float[Array, "k"], total: float) -> float:
    sums = np.zeros(1)
    for size in moved:
        sums = np.concatenate([sums + size, sums - size])
    return float(np.mean(sums >= total - _slack(moved)))


def _drawn(moved: Float[Array, "k"], total: float, key: str) -> tuple[float, int]:
    """p and the number of draws behind it."""
    draws = max(9_999, min(RESAMPLES, LARGEST_WORK // len(moved)))
    generator = generator_for("sign-flip", key)
    limit, reached, done = total - _slack(moved), 0, 0
    chunk = max(1, min(2_500, LARGEST_CHUNK // len(moved)))
    while done < draws:
        rows = min(draws - done, chunk)
        pluses = generator.integers(0, 2, size=(rows, len(moved)), dtype=np.int8)
        hits = np.flatnonzero((2.0 * pluses - 1.0) @ moved >= limit)
        if reached + len(hits) >= ENOUGH:
            last = done + int(hits[ENOUGH - reached - 1]) + 1
            return ENOUGH / last, last
        reached, done = reached + len(hits), done + rows
    return (1 + reached) / (1 + draws), draws


def _slack(moved: Float[Array, "k"]) -> float:
    """Sums that are equal but for rounding count as equal."""
    return 1e-12 * float(moved.sum())
