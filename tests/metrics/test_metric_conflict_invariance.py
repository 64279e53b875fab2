"""Scenes full of conflicts, turned, mirrored, renamed, with somebody far away: nothing changes."""

import numpy as np
import pytest
from second_methods import busy_road
from test_metric_invariance import MIRRORED, assert_same, moved, permuted

from simeval.metrics import METRICS, measure_episode
from simeval.metrics.world_map import straight_map
from simeval.metrics.worlds import Track

SEEDS = range(30)
CONFLICTS = (
    "min_pet_s", "min_ttb_s", "min_tts_s", "min_ttr_s", "min_wttc_s", "min_headway_s", "max_drac_mps2",
    "max_required_decel_mps2", "max_impact_speed_mps", "near_misses", "ttc_integral_s2",
)  # fmt: skip


def scene(seed, extra=()):
    return busy_road(seed, cars=6, seconds=4.0, road_map=straight_map(3), extra=extra)


@pytest.mark.parametrize("seed", SEEDS)
def test_turning_and_moving_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    made = scene(seed)
    assert_same(made, moved(made, float(rng.uniform(-3, 3)), rng.uniform(-300, 300, 2), mirror=False))


@pytest.mark.parametrize("seed", SEEDS)
def test_mirroring_changes_nothing(seed):
    made = scene(seed)
    assert_same(made, moved(made, 0.0, np.zeros(2), mirror=True), MIRRORED)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_the_agents_changes_nothing(seed):
    made = scene(seed)
    assert_same(made, permuted(made, np.random.default_rng(seed).permutation(6).tolist()))


@pytest.mark.parametrize("seed", SEEDS)
def test_somebody_far_away_changes_nothing(seed):
    far = Track(x=20_000.0, y=-20_000.0, speed=10.0)
    assert_same(scene(seed), scene(seed, extra=[far]))


def test_these_scenes_have_all_conflicts():
    defined = dict.fromkeys(CONFLICTS, 0)
    for seed in SEEDS:
        made = scene(seed)
        found = measure_episode(made.scenario, made.trace, wanted=METRICS)
        for name in CONFLICTS:
            defined[name] += bool(found.value(name))
    assert min(defined.values()) >= 4, defined
