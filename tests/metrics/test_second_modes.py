"""Metrics that failure modes rest on against second implementations."""

import pytest
from random_scenes import manoeuvre
from second_harness import covered, run
from slow_modes import SLOW


def nothing(name, seed):
    return None


@pytest.mark.parametrize(
    ("pool", "nontrivial"),
    [pytest.param(80, 5, id="eighty"), pytest.param(1000, 70, id="full", marks=pytest.mark.nightly)],
)
def test_metrics_of_manoeuvres_agree_with_second_implementations(pool, nontrivial):
    covered(run(SLOW, manoeuvre, pool, nothing, 0), scenes=50, nontrivial=nontrivial)
