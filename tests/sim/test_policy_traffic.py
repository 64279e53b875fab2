"""Policies drive traffic beside the ego: rows, memory, faults, branches, and bits."""

import dataclasses

import numpy as np
import pytest
import torch
from observe_scenes import random_scene
from sim_worlds import line, same_bits, world
from test_observe import assert_same

from simeval.errors import UsageError
from simeval.judge import judge_episode, load_profile
from simeval.metrics import measure_episode
from simeval.policy import ObservationSpec, PolicySpec, as_policy
from simeval.policy.faults import Fault, PolicyFault
from simeval.policy.runtime import Runtime
from simeval.scenario import AgentKind, Controller, Driver, Ending
from simeval.sim import SimSettings, simulate
from simeval.sim.observe_recorded import observe_recorded
from simeval.sim.policy_rollout import Rollout

SMALL = ObservationSpec(history=4, agents=5, lanes=4, lane_points=4, edges=4, route=6)
ROUTE = [[-50.0, 0.0], [500.0, 0.0]]
AUTO = int(Controller.AUTO)


def road(num_steps=41, name="w", others=2, **more):
    """An ego, others beside it, left open by the scenario, and one that is scripted to stand."""
    cars = [{"id": "me", "x": 0.0, "speed": 10.0, "path": line(-50, 500)}]
    for k in range(others):
        y = 8.0 * (k + 1)
        cars.append({"id": f"b{k}", "x": 10.0 * k, "y": y, "speed": 8.0 + k, "path": line(-50, 500, y),
                     "controller": AUTO, **more})  # fmt: skip
    return world(cars, num_steps=num_steps, route=ROUTE, name=name)


def settings(rule="policy:other", **values):
    return SimSettings(traffic=rule, end_on=(), **values)


def constant(acceleration, steering=0.0, **spec):
    policy = as_policy(lambda o: torch.tensor([[acceleration, steering]]).repeat(o.num_rows, 1))
    policy.spec = PolicySpec(observation=SMALL, **spec)
    return policy


class Noting:
    """Drives by what it sees and remembers, and keeps what it saw; the first question comes twice."""

    def __init__(self, bend=0.01, **spec):
        self.spec, self.bend, self.seen, self.memories = PolicySpec(observation=SMALL, **spec), bend, [], []

    def init(self, num_rows, device):
        return torch.zeros(num_rows)

    def act(self, observation, memory):
        self.seen.append(observation.map(torch.clone))
        self.memories.append(memory.clone())
        memory = memory + 1.0 + 0.1 * observation.ego_history[:, -1, 4]
        own = observation.ego_history[:, -1, 4]
        steer = self.bend * torch.sin(memory) - 0.02 * observation.route[:, 2, 1] / (1.0 + own)
        return torch.stack([0.5 * torch.cos(0.3 * memory), steer], dim=1), memory


def drive(scenarios, ego, others, chosen, steps=None, **more):
    rollout = Rollout(scenarios, ego, chosen, traffic=others, **more)
    for _ in range(steps or scenarios[0].num_steps - 1):
        rollout.step()
    return rollout


def test_a_policy_drives_the_others_as_it_drives_an_ego():
    """The same car on the same road: as the ego of one world, as traffic in another."""
    rollout = drive([road()], constant(0.0), {"other": Noting()}, settings())
    trace = rollout.trace(0)
    assert trace.driver.tolist() == [Driver.POLICY, Driver.TRAFFIC_POLICY, Driver.TRAFFIC_POLICY]
    cars = [{"id": "b0", "x": 0.0, "y": 8.0, "speed": 8.0, "path": line(-50, 500, 8.0)}]
    alone = world(cars, num_steps=41, route=[[-50.0, 8.0], [500.0, 8.0]])
    same = drive([alone], Noting(), {}, SimSettings(end_on=())).trace(0)
    np.testing.assert_allclose(trace.states.xy[:, 1], same.states.xy[:, 0], atol=1e-5)
    assert np.ptp(trace.states.xy[:, 1, 1]) > 0.01


