"""Scenarios for tests: one small one by hand, and any that hypothesis can think of."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from simeval.scenario import (
    Action,
    AgentKind,
    Agents,
    AreaKind,
    Areas,
    Bodies,
    Controller,
    Do,
    EdgeKind,
    Edges,
    Expect,
    LaneKind,
    Lanes,
    Links,
    Polylines,
    Provenance,
    RoadMap,
    Route,
    Scenario,
    Signals,
    SignalState,
    Source,
    States,
    Trigger,
)
from simeval.scenario.script import FURTHER

NO_LINE = np.zeros((0, 2))


def straight_map(num_lanes=2, length=100.0):
    """Lanes side by side along x, the first successor of none."""
    y = 3.5 * np.arange(num_lanes)
    lines = [np.array([[0.0, v], [length, v]]) for v in y]
    index = np.arange(num_lanes)
    return RoadMap(
        lanes=Lanes(
            ids=tuple(f"lane.{i}" for i in index),
            kind=np.full(num_lanes, int(LaneKind.VEHICLE)),
            is_connector=np.zeros(num_lanes, dtype=np.int64),
            speed_limit=np.where(index == 0, 13.9, 0.0),
            has_limit=(index == 0).astype(np.int64),
            centre=Polylines.of(lines),
            left=Polylines.of([line + np.array([0.0, 1.75]) for line in lines]),
            right=Polylines.of([NO_LINE] * num_lanes),
            section=("main",) * num_lanes,
            predecessors=Links.of([[] for _ in index]),
            successors=Links.of([[] for _ in index]),
            left_neighbour=np.where(index + 1 < num_lanes, index + 1, -1),
            right_neighbour=index - 1,
        ),
        areas=Areas(
            kind=np.array([int(AreaKind.DRIVABLE), int(AreaKind.STOP)]),
            outline=Polylines.of(
                [np.array([[0.0, -2], [length, -2], [length, 9], [0, 9]]), np.array([[50.0, 0.0]])]
            ),
        ),
        edges=Edges(kind=np.array([int(EdgeKind.BOUNDARY)]), line=Polylines.of([lines[0] - [0.0, 1.75]])),
        topology=Source.GIVEN,
        missing=("signals",),
    )


def small_scenario(num_steps=13, **changes):
    """A car and a tractor with semitrailer on a straight road, with one of everything."""
    t = np.arange(num_steps)[:, None] * 0.1
    xy = np.stack([t * 10.0 + [10.0, 40.0], np.zeros_like(t) + np.array([0.0, 3.5])], axis=-1)
    valid = np.ones((num_steps, 2), dtype=bool)
    valid[0, 1] = False
    states = States.of(xy, np.zeros((num_steps, 2)), np.zeros_like(xy) + np.array([10.0, 0.0]), valid)
    fields = {
        "id": "test/small", "suite": "test", "family": "small", "dt": 0.1, "start_step": 1,
        "origin": (1000.5, -2000.25),
        "agents": Agents(
            ids=("ego", "truck"), kind=np.array([int(AgentKind.CAR), int(AgentKind.TRUCK)]),
            controller=np.array([int(Controller.AUTO), int(Controller.SCRIPTED)]),
            desired_speed=np.array([13.0, 0.0]),
            bodies=Bodies(
                agent=np.array([0, 1, 1]), length=np.array([4.6, 6.0, 12.0]),
                width=np.array([2.0, 2.5, 2.55]),
                axle=np.array([-1.4, -1.8, -4.0]), wheelbase=np.array([2.8, 3.6, 8.0]),
                front_hitch=np.array([0.0, 0.0, 5.0]), rear_hitch=np.array([0.0, -2.0, 0.0]),
            ),
        ),
        "states": States(**{**vars(states), "hitch": np.linspace(0.0, 0.3, num_steps)[:, None]}),
        "ego": 0,
        "route": Route(lane_ids=("lane.0",), xy=np.array([[0.0, 0.0], [100.0, 0.0]]), inferred=False),
        "goal": (90.0, 0.0),
        "paths": Polylines.of([NO_LINE, np.array([[40.0, 3.5], [100.0, 3.5]])]),
        "map": straight_map(),
        "signals": Signals(
            lane=np.array([0]), stop_xy=np.array([[50.0, 0.0]]), last_known=np.array([num_steps - 1]),
            state=np.full((num_steps, 1), int(SignalState.RED)),
        ),
        "provenance": Provenance(format="test", licence="none", source_id="x y", files=("a.json",)),
        "script": (
            Do(agent=1, trigger=Trigger.TIME_S, when=0.5, action=Action.BRAKE, values=(6.0, 0.0)),
        ),
        "tags": ("one", "two"), "parameters": (("gap_m", 15.0), ("side", "left")),
        "expect": Expect(solvable_by=("idm",), failed_by=("constant-velocity",)),
        "missing": ("sizes",), "repaired": ("nothing, really",),
    }  # fmt: skip
    return Scenario(**{**fields, **changes})


NUMBERS = st.floats(-1e4, 1e4, allow_nan=False)
NAMES = st.text("abcXYZ019_.-/[],", min_size=1, max_size=12)
TEXTS = st.text(max_size=12).filter(lambda t: t.isprintable())


@st.composite
def lines(draw, least, most=5):
    """A polyline whose points are all different."""
    count = draw(st.integers(least, most))
    start = draw(st.tuples(NUMBERS, NUMBERS))
    return np.array(start) + np.arange(count)[:, None] * [1.0 + draw(st.floats(0, 50)), draw(NUMBERS) / 100]


def _floats(draw, shape, low=-50.0, high=50.0):
    size = int(np.prod(shape))
    values = draw(st.lists(st.floats(low, high, allow_nan=False), min_size=size, max_size=size))
    return np.array(values, dtype=float).reshape(shape)


def _wholes(draw, size, low, high):
    return np.array(draw(st.lists(st.integers(low, high), min_size=size, max_size=size)), dtype=np.int64)


@st.composite
def maps(draw):
    """Any sound map of up to three lanes."""
    n = draw(st.integers(0, 3))
    has_limit = _wholes(draw, n, 0, 1)
    links = [draw(st.lists(st.integers(0, n - 1), max_size=3)) if n else [] for _ in range(2 * n)]
    areas = draw(st.lists(st.tuples(st.sampled_from(AreaKind), lines(3)), max_size=2))
    edges = draw(st.lists(st.tuples(st.sampled_from(EdgeKind), lines(2)), max_size=2))
    maybe = st.one_of(st.just(NO_LINE), lines(2))
    return RoadMap(
        lanes=Lanes(
            ids=tuple(draw(st.lists(NAMES, min_size=n, max_size=n, unique=True))),
            kind=np.array([int(draw(st.sampled_from(LaneKind))) for _ in range(n)], dtype=np.int64),
            is_connector=_wholes(draw, n, 0, 1),
            speed_limit=np.where(has_limit == 1, _floats(draw, n, 0.1, 60.0), 0.0),
            has_limit=has_limit,
            centre=Polylines.of([draw(lines(2)) for _ in range(n)]),
            left=Polylines.of([draw(maybe) for _ in range(n)]),
            right=Polylines.of([draw(maybe) for _ in range(n)]),
            section=tuple(draw(TEXTS) for _ in range(n)),
            predecessors=Links.of(links[:n]),
            successors=Links.of(links[n:]),
            left_neighbour=_wholes(draw, n, -1, n - 1),
            right_neighbour=_wholes(draw, n, -1, n - 1),
        ),
        areas=Areas(
            kind=np.array([int(k) for k, _ in areas], dtype=np.int64),
            outline=Polylines.of([x for _, x in areas]),
        ),
        edges=Edges(
            kind=np.array([int(k) for k, _ in edges], dtype=np.int64),
            line=Polylines.of([x for _, x in edges]),
        ),
        topology=draw(st.sampled_from(Source)),
        missing=tuple(draw(st.lists(TEXTS, max_size=2))),
    )


def _numbers_of(trigger, num_agents):
    """Two numbers of an action and what its trigger needs besides."""
    further = [NUMBERS] * FURTHER.get(trigger, 0)
    if len(further) == 1:
        further = [st.integers(0, num_agents - 1).map(float)]
    return st.tuples(NUMBERS, NUMBERS, *further)


@st.composite
def scenarios(draw):
    """Any sound scenario of up to three agents, with trailers, signals, scripts, or none of them."""
    a, t = draw(st.integers(1, 3)), draw(st.integers(2, 5))
    owners = sorted([*range(a), *draw(st.lists(st.integers(0, a - 1), max_size=2))])
    b, s, start = len(owners), draw(st.integers(0, 2)), draw(st.integers(0, t - 2))
    valid = np.array(draw(st.lists(st.booleans(), min_size=t * a, max_size=t * a))).reshape(t, a)
    ego = draw(st.one_of(st.none(), st.integers(0, a - 1)))
    if ego is not None:
        valid[start, ego] = True
    roads = draw(maps())
    states = States.of(_floats(draw, (t, a, 2)), _floats(draw, (t, a)), _floats(draw, (t, a, 2)), valid)
    do = st.sampled_from(Trigger).flatmap(
        lambda t: st.builds(
            Do, agent=st.integers(0, a - 1), trigger=st.just(t), when=NUMBERS,
            action=st.sampled_from(Action), values=_numbers_of(t, a),
        )
    )  # fmt: skip
    texts = st.lists(TEXTS, max_size=2).map(tuple)
    route = st.builds(
        Route, lane_ids=st.lists(st.sampled_from(roads.lanes.ids or ("",)), max_size=2).map(tuple)
        if roads.lanes.ids else st.just(()), xy=lines(2), inferred=st.booleans(),
    )  # fmt: skip
    offsets = {k: _floats(draw, b) for k in ("axle", "front_hitch", "rear_hitch")}
    return Scenario(
        id=draw(NAMES), suite=draw(NAMES), family=draw(NAMES),
        dt=draw(st.floats(0.01, 1.0)), start_step=start,
        origin=draw(st.tuples(st.floats(-1e7, 1e7), st.floats(-1e7, 1e7))),
        agents=Agents(
            ids=tuple(draw(st.lists(NAMES, min_size=a, max_size=a, unique=True))),
            kind=np.array([int(draw(st.sampled_from(AgentKind))) for _ in range(a)], dtype=np.int64),
            controller=np.array([int(draw(st.sampled_from(Controller))) for _ in range(a)], dtype=np.int64),
            desired_speed=_floats(draw, a, 0.0, 60.0),
            bodies=Bodies(
                agent=np.array(owners, dtype=np.int64), length=_floats(draw, b, 0.1, 30.0),
                width=_floats(draw, b, 0.1, 4.0), wheelbase=_floats(draw, b, 0.0, 9.0), **offsets,
            ),
        ),
        states=States(**{**vars(states), "hitch": _floats(draw, (t, b - a))}),
        ego=ego, route=draw(st.one_of(st.none(), route)),
        goal=draw(st.one_of(st.none(), st.tuples(NUMBERS, NUMBERS))),
        paths=Polylines.of([draw(st.one_of(st.just(NO_LINE), lines(2))) for _ in range(a)]), map=roads,
        signals=Signals(
            lane=_wholes(draw, s, -1, len(roads.lanes) - 1), stop_xy=_floats(draw, (s, 2)),
            state=_wholes(draw, t * s, 0, 4).reshape(t, s), last_known=_wholes(draw, s, 0, t - 1),
        ),
        provenance=Provenance(
            format=draw(TEXTS), licence=draw(TEXTS), source_id=draw(TEXTS), files=draw(texts)
        ),
        script=tuple(draw(st.lists(do, max_size=2))), tags=draw(texts),
        parameters=tuple(draw(st.lists(st.tuples(TEXTS, st.one_of(NUMBERS, TEXTS)), max_size=2))),
        expect=Expect(solvable_by=draw(texts), failed_by=draw(texts)), missing=draw(texts),
        repaired=draw(texts),
    )  # fmt: skip
