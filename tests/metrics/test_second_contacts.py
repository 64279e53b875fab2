"""Contacts, their faults and how hard they are, against shapely, on random crashes and on near ones."""

import numpy as np
import pytest
import shapely
from random_scenes import crash, crossed, random_ego, road, sideswipe, tuned
from second_harness import covered, run
from slow_contacts import SLOW as OURS
from slow_nuplan import collision_score
from slow_view import View

SLOW = {**OURS, "nuplan_collision_score": collision_score}
UNKNOWN = {"unknown_fault_contacts": SLOW.pop("unknown_fault_contacts")}
ONLY_IN_CONTACT = ("max_impact_speed_mps", "max_delta_v_mps")


def clearance(made):
    """Least distance of the ego from the first other one [m]; negative: how deep they overlap."""
    view = View(made)
    pairs = view.pair_agent == 1
    origin = shapely.Point(0, 0)
    depth = shapely.distance(shapely.boundary(view.obstacle[:, pairs]), origin)
    return float(np.where(view.gap[:, pairs] > 0.0, depth, -depth).min())


def tune(name, seed):
    """A crash that is one, or is none, by three centimetres."""
    rng = np.random.default_rng([5, seed, len(name)])
    way = road(int(rng.integers(12)))
    ego, lane = random_ego(rng, way, calm=True)
    ego.trailer, speed, start = 0.0, ego.speed, ego.d
    state = rng.bit_generator.state

    def build(p):
        rng.bit_generator.state, ego.speed, ego.d = state, speed, start
        sideways = name in UNKNOWN
        return crossed(rng, way, ego, lane, p, 11, seed, bare=0.95 if sideways else 0.0, sideways=sideways)

    wanted = (-0.02, -0.001) if name in ONLY_IN_CONTACT else (-0.02, 0.02)
    return tuned(build, clearance, 0.6, 1.6, wanted)


SIZES = [
    pytest.param(110, 12, 100, 25, 10, id="tenth"),
    pytest.param(1000, 110, 1000, 300, 100, id="full", marks=pytest.mark.nightly),
]


@pytest.mark.parametrize(("pool", "each", "scenes", "nontrivial", "near"), SIZES)
def test_contacts_agree_with_shapely(pool, each, scenes, nontrivial, near):
    covered(run(SLOW, crash, pool, tune, each), scenes=scenes, nontrivial=nontrivial, near=near)


@pytest.mark.parametrize(("pool", "each", "scenes", "nontrivial", "near"), SIZES)
def test_contacts_at_the_side_agree_with_shapely(pool, each, scenes, nontrivial, near):
    covered(run(UNKNOWN, sideswipe, pool, tune, each), scenes=scenes, nontrivial=nontrivial, near=near)
