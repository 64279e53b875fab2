import copy
from dataclasses import replace

import numpy as np
import pytest
from scenario_makers import small_scenario, straight_map

from simeval.errors import InputError
from simeval.scenario import Do, Links, Polylines, Route, Trigger
from simeval.scenario.script import Action
from simeval.scenario.validate import check_scenario, problems_of


def test_a_sound_scenario_has_no_problems():
    assert problems_of(small_scenario()) == []


def edited(record, **edits):
    """A copy of a record with single entries of its arrays changed: name=(index, value)."""
    changes = {}
    for name, (index, value) in edits.items():
        array = getattr(record, name).copy()
        array[index] = value
        changes[name] = array
    return replace(record, **changes)


def agents(**edits):
    return {"agents": edited(small_scenario().agents, **edits)}


def bodies(**edits):
    base = small_scenario().agents
    return {"agents": replace(base, bodies=edited(base.bodies, **edits))}


def states(**edits):
    return {"states": edited(small_scenario().states, **edits)}


def signals(**edits):
    return {"signals": edited(small_scenario().signals, **edits)}


def lanes(**edits):
    base = straight_map()
    return {"map": replace(base, lanes=edited(base.lanes, **edits))}


def with_lanes(**changes):
    base = straight_map()
    return {"map": replace(base, lanes=replace(base.lanes, **changes))}


