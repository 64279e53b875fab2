"""Decisions that come late or never, others that are seen with errors or not at all."""

import dataclasses

import numpy as np
import pytest
import torch
from observe_scenes import random_scene
from sim_worlds import line, same_bits, world
from test_observe import assert_same

from simeval.policy import ObservationSpec, PolicySpec, as_policy
from simeval.sim import SimSettings
from simeval.sim.observe_recorded import observe_recorded
from simeval.sim.policy_rollout import Rollout
from simeval.sim.senses import is_missed, senses_of

SMALL = ObservationSpec(history=5, agents=6, lanes=4, lane_points=4, edges=4, route=4)
ROUTE = [[-50.0, 0.0], [900.0, 0.0]]
DT = 0.1


def road(num_steps=41, name="w", dt=DT, speed=10.0, y=0.0):
    cars = [
        {"id": "me", "x": 0.0, "speed": speed, "path": line(-50, 900)},
        {"id": "lead", "x": 40.0, "y": y, "speed": 8.0, "path": line(-50, 900, y)},
        {"id": "side", "x": 5.0, "y": y + 4.0, "speed": 9.0, "path": line(-50, 900, y + 4.0)},
    ]
    return world(cars, num_steps=num_steps, route=ROUTE, name=name, dt=dt)


def settings(**values):
    return SimSettings(end_on=(), **values)


def drive(scenarios, policy, chosen, seeds=None, steps=None, **more):
    rollout = Rollout(scenarios, policy, chosen, seeds=seeds, **more)
    for _ in range(steps or scenarios[0].num_steps - 1):
        rollout.step()
    return rollout


class Noting:
    """Says at each step which step it is, and keeps what it saw; the first question comes twice."""

    def __init__(self, **spec):
        self.spec, self.seen = PolicySpec(observation=SMALL, **spec), []

    def init(self, num_rows, device):
        return None

    def act(self, observation, memory):
        self.seen.append(observation.map(torch.clone))
        own = observation.ego_history[:, -1, 4]
        near = observation.agents_history[:, 0, -1, 0]
        return torch.stack([0.1 * observation.time_s - 0.01 * near, 0.002 * own], dim=1), None


def told(policy, step):
    """What it answered at a step, in an own computation."""
    seen = policy.seen[step + 1]
    near = seen.agents_history[0, 0, -1, 0]
    return np.array([0.1 * seen.time_s[0] - 0.01 * near, 0.002 * seen.ego_history[0, -1, 4]])


def test_what_is_decided_takes_effect_so_many_steps_later():
    policy = Noting()
    trace = drive([road()], policy, settings(latency_s=0.3)).trace(0)
    assert (trace.command[1:4] == 0.0).all()
    for k in range(4, 41):  # the command of step k - 1 to k was decided at k - 1 - 3
        np.testing.assert_allclose(trace.command[k], told(policy, k - 4), rtol=1e-6)


def test_a_latency_is_a_step_at_least_and_counts_in_the_steps_of_each_scenario():
    scenarios = [road(), road(dt=0.05, name="v", num_steps=41)]
    constant = as_policy(lambda o: torch.ones(o.num_rows, 2) * torch.tensor([1.0, 0.0]))
    rollout = drive(scenarios, constant, settings(latency_s=0.2))
    first = [int(np.flatnonzero(rollout.trace(w).command[:, 0])[0]) for w in range(2)]
    assert first == [3, 5]
    rollout = drive(scenarios, constant, settings(latency_s=0.001))
    assert int(np.flatnonzero(rollout.trace(1).command[:, 0])[0]) == 2


def test_before_the_first_decision_the_steering_stays_as_it_is():
    car = {"x": 0.0, "speed": 10.0, "log": [[0.0, 0.0, 0.0, 10.0], [1.0, 0.02, 0.05, 10.0]]}
    scenario = dataclasses.replace(world([car], num_steps=30, route=ROUTE), start_step=1)
    policy = as_policy(lambda o: torch.zeros(o.num_rows, 2))
    trace = drive([scenario], policy, settings(latency_s=0.5), steps=8).trace(0)
    assert trace.steering[0] > 0.01
    assert (trace.steering[1:6] == trace.steering[0]).all()
    assert trace.steering[7] < trace.steering[0]


