"""NAVSIM's metrics of episodes, and those of imitation, plans and trucks, against second implementations."""

import numpy as np
import pytest
import test_second_contacts as contacts
import test_second_road as roads
from random_scenes import Mover, crash, drift, everything, road, world_of
from second_harness import covered, run
from slow_later import CARLA
from slow_later import SLOW as LATER
from slow_navsim import SLOW

from simeval.scenario import AgentKind

COLLISION = {"navsim_collision_score": SLOW["navsim_collision_score"]}
CONFLICT = {"navsim_conflict": SLOW["navsim_conflict"]}
LIGHTS = {"navsim_red_light": SLOW["navsim_red_light"]}
ROAD = {n: SLOW[n] for n in ("navsim_time_off_road_s", "navsim_off_route_m", "navsim_beside_lane_s")}
REST = {"navsim_comfort_bounds_broken": SLOW["navsim_comfort_bounds_broken"], **LATER}
STRUCK = {
    "carla_pedestrian_contacts": (AgentKind.PEDESTRIAN,), "carla_static_contacts": (AgentKind.STATIC,),
    "carla_vehicle_contacts": (AgentKind.CAR, AgentKind.TRUCK, AgentKind.CYCLIST),
}  # fmt: skip
SIZES = [
    pytest.param(110, 12, 100, 25, 10, id="tenth"),
    pytest.param(1100, 120, 1000, 300, 100, id="full", marks=pytest.mark.nightly),
]


def nothing(name, seed):
    return None


def near_the_edge(name, seed):
    if name == "navsim_off_route_m":
        return off_the_route(seed)
    return roads.tune("waymax_offroad", seed) if name == "navsim_time_off_road_s" else None


def off_the_route(seed):
    """Along the oncoming lane by about 2 or 6 m a second."""
    rng = np.random.default_rng([43, seed])
    way, wanted = road(int(rng.integers(12))), float(rng.choice([2.0, 6.0]) * rng.uniform(0.96, 1.04))
    ego = Mover(s=-50.0, d=2.0 * way.width + float(rng.normal(0, 0.3)), speed=wanted / 1.1)
    return world_of(way, [ego, Mover(s=55.0)], steps=16)


def longer_crash(seed):
    return crash(seed, steps=12 + seed % 12)


@pytest.mark.parametrize(("pool", "each", "scenes", "nontrivial", "near"), SIZES)
def test_collision_scores_agree_with_shapely(pool, each, scenes, nontrivial, near):
    counts = run(COLLISION, longer_crash, pool, contacts.tune, each)
    covered(counts, scenes=scenes, nontrivial=nontrivial, near=near)


@pytest.mark.parametrize(("pool", "each", "scenes", "nontrivial", "near"), SIZES)
def test_conflicts_agree_with_shapely(pool, each, scenes, nontrivial, near):
    counts = run(CONFLICT, longer_crash, pool * 9 // 4, nothing, 0)
    covered(counts, scenes=scenes, nontrivial=nontrivial, near=near)


@pytest.mark.parametrize(("pool", "each", "scenes", "nontrivial", "near"), SIZES)
def test_red_lights_agree_with_shapely(pool, each, scenes, nontrivial, near):
    counts = run(LIGHTS, roads.toward_lights, pool, nothing, 0)
    covered(counts, scenes=scenes, nontrivial=nontrivial, near=near)


@pytest.mark.parametrize(("pool", "each", "scenes", "nontrivial", "near"), SIZES)
def test_road_and_route_agree_with_shapely(pool, each, scenes, nontrivial, near):
    covered(run(ROAD, drift, pool, near_the_edge, each), scenes=scenes, nontrivial=nontrivial, near=near)


@pytest.mark.parametrize("name", CARLA)
@pytest.mark.parametrize(("pool", "each", "scenes", "nontrivial", "near"), SIZES)
def test_carlas_collisions_agree_with_shapely(name, pool, each, scenes, nontrivial, near):
    """With somebody of the kinds that the metric counts, mostly; touching by 5 % more or less is near."""

    def scene(seed):
        return crash(seed) if seed % 4 == 0 else crash(seed, kinds=STRUCK[name])

    counts = run({name: CARLA[name]}, scene, pool * 5 // 4, nothing, 0)
    covered(counts, scenes=scenes, nontrivial=nontrivial, near=near)


@pytest.mark.parametrize(
    ("pool", "nontrivial"),
    [pytest.param(50, 5, id="fifty"), pytest.param(300, 30, id="full", marks=pytest.mark.nightly)],
)
def test_other_later_metrics_agree_with_second_implementations(pool, nontrivial):
    covered(run(REST, everything, pool, nothing, 0), scenes=50, nontrivial=nontrivial)