def test_everyone_looks_at_the_same_moment_in_the_own_frame():
    ego, other = Noting(), Noting()
    rollout = drive([road()], ego, {"other": other}, settings(), steps=12)
    trace = rollout.trace(0)
    for step in (0, 3, 11):
        seen = other.seen[step + 1]
        assert seen.num_rows == 2
        for row, agent in enumerate((1, 2)):
            again = observe_recorded(road(), trace, step, SMALL, agent, settings=settings())
            assert_same(seen.map(lambda t, row=row: t[row : row + 1]), again)
        assert seen.ego_history[0, -1, 4] == pytest.approx(trace.states.speed[step, 1], rel=1e-6)
        assert seen.goal[0].tolist() == pytest.approx(
            [500.0 - trace.states.xy[step, 1, 0], 8.0 - trace.states.xy[step, 1, 1], 1.0], abs=60.0
        )
        assert torch.equal(ego.seen[step + 1].time_s, seen.time_s[:1])


def test_rules_say_who_is_driven_by_whom():
    chosen = settings("vehicle=idm,id:b0=policy:one,id:b1=policy:two")
    others = {"one": constant(1.0), "two": constant(-1.0)}
    trace = drive([road(others=3)], "idm", others, chosen).trace(0)
    assert trace.driver.tolist() == [
        Driver.IDM_EGO, Driver.TRAFFIC_POLICY, Driver.TRAFFIC_POLICY, Driver.IDM
    ]  # fmt: skip
    gained = trace.states.speed[-1] - trace.states.speed[0]
    assert gained[1] > 3.0 and gained[2] < -3.0


def test_an_engine_driver_of_the_ego_does_what_it_does_without_a_policy_far_away():
    far = [road(others=0), world([{"id": "me", "x": 0.0, "speed": 10.0, "path": line(-50, 500)},
           {"id": "b", "y": 400.0, "speed": 9.0, "path": line(-50, 500, 400.0), "controller": AUTO}],
           num_steps=41, route=ROUTE)]  # fmt: skip
    alone = simulate([far[0]], "idm", SimSettings(end_on=()))[0]
    beside = drive([far[1]], "idm", {"other": constant(0.0)}, settings()).trace(0)
    assert np.array_equal(alone.states.xy[:, 0], beside.states.xy[:, 0])


@pytest.mark.parametrize(
    "form", ["acceleration_curvature", "acceleration_steering_rate", "acceleration_steering"]
)
def test_every_form_of_command_drives_others(form):
    trace = drive([road()], constant(0.0), {"other": constant(0.0, 0.01, action=form)}, settings()).trace(0)
    assert np.ptp(trace.states.heading[:, 1]) > 0.02
    assert np.ptp(trace.states.heading[:, 0]) == 0.0


@pytest.mark.parametrize("tracker", ["lqr", "pursuit", "perfect"])
def test_every_tracker_drives_others(tracker):
    def act(observation):
        time = 0.1 * torch.arange(1, 31).repeat(observation.num_rows, 1)
        x = observation.ego_history[:, -1, 4:5] * time
        return torch.stack([x, 0.005 * x**2, 0.01 * x], dim=-1)

    policy = as_policy(act)
    policy.spec = PolicySpec(action="trajectory", num_points=30, tracker=tracker, observation=SMALL)
    trace = drive([road()], constant(0.0), {"other": policy}, settings()).trace(0)
    assert trace.states.heading[-1, 1] > 0.2
    assert trace.states.speed[-1, 1] == pytest.approx(8.0, abs=0.5)


def test_one_that_enters_later_begins_then():
    log = np.full((41, 4), np.nan)
    log[20:] = np.stack([2.0 * np.arange(21), 0 * np.arange(21) + 8.0, np.zeros(21), 20 + np.zeros(21)], 1)
    cars = [{"id": "me", "speed": 10.0}, {"id": "late", "log": log, "controller": AUTO}]
    scenario = world(cars, num_steps=41, route=ROUTE)
    other = Noting()
    trace = drive([scenario], constant(0.0), {"other": other}, settings()).trace(0)
    assert not trace.states.valid[:20, 1].any() and trace.states.valid[20:, 1].all()
    active = [bool(seen.active[0]) for seen in other.seen[1:]]
    assert active == [False] * 20 + [True] * 20
    assert all((seen.ego_history == 0.0).all() for seen in other.seen[1:20])
    assert other.memories[21].item() == 0.0  # as `init` made it
    assert trace.states.speed[-1, 1] != 20.0