@pytest.mark.parametrize("tracker", ["lqr", "perfect"])
def test_a_late_trajectory_keeps_its_times(tracker):
    """A plan along a straight line at another speed: driven from the moment it arrives, where it is then."""

    def act(observation):
        time = 0.1 * torch.arange(1, 41)
        speed = observation.ego_history[:, -1, 4:5]
        plan = torch.stack([(speed + 0.0) * time, torch.zeros(observation.num_rows, 40)], dim=-1)
        return torch.cat([plan, torch.zeros(observation.num_rows, 40, 1)], dim=-1)

    policy = as_policy(act)
    policy.spec = PolicySpec(action="trajectory", num_points=40, tracker=tracker)
    free = drive([road()], policy, settings()).trace(0)
    late = drive([road()], policy, settings(latency_s=0.4)).trace(0)
    np.testing.assert_allclose(late.states.xy[:, 0], free.states.xy[:, 0], atol=1e-3)


def test_a_lost_answer_leaves_the_one_before_in_force():
    policy = Noting()
    chosen = settings(drop_plans=0.4)
    trace = drive([road(num_steps=201)], policy, chosen, seeds=[3], steps=200).trace(0)
    held, lost = np.zeros(2), 0
    for k in range(200):
        if np.allclose(trace.command[k + 1], told(policy, k), rtol=1e-6, atol=1e-9):
            held = trace.command[k + 1]
        else:
            assert (trace.command[k + 1] == held).all()
            lost += 1
    assert 55 <= lost <= 105  # 80 expected, within 3.6 standard deviations


def test_all_answers_lost_is_a_vehicle_that_keeps_its_course():
    trace = drive([road()], Noting(), settings(drop_plans=1.0)).trace(0)
    assert (trace.command[1:] == 0.0).all()
    assert trace.states.speed[-1, 0] == 10.0


NOISY = {"noise_position_m": 0.4, "noise_heading_rad": 0.03, "noise_speed_mps": 0.7}


def truth_and_seen(count=400, **chosen):
    """Errors of what a policy sees of one agent now, over steps: along, across, heading, speed."""
    scenario = road(num_steps=count + 2, y=20.0)
    policy = as_policy(lambda o: torch.zeros(o.num_rows, 2))
    policy.spec = PolicySpec(observation=SMALL)
    rollout = Rollout([scenario], policy, settings(**chosen), seeds=[1])
    free = Rollout([scenario], policy, settings())
    errors = []
    for _ in range(count):
        one, other = rollout.observe(), free.observe()
        seen, true = one.agents_history[0, :2, -1].numpy(), other.agents_history[0, :2, -1].numpy()
        seen, true = seen[np.argsort(seen[:, 1])], true[np.argsort(true[:, 1])]
        turned = np.arctan2(seen[:, 3], seen[:, 2])
        errors.append(np.stack([*(seen - true)[:, :2].T, turned, (seen - true)[:, 4]], axis=1))
        rollout.step()
        free.step()
    return np.array(errors)


def test_noise_has_the_size_that_was_asked_for_and_is_fresh_each_step():
    errors = truth_and_seen(**NOISY)
    assert errors.shape == (400, 2, 4)
    np.testing.assert_allclose(errors.std(axis=(0, 1)), [0.4, 0.4, 0.03, 0.7], rtol=0.1)
    assert (np.abs(errors.mean(axis=(0, 1))) < 4.0 * np.array([0.4, 0.4, 0.03, 0.7]) / np.sqrt(800)).all()
    for one in (errors[:-1].reshape(-1, 4), errors[:, 0]):
        other = errors[1:].reshape(-1, 4) if len(one) == 798 else errors[:, 1]
        for k in range(4):
            assert abs(np.corrcoef(one[:, k], other[:, k])[0, 1]) < 0.2


def test_one_kind_of_noise_leaves_the_others_alone():
    errors = truth_and_seen(50, noise_heading_rad=0.05)
    assert errors[..., 2].std() > 0.03
    np.testing.assert_allclose(errors[..., [0, 1, 3]], 0.0, atol=1e-5)


def test_what_was_seen_once_is_seen_alike_in_later_histories():
    policy = Noting()
    scenario = road()
    drive([scenario], policy, settings(**NOISY), seeds=[5], steps=20)
    now, later = policy.seen[11], policy.seen[14]
    # both frames are the ego's own: bring the histories to the map, where the ego is known exactly
    shift = float(later.ego_history[0, -4, 0]), float(later.ego_history[0, -4, 1])
    turned = np.arctan2(*later.ego_history[0, -4, [3, 2]].numpy())
    c, s = np.cos(turned), np.sin(turned)
    for agent in range(2):
        x, y = now.agents_history[0, agent, -1, :2].numpy()
        size = now.agents_history[0, agent, -1, 6:]
        expected = shift[0] + c * x - s * y, shift[1] + s * x + c * y
        found = later.agents_history[0, :2, -4, :2].numpy()
        assert np.linalg.norm(found - expected, axis=1).min() < 1e-4, (agent, size)


