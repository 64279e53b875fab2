"""The trajectories a policy gave are in its trace, on the map, and survive storage and snapshots."""

import numpy as np
import pyarrow as pa
import pytest
import torch
from sim_worlds import world

from simeval.metrics import measure_episode
from simeval.policy import PolicySpec, as_policy
from simeval.runs.parts import trace_from, trace_row
from simeval.runs.tables import SCHEMAS, arrays_of, encode, table_of
from simeval.sim.policy_rollout import Rollout


def straight(tracker="lqr", lean=0.0):
    """Straight on at 8 m/s, nine points 0.5 s apart; turned by `lean` at every odd half second."""

    def act(observation):
        x = 4.0 * torch.arange(1, 10).expand(observation.num_rows, 9)
        turned = lean * ((observation.time_s / 0.5).round() % 2).unsqueeze(1).to(torch.float32)
        return torch.stack([x, turned * x, turned.expand_as(x)], dim=-1).to(torch.float32)

    policy = as_policy(act)
    policy.spec = PolicySpec(action="trajectory", num_points=9, plan_dt_s=0.5, tracker=tracker)
    return policy


def scenario(num_steps=41):
    car = {"x": 3.0, "y": 2.0, "heading": 0.5, "speed": 8.0}
    return world([car], num_steps=num_steps, route=np.array([[0.0, 0.0], [300.0, 160.0]]))


def driven(policy, steps=40):
    rollout = Rollout([scenario()], policy)
    for _ in range(steps):
        rollout.step()
    return rollout


@pytest.mark.parametrize("tracker", ["lqr", "perfect", "pursuit"])
def test_plans_are_kept_each_half_second_from_the_rear_axle_on(tracker):
    trace = driven(straight(tracker)).trace(0)
    plans = trace.plans
    assert plans.step.tolist() == list(range(0, 40, 5)) and plans.spacing == 0.5
    axle = trace.agents.bodies.axle[0]
    for step, poses in zip(plans.step.tolist(), plans.poses, strict=True):
        xy, heading = trace.states.xy[step, 0], trace.states.heading[step, 0]
        ahead = np.array([np.cos(heading), np.sin(heading)])
        np.testing.assert_allclose(poses[0], [*(xy + axle * ahead), heading], atol=1e-9)
        np.testing.assert_allclose(poses[3, :2], xy + (axle + 12.0) * ahead, atol=1e-5)


def test_a_policy_that_gives_commands_has_no_plans():
    trace = Rollout([scenario()], as_policy(lambda o: torch.zeros(o.num_rows, 2))).trace(0)
    assert trace.plans is None


def test_plans_come_back_from_a_file():
    trace = driven(straight()).trace(0)
    (row,) = arrays_of(table_of("traces", [trace_row("k", trace)]))
    back = trace_from(row, scenario())
    assert back.plans.poses.tobytes() == trace.plans.poses.tobytes()
    assert back.plans.step.tolist() == trace.plans.step.tolist() and back.plans.spacing == 0.5


def test_a_trace_of_an_older_file_has_no_plans(tmp_path):
    from simeval.runs.tables import decode

    trace = driven(straight()).trace(0)
    table = table_of("traces", [trace_row("k", trace)])
    old = [f for f in SCHEMAS["traces"] if not f.name.startswith("plan_")]
    path = tmp_path / "a.parquet"
    path.write_bytes(encode("traces", pa.table([table[f.name] for f in old], schema=pa.schema(old))))
    (row,) = arrays_of(decode(path, "traces"))
    assert trace_from(row, scenario()).plans is None


def test_a_branch_goes_on_with_the_plans_so_far():
    policy = straight()
    first = driven(policy, steps=12)
    second = Rollout([scenario()], policy)
    second.restore(0, first.snapshot(0))
    for _ in range(8):
        first.step()
        second.step()
    assert second.trace(0).plans.poses.tobytes() == first.trace(0).plans.poses.tobytes()
    assert second.trace(0).plans.step.tolist() == [0, 5, 10, 15]


def test_a_policy_that_changes_its_mind_has_jitter_and_no_extended_comfort():
    steady, shaky = (driven(straight(lean=lean)).trace(0) for lean in (0.0, 0.3))
    names = ["navsim_extended_comfort_bounds_broken"]
    calm, nervous = (measure_episode(scenario(), t, wanted=names) for t in (steady, shaky))
    assert calm.value("max_plan_jitter_m") < 1e-5
    assert nervous.value("max_plan_jitter_m") > 0.5
    assert calm.value(names[0]) == 0.0 < nervous.value(names[0])
    assert calm.value("max_plan_tracking_error_m") < 0.05
