"""What must not matter: where the origin is, which way north is, left or right, the order of agents, and
somebody far away. Over random scenes with traffic that reacts, trailers, and road edges."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from observe_scenes import with_trailers
from sim_worlds import road_with_edges, world

from simeval.scenario import AgentKind, Bodies, Controller, Polylines, Route
from simeval.sim import SimSettings, Worlds

STEPS = 80
SEEDS = [*range(6), *(pytest.param(s, marks=pytest.mark.nightly) for s in range(6, 60))]
VEHICLES = ("kinematic", "actuated", "dynamic")


def wiggle(rng, start, heading, length=220.0):
    bend = np.cumsum(rng.normal(0.0, 0.012, int(length / 2.0)))
    steps = 2.0 * np.stack([np.cos(heading + bend), np.sin(heading + bend)], axis=1)
    return np.concatenate([[start], start + np.cumsum(steps, axis=0)])


def scene(seed):
    """Twenty vehicles on winding ways that cross, the first two with trailers, on a plane with edges."""
    rng = np.random.default_rng(seed)
    cars = []
    for i in range(20):
        start, heading = rng.uniform(-90, 90, 2), rng.uniform(-np.pi, np.pi)
        kind = AgentKind.TRUCK if i < 2 else AgentKind.CAR
        cars.append(
            {"id": f"v{i}", "x": start[0], "y": start[1], "heading": heading, "speed": rng.uniform(3, 14),
             "desired": rng.uniform(6, 16), "kind": int(kind), "path": wiggle(rng, start, heading),
             "controller": int(Controller.PARKED if i == 7 else Controller.IDM)}
        )  # fmt: skip
    edges = [wiggle(rng, rng.uniform(-120, 120, 2), rng.uniform(-np.pi, np.pi), 160.0) for _ in range(6)]
    base = world(cars, num_steps=STEPS + 1, road=road_with_edges(*edges), goal=(1e5, 0.0))
    made = with_trailers(base, rng, pulling=(0, 0, 1))
    still = np.broadcast_to(rng.uniform(-0.2, 0.2, 3), (STEPS + 1, 3)).copy()
    return dataclasses.replace(made, states=dataclasses.replace(made.states, hitch=still))


def commands(seed):
    rng = np.random.default_rng(1000 + seed)
    return np.stack([rng.uniform(-3, 2, STEPS), 0.1 * np.cumsum(rng.normal(0, 0.3, STEPS))], axis=1)


def driven(scenario, seed, sign=1.0):
    """The trace under the same wild commands for the ego, and traffic by idm."""
    settings = SimSettings(end_on=(), vehicle=VEHICLES[seed % 3])
    worlds = Worlds([scenario], "controls", settings)
    for acceleration, steering in commands(seed):
        worlds.advance(controls=np.array([[acceleration, sign * steering]]))
    return worlds.trace(0)


def moved(scenario, turn, shift, mirrored=False):
    """The same scene seen from elsewhere; mirrored at the x axis before it is turned and shifted."""
    c, s = np.cos(turn), np.sin(turn)
    matrix = np.array([[c, -s], [s, c]]) @ np.diag([1.0, -1.0 if mirrored else 1.0])
    sign = -1.0 if mirrored else 1.0
    points = lambda p: np.asarray(p) @ matrix.T + shift  # noqa: E731
    states, edges = scenario.states, scenario.map.edges.line
    there = states.valid
    lines = [points(edges[i])[:: -1 if mirrored else 1] for i in range(len(edges))]
    return dataclasses.replace(
        scenario,
        states=dataclasses.replace(
            states,
            xy=np.where(there[..., None], points(states.xy), 0.0),
            heading=np.where(there, sign * states.heading + turn, 0.0),
            velocity=states.velocity @ matrix.T,
            hitch=sign * states.hitch,
        ),
        route=Route(lane_ids=(), xy=points(scenario.route.xy), inferred=False),
        goal=tuple(points(scenario.goal)),
        paths=Polylines.of([points(scenario.paths[a]) for a in range(len(scenario.agents))]),
        map=road_with_edges(*lines),
    ), points, sign  # fmt: skip


def assert_moved(one, two, points, sign, tolerance):
    np.testing.assert_allclose(two.states.xy, points(one.states.xy), atol=tolerance)
    away = np.angle(
        np.exp(1j * (np.diff(two.states.heading, axis=0) - sign * np.diff(one.states.heading, axis=0)))
    )
    assert np.abs(away).max() < tolerance
    np.testing.assert_allclose(two.states.speed, one.states.speed, atol=tolerance)
    np.testing.assert_allclose(two.states.hitch, sign * one.states.hitch, atol=tolerance)
    np.testing.assert_allclose(two.yaw_rate, sign * one.yaw_rate, atol=10 * tolerance)
    assert (one.flags == two.flags).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_turned_and_moved_world_gives_the_turned_and_moved_trace(seed):
    rng, whole = np.random.default_rng(seed), scene(seed)
    other, points, sign = moved(whole, rng.uniform(-3, 3), rng.uniform(-500, 500, 2))
    assert_moved(driven(whole, seed), driven(other, seed), points, sign, 1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_mirrored_world_gives_the_mirrored_trace(seed):
    whole = scene(seed)
    other, points, sign = moved(whole, 0.0, np.zeros(2), mirrored=True)
    assert_moved(driven(whole, seed), driven(other, seed, -1.0), points, sign, 1e-7)


def reordered(scenario, order):
    """Agents in another order; `order[k]` is the old index of the new agent k."""
    agents, states, bodies = scenario.agents, scenario.states, scenario.agents.bodies
    offsets = agents.body_offsets
    rows = np.concatenate([np.arange(offsets[a], offsets[a + 1]) for a in order])
    owner = np.repeat(np.arange(len(order)), [offsets[a + 1] - offsets[a] for a in order])
    pulled = np.concatenate([np.arange(offsets[a] - a, offsets[a + 1] - a - 1) for a in order]).astype(int)
    columns = {f.name: getattr(bodies, f.name)[rows] for f in dataclasses.fields(Bodies)} | {"agent": owner}
    return dataclasses.replace(
        scenario,
        ego=int(np.flatnonzero(np.asarray(order) == scenario.ego)[0]),
        agents=dataclasses.replace(
            agents, ids=tuple(agents.ids[a] for a in order), bodies=Bodies(**columns),
            **{n: getattr(agents, n)[order] for n in ("kind", "controller", "desired_speed")},
        ),
        states=dataclasses.replace(
            states, hitch=states.hitch[:, pulled],
            **{n: getattr(states, n)[:, order] for n in ("xy", "heading", "velocity", "valid")},
        ),
        paths=Polylines.of([scenario.paths[a] for a in order]),
    ), pulled  # fmt: skip


def assert_same_bits(one, two, order, pulled):
    for name in ("xy", "heading", "velocity", "valid"):
        assert getattr(one.states, name)[:, order].tobytes() == getattr(two.states, name).tobytes(), name
    assert one.states.hitch[:, pulled].tobytes() == two.states.hitch.tobytes()
    assert one.flags[:, order].tobytes() == two.flags.tobytes()
    assert one.yaw_rate[:, order].tobytes() == two.yaw_rate.tobytes()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_agents_does_not_matter_to_the_last_bit(seed):
    whole = scene(seed)
    order = np.random.default_rng(seed).permutation(len(whole.agents))
    other, pulled = reordered(whole, order)
    assert_same_bits(driven(whole, seed), driven(other, seed), order, pulled)


@pytest.mark.parametrize("seed", SEEDS)
def test_somebody_far_away_does_not_matter_to_the_last_bit(seed):
    """The scene is one with somebody far away; without them nothing else changes."""
    rng, whole = np.random.default_rng(seed), scene(seed)
    away = 5000.0 + 100.0 * rng.random(2)
    last = len(whole.agents) - 1
    states = whole.states
    xy = states.xy.copy()
    xy[0, last] = away
    paths = [whole.paths[a] for a in range(last)] + [whole.paths[last] - whole.paths[last][0] + away]
    far = dataclasses.replace(whole, states=dataclasses.replace(states, xy=xy), paths=Polylines.of(paths))
    order = np.arange(last)
    near, pulled = reordered(far, order)
    assert_same_bits(driven(far, seed), driven(near, seed), order, pulled)


def test_the_scenes_hold_what_could_break():
    """Contacts, vehicles off the road, ones that brake for others, folded trailers somewhere."""
    traces = [driven(scene(seed), seed) for seed in range(12)]
    flags = np.concatenate([t.flags.ravel() for t in traces])
    assert (flags & 1).any() and (flags & 2).any() and not (flags & 2).all()
    slowed = [(np.diff(t.states.speed, axis=0) < -0.3).sum() for t in traces]
    assert sum(slowed) > 200
