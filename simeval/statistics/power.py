"""What a suite of this size and this unrest can see."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from scipy import optimize, stats

from simeval.arrays import Array
from simeval.statistics.clusters import Clusters
from simeval.statistics.means import standard_error

__all__ = ["POWER", "design_effect", "detectable_mean", "detectable_rise", "power_of_mcnemar"]

POWER = 0.8  # chance of seeing a difference that is called detectable


def design_effect(values: Float[Array, "n"], clusters: Sequence[str]) -> float:
    """How many clustered rows are worth one independent row: the ratio of the two variances of the mean.

    Never below 1 and never above the mean cluster size weighted by size, which is what rows that agree
    wholly within their cluster would give (Kish, Survey Sampling, 1965).
    """
    grouped = Clusters.of(values, clusters)
    n = len(values)
    spread = float(np.var(values, ddof=1)) if n > 1 else 0.0
    if grouped.count < 2 or spread == 0.0:
        return 1.0
    most = float((grouped.sizes.astype(np.float64) ** 2).sum() / n)
    return min(max(1.0, standard_error(grouped) ** 2 * n / spread), most)


def power_of_mcnemar(pairs: int, broke: float, fixed: float, alpha: float) -> float:
    """Chance that the exact one-sided test reaches `alpha` when a pair breaks or is fixed so often."""
    share = broke + fixed
    if share <= 0.0:
        return 0.0
    low, high = (int(stats.binom.ppf(q, pairs, min(share, 1.0))) for q in (1e-12, 1.0 - 1e-12))
    flips = np.arange(low, high + 1)
    # The smallest count of broken pairs that is significant: sf(count - 1) <= alpha.
    needed = stats.binom.isf(alpha, flips, 0.5) + 1.0
    power = stats.binom.pmf(flips, pairs, min(share, 1.0)) @ stats.binom.sf(
        needed - 1.0, flips, broke / share
    )
    return float(power)


def detectable_rise(
    pairs: int, fixed_rate: float, alpha: float, *, effect: float = 1.0, power: float = POWER
) -> float | None:
    """Smallest rise of the failure rate that McNemar's exact test sees with chance `power`.

    `fixed_rate` is the chance of a pair to be fixed meanwhile, `effect` the design effect that divides the
    pairs. None when even breaking every pair that is not fixed would not be seen.
    """
    worth = math.floor(pairs / effect)
    most = 1.0 - 2.0 * fixed_rate

    def lack(rise: float) -> float:
        return power_of_mcnemar(worth, fixed_rate + rise, fixed_rate, alpha) - power

    if worth < 1 or most <= 0.0 or lack(most) < 0.0:
        return None
    return float(optimize.brentq(lack, 0.0, most, xtol=1e-6)) if lack(0.0) < 0.0 else 0.0


def detectable_mean(grouped: Clusters, alpha: float, *, power: float = POWER) -> float | None:
    """Smallest change of a mean that is seen with chance `power`: (z_alpha + z_power) standard errors.

    With few clusters Student's quantiles take the place of the normal ones. None where nothing varies.
    """
    error = standard_error(grouped)
    if not error > 0.0:
        return None
    df = grouped.count - 1
    return float(stats.t.isf(alpha, df) + stats.t.ppf(power, df)) * error