def test_traffic_leaves_where_its_path_ends():
    cars = [{"id": "me", "speed": 5.0},
            {"id": "b", "y": 8.0, "speed": 10.0, "path": line(-5, 15, 8.0), "controller": AUTO}]  # fmt: skip
    trace = drive([world(cars, num_steps=41)], constant(0.0), {"other": constant(0.0)}, settings()).trace(0)
    gone = int(np.flatnonzero(~trace.states.valid[:, 1])[0])
    assert gone in (15, 16)
    assert not trace.states.valid[gone:, 1].any()


class Failing:
    """Fails for rows whose vehicle is faster than a limit, from a moment on."""

    def __init__(self, how, limit=8.5, after=1.0):
        self.spec, self.how, self.limit, self.after = PolicySpec(observation=SMALL), how, limit, after

    def init(self, num_rows, device):
        return None

    def act(self, observation, memory):
        bad = (observation.ego_history[:, -1, 4] > self.limit) & (observation.time_s > self.after)
        if self.how == "raise" and bad.any():
            raise RuntimeError("no idea")
        out = torch.zeros(observation.num_rows, 2)
        out[bad] = float("nan")
        return out, None


def test_a_fault_of_traffic_ends_its_episode_and_is_never_the_egos():
    scenarios = [road(others=1), road(others=2, name="v")]  # only the second has a car above the limit
    rollout = drive(scenarios, Noting(), {"other": Failing("nan")}, settings())
    good, bad = rollout.trace(0), rollout.trace(1)
    assert good.ending is Ending.HORIZON
    assert bad.ending is Ending.TRAFFIC_ERROR
    assert bad.num_steps == 12
    assert "traffic by other for agent 'b1'" in bad.ending_detail and "NaN" in bad.ending_detail
    assert rollout.faults[1].traffic == "other"
    measured = measure_episode(scenarios[1], bad)
    verdict = judge_episode(load_profile("simeval-core"), scenarios[1], bad, measured)
    assert verdict.outcome == "unscored"
    assert verdict.reason.startswith("the traffic failed: nonfinite")
    free = drive(scenarios, Noting(), {"other": constant(0.0)}, settings())
    assert same_bits(good, free.trace(0))


def test_a_call_that_fails_as_a_whole_says_that_it_was_the_traffic():
    rollout = Rollout([road()], Noting(), settings(), traffic={"other": Failing("raise")})
    with pytest.raises(PolicyFault) as caught:
        rollout.run()
    assert caught.value.fault.traffic == "other"
    assert caught.value.fault.step == 11

    class NotMade(Noting):
        def init(self, num_rows, device):
            raise RuntimeError("no memory")

    with pytest.raises(PolicyFault) as caught:
        Rollout([road()], Noting(), settings(), traffic={"other": NotMade()})
    assert caught.value.fault.traffic == "other"


def test_a_stop_by_the_traffic_ends_as_such():
    fault = Fault(kind="timeout", step=5, message="no answer", traffic="other")
    rollout = Rollout([road()], Noting(), settings(), traffic={"other": Noting()}, stops={0: fault})
    rollout.run()
    assert rollout.trace(0).ending is Ending.TRAFFIC_ERROR
    assert rollout.trace(0).num_steps == 6


def test_two_equal_questions_need_equal_answers_from_traffic_too():
    policy = as_policy(lambda o: torch.rand(o.num_rows, 2))
    policy.spec = PolicySpec(observation=SMALL)
    rollout = drive([road()], Noting(), {"other": policy}, settings(), steps=3)
    assert rollout.faults[0].kind == "random" and rollout.faults[0].traffic == "other"


def scenes():
    """Worlds with various numbers of cars that policies drive, and a scene of all kinds."""
    return [road(others=k, name=f"w{k}") for k in (2, 0, 3, 1)]


