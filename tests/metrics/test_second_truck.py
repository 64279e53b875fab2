"""Truck metrics against second implementations, on combinations that turn this way and that."""

from dataclasses import replace

import numpy as np
import pytest
from second_harness import covered, run
from slow_truck import SLOW
from transforms import shown

from simeval.metrics.worlds_truck import semitrailer
from simeval.scenario import Flag
from simeval.vehicles.truck_sets import EU_SEMITRAILER, US_SEMITRAILER


def combination(seed):
    """Four seconds of turning at the speed of a bend; some stop, some fold, each seen from elsewhere."""
    rng = np.random.default_rng([53, seed])
    plan = [
        [t, float(rng.uniform(-2.0, 1.0)), float(rng.uniform(-0.08, 0.08))] for t in (0.8, 1.6, 2.4, 3.2, 4.0)
    ]
    made = semitrailer(
        plan, speed=float(rng.uniform(2.0, 14.0)), seconds=4.0, num_lanes=3, y=float(rng.uniform(-2.0, 8.0)),
        hitch=float(rng.uniform(-0.4, 0.4)), vehicle=(EU_SEMITRAILER, US_SEMITRAILER)[seed % 2],
    )  # fmt: skip
    flags = made.trace.flags.copy()
    first = int(rng.integers(0, len(flags)))
    flags[first : first + int(rng.integers(0, 8)), 0] |= int(Flag.JACKKNIFE)
    made = replace(made, trace=replace(made.trace, flags=flags))
    made = replace(made, scenario=replace(made.scenario, goal=(100.0, 0.0)))
    return shown(made, turn=float(rng.uniform(-3, 3)), shift=rng.uniform(-90, 90, 2), mirror=seed % 3 == 0)


def nothing(name, seed):
    return None


@pytest.mark.parametrize(
    ("pool", "nontrivial"),
    [pytest.param(50, 25, id="fifty"), pytest.param(500, 250, id="full", marks=pytest.mark.nightly)],
)
def test_truck_metrics_agree_with_second_implementations(pool, nontrivial):
    covered(run(SLOW, combination, pool, nothing, 0), scenes=50, nontrivial=nontrivial)
