"""Simulated nights: pairs of episodes of two policies that are equal, or one of them broken on purpose."""

from __future__ import annotations

import numpy as np
import pandas as pd

CHANGES = {(False, False): "still_passing", (True, True): "still_failing"}


def night(rng, *, families=20, members=15, discordance=0.05, agreement=0.0, spread=1.0, broken=None):
    """Pairs of one night.

    Families differ in how often they fail and how often a pair flips (gamma with coefficient of variation
    `spread`). A flip goes either way equally; with chance `agreement` it goes the way of its family, which
    is drawn anew each night: siblings then break and are fixed together. `broken` is (family, chance): in
    that family episodes of the newer policy that passed fail with that chance.
    """
    n = families * members
    family = np.repeat(np.arange(families), members)
    rate = np.minimum(rng.gamma(1.0 / spread**2, discordance * spread**2, families), 0.9)[family]
    hard = rng.beta(1.0, 6.0, families)[family]
    flips = rng.random(n) < rate
    own_way = rng.random(n) < 0.5
    shared_way = (rng.random(families) < 0.5)[family]
    worse = np.where(rng.random(n) < agreement, shared_way, own_way)
    steady = rng.random(n) < hard
    failed_a = np.where(flips, ~worse, steady)
    failed_b = np.where(flips, worse, steady)
    if broken is not None:
        failed_b |= (family == broken[0]) & (rng.random(n) < broken[1])
    shift = rng.normal(0.0, 0.03, families)[family] * agreement + rng.normal(0.0, 0.03, n)
    base = rng.uniform(0.6, 1.0, n)
    total_a = np.where(failed_a, 0.0, base)
    total_b = np.where(failed_b, 0.0, np.clip(base + shift, 0.0, 1.0))
    return frame(family, failed_a, failed_b, total_a, total_b)


def frame(family, failed_a, failed_b, total_a=None, total_b=None, cluster=None, scenario=None):
    """A table of pairs as `pairs_of` gives it."""
    n = len(family)
    names = [f"made/f{f:02d}" for f in family]
    ids = [f"{name}[i-{i}]" for i, name in enumerate(names)] if scenario is None else list(scenario)
    failed_a, failed_b = np.asarray(failed_a, dtype=bool), np.asarray(failed_b, dtype=bool)
    change = np.select(
        [~failed_a & failed_b, failed_a & ~failed_b, failed_a & failed_b],
        ["broke", "fixed", "still_failing"],
        "still_passing",
    )
    return pd.DataFrame(
        {
            "scenario_id": ids,
            "seed": 0,
            "family": names,
            "cluster": names if cluster is None else list(cluster),
            "key_a": [f"a{i:063x}" for i in range(n)],
            "key_b": [f"b{i:063x}" for i in range(n)],
            "outcome_a": np.where(failed_a, "fail", "pass"),
            "outcome_b": np.where(failed_b, "fail", "pass"),
            "failed_a": failed_a,
            "failed_b": failed_b,
            "total_a": np.nan if total_a is None else total_a,
            "total_b": np.nan if total_b is None else total_b,
            "change": change,
        }
    )
