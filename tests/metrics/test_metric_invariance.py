"""Turning, moving or mirroring the world, or naming its agents in another order, changes no score."""

from dataclasses import replace

import numpy as np
import pytest

from simeval.metrics import METRICS, measure_episode
from simeval.metrics.world_map import straight_map
from simeval.metrics.worlds import Track, World, world
from simeval.scenario import Agents, Areas, Bodies, Lanes, Polylines, RoadMap, States

SEEDS = range(12)


def busy_world(seed):
    rng = np.random.default_rng(seed)
    ego = Track(
        y=0.3,
        speed=float(rng.uniform(5, 18)),
        plan=((1.5, float(rng.uniform(-6, 2)), float(rng.uniform(-0.15, 0.15))),),
    )
    others = [
        Track(x=float(rng.uniform(8, 60)), y=3.5 * int(rng.integers(0, 3)), speed=float(rng.uniform(0, 12)))
        for _ in range(4)
    ]
    return world([ego, *others], road_map=straight_map(3, 12.0), seconds=4.0, goal=(150.0, 0.0))


def moved(made: World, turn: float, shift: np.ndarray, mirror: bool) -> World:
    """The same world, mirrored at the x axis, then turned and shifted."""
    c, s = np.cos(turn), np.sin(turn)
    matrix = np.array([[c, -s], [s, c]]) @ np.diag([1.0, -1.0 if mirror else 1.0])
    sign = -1.0 if mirror else 1.0

    def points(xy):
        return np.asarray(xy) @ matrix.T + shift

    def lines(p):
        return Polylines(offsets=p.offsets, xy=points(p.xy))

    states = made.trace.states
    new = States(
        xy=points(states.xy), heading=sign * states.heading + turn, velocity=states.velocity @ matrix.T,
        valid=states.valid, hitch=states.hitch,
    )  # fmt: skip
    lanes, areas = made.scenario.map.lanes, made.scenario.map.areas
    left, right = (lanes.right, lanes.left) if mirror else (lanes.left, lanes.right)
    turned: Lanes = replace(lanes, centre=lines(lanes.centre), left=lines(left), right=lines(right))
    road_map = RoadMap(
        lanes=turned, areas=Areas(kind=areas.kind, outline=lines(areas.outline)),
        edges=made.scenario.map.edges, topology=made.scenario.map.topology,
    )  # fmt: skip
    route, goal = made.scenario.route, made.scenario.goal
    scenario = replace(
        made.scenario, map=road_map, states=new, route=replace(route, xy=points(route.xy)),
        goal=tuple(points(np.array(goal)).tolist()),
    )  # fmt: skip
    trace = replace(made.trace, states=new, yaw_rate=sign * made.trace.yaw_rate)
    return World(scenario=scenario, trace=trace)


def permuted(made: World, order: list[int]) -> World:
    """The same world with its agents in another order."""
    agents, states = made.trace.agents, made.trace.states
    new_agents = Agents(
        ids=tuple(agents.ids[i] for i in order), kind=agents.kind[order],
        controller=agents.controller[order], desired_speed=agents.desired_speed[order],
        bodies=Bodies.single(agents.length[order], agents.width[order]),
    )  # fmt: skip
    new = States.of(
        states.xy[:, order], states.heading[:, order], states.velocity[:, order], states.valid[:, order]
    )
    ego = order.index(made.trace.ego)
    scenario = replace(made.scenario, agents=new_agents, states=new, ego=ego)
    trace = replace(
        made.trace, agents=new_agents, states=new, ego=ego, yaw_rate=made.trace.yaw_rate[:, order]
    )
    return World(scenario=scenario, trace=trace)


MIRRORED = {"left": "right", "right": "left"}


def assert_same(one: World, two: World, kinds=None):
    """`kinds` says what kinds of events of the first world are called in the second."""
    first, second = (measure_episode(w.scenario, w.trace, wanted=METRICS) for w in (one, two))
    for name in METRICS:
        a, b = first.measurement(name), second.measurement(name)
        assert not a.is_error, a.reason
        assert a.valid == b.valid, name
        assert a.agent == b.agent, name
        if a.valid:
            assert b.value == pytest.approx(a.value, abs=1e-6), name
    said = [
        sorted(
            (e.event, names.get(e.kind, e.kind), e.step, e.agent or "", str(e.detail.get("fault")))
            for e in m.events
        )
        for m, names in ((first, kinds or {}), (second, {}))
    ]
    assert said[0] == said[1]


@pytest.mark.parametrize("seed", SEEDS)
def test_turning_and_moving_the_world_changes_nothing(seed):
    made = busy_world(seed)
    rng = np.random.default_rng(seed)
    assert_same(made, moved(made, float(rng.uniform(-3, 3)), rng.uniform(-500, 500, 2), mirror=False))


@pytest.mark.parametrize("seed", SEEDS)
def test_mirroring_the_world_changes_nothing(seed):
    made = busy_world(seed)
    assert_same(made, moved(made, 0.0, np.zeros(2), mirror=True), MIRRORED)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_the_agents_changes_nothing(seed):
    made = busy_world(seed)
    assert_same(made, permuted(made, np.random.default_rng(seed).permutation(5).tolist()))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_road_user_far_away_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    tracks = [Track(speed=10.0), Track(x=float(rng.uniform(15, 30)), speed=5.0)]
    far = Track(x=50_000.0, y=50_000.0, speed=10.0)
    one, two = world(tracks, seconds=3.0), world([*tracks, far], seconds=3.0)
    assert_same(one, two)


def test_these_worlds_are_not_empty_of_events():
    events = [e.event for seed in SEEDS for e in measure_episode(*worlds_parts(busy_world(seed))).events]
    assert {"contact", "off_road", "hard_brake", "overspeed", "ttc_low"} <= set(events)


def worlds_parts(made):
    return made.scenario, made.trace
