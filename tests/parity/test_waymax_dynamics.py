"""Every case of Waymax's dynamics: bicycle forwards and backwards, displacements, direct state.

The peer computes in float32: rel 1e-4, abs 1e-3; curvatures of the inverse near walking pace rel 1e-2.
"""

import numpy as np

from simeval.vehicles.direct_state import motion_between
from simeval.vehicles.waymax_bicycle import (
    MAX_ACCELERATION,
    MAX_CURVATURE,
    is_infeasible,
    waymax_actions,
    waymax_drive,
)
from simeval.vehicles.waymax_delta import (
    delta_global_action,
    delta_global_step,
    delta_local_action,
    delta_local_step,
)

PARITY_FILE = "waymax"
DT = 0.1
LIMITS = np.array([MAX_ACCELERATION, MAX_CURVATURE])


def far(got, expected, rel=1e-4):
    """Indices of the cases that disagree; yaw is compared as given, except by whole turns at +-pi."""
    got, expected = np.asarray(got, dtype=float), np.asarray(expected, dtype=float)
    assert got.shape == expected.shape
    close = np.isclose(got, expected, rtol=rel, atol=1e-3)
    return np.flatnonzero(~close.reshape(len(close), -1).all(axis=1)).tolist()


def test_every_step_of_the_bicycle_agrees(cases):
    c = cases["bicycle_forward"]
    steps = [waymax_drive(s, [a], DT)[1] for s, a in zip(c["state"], c["action"], strict=True)]
    assert not far(steps, c["next"]), f"cases {far(steps, c['next'])} disagree"


def test_every_step_with_normalised_actions_agrees(cases):
    c = cases["bicycle_forward"]
    pairs = zip(c["state"], c["normalized_action"], strict=True)
    steps = [waymax_drive(s, [np.clip(a, -1, 1) * LIMITS], DT)[1] for s, a in pairs]
    assert not far(steps, c["next_normalized"]), f"cases {far(steps, c['next_normalized'])} disagree"


def test_every_drive_of_the_bicycle_agrees(cases):
    wrong = []
    for index, c in enumerate(cases["bicycle_rollouts"]):
        if far(waymax_drive(c["states"][0], c["actions"], DT), c["states"]):
            wrong.append(index)
    assert not wrong, f"drives {wrong} disagree"


def test_every_inverse_of_the_bicycle_agrees(cases):
    wrong = []
    for index, c in enumerate(cases["bicycle_inverse_and_infeasibility"]):
        actions, valid = waymax_actions(c["traj"], DT, valid=c["valid"])
        recorded, _ = waymax_actions(c["traj"], DT, use_recorded_yaw=True)
        both = np.asarray(c["action_valid"], dtype=bool)
        if (valid != both).any():
            wrong.append((index, "valid"))
        for name, got in (
            ("raw_inverse", actions),
            ("raw_inverse_recorded_yaw", recorded),
            ("clipped_inverse", np.clip(actions, -LIMITS, LIMITS)),
        ):
            if far(got[both], np.asarray(c[name], dtype=float)[both], rel=1e-2):
                wrong.append((index, name))
    assert not wrong, f"trajectories {wrong} disagree"


def test_every_verdict_on_feasibility_agrees(cases):
    wrong = []
    for index, c in enumerate(cases["bicycle_inverse_and_infeasibility"]):
        actions, valid = waymax_actions(c["traj"], DT, valid=c["valid"])
        verdicts = [is_infeasible(a, k) for a, k in actions[valid]]
        expected = np.asarray(c["infeasible_at_t"], dtype=bool)[np.asarray(c["infeasible_valid"], dtype=bool)]
        if len(verdicts) != len(expected) or (np.array(verdicts, dtype=bool) != expected).any():
            wrong.append(index)
    assert not wrong, f"trajectories {wrong} disagree"


def test_every_displacement_agrees(cases):
    for name, step in (("delta_global", delta_global_step), ("delta_local", delta_local_step)):
        c = cases[name]
        pairs = zip(c["state"], c["action"], strict=True)
        steps = [step(*s[:3], *a, DT) for s, a in pairs]
        assert not far(steps, c["next"]), f"{name}: cases {far(steps, c['next'])} disagree"


def test_every_inverse_displacement_agrees(cases):
    c = cases["inverse_delta_state"]
    for name, inverse in (("delta_global", delta_global_action), ("delta_local", delta_local_action)):
        got = [inverse(*k["from"][:3], *k["to"][:3]) for k in c]
        wrong = far(got, [k[name] for k in c])
        assert not wrong, f"{name}: cases {wrong} disagree"


def test_a_direct_state_is_the_action_and_its_inverse_the_next_state(cases):
    c = cases["state_dynamics"]
    assert not far(c["action"], c["next"])
    k = cases["inverse_delta_state"]
    assert not far([case["to"] for case in k], [case["state"] for case in k])
    vx, vy, _, _ = motion_between(*k[0]["from"][:3], *k[0]["to"][:3], DT)
    assert np.allclose([vx * DT, vy * DT], np.array(k[0]["delta_global"][:2]), atol=1e-5)
