"""Road users of two bodies."""

import math
from dataclasses import replace

import numpy as np
import pytest
from metric_helpers import measured_of, only

from simeval.metrics import Episode
from simeval.metrics.worlds import straight_road
from simeval.scenario import Bodies


def with_trailer(made, agent, *, length=13.6, width=2.5, hitch=0.0):
    """The same world; the agent pulls a semitrailer, coupled 2 m behind its centre, at a constant angle."""
    agents, states = made.trace.agents, made.trace.states
    at = agent + 1

    def insert(values, value):
        return np.insert(values.astype(np.float64), at, value)

    old = agents.bodies
    rear = old.rear_hitch.copy()
    rear[agent] = -2.0
    bodies = Bodies(
        agent=np.insert(old.agent, at, agent), length=insert(old.length, length),
        width=insert(old.width, width),
        axle=insert(old.axle, -4.0), wheelbase=insert(old.wheelbase, 8.0),
        front_hitch=insert(old.front_hitch, 5.0), rear_hitch=insert(rear, 0.0),
    )  # fmt: skip
    new_agents = replace(agents, bodies=bodies)
    new_states = replace(states, hitch=np.full((states.num_steps, 1), hitch))
    scenario = replace(made.scenario, agents=new_agents, states=new_states)
    return replace(made, scenario=scenario, trace=replace(made.trace, agents=new_agents, states=new_states))


def test_a_trailer_is_hit_before_the_tractor_is_reached():
    made = with_trailer(straight_road(cars=[(0, 15), (60, 10)], seconds=12.0), 1)
    event = only(measured_of(made), "contact")
    rear_of_trailer = 60.0 - 2.0 - 5.0 - 0.5 * 13.6
    assert event.step == math.ceil((rear_of_trailer - 2.3) / 5.0 / 0.1 - 1e-9)
    assert (event.body, event.kind, event.detail["fault"]) == (1, "active_front", "yes")


def test_the_egos_own_trailer_counts_for_gaps_and_for_the_road():
    made = with_trailer(straight_road(cars=[(60, 10), (50, 10, 3.5)]), 0)
    assert measured_of(made).value("min_gap_m") == pytest.approx(3.5 - 1.25 - 0.95)
    bent = with_trailer(straight_road(cars=[(60, 10)]), 0, hitch=-0.2)
    angle = 0.2  # the trailer's heading: its rear swings to the right
    out = (5.0 + 6.8) * math.sin(angle) + 1.25 * math.cos(angle) - 1.75
    assert measured_of(bent).value("max_distance_off_road_m") == pytest.approx(out, abs=1e-6)


def test_a_pulled_body_that_swings_has_a_velocity_of_its_own():
    made = with_trailer(straight_road(cars=[(60, 0), (30, 0)], seconds=1.0), 0)
    states = made.trace.states
    swing = replace(states, hitch=np.linspace(0.0, -0.5, states.num_steps)[:, None])
    tracks = Episode(scenario=made.scenario, trace=replace(made.trace, states=swing)).bodies
    heading_rate = 0.5
    assert np.hypot(*tracks.velocity[5, 1]) == pytest.approx(5.0 * heading_rate, abs=5e-3)


def test_a_trailer_that_appears_and_leaves_is_not_thought_to_come_from_elsewhere():
    """Where its road user is not there a body has no place that a difference could be taken from."""
    made = with_trailer(straight_road(cars=[(0, 10), (60, 10)], seconds=1.0), 1)
    states = made.trace.states
    valid = states.valid.copy()
    valid[:3, 1], valid[7:, 1] = False, False
    half = replace(made, trace=replace(made.trace, states=replace(states, valid=valid)))
    tracks = Episode(scenario=made.scenario, trace=half.trace).bodies
    assert tracks.velocity[3:7, 2] == pytest.approx(np.tile([10.0, 0.0], (4, 1)))
    valid[:] = [[True, t == 5] for t in range(states.num_steps)]
    once = Episode(scenario=made.scenario, trace=half.trace).bodies
    assert once.velocity[5, 2] == pytest.approx([10.0, 0.0])
    assert measured_of(half).value("min_ttc_s") is None
