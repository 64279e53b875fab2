"""A policy drives: rows, memory, branches, faults of single rows and of whole calls."""

import numpy as np
import pytest
import torch
from sim_worlds import line, world

from simeval.errors import UsageError
from simeval.policy import PolicySpec, as_policy
from simeval.policy.actions import Arrival
from simeval.policy.faults import Fault, PolicyFault
from simeval.policy.runtime import Runtime
from simeval.scenario import Driver, Ending
from simeval.sim import SimSettings
from simeval.sim.policy_rollout import Rollout, run_in_turn

FREE = SimSettings(end_on=())
ROUTE = [[-50.0, 0.0], [500.0, 0.0]]


def road(speed=10.0, num_steps=31, name="w"):
    """An ego, and a car that it follows."""
    path = line(-50, 500)
    cars = [{"x": 0.0, "speed": speed, "path": path}, {"x": 40.0, "speed": 8.0, "path": path}]
    return world(cars, num_steps=num_steps, route=ROUTE, name=name)


def constant(acceleration, steering=0.0):
    return as_policy(lambda o: torch.tensor([[acceleration, steering]]).repeat(o.num_rows, 1))


class Recurrent(torch.nn.Module):
    """A small recurrent network with random weights, in words of the observation."""

    def __init__(self, **spec):
        super().__init__()
        generator = torch.Generator().manual_seed(3)
        self.cell, self.head = torch.nn.GRUCell(12, 16), torch.nn.Linear(16, 2)
        with torch.no_grad():
            for p in self.parameters():
                p.copy_(0.3 * torch.randn(p.shape, generator=generator))
        self.spec = PolicySpec(**spec)

    def init(self, num_rows, device):
        return {"hidden": torch.zeros(num_rows, 16, device=device)}

    def act(self, observation, memory):
        seen = torch.cat([observation.ego_history[:, -1], observation.agents_history[:, 0, -1, :5]], dim=1)
        hidden = self.cell(seen / 10.0, memory["hidden"])
        return self.head(hidden), {"hidden": hidden}


def same(a, b):
    return all(
        np.array_equal(x, y)
        for x, y in [(a.states.xy, b.states.xy), (a.command, b.command), (a.states.heading, b.states.heading)]
    )


def test_the_ego_does_what_the_policy_says():
    rollout = Rollout([road()], constant(1.5), FREE)
    rollout.run()
    trace = rollout.trace(0)
    assert trace.ending is Ending.HORIZON
    assert trace.driver[0] == Driver.POLICY
    assert (trace.command[1:] == [1.5, 0.0]).all()
    lag = 0.2 * (1 - np.exp(-3.0 / 0.2))  # the drive line follows with a time constant of 0.2 s
    assert abs(trace.states.speed[-1, 0] - (10.0 + 1.5 * (3.0 - lag))) < 1e-9


def test_a_curvature_leads_the_rear_axle_on_its_circle():
    scenario = road(num_steps=101)
    policy = as_policy(lambda o: torch.tensor([[0.0, 0.05]]))
    policy.spec = PolicySpec(action="acceleration_curvature")
    rollout = Rollout([scenario], policy, FREE)
    rollout.run()
    trace = rollout.trace(0)
    assert abs(trace.yaw_rate[-1, 0] / trace.states.speed[-1, 0] - 0.05) < 1e-6


def test_a_steering_rate_turns_the_wheel_until_it_is_zero_again():
    calls = []

    def act(observation):
        calls.append(None)
        return torch.tensor([[0.0, 0.1 if len(calls) <= 11 else 0.0]])  # the first one is asked twice

    policy = as_policy(act)
    policy.spec = PolicySpec(action="acceleration_steering_rate", is_random=True)
    rollout = Rollout([road(num_steps=41)], policy, FREE)
    rollout.run()
    steering = rollout.trace(0).steering
    assert (np.diff(steering[:11]) > 0).all()
    assert abs(steering[-1] - steering[12]) < 1e-12


def test_an_action_is_held_between_plans():
    calls = []

    def act(observation):
        calls.append(float(observation.time_s[0]))
        return torch.tensor([[0.1 * len(calls), 0.0]])

    policy = as_policy(act)
    policy.spec = PolicySpec(replan_every=10, is_random=True)
    rollout = Rollout([road()], policy, FREE)
    rollout.run()
    assert calls == pytest.approx([0.0, 1.0, 2.0])
    assert rollout.trace(0).command[1:, 0].tolist() == pytest.approx([0.1] * 10 + [0.2] * 10 + [0.3] * 10)


