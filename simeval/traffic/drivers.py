"""How drivers differ: declared distributions, and the draw of one driver from its key alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from types import MappingProxyType
from typing import Literal

from simeval.errors import UsageError, unknown_name
from simeval.traffic.idm import IdmParameters
from simeval.traffic.mobil import MobilParameters
from simeval.traffic.philox import uniform

__all__ = ["DRIVERS", "Distribution", "Driver", "draw_driver", "draw_value"]

DECIMALS = 4  # a drawn value can be written into a file and read again without loss


@dataclass(frozen=True)
class Distribution:
    """Between `low` and `high`: the same everywhere, or a normal one cut off there (`spread` its sigma)."""

    kind: Literal["uniform", "normal"]
    low: float
    high: float
    mean: float = 0.0
    spread: float = 0.0

    def __post_init__(self) -> None:
        """Raises UsageError for limits the wrong way round or a normal distribution without a spread."""
        where = f"distribution from {self.low} to {self.high}"
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low <= self.high):
            raise UsageError(where, "the limits hold nothing between them.", "Write low <= high.")
        if self.kind == "normal" and not (self.spread > 0.0 and self.low <= self.mean <= self.high):
            raise UsageError(
                where,
                f"mean {self.mean} with spread {self.spread} cannot be drawn from there.",
                "Put the mean between the limits and the spread above 0.",
            )


DRIVERS: Mapping[str, Distribution] = MappingProxyType(
    {
        "desired_speed_factor": Distribution("normal", 0.7, 1.3, 1.0, 0.1),  # of the speed limit
        "headway": Distribution("normal", 0.8, 2.5, 1.5, 0.3),  # [s]
        "min_gap": Distribution("uniform", 1.5, 2.5),  # [m]
        "max_acceleration": Distribution("normal", 0.8, 2.5, 1.5, 0.3),  # [m/s^2]
        "comfortable_braking": Distribution("normal", 1.2, 3.0, 2.0, 0.3),  # [m/s^2]
        "politeness": Distribution("uniform", 0.0, 0.5),
    }
)
"""Our own spread around the means of `IdmParameters` and `MobilParameters`; its order fixes the draws."""

ORDER = tuple(DRIVERS)


@dataclass(frozen=True)
class Driver:
    """One drawn driver."""

    desired_speed_factor: float
    idm: IdmParameters
    mobil: MobilParameters


def draw_value(distribution: Distribution, key: int, number: int) -> float:
    """Value `number` of a key, rounded to four decimals; by the inverse of the distribution function."""
    unit, low, high = uniform(key, 0, number), distribution.low, distribution.high
    value = low + unit * (high - low)
    if distribution.kind == "normal":
        bell = NormalDist(distribution.mean, distribution.spread)
        share = bell.cdf(low) + unit * (bell.cdf(high) - bell.cdf(low))
        value = bell.inv_cdf(min(max(share, 1e-300), 1.0 - 1e-16))
    return min(max(round(value, DECIMALS), low), high)


def draw_driver(key: int, distributions: Mapping[str, Distribution] = DRIVERS) -> Driver:
    """The driver of a key (`simeval.traffic.philox.key_for`); what is not declared stays at its default.

    A parameter is drawn by its own number: declaring one more leaves the others as they were.

    Raises:
        UsageError: a distribution of something that drivers do not have.
    """
    for name in distributions:
        if name not in DRIVERS:
            raise unknown_name("driver parameter", name, ORDER)
    drawn = {n: draw_value(d, key, ORDER.index(n)) for n, d in distributions.items()}
    idm = IdmParameters()._replace(**{n: v for n, v in drawn.items() if n in IdmParameters._fields})
    politeness = drawn.get("politeness", MobilParameters().politeness)
    factor = drawn.get("desired_speed_factor", 1.0)
    return Driver(factor, idm, MobilParameters(politeness=politeness))
