"""Every case of nuplan_idm: single steps by three solvers, ten-second roll-outs, batch steps."""

import numpy as np

from simeval.traffic.idm_nuplan import (
    PDM_BATCH,
    NuplanIdm,
    integrate_nuplan_idm,
    nuplan_agent_step,
    nuplan_idm_acceleration,
    nuplan_idm_step,
    nuplan_idm_steps,
)

TOLERANCE, SOLVER_TOLERANCE = 1e-9, 1e-5


def driver(case):
    return NuplanIdm(*map(float, case["params"]))


def gap(case):
    (progress, _), (ahead, _, rear) = case["agent"], case["lead"]
    return float(ahead - progress - rear)


def report(wrong, walked):
    assert walked > 0
    assert not wrong, f"{len(wrong)} of {walked} cases differ, the first: {wrong[:5]}"


def test_raw_accelerations_agree_with_nuplan(cases):
    wrong = []
    for i, case in enumerate(cases["one_step"]):
        speed, lead_speed = float(case["agent"][1]), float(case["lead"][1])
        found = nuplan_idm_acceleration(speed, gap(case), lead_speed, driver(case))
        if abs(found - case["v_dot_unclipped"]) > TOLERANCE or speed != case["x_dot"]:
            wrong.append((i, found, case["v_dot_unclipped"]))
    report(wrong, len(cases["one_step"]))


def test_clipped_euler_steps_agree_with_nuplan(cases):
    wrong = []
    for i, case in enumerate(cases["one_step"]):
        now = tuple(map(float, case["agent"]))
        found = nuplan_idm_step(*now, gap(case), float(case["lead"][1]), case["dt"], driver(case))
        if np.abs(np.subtract(found, case["forward_euler"])).max() > TOLERANCE:
            wrong.append((i, found, case["forward_euler"]))
    report(wrong, len(cases["one_step"]))


def test_steps_of_both_ode_solvers_agree_with_nuplan(cases):
    wrong = []
    for i, case in enumerate(cases["one_step"]):
        now, lead = tuple(map(float, case["agent"])), tuple(map(float, case["lead"]))
        for solver in ("odeint", "solve_ivp"):
            found = integrate_nuplan_idm(now, lead, case["dt"], driver(case), solver)
            if np.abs(np.subtract(found, case[solver])).max() > SOLVER_TOLERANCE:
                wrong.append((i, solver, found, case[solver]))
    report(wrong, len(cases["one_step"]))


def test_ten_second_roll_outs_agree_with_nuplan(cases):
    wrong = []
    for i, case in enumerate(cases["rollouts"]):
        x, speed, ahead, p, dt = 0.0, case["agent_v"][0], case["lead_rear_x0"], driver(case), case["dt"]
        rows = [(x, speed, ahead)]
        for lead_speed in case["lead_velocity"]:
            moved, speed = nuplan_agent_step(0.0, speed, ahead - x, lead_speed, dt, p)
            x, ahead = x + moved, ahead + lead_speed * dt
            rows.append((x, speed, ahead))
        expected = np.column_stack([case[n] for n in ("agent_front_x", "agent_v", "lead_rear_x")])
        worst = np.abs(np.array(rows) - expected).max()
        if worst > TOLERANCE:
            wrong.append((i, case["lead_kind"], worst))
    report(wrong, len(cases["rollouts"]))


def batch_parameters(case):
    """One row a policy. Its target speed is the limit's share; everything else may be one or several."""
    policy, count = case["policy"], len(case["target_velocities"])
    names = ("min_gap_to_lead_agent", "headway_time", "accel_max", "decel_max")
    columns = [case["target_velocities"], *(policy[n] for n in names), PDM_BATCH.exponent]
    return np.column_stack([np.broadcast_to(np.ravel(c), (count,)).astype(float) for c in columns])


def test_batch_steps_agree_with_tuplan_garage(cases):
    wrong = []
    for i, case in enumerate(cases["batch_idm"]):
        parameters = batch_parameters(case)[case["longitudinal_idcs"]]
        states, leads = np.array(case["states"], dtype=float), np.array(case["leading"], dtype=float)
        found = nuplan_idm_steps(states, leads, parameters, case["dt"])
        worst = np.abs(found - np.array(case["next_states"])).max()
        if worst > TOLERANCE:
            wrong.append((i, worst))
    report(wrong, len(cases["batch_idm"]))


def test_batch_target_speeds_are_shares_of_the_limit(cases):
    for case in cases["batch_idm"]:
        shares = np.ravel(case["policy"]["speed_limit_fraction"]) * case["speed_limit_mps"]
        assert np.abs(shares - case["target_velocities"]).max() < 1e-12
