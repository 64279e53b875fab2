"""With the log at the wheel and replayed traffic, contacts are those of the raw log."""

import os
from pathlib import Path

import numpy as np
import pytest
import shapely
from sim_worlds import world

from simeval.geometry import corners
from simeval.readers import read_path
from simeval.safety.contacts import contacts_in
from simeval.scenario import Controller, Flag
from simeval.scenario.ego import choose_ego
from simeval.sim import SimSettings, simulate


def pairs_by_shapely(scenario, last_step):
    found = set()
    states, agents = scenario.states, scenario.agents
    for t in range(scenario.start_step, last_step + 1):
        there = np.flatnonzero(states.valid[t])
        boxes = shapely.polygons(
            corners(states.xy[t, there], states.heading[t, there], agents.length[there], agents.width[there])
        )
        tree = shapely.STRtree(boxes)
        for i, j in zip(*tree.query(boxes, predicate="intersects"), strict=True):
            if i < j:
                found.add((t - scenario.start_step, int(there[i]), int(there[j])))
    return found


def test_every_real_log_has_the_contacts_that_shapely_finds():
    root = os.environ.get("SIMEVAL_TEST_DATA", "")
    if not root:
        pytest.skip("SIMEVAL_TEST_DATA is not set: no real files to try")
    tried = total = 0
    for folder in ("argoverse2", "gpudrive_json"):
        for item in read_path(Path(root) / folder):
            if hasattr(item, "reason"):
                continue
            scenario = item if item.ego is not None else choose_ego(item, "longest")
            trace = simulate([scenario], "log", SimSettings(traffic="replay", end_on=()))[0]
            c = contacts_in(trace.agents, trace.states)
            ours = set(zip(c.step.tolist(), c.agent_a.tolist(), c.agent_b.tolist(), strict=True))
            assert ours == pairs_by_shapely(scenario, scenario.start_step + trace.num_steps - 1), scenario.id
            flagged = (trace.flags & Flag.CONTACT) != 0
            listed = np.zeros_like(flagged)
            listed[c.step, c.agent_a] = listed[c.step, c.agent_b] = True
            assert (flagged == listed).all(), f"{scenario.id}: flags and contacts differ"
            tried, total = tried + 1, total + len(ours)
    assert tried >= 1 and total >= 1


def test_flags_of_the_simulator_are_the_contacts_of_its_trace():
    rng = np.random.default_rng(8)
    cars = [{"speed": 10.0}] + [
        {
            "x": float(x),
            "y": float(y),
            "heading": float(h),
            "speed": 8.0,
            "controller": int(Controller.SCRIPTED),
        }
        for x, y, h in zip(
            rng.uniform(-40, 120, 60), rng.uniform(-40, 40, 60), rng.uniform(-3, 3, 60), strict=True
        )
    ]
    trace = simulate([world(cars, num_steps=80)], "constant-velocity", SimSettings(end_on=()))[0]
    c = contacts_in(trace.agents, trace.states)
    listed = np.zeros(trace.flags.shape, dtype=bool)
    listed[c.step, c.agent_a] = listed[c.step, c.agent_b] = True
    assert len(c) > 100
    assert (listed == ((trace.flags & Flag.CONTACT) != 0)).all()
