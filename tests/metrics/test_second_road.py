"""Road, lane, signal and route metrics against shapely, on random drives and on ones near a threshold."""

import numpy as np
import pytest
from random_scenes import Mover, drift, road, some_signals, tuned, world_of
from second_harness import covered, run
from slow_later import route_deviation
from slow_modes import off_route
from slow_nuplan import off_road, wrong_way
from slow_road import SLOW as ALL
from slow_road import beyond_edge, beyond_lines, path_distances
from slow_view import View

from simeval.metrics import METRICS, Episode

LIGHTS = {"red_light_crossings": ALL["red_light_crossings"]}
OURS = {name: slow for name, slow in ALL.items() if name not in LIGHTS}
SLOW = {**OURS, "nuplan_max_off_road_m": off_road, "nuplan_wrong_way_m": wrong_way}
BESIDE = {"max_route_deviation_m": route_deviation, "off_route_way_m": off_route}
RIGHT, LANE, AWAY = (-9.0, 1.0), (-0.2, 1.45), (-10.0, 0.0)


def largest(values):
    found = values[~np.isnan(values)]
    return float(found.max()) if len(found) else None


def raw(name):
    def read(made):
        return METRICS[name].measure(Episode(scenario=made.scenario, trace=made.trace)).value

    return read


# what is read, thresholds, between which offsets from the middle of lane 0 it lies, straight roads only
TUNED = {
    "max_distance_off_road_m": (lambda made: float(beyond_edge(View(made)).max()), (0.3,), RIGHT, False),
    "time_off_road_s": (lambda made: float(beyond_edge(View(made)).max()), (0.01,), RIGHT, True),
    "waymax_offroad": (lambda made: float(beyond_edge(View(made)).max()), (-0.02, 0.02), RIGHT, True),
    "nuplan_max_off_road_m": (raw("nuplan_max_off_road_m"), (0.3,), RIGHT, False),
    "max_lane_offset_m": (raw("max_lane_offset_m"), (0.5,), LANE, False),
    "time_over_lane_line_s": (lambda made: largest(beyond_lines(View(made))), (0.1,), LANE, False),
    "lane_invasions": (lambda made: largest(beyond_lines(View(made))), (0.1,), LANE, False),
    "waymax_wrong_way_m": (lambda m: largest(np.minimum(*path_distances(View(m)))), (3.5,), AWAY, False),
    "waymax_off_route_m": (lambda made: largest(path_distances(View(made))[0]), (5.0,), AWAY, False),
}  # fmt: skip


def tune(name, seed):
    rng = np.random.default_rng([7, seed, len(name)])
    if name == "red_light_crossings":
        return at_the_line(rng)
    if name == "nuplan_wrong_way_m":
        return against(rng)
    read, thresholds, span, straight = TUNED[name]
    way = road(3 * int(rng.integers(4)) if straight else int(rng.integers(12)))
    wanted = float(rng.choice(thresholds)) * float(rng.uniform(0.96, 1.04))
    speed, s = float(rng.uniform(3, 15)), float(rng.choice([rng.uniform(-40, -10), rng.uniform(50, 80)]))

    def build(p):
        return world_of(way, [Mover(s=s, d=p, speed=speed), Mover(s=-55.0)], steps=9)

    room = 0.004 * abs(wanted)
    return tuned(build, read, *span, (wanted - room, wanted + room))


def at_the_line(rng):
    """The front stops, or drives on, within 20 cm of a stop line."""
    way, speed, steps = road(int(rng.integers(12))), float(rng.uniform(3, 12)), 12
    start = 25.0 - 2.3 - speed * 0.1 * (steps - 1) + float(rng.uniform(-0.2, 0.2))
    lights = some_signals(way, rng, steps)
    return world_of(way, [Mover(s=start, speed=speed), Mover(s=-55.0)], steps=steps, signals=lights)


def toward_lights(seed):
    """Past the stop lines, or nearly, in a lane or between two, some at an angle."""
    rng = np.random.default_rng([31, seed])
    way, steps = road(int(rng.integers(12))), 16
    speed, turn = float(rng.uniform(4, 14)), float(rng.choice([0.0, rng.normal(0, 0.5)]))
    place = float(rng.choice([0.0, way.width, rng.uniform(-3.0, 7.0)]) + rng.normal(0, 0.2))
    ego = Mover(s=25.0 - speed * float(rng.uniform(0.2, 1.8)), d=place, speed=speed, angle=turn)
    lane = int(rng.integers(0, 2))
    lights = some_signals(way, rng, steps)
    return world_of(way, [ego, Mover(s=-55.0)], steps=steps, lane=lane, signals=lights)


def against(rng):
    """Against the oncoming lane by about 2 or 6 m a second."""
    way, wanted = road(int(rng.integers(12))), float(rng.choice([2.0, 6.0]) * rng.uniform(0.96, 1.04))
    ego = Mover(s=0.0, d=2.0 * way.width + float(rng.normal(0, 0.3)), speed=wanted)
    return world_of(way, [ego, Mover(s=-55.0)], steps=11)


SIZES = [
    pytest.param(110, 12, 100, 25, 10, id="tenth"),
    pytest.param(1100, 120, 1000, 300, 100, id="full", marks=pytest.mark.nightly),
]


@pytest.mark.parametrize(("pool", "each", "scenes", "nontrivial", "near"), SIZES)
def test_red_lights_agree_with_crossed_lines(pool, each, scenes, nontrivial, near):
    covered(run(LIGHTS, toward_lights, pool, tune, each), scenes=scenes, nontrivial=nontrivial, near=near)


@pytest.mark.parametrize(("pool", "each", "scenes", "nontrivial", "near"), SIZES)
def test_road_metrics_agree_with_shapely(pool, each, scenes, nontrivial, near):
    covered(run(SLOW, drift, pool, tune, each), scenes=scenes, nontrivial=nontrivial, near=near)


def beside_the_route(name, seed):
    """About as far from the route as makes it count, on the left or far to the right of it."""
    rng = np.random.default_rng([103, seed])
    way, threshold = road(3 * int(rng.integers(4))), {"off_route_way_m": 6.0}.get(name, 30.0)
    place = float(rng.choice([-1, 1])) * threshold * float(rng.uniform(0.96, 1.04))
    ego = Mover(s=float(rng.uniform(-40, 60)), d=place, speed=float(rng.uniform(2, 15)))
    return world_of(way, [ego, Mover(s=-55.0)], steps=9)


@pytest.mark.parametrize(("pool", "each", "scenes", "nontrivial", "near"), SIZES)
def test_ways_beside_the_route_agree_with_shapely(pool, each, scenes, nontrivial, near):
    counts = run(BESIDE, drift, pool, beside_the_route, each)
    covered(counts, scenes=scenes, nontrivial=nontrivial, near=near)
