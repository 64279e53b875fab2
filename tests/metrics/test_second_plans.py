"""NAVSIM's metrics of plans, of the log, of the past and of a reference against second implementations."""

from dataclasses import replace

import numpy as np
import pytest
from random_scenes import everything
from second_harness import covered, run
from slow_plans import SLOW
from transforms import chosen

from simeval.scenario import Ending


def before(made, rng):
    """The same world whose log came here on a bend, braking or gaining speed."""
    states, now = made.scenario.states, made.trace.first_step
    xy, heading, velocity = states.xy.copy(), states.heading.copy(), states.velocity.copy()
    gained, turned = float(rng.uniform(-5, 3)), float(rng.normal(0, 0.3))
    speed = float(np.hypot(*velocity[now, 0]))
    for row in range(now - 1, -1, -1):
        back = 0.1 * (now - row)
        heading[row, 0] = heading[now, 0] - turned * back
        ahead = np.array([np.cos(heading[row, 0]), np.sin(heading[row, 0])])
        velocity[row, 0] = max(0.0, speed - gained * back) * ahead
        xy[row, 0] = xy[row + 1, 0] - 0.1 * velocity[row, 0]
    old = replace(states, xy=xy, heading=heading, velocity=velocity)
    return replace(made, scenario=replace(made.scenario, states=old))


def planned(seed):
    """Everything, or hardly anybody; a third changes its speed from plan to plan, logs go other ways."""
    rng, made = np.random.default_rng([79, seed]), everything(seed)
    if seed % 3 == 1:
        made = chosen(made, [0, len(made.trace.agents) - 1])
    states, now = made.scenario.states, made.trace.first_step
    if seed % 2:  # the log leaves its lane, or stays behind
        xy, t = states.xy.copy(), 0.1 * np.arange(len(states.xy) - now)
        h, aside = states.heading[now, 0], float(rng.normal(0, rng.choice([1.0, 6.0])))
        share = np.ones(len(t)) if seed % 4 == 1 else t / t[-1]
        back = float(rng.choice([0.0, rng.uniform(0.0, 0.9)])) * (xy[now:, 0] - xy[now, 0])
        xy[now:, 0] += aside * share[:, None] * np.array([-np.sin(h), np.cos(h)]) - back
        made = replace(made, scenario=replace(made.scenario, states=replace(states, xy=xy)))
    if seed % 3 == 0 and made.trace.plans is not None:
        plans, sway = made.trace.plans, float(rng.uniform(0.0, 0.4))
        late = plans.poses.copy()
        late[1::2, :, :2] += sway * (late[1::2, :, :2] - late[1::2, :1, :2])
        made = replace(made, trace=replace(made.trace, plans=replace(plans, poses=late)))
    return before(made, rng).ended(Ending(int(rng.integers(1, 8))))


def nothing(name, seed):
    return None


@pytest.mark.parametrize(
    ("pool", "nontrivial"),
    [pytest.param(50, 2, id="fifty"), pytest.param(250, 12, id="full", marks=pytest.mark.nightly)],
)
def test_metrics_of_plans_agree_with_second_implementations(pool, nontrivial):
    covered(run(SLOW, planned, pool, nothing, 0), scenes=50, nontrivial=nontrivial)
