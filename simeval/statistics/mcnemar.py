"""Paired yes-or-no outcomes: what broke against what was fixed (McNemar, Psychometrika 12, 1947)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import optimize, stats

from simeval.arrays import Array
from simeval.statistics.interval import CONFIDENCE, Interval

__all__ = ["McNemar", "fewest_flips"]

POINTS = 4000  # of the quadrature over the share of flips that go wrong; limits are good to 1e-5


@dataclass(frozen=True, kw_only=True)
class McNemar:
    """`broke` pairs passed before and fail now, `fixed` the other way, of `pairs` in all.

    Pairs count as independent of each other; where they come in clusters, `sign_flip` is the test and this
    is a detail.
    """

    broke: int
    fixed: int
    pairs: int

    @property
    def flips(self) -> int:
        """Pairs that changed."""
        return self.broke + self.fixed

    @property
    def rise(self) -> float | None:
        """Change of the failure rate, positive when it rose; of no pair there is none."""
        return (self.broke - self.fixed) / self.pairs if self.pairs else None

    @property
    def p_exact(self) -> float:
        """One-sided p of "it got worse": chance of as many broken, if a flip goes either way equally."""
        return float(stats.binom.sf(self.broke - 1, self.flips, 0.5))

    @property
    def p_mid(self) -> float:
        """The same, counting what was observed half: less conservative, not guaranteed.

        Source: Fagerland, Lydersen & Laake, BMC Med. Res. Methodol. 13:91 (2013).
        """
        return self.p_exact - 0.5 * float(stats.binom.pmf(self.broke, self.flips, 0.5))

    def interval(self, confidence: float = CONFIDENCE) -> Interval:
        """Interval of the rise that agrees with the exact test, also where nothing changed.

        Source: Fay & Lumbard, Stat. Med. (2021), doi 10.1002/sim.8829: the rise is T (2 W - 1), with T the
        share of pairs that flip and W the share of flips that go wrong; each limit is the quantile of the
        product of two beta variables. Computed by quadrature, not by drawing.
        """
        if not self.pairs:
            return Interval(value=None, confidence=confidence, reason="there is no pair")
        tail = (1.0 - confidence) / 2.0
        mirror = McNemar(broke=self.fixed, fixed=self.broke, pairs=self.pairs)
        return Interval(
            value=self.rise, low=-mirror._upper(tail), high=self._upper(tail),
            confidence=confidence, method="melded exact, pairs independent",
        )  # fmt: skip

    def _upper(self, tail: float) -> float:
        """The point that the upper of the two melded variables exceeds with probability `tail`."""
        net = 2.0 * self._wrong_shares() - 1.0  # equally likely values of 2 W - 1
        found = optimize.brentq(lambda x: self._above(x, net) - tail, -1.0, 1.0, xtol=1e-9)
        return float(found)

    def _wrong_shares(self) -> Float[Array, "n"]:
        if self.fixed == 0:
            return np.ones(1)
        middle = (np.arange(POINTS) + 0.5) / POINTS
        shares: Float[Array, "n"] = stats.beta.ppf(middle, self.broke + 1, self.fixed)
        return shares

    def _above(self, x: float, net: Float[Array, "n"]) -> float:
        """P(T V > x) for V in `net`: the larger T where V is positive, the smaller one where it is not."""
        up, down = net[net > 0.0], net[net <= 0.0]
        with np.errstate(divide="ignore"):
            above = self._flip_share(self.flips + 1, self.pairs - self.flips).sf(x / up).sum()
            if x >= 0.0:
                return float(above) / len(net)
            limit = np.where(down < 0.0, x / down, np.inf)
        share = self._flip_share(self.flips, self.pairs - self.flips + 1)
        return float(above + share.cdf(limit).sum()) / len(net)

    @staticmethod
    def _flip_share(a: int, b: int) -> _Share:
        return _Share(a, b)


@dataclass(frozen=True)
class _Share:
    """Beta(a, b), where a = 0 means certainly 0 and b = 0 certainly 1."""

    a: int
    b: int

    def cdf(self, x: Float[Array, "n"]) -> Float[Array, "n"]:
        if self.a == 0 or self.b == 0:
            return np.where(x >= (0.0 if self.a == 0 else 1.0), 1.0, 0.0)
        values: Float[Array, "n"] = stats.beta.cdf(x, self.a, self.b)
        return values

    def sf(self, x: Float[Array, "n"]) -> Float[Array, "n"]:
        return 1.0 - self.cdf(x)


def fewest_flips(alpha: float) -> int:
    """How many pairs that all break, and none fixed, it takes for the exact one-sided p to reach `alpha`."""
    flips = max(1, math.ceil(-math.log2(alpha)) - 1)
    while 0.5**flips > alpha:
        flips += 1
    return flips