def test_the_own_state_map_and_route_are_seen_truly():
    policy, other = Noting(), Noting()
    scenario = random_scene(2)
    constant = settings(**NOISY, miss=0.3)
    one, two = Rollout([scenario], policy, constant), Rollout([scenario], other, settings())
    a, b = one.observe(), two.observe()
    for name, tensor in a.tensors().items():
        if not name.startswith("agents_"):
            assert torch.equal(tensor, b.tensors()[name]), name
    assert not torch.equal(a.agents_history, b.agents_history)


def test_a_miss_takes_its_share_of_time_and_lasts():
    scenario = road()
    for share, window in ((0.2, 1), (0.5, 7), (0.1, 20)):
        rows = senses_of([scenario], SimSettings(miss=share, miss_for_s=window * DT), [4]).worlds
        missed = np.array([[is_missed(rows[0], key, t) for t in range(3000)] for key in range(100, 116)])
        spread = np.sqrt(share * (1 - share) / (missed.size / window))
        assert abs(missed.mean() - share) < 4.0 * spread
        changes = [np.flatnonzero(np.diff(row.astype(int))) for row in missed]
        assert all((np.diff(c) % window == 0).all() for c in changes)
        assert len({int(c[0]) % window for c in changes if len(c)}) > (1 if window > 1 else 0)


def test_who_is_missed_is_not_there_at_all():
    policy = Noting()
    drive([road()], policy, settings(miss=0.4, miss_for_s=0.3), seeds=[2])
    counts = [int((seen.agents_kind[0] > 0).sum()) for seen in policy.seen]
    assert {0, 1, 2} == set(counts)
    for seen in policy.seen:
        assert (seen.agents_valid[0, : int((seen.agents_kind[0] > 0).sum()), -1]).all()
        gone = ~seen.agents_valid[0]
        assert (seen.agents_history[0][gone] == 0.0).all()


ALL = {**NOISY, "miss": 0.2, "miss_for_s": 0.5, "latency_s": 0.2, "drop_plans": 0.3}


def test_a_seed_decides_and_neighbours_do_not():
    scenarios = [road(name=f"w{k}") for k in range(4)]
    together = drive(scenarios, Noting(), settings(**ALL), seeds=[0, 1, 2, 3])
    turned = drive(scenarios[::-1], Noting(), settings(**ALL), seeds=[3, 2, 1, 0])
    for k in range(4):
        assert same_bits(together.trace(k), turned.trace(3 - k))
    same = [road(name="w0") for _ in range(3)]
    seeds = drive(same, Noting(), settings(**ALL), seeds=[0, 0, 1])
    assert same_bits(seeds.trace(0), seeds.trace(1)) and same_bits(seeds.trace(0), together.trace(0))
    assert not same_bits(seeds.trace(0), seeds.trace(2))


def test_a_branch_goes_on_as_the_episode_did():
    scenarios = [road(name="w")] * 2
    rollout = drive(scenarios, Noting(), settings(**ALL), seeds=[7, 8], steps=15)
    branch = Rollout(scenarios, Noting(), settings(**ALL), seeds=[0, 0])
    for _ in range(15):
        branch.step()
    branch.restore(1, rollout.snapshot(0))
    for _ in range(20):
        rollout.step()
        branch.step()
    assert same_bits(branch.trace(1), rollout.trace(0))


def test_a_stored_episode_is_seen_again_to_the_last_bit():
    policy, scenarios = Noting(), [random_scene(k, start=2 * k) for k in range(3)]
    chosen = settings(**ALL)
    rollout = drive(scenarios, policy, chosen, seeds=[4, 5, 6], steps=12)
    for row, scenario in enumerate(scenarios):
        trace = rollout.trace(row)
        for step in (0, 3, 11):
            again = observe_recorded(scenario, trace, step, SMALL, settings=chosen, seed=4 + row)
            live = policy.seen[step + 1].map(lambda tensor, row=row: tensor[row : row + 1])
            assert_same(live, again)
        if row == 0:
            other = observe_recorded(scenario, trace, 11, SMALL, settings=chosen, seed=9)
            assert not torch.equal(other.agents_history, again.agents_history)


def test_other_agents_see_the_truth():
    rollout = drive([road()], Noting(), settings(**NOISY), steps=5)
    trace = rollout.trace(0)
    one = observe_recorded(road(), trace, 5, SMALL, 1, settings=settings(**NOISY))
    assert_same(one, observe_recorded(road(), trace, 5, SMALL, 1))
