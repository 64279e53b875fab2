"""How long policies take to answer: times of the wall clock, beside the results and never part of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Latency", "latency_of"]

MEDIAN, SLOWEST = "policy_ms_p50", "policy_ms_p99"


class Latency(NamedTuple):
    """Times of the calls of one policy [ms]; a call answers for a whole batch."""

    median_ms: float  # median over episodes of the median over calls
    p99_ms: float  # largest over episodes of the 99th percentile over calls
    episodes: int


def latency_of(plan: DataFrame, episodes: DataFrame) -> Mapping[str, Latency]:
    """By policy, in the order of the plan; engine drivers, which are part of the step, are left out."""
    if MEDIAN not in episodes or SLOWEST not in episodes:
        return {}
    rows = plan[["key", "policy"]].merge(episodes[["key", MEDIAN, SLOWEST]], on="key").dropna()
    return {
        str(policy): Latency(float(own[MEDIAN].median()), float(own[SLOWEST].max()), len(own))
        for policy, own in rows.groupby("policy", sort=False)
    }
