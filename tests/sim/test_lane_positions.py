"""Lane, arc length and offset of every agent are those of the nearest centre line that runs its way."""

import math

import numpy as np
import shapely
from observe_scenes import random_scene
from sim_worlds import world

from simeval.safety import lane_index
from simeval.safety.lane_index import KEPT_MAPS, MAX_OFFSET, lane_at, lane_index_of
from simeval.sim import SimSettings, Worlds
from simeval.sim.lane_positions import LanePositions

SETTINGS = SimSettings(end_on=())


def by_hand(lanes, xy, heading):
    """(distance, lane, s, offset) of the nearest centre line that runs within 60 degrees, by shapely."""
    best = (math.inf, -1, 0.0, 0.0)
    for k, line in enumerate(lanes.centre):
        for i in range(len(line) - 1):
            u = line[i + 1] - line[i]
            length = np.hypot(*u)
            if length == 0.0 or u @ [math.cos(heading), math.sin(heading)] < 0.5 * length:
                continue
            piece, point = shapely.LineString(line[i : i + 2]), shapely.Point(xy)
            d = shapely.distance(piece, point)
            if d < best[0]:
                before = shapely.LineString(line[: i + 1]).length if i else 0.0
                left = u[0] * (xy[1] - line[i][1]) - u[1] * (xy[0] - line[i][0])
                best = (d, k, before + piece.project(point), math.copysign(d, left))
    return best


def test_everyone_is_in_the_lane_found_by_hand():
    scenarios = [random_scene(seed) for seed in range(3)]
    worlds = Worlds(scenarios, "constant-velocity", SETTINGS, threads=2)
    worlds.advance(12)
    found, inside = LanePositions(worlds)(), 0
    for w, scenario in enumerate(scenarios):
        states, first = worlds.trace(w).states, worlds.tables.world[w].agent0
        for a in range(len(scenario.agents)):
            row = found[first + a]
            if not states.valid[-1, a]:
                assert row.lane == -1
                continue
            d, lane, s, offset = by_hand(scenario.map.lanes, states.xy[-1, a], states.heading[-1, a])
            if d > MAX_OFFSET:
                assert row.lane == -1
                continue
            inside += 1
            np.testing.assert_allclose([abs(row.offset), row.lane], [d, lane], atol=1e-9)
            np.testing.assert_allclose([row.s, row.offset], [s, offset], atol=1e-6)
    assert inside


def test_places_around_lanes_are_found_as_by_hand():
    rng, inside = np.random.default_rng(3), 0
    for seed in range(4):
        road = random_scene(seed, cars=1, trailers=False).map
        index = lane_index_of(road)
        tables = (index.segments, index.lane, index.grid, index.shape, index.offsets, index.items)
        for line in road.lanes.centre:
            k = int(rng.integers(len(line) - 1))
            u = line[k + 1] - line[k]
            xy = line[k] + rng.uniform(0.0, 1.0) * u + rng.normal(0.0, 2.0, 2)
            heading = math.atan2(u[1], u[0]) + rng.normal(0.0, 0.8)
            got = lane_at(*tables, xy[0], xy[1], math.cos(heading), math.sin(heading))
            d, lane, s, offset = by_hand(road.lanes, xy, heading)
            if d >= MAX_OFFSET:
                assert got[0] == -1
                continue
            inside += 1
            np.testing.assert_allclose([abs(got[2]), *got], [d, lane, s, offset], atol=1e-6)
    assert inside > 20


def test_on_a_map_without_lanes_nobody_is_in_one():
    worlds = Worlds([world([{"speed": 5.0}])], "constant-velocity", SETTINGS)
    assert (LanePositions(worlds)().lane == -1).all()


def test_indices_of_old_maps_are_let_go():
    for seed in range(KEPT_MAPS + 9):
        lane_index_of(random_scene(seed, cars=1, trailers=False).map)
    assert len(lane_index._kept) == KEPT_MAPS
