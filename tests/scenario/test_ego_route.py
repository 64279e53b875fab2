from dataclasses import replace

import numpy as np
import pytest
from scenario_makers import small_scenario

from simeval.errors import UsageError
from simeval.scenario import Polylines, States
from simeval.scenario.ego import EXTENSION, choose_ego, infer_route, path_length


def driving(xy, heading=0.0, valid=None):
    """The small scenario with a car that was logged along `xy`, and a parked one."""
    steps = len(xy)
    both = np.stack([xy, np.broadcast_to([500.0, 500.0], xy.shape)], axis=1)
    there = np.ones((steps, 2), dtype=bool)
    if valid is not None:
        there[:, 0] = valid
    states = States.of(both, np.full((steps, 2), heading), np.zeros_like(both), there)
    base = small_scenario(num_steps=steps)
    states = replace(states, hitch=np.zeros((steps, 1)))
    return replace(base, states=states, paths=Polylines.of([np.zeros((0, 2))] * 2))


def arc(radius, angle, steps=90):
    t = np.linspace(0.0, angle, steps)
    return np.stack([radius * np.sin(t), radius * (1 - np.cos(t))], axis=1)


def length(xy):
    return np.sqrt((np.diff(xy, axis=0) ** 2).sum(axis=1)).sum()


def test_the_route_goes_on_straight_for_50_m():
    xy = np.stack([np.arange(80) * 1.0, np.zeros(80)], axis=1)
    route = infer_route(driving(xy)).route
    assert route.inferred and route.lane_ids == ()
    assert length(route.xy) == pytest.approx(79.0 + EXTENSION, abs=0.1)
    assert np.abs(route.xy[:, 1]).max() < 1e-9
    assert np.diff(route.xy[:, 0]) == pytest.approx(np.ones(len(route.xy) - 1), abs=0.05)


def test_the_route_stays_on_a_bend():
    """A circle of 15 m radius: smoothing by 1 m moves it by sigma^2 / 2R = 0.03 m."""
    route = infer_route(driving(arc(15.0, np.pi / 2))).route
    on_arc = route.xy[: -int(EXTENSION)]
    radius = np.sqrt((on_arc**2 @ [1, 0]) + (on_arc[:, 1] - 15.0) ** 2)
    assert np.abs(radius - 15.0).max() < 0.08
    end = route.xy[-1] - route.xy[-40]
    assert np.degrees(np.arctan2(end[1], end[0])) == pytest.approx(90.0, abs=8.0)


def test_noise_at_standstill_leaves_no_knots():
    rng = np.random.default_rng(0)
    moving = np.stack([np.arange(40) * 1.0, np.zeros(40)], axis=1)
    waiting = rng.normal(0.0, 0.05, (50, 2)) + moving[-1]
    route = infer_route(driving(np.concatenate([moving, waiting]))).route
    assert (np.diff(route.xy[:, 0]) > 0).all()


def test_steps_that_are_not_valid_are_bridged():
    xy = np.stack([np.arange(80) * 1.0, np.zeros(80)], axis=1)
    valid = np.ones(80, dtype=bool)
    valid[30:50] = False
    route = infer_route(driving(xy, valid=valid)).route
    assert np.abs(route.xy[:, 1]).max() < 1e-9
    assert length(route.xy) == pytest.approx(79.0 + EXTENSION, abs=0.2)


def test_a_parked_ego_gets_a_short_route_along_its_heading():
    scenario = infer_route(driving(np.zeros((20, 2)), heading=np.pi / 2))
    assert scenario.route.xy[0] == pytest.approx([0.0, 0.0])
    assert scenario.route.xy[-1] == pytest.approx([0.0, 10.0])
    assert "ego_parked" in scenario.tags


def test_the_goal_is_the_last_logged_position():
    assert infer_route(driving(arc(30.0, 1.0))).goal == pytest.approx(tuple(arc(30.0, 1.0)[-1]))


def test_without_ego_there_is_no_route():
    scenario = infer_route(replace(small_scenario(), ego=None))
    assert scenario.route is None and scenario.goal is None


def test_the_longest_driving_vehicle_can_be_chosen():
    base = replace(
        driving(np.stack([np.arange(60) * 1.0, np.zeros(60)], axis=1)), ego=None, missing=("ego", "sizes")
    )
    chosen = choose_ego(base, "longest")
    assert chosen.agents.ids[chosen.ego] == "ego"
    assert chosen.missing == ("sizes",)
    assert path_length(chosen.states, chosen.ego) == pytest.approx(59.0)
    assert chosen.route is not None


def test_an_agent_can_be_chosen_by_id():
    assert choose_ego(replace(small_scenario(), ego=None), "truck").ego == 1


def test_an_unknown_agent_names_the_nearest():
    with pytest.raises(UsageError) as error:
        choose_ego(small_scenario(), "trucc")
    assert str(error.value) == (
        "test/small: no agent 'trucc' is there at step 1, when simulation starts. "
        "There are 2, such as 'truck'."
    )
