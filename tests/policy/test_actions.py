import numpy as np
import pytest
import torch

from simeval.errors import UsageError
from simeval.policy import Observation, PolicySpec, as_policy
from simeval.policy.actions import checked_action, row_faults
from simeval.policy.faults import PolicyFault, fault_of

CPU = torch.device("cpu")
CONTROLS, PLAN = PolicySpec(), PolicySpec(action="trajectory", num_points=3)


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (None, r"returned a NoneType, expected a tensor of shape \[2, 2\]"),
        ([[0, 0], [0, 0]], "returned a list"),
        (torch.zeros(2), r"action of shape \[2\], expected \[2, 2\] for acceleration_steering"),
        (torch.zeros(1, 2), r"action of shape \[1, 2\]"),
        (torch.zeros(2, 2, dtype=torch.float16), "dtype torch.float16, expected float32 or float64"),
        (torch.zeros(2, 2, dtype=torch.int64), "dtype torch.int64"),
        (torch.zeros(2, 2, device="meta"), "on device meta, expected cpu"),
    ],
)
def test_an_action_that_is_none_is_named_and_nothing_is_broadcast_or_cast(action, message):
    with pytest.raises(PolicyFault, match=message) as caught:
        checked_action(action, CONTROLS, 2, CPU, 7)
    assert (caught.value.fault.kind, caught.value.fault.step) == ("contract", 7)


def test_trajectories_have_three_or_four_columns():
    for columns in (3, 4):
        assert checked_action(torch.zeros(2, 3, columns), PLAN, 2, CPU, 0).shape == (2, 3, columns)
    with pytest.raises(PolicyFault, match=r"expected \[2, 3, 3\] or \[2, 3, 4\] for trajectory"):
        checked_action(torch.zeros(2, 3, 2), PLAN, 2, CPU, 0)


def test_the_action_is_a_copy_in_double_precision():
    given = torch.ones(2, 2, requires_grad=True)
    action = checked_action(given, CONTROLS, 2, CPU, 0)
    with torch.no_grad():
        given.zero_()
    assert action.dtype == np.float64
    assert action.sum() == 4.0


def test_only_the_row_with_bad_numbers_is_blamed():
    action = np.array([[0.0, 0.0], [np.nan, 0.0], [1.0, np.inf], [1e30, 0.0], [-3.0, 0.4]])
    faults = row_faults(action, CONTROLS, 12)
    assert {row: fault.kind for row, fault in faults.items()} == {
        1: "nonfinite",
        2: "nonfinite",
        3: "implausible",
    }
    assert str(faults[1]) == "nonfinite: step 12: acceleration is NaN"
    assert str(faults[2]) == "nonfinite: step 12: steering angle is infinite"
    assert str(faults[3]) == (
        "implausible: step 12: acceleration is 1e+30 m/s^2; beyond 50 m/s^2 it is a mistake"
    )


def test_a_bad_point_of_a_trajectory_is_named_with_its_place():
    action = np.zeros((2, 3, 3))
    action[1, 2, 1] = -np.inf
    assert str(row_faults(action, PLAN, 0)[1]) == "nonfinite: step 0: y of point 2 is infinite"


def test_an_exception_that_cannot_be_printed_is_still_a_fault():
    class Mute(Exception):
        def __str__(self):
            raise RuntimeError("no")

    assert fault_of(Mute(), "exception", 3).message == "Mute"


def test_a_module_or_function_of_the_observation_is_a_policy_without_memory():
    policy = as_policy(lambda observation: observation.goal)
    assert policy.spec == PolicySpec()
    assert policy.init(3, CPU) is None
    seen = Observation.zeros(policy.spec.observation, 3)
    assert policy.act(seen, None) == (seen.goal, None)


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        (3, "of type int is not a policy"),
        (type("P", (), {"act": lambda self: 0})(), r"has act\(\) but no init and no spec"),
        (type("P", (), {"spec": "x", "__call__": lambda self, o: 0})(), "its spec is a str"),
    ],
)
def test_what_is_no_policy_is_refused_with_advice(thing, message):
    with pytest.raises(UsageError, match=message):
        as_policy(thing, "mine:make")


def test_a_trajectory_declares_its_points_and_others_do_not():
    with pytest.raises(UsageError, match="A trajectory has 1 or more points"):
        PolicySpec(action="trajectory")
    with pytest.raises(UsageError, match="num_points=4 does not fit action='acceleration_steering'"):
        PolicySpec(num_points=4)
    with pytest.raises(UsageError, match="plan_dt_s must be a time > 0 s"):
        PolicySpec(action="trajectory", num_points=4, plan_dt_s=float("nan"))