def test_a_finished_world_keeps_its_row_and_sees_nothing():
    seen = []

    def act(observation):
        seen.append((observation.active.tolist(), float(observation.agents_history[0].abs().sum())))
        return torch.zeros(2, 2)

    rollout = Rollout([road(num_steps=11), road(num_steps=31)], as_policy(act), FREE)
    rollout.run()
    assert seen[5][0] == [True, True]
    assert seen[-1] == ([False, True], 0.0)


@pytest.mark.parametrize("compact", [False, True])
def test_leaving_out_finished_rows_keeps_everybodys_memory(compact):
    class Counting:
        spec = PolicySpec()

        def init(self, num_rows, device):
            return torch.zeros(num_rows)

        def act(self, observation, memory):
            rows.append(observation.num_rows)
            return torch.stack([memory * 0.01, torch.zeros_like(memory)], dim=1), memory + 1

    rows = []
    worlds = [road(num_steps=n) for n in (11, 31, 21)]
    rollout = Rollout(worlds, Counting(), FREE, Runtime(device="cpu", compact=compact))
    rollout.run()
    assert rows[-1] == (1 if compact else 3)
    for world_row, steps in enumerate((10, 30, 20)):
        expected = 0.01 * np.arange(steps)
        assert rollout.trace(world_row).command[1:, 0] == pytest.approx(expected, abs=1e-7)


def test_a_row_with_bad_numbers_ends_and_the_others_do_not_notice():
    def act(observation):
        action = torch.zeros(3, 2)
        action[1, 0] = torch.nan if float(observation.time_s[1]) > 0.95 else 0.0
        return action

    worlds = [road(speed) for speed in (9.0, 10.0, 11.0)]
    rollout = Rollout(worlds, as_policy(act), FREE)
    rollout.run()
    well = Rollout(worlds, constant(0.0), FREE)
    well.run()
    assert same(rollout.trace(0), well.trace(0))
    assert same(rollout.trace(2), well.trace(2))
    broken = rollout.trace(1)
    assert broken.ending is Ending.NONFINITE
    assert broken.ending_detail == "nonfinite: step 10: acceleration is NaN"
    assert broken.num_steps == 11
    assert rollout.faults[1].kind == "nonfinite"


def test_a_call_that_raises_is_a_fault_of_the_batch_and_says_where():
    def act(observation):
        if float(observation.time_s[0]) > 0.45:
            raise ValueError("no way")
        return torch.zeros(1, 2)

    with pytest.raises(PolicyFault) as caught:
        Rollout([road()], as_policy(act), FREE).run()
    fault = caught.value.fault
    assert (fault.kind, fault.step, fault.message) == ("exception", 5, "ValueError: no way")
    assert "test_policy_rollout.py" in fault.trace


@pytest.mark.parametrize("error", [SystemExit, RecursionError, MemoryError])
def test_leaving_the_process_or_running_out_of_memory_is_a_fault_too(error):
    def act(observation):
        raise error("x")

    with pytest.raises(PolicyFault) as caught:
        Rollout([road()], as_policy(act), FREE).run()
    assert caught.value.fault.kind == ("out_of_memory" if error is MemoryError else "exception")


def test_a_row_can_be_stopped_before_a_step_with_a_known_fault():
    fault = Fault(kind="timeout", step=4, message="act() took too long")
    rollout = Rollout([road(), road()], constant(0.0), FREE, stops={1: fault})
    rollout.run()
    assert rollout.trace(0).num_steps == 31
    assert rollout.trace(1).num_steps == 5
    assert rollout.trace(1).ending is Ending.TIMEOUT
    assert rollout.trace(1).ending_detail == "timeout: act() took too long"


def test_absent_rows_are_padding_and_leave_the_bits_of_the_others():
    worlds = [road(speed) for speed in (9.0, 10.0, 11.0, 12.0)]
    whole, half = Rollout(worlds, Recurrent(), FREE), Rollout(worlds, Recurrent(), FREE, present=[1, 3])
    whole.run()
    half.run()
    assert same(whole.trace(1), half.trace(1))
    assert same(whole.trace(3), half.trace(3))


