"""All other metrics against second implementations: comfort, speed, progress, the log."""

import pytest
from random_scenes import errand
from second_harness import covered, run
from slow_rest import SLOW


def nothing_to_tune(name, seed):
    return None


@pytest.mark.parametrize(
    ("pool", "scenes", "nontrivial"),
    [
        pytest.param(60, 50, 6, id="sixty"),
        pytest.param(400, 400, 45, id="full", marks=pytest.mark.nightly),
    ],
)
def test_other_metrics_agree_with_second_implementations(pool, scenes, nontrivial):
    counts = run(SLOW, errand, pool, nothing_to_tune, 0)
    covered(counts, scenes=scenes, nontrivial=nontrivial)
