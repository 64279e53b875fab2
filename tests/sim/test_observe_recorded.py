"""What a policy saw can be computed again from the record, to the last bit."""

import dataclasses
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from observe_scenes import random_scene
from seen_by_hand import seen_by_hand
from sim_worlds import straight_road
from test_observe import assert_same, assert_seen

from simeval.authoring import load_suite
from simeval.content import builtin_root
from simeval.errors import UsageError
from simeval.policy import ObservationSpec, PolicySpec
from simeval.readers import read_path
from simeval.scenario.ego import choose_ego
from simeval.scenario.pack import open_pack, write_pack
from simeval.sim import SimSettings, Worlds
from simeval.sim.observe import Observer
from simeval.sim.observe_recorded import observe_recorded
from simeval.sim.policy_rollout import Rollout

SMALL = ObservationSpec(history=6, agents=9, lanes=8, lane_points=7, edges=20, route=11)


class Swerving:
    """Drives in curves by what it sees, and keeps what it saw. It is asked twice at step 0: whether it
    answers equally. So step k is call k + 1."""

    spec = PolicySpec(observation=SMALL)

    def __init__(self):
        self.seen = []

    def init(self, num_rows, device):
        return None

    def act(self, observation, memory):
        self.seen.append(observation.map(torch.clone))
        steer = 0.1 * torch.sin(3.0 * observation.time_s) + 0.01 * observation.route[:, 3, 1]
        return torch.stack([1.0 + 0.0 * steer, steer], dim=1), None


def bundled():
    folders = sorted((builtin_root() / "scenarios").glob("*/suite.toml"))
    return [f.scenarios()[0] for p in folders for f in load_suite(p.parent).families]


@pytest.mark.parametrize("traffic", ["idm", "replay"])
def test_every_step_of_a_policy_is_seen_again_to_the_last_bit(traffic):
    policy, scenarios = Swerving(), [*bundled(), *(random_scene(k, start=2 * k) for k in range(3))]
    rollout = Rollout(scenarios, policy, SimSettings(traffic=traffic, end_on=()))
    for _ in range(25):
        rollout.step()
    for row, scenario in enumerate(scenarios):
        trace = rollout.trace(row)
        for step in (0, 1, 7, 24):
            again = observe_recorded(scenario, trace, step, SMALL)
            live = policy.seen[step + 1].map(lambda tensor, row=row: tensor[row : row + 1])
            assert live.active.item()
            assert_same(live, again)


def test_other_agents_are_seen_again_too():
    scenarios = [random_scene(1), random_scene(2, start=6), *bundled()[:4]]
    worlds = Worlds(scenarios, "controls", SimSettings(end_on=()))
    for k in range(12):
        worlds.advance(1, controls=np.full((len(scenarios), 2), 0.1 * np.sin(k)))
    observer = Observer(worlds, SMALL)
    for w, scenario in enumerate(scenarios):
        trace = worlds.trace(w)
        for a in range(len(scenario.agents)):
            live = observer(np.array([w]), np.ones(1), np.array([a]))
            assert_same(live, observe_recorded(scenario, trace, 12, SMALL, a))


def real_scenarios():
    root = os.environ.get("SIMEVAL_TEST_DATA", "")
    if not root:
        pytest.skip("SIMEVAL_TEST_DATA is not set: no real files to try")
    for folder in ("argoverse2", "gpudrive_json"):
        for item in read_path(Path(root) / folder):
            if not hasattr(item, "reason") and item.num_steps > item.start_step + 5:
                yield item if item.ego is not None else choose_ego(item, "longest")


def test_real_logs_look_as_computed_by_hand_and_are_seen_again(tmp_path):
    spec, tried, with_history = ObservationSpec(), 0, 0
    for scenario in real_scenarios():
        settings = SimSettings(end_on=())
        worlds = Worlds([scenario], "controls", settings)
        write_pack(tmp_path / f"{tried}.pack", [scenario])
        stored = open_pack(tmp_path / f"{tried}.pack").scenario(scenario.id)
        for steps in (0, 4):
            worlds.advance(steps, controls=np.array([[0.5, 0.02]]))
            live = Observer(worlds, spec)(np.zeros(1), np.ones(1))
            trace = worlds.trace(0)
            assert_seen(live, 0, seen_by_hand(scenario, trace, spec, None, settings), scenario.id)
            assert_same(live, observe_recorded(stored, trace, trace.num_steps - 1, spec))
        tried, with_history = (
            tried + 1,
            with_history + bool(scenario.start_step and live.agents_valid[0, 0, 0]),
        )
    assert tried >= 3
    assert with_history >= 1


def test_a_step_or_agent_that_is_not_there_is_refused():
    scenario = straight_road([(0.0, 5.0)])
    worlds = Worlds([scenario], "controls")
    worlds.advance(3, controls=np.zeros((1, 2)))
    with pytest.raises(UsageError, match=r"step 4 is outside the episode\. It has steps 0 to 3\."):
        observe_recorded(scenario, worlds.trace(0), 4, SMALL)
    with pytest.raises(UsageError, match="has 1 agents; asked for agent 2"):
        observe_recorded(scenario, worlds.trace(0), 0, SMALL, 2)
    with pytest.raises(UsageError, match="a trace of 'test/w', not of 'test/other'"):
        observe_recorded(dataclasses.replace(scenario, id="test/other"), worlds.trace(0), 0, SMALL)
