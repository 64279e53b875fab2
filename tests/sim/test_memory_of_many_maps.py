"""A process that sees map after map keeps the last ones only."""

import gc

import numpy as np
import psutil
import pytest
from observe_scenes import random_scene
from sim_worlds import road_with_edges, world

from simeval.policy import ObservationSpec
from simeval.safety import lane_index, road
from simeval.safety.lane_index import lane_index_of
from simeval.safety.road import road_of
from simeval.sim import SimSettings, Worlds, observe_cells, observe_map
from simeval.sim.lane_positions import LanePositions
from simeval.sim.observe import Observer

SETTINGS = SimSettings(end_on=())
SMALL = ObservationSpec(history=2, agents=4, lanes=4, lane_points=4, edges=8, route=4)
MB = 1e6


def drive(first, count):
    """So many episodes, each on a map of its own, simulated, observed, placed on lanes."""
    worlds = Worlds(
        [
            world(
                [{"speed": 10.0}],
                num_steps=12,
                name=f"w{k}",
                road=road_with_edges([[0.0, -3.0 - 1e-4 * k], [400.0, -3.0]]),
            )
            for k in range(first, first + count)
        ],
        "constant-velocity",
        SETTINGS,
    )
    worlds.advance(5)
    Observer(worlds, SMALL)(np.arange(count), np.ones(count, dtype=bool))
    LanePositions(worlds)()


def test_what_is_kept_of_maps_is_bounded():
    for first in range(0, 300, 50):
        drive(first, 50)
    assert len(road._CACHE) <= road._CACHE_SIZE
    assert len(observe_map._kept) <= observe_map.KEPT_MAPS
    assert len(lane_index._kept) <= lane_index.KEPT_MAPS
    assert len(observe_cells._unused) <= observe_cells.KEPT_KEYS


def test_a_map_is_indexed_once_however_many_worlds_are_on_it():
    scene = random_scene(1, cars=3)
    assert road_of(scene.map) is road_of(random_scene(1, cars=3).map)
    assert lane_index_of(scene.map) is lane_index_of(random_scene(1, cars=3).map)
    one, many = (Worlds([scene] * n, "constant-velocity", SETTINGS).tables.road for n in (1, 20))
    assert len(one.segments) == len(many.segments)
    assert len(one.items) == len(many.items)


@pytest.mark.nightly
def test_memory_grows_by_at_most_10_mb_from_episode_1000_to_10000_on_different_maps():
    process, batch = psutil.Process(), 50
    seen = {}
    for first in range(0, 10_000, batch):
        drive(first, batch)
        if first + batch in (1000, 10_000):
            gc.collect()
            seen[first + batch] = process.memory_info().rss
    assert seen[10_000] - seen[1000] <= 10 * MB