def test_answers_that_differ_between_identical_calls_are_a_fault_unless_declared():
    policy = as_policy(lambda o: torch.rand(o.num_rows, 2))
    rollout = Rollout([road()], policy, FREE)
    rollout.run()
    assert rollout.faults[0].kind == "random"
    assert "declares is_random" in rollout.trace(0).ending_detail


def test_declared_randomness_follows_from_the_seed_and_leaves_the_callers_generators_alone():
    def driven(seed):
        policy = as_policy(lambda o: torch.rand(o.num_rows, 2))
        policy.spec = PolicySpec(is_random=True)
        rollout = Rollout([road()], policy, FREE, seed=seed)
        rollout.run()
        return rollout.trace(0)

    torch.manual_seed(5)
    before = torch.get_rng_state()
    assert same(driven(1), driven(1))
    assert not same(driven(1), driven(2))
    assert torch.equal(before, torch.get_rng_state())


def test_a_memory_that_has_no_row_axis_is_refused():
    class Wrong(Recurrent):
        def init(self, num_rows, device):
            return {"step": 0}

    with pytest.raises(PolicyFault, match="memory: a int is not a tensor"):
        Rollout([road()], Wrong(), FREE)


@pytest.mark.parametrize("replan_every", [1, 4])
def test_a_branch_into_eight_rows_goes_on_bit_for_bit(replan_every):
    exact, policy = Runtime(device="cpu", exact=True), Recurrent(replan_every=replan_every)
    original = Rollout([road(name="one")], policy, FREE, exact)
    for _ in range(14):
        original.step()
    kept = original.snapshot(0)
    original.run()
    branched = Rollout([road(name="one")] * 8, policy, FREE, exact)
    for row in range(8):
        branched.restore(row, kept)
    branched.run()
    for row in range(8):
        assert same(branched.trace(row), original.trace(0))


def test_a_snapshot_is_not_changed_by_what_comes_after():
    policy = Recurrent()
    rollout = Rollout([road()], policy, FREE)
    for _ in range(5):
        rollout.step()
    kept = rollout.snapshot(0)
    rollout.run()
    first = rollout.trace(0)
    again = Rollout([road()], policy, FREE)
    again.restore(0, kept)
    again.run()
    assert same(first, again.trace(0))


def test_a_snapshot_between_plans_does_not_fit_a_rollout_that_plans_at_other_steps():
    policy = Recurrent(replan_every=4)
    ahead, behind = Rollout([road()], policy, FREE), Rollout([road()], policy, FREE)
    for _ in range(5):
        ahead.step()
    behind.step()
    behind.step()
    with pytest.raises(UsageError, match="a snapshot of step 5 does not fit a rollout at step 2"):
        behind.restore(0, ahead.snapshot(0))


def test_exact_gives_the_same_bits_for_any_batch():
    worlds, exact = [road(9.0 + 0.1 * i) for i in range(70)], Runtime(device="cpu", exact=True)
    alone = Rollout(worlds[3:4], Recurrent(), FREE, exact)
    many = Rollout(worlds, Recurrent(), FREE, exact)
    alone.run()
    many.run()
    assert same(alone.trace(0), many.trace(3))


def halves(policies, **more):
    """Two rollouts whose episodes are of different lengths."""
    return [
        Rollout([road(5.0 + k, 31 - 10 * half, f"w{half}{k}") for k in range(3)], policy, FREE, **more)
        for half, policy in enumerate(policies)
    ]


def test_rollouts_in_turn_do_what_each_would_alone():
    alone, together = (halves([Recurrent(), Recurrent()]) for _ in range(2))
    for rollout in alone:
        rollout.run()
    run_in_turn(together)
    for a, b in zip(alone, together, strict=True):
        assert a.steps == b.steps
        assert all(same(a.trace(row), b.trace(row)) for row in range(3))


def test_one_rollout_is_simulated_while_the_other_waits_for_a_gpu(monkeypatch):
    said = []

    class OnGpu(Arrival):
        """An action that is there only when it is waited for."""

        def __init__(self, action):
            super().__init__(action)
            self.is_late, self.number = True, int(action[0, 0])
            said.append(f"ask {self.number}")

        def wait(self):
            said.append(f"wait {self.number}")
            self.is_late = False
            return super().wait()

    monkeypatch.setattr("simeval.sim.caller.Arrival", OnGpu)
    run_in_turn(halves([constant(1), constant(2)]))
    first_calls = 8  # each is made twice, to compare
    assert said[first_calls : first_calls + 4] == ["wait 1", "ask 1", "wait 2", "ask 2"]