def test_with_exact_bits_do_not_depend_on_the_batch():
    chosen, exact = settings(), Runtime(exact=True, device="cpu")
    together = drive(scenes(), Noting(), {"other": Noting()}, chosen, runtime=exact)
    for row in (0, 2, 3):
        alone = drive([scenes()[row]], Noting(), {"other": Noting()}, chosen, runtime=exact)
        assert same_bits(together.trace(row), alone.trace(0))


def test_absent_worlds_are_padding_in_the_rows_of_traffic():
    other = Noting()
    whole = drive(scenes(), Noting(), {"other": Noting()}, settings())
    part = drive(scenes(), Noting(), {"other": other}, settings(), present=[0, 3])
    assert same_bits(whole.trace(0), part.trace(0)) and same_bits(whole.trace(3), part.trace(3))
    assert all(seen.num_rows == 6 for seen in other.seen)
    assert all(seen.active.tolist() == [True, True, False, False, False, True] for seen in other.seen)


@pytest.mark.parametrize("ego", ["policy", "idm"])
def test_a_branch_goes_on_as_the_episode_did(ego):
    def driver():
        return Noting() if ego == "policy" else "idm"

    scenarios = [road(others=3), road(others=3)]
    rollout = drive(scenarios, driver(), {"other": Noting(bend=0.03)}, settings(), steps=14)
    branch = drive(scenarios, driver(), {"other": Noting(bend=0.03)}, settings(), steps=14)
    kept = rollout.snapshot(0)
    branch.worlds.stop(1, Ending.POLICY_ERROR, "elsewhere")
    branch.restore(1, kept)
    for _ in range(20):
        rollout.step()
        branch.step()
    assert same_bits(branch.trace(1), rollout.trace(0))
    assert rollout.trace(0).num_steps == 35


def test_a_policy_that_is_named_and_not_given_is_refused():
    with pytest.raises(UsageError, match=r"the policy 'other' is named and not given"):
        Rollout([road()], Noting(), settings())
    with pytest.raises(UsageError, match="engine drivers alone; traffic names policy 'other'"):
        simulate([road()], "idm", settings())
    with pytest.raises(UsageError, match="it cannot drive pedestrian"):
        settings("pedestrian=policy:other")
    with pytest.raises(UsageError, match="model 'policy:' is not known"):
        settings("vehicle=policy:")


def test_a_cyclist_can_be_driven_and_whoever_hardly_moves_stands():
    cars = [{"id": "me", "speed": 5.0},
            {"id": "c", "y": 8.0, "speed": 4.0, "kind": int(AgentKind.CYCLIST), "controller": AUTO},
            {"id": "p", "log": np.tile([0.0, 20.0, 0.0, 0.0], (41, 1)), "controller": AUTO}]  # fmt: skip
    chosen = settings("cyclist=policy:other,vehicle=policy:other")
    trace = drive([world(cars, num_steps=41)], constant(0.0), {"other": constant(0.5)}, chosen).trace(0)
    assert trace.driver.tolist() == [Driver.POLICY, Driver.TRAFFIC_POLICY, Driver.PARKED]
    assert trace.states.speed[-1, 1] > 5.0


def test_in_a_crowded_scene_all_that_was_seen_is_seen_again():
    other, scenario = Noting(), random_scene(3, start=2)
    controller = scenario.agents.controller.copy()
    controller[controller == int(Controller.IDM)] = AUTO
    agents = dataclasses.replace(scenario.agents, controller=controller)
    scenario = dataclasses.replace(scenario, agents=agents)
    chosen = settings("vehicle=policy:other")
    rollout = drive([scenario], Noting(), {"other": other}, chosen, steps=10)
    trace = rollout.trace(0)
    driven = np.flatnonzero(trace.driver == Driver.TRAFFIC_POLICY)
    assert len(driven) >= 1
    for row, agent in enumerate(driven):
        if not trace.states.valid[9, agent]:
            continue
        again = observe_recorded(scenario, trace, 9, SMALL, int(agent), settings=chosen)
        assert_same(other.seen[10].map(lambda t, row=row: t[row : row + 1]), again)