NAN = float("nan")
LINE = np.array([[0.0, 1.0], [1.0, 1.0]])
CASES = {
    "no agents": (
        {"agents": replace(small_scenario().agents, ids=())},
        "agents: there are none",
    ),
    "NaN position": (states(xy=((3, 0, 1), NAN)), "states.xy[3, 0, 1]: nan is not a finite number"),
    "infinite heading": (
        states(heading=((3, 1), np.inf)),
        "states.heading[3, 1]: inf is not a finite number",
    ),
    "too fast": (states(velocity=((4, 0, 0), 500.0)), "agent 'ego', step 4: the speed is more than 120 m/s"),
    "far away": (
        states(xy=((4, 1, 0), 2e6)),
        "agent 'truck', step 4: xy lies more than 100 km from the local origin",
    ),
    "value where undefined": (
        states(xy=((0, 1, 0), 7.0)),
        "agent 'truck', step 0: is not valid, so xy, heading and velocity must be 0.0",
    ),
    "zero length": (bodies(length=(0, 0.0)), "agent 'ego': length 0 m is not between 0 and 100 m"),
    "negative width": (bodies(width=(2, -1.0)), "agent 'truck': width -1 m is not between 0 and 100 m"),
    "bodies out of order": (
        bodies(agent=(0, 1)),
        "agents.bodies.agent: must rise from 0, with at least one body for each agent",
    ),
    "unknown kind": (agents(kind=(1, 77)), "agents.kind[1]: 77 is no AgentKind"),
    "bad agent id": (
        {"agents": replace(small_scenario().agents, ids=("ego", "a b"))},
        "agents.ids[1]: the id 'a b' may hold only A-Z a-z 0-9 _ . - / [ ] , (1 to 200)",
    ),
    "same agent id": (
        {"agents": replace(small_scenario().agents, ids=("ego", "ego"))},
        "agents.ids[1]: the id 'ego' is already that of agents.ids[0]",
    ),
    "bad scenario id": (
        {"id": "a=b"},
        "id[0]: the id 'a=b' may hold only A-Z a-z 0-9 _ . - / [ ] , (1 to 200)",
    ),
    "dt": ({"dt": 0.0}, "dt: 0.0 s is not in (0, 1]"),
    "start": (
        {"start_step": 12},
        "too short to simulate: 13 steps, and simulation starts at step 12; at least 14 are needed",
    ),
    "ego index": ({"ego": 5}, "ego: index 5 is not that of one of 2 agents"),
    "ego absent": (
        {"ego": 1, "start_step": 0},
        "ego 'truck', step 0: is not there when simulation starts",
    ),
    "route": (
        {"route": Route(lane_ids=(), xy=np.zeros((3, 2)), inferred=True)},
        "route.xy: needs at least two different points",
    ),
    "route lane": (
        {"route": Route(lane_ids=("nowhere",), xy=np.array([[0.0, 0.0], [1.0, 0.0]]), inferred=True)},
        "route.lane_ids: the map has no lane 'nowhere'",
    ),
    "goal": (
        {"goal": (NAN, 0.0)},
        "origin and goal: expected finite floats, got (1000.5, -2000.25) and (nan, 0.0)",
    ),
    "parameter": (
        {"parameters": (("gap_m", 3),)},
        "parameters.gap_m: expected a finite float or a text, got 3",
    ),
    "path": (
        {"paths": Polylines.of([np.zeros((0, 2)), np.zeros((1, 2))])},
        "paths[1]: needs at least 2 points, has 1",
    ),
    "signal state": (signals(state=((2, 0), 9)), "signals.state[2, 0]: 9 is no SignalState"),
    "signal lane": (signals(lane=(0, 2)), "signals.lane[0]: 2 is not between -1 and 1"),
    "signal end": (signals(last_known=(0, 13)), "signals.last_known[0]: 13 is not between 0 and 12"),
    "script": (
        {"script": (Do(agent=9, trigger=Trigger.TIME_S, when=0.0, action=Action.BRAKE, values=(1.0, 0.0)),)},
        "script[0].agent: index 9 is not that of one of 2 agents",
    ),
    "numbers of a trigger": (
        {
            "script": (
                Do(agent=1, trigger=Trigger.EGO_IN_REGION, when=0.0, action=Action.BRAKE, values=(1.0, 0.0)),
            )
        },
        "script[0].values: expected 5 numbers, got 2",
    ),
    "agent of a trigger": (
        {
            "script": (
                Do(
                    agent=1,
                    trigger=Trigger.AGENT_ACTION,
                    when=1.0,
                    action=Action.BRAKE,
                    values=(1.0, 0.0, 4.0),
                ),
            )
        },
        "script[0]: the trigger's agent 4 is not one of 2 agents",
    ),
    "limit": (
        lanes(speed_limit=(0, -3.0)),
        "map.lanes.speed_limit[0] of lane 'lane.0': -3 m/s is not between 0 and 100",
    ),
    "limit where unknown": (
        lanes(speed_limit=(1, 3.0)),
        "map.lanes.speed_limit: must be 0.0 where has_limit is 0",
    ),
    "neighbour": (lanes(left_neighbour=(0, 4)), "map.lanes.left_neighbour[0]: 4 is not between -1 and 1"),
    "link": (
        with_lanes(successors=Links.of([[1], [7]])),
        "map.lanes.successors.lane[1]: 7 is not between 0 and 1",
    ),
    "lane of one point": (
        with_lanes(centre=Polylines.of([np.zeros((1, 2)), LINE])),
        "map.lanes.centre[0]: needs at least 2 points, has 1",
    ),
    "lane without length": (
        with_lanes(centre=Polylines.of([np.zeros((4, 2)), LINE])),
        "map.lanes.centre[0] of lane 'lane.0': has no length",
    ),
    "NaN in the map": (
        with_lanes(centre=Polylines.of([np.array([[0.0, NAN], [1.0, 0.0]]), LINE])),
        "map.lanes.centre.xy[0, 1]: nan is not a finite number",
    ),
    "offsets": (
        with_lanes(centre=Polylines(offsets=np.array([0, 9, 4]), xy=np.ones((4, 2)))),
        "map.lanes.centre.offsets: must rise from 0 to the number of points",
    ),
    "dtype": (
        with_lanes(kind=np.ones(2, dtype=np.int32)),
        "map.lanes.kind: expected int64 numbers, got int32",
    ),
    "shape": (states(), None),
}


@pytest.mark.parametrize("case", [c for c in CASES if CASES[c][1]])
def test_problems_name_agent_field_and_step(case):
    changes, expected = CASES[case]
    assert problems_of(small_scenario(**changes)) == [expected]


def test_arrays_that_do_not_fit_are_named_with_both_shapes():
    base = small_scenario()
    short = copy.copy(base.states)
    object.__setattr__(short, "heading", base.states.heading[:-1])  # __init__ may check shapes itself
    assert problems_of(replace(base, states=short)) == [
        "states.heading: expected the shape [13, 2], got [12, 2]"
    ]


def test_the_first_problem_is_raised_and_the_rest_counted():
    with pytest.raises(InputError) as error:
        check_scenario(small_scenario(dt=5.0, id="?"), "a.json")
    assert str(error.value) == (
        "a.json: id[0]: the id '?' may hold only A-Z a-z 0-9 _ . - / [ ] , (1 to 200) "
        "(and 1 more of other kinds). Mend the file or leave it out."
    )


def test_several_offenders_of_one_kind_are_one_problem():
    assert problems_of(small_scenario(**states(velocity=(np.s_[4:8, 0, 0], 500.0)))) == [
        "agent 'ego', step 4: the speed is more than 120 m/s (and 3 more)"
    ]
