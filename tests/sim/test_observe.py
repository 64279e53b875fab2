"""An observation is what can be computed by hand from the record, the log and the map."""

import dataclasses
import importlib

import numpy as np
import pytest
import torch
from observe_scenes import random_scene
from seen_by_hand import seen_by_hand
from sim_worlds import straight_road, world

from simeval.authoring import load_suite
from simeval.content import builtin_root
from simeval.errors import UsageError
from simeval.policy import ObservationSpec
from simeval.sim import SimSettings, Worlds
from simeval.sim.observe import Observer
from simeval.sim.observe_recorded import observe_recorded

SETTINGS = SimSettings(end_on=())
SMALL = ObservationSpec(history=4, agents=7, lanes=6, lane_points=5, edges=20, route=9)
LARGE = ObservationSpec(history=12, agents=40, lanes=200, lane_points=33, edges=900, route=100)


def driven(scenarios, steps, seed=0, threads=1):
    """Worlds whose egos were steered at random."""
    worlds, rng = Worlds(scenarios, "controls", SETTINGS, threads=threads), np.random.default_rng(seed)
    for _ in range(steps):
        controls = np.stack([rng.uniform(-2, 3, len(scenarios)), rng.uniform(-0.3, 0.3, len(scenarios))], 1)
        worlds.advance(1, controls=controls)
    return worlds


def everyone(worlds):
    """(world, agent) of every agent."""
    pairs = [(w, a) for w, s in enumerate(worlds.scenarios) for a in range(len(s.agents))]
    return np.asarray(pairs).T


def looked(worlds, spec, world=None, agent=None, active=None):
    world = np.arange(len(worlds)) if world is None else np.asarray(world)
    active = np.ones(len(world), dtype=bool) if active is None else active
    return Observer(worlds, spec)(world, active, agent)


def assert_seen(observation, row, expected, where=""):
    for name, tensor in observation.tensors().items():
        got = tensor[row].double().numpy()
        np.testing.assert_allclose(got, expected[name], rtol=2e-6, atol=3e-5, err_msg=f"{where}: {name}")


def assert_same(one, two):
    for name, tensor in one.tensors().items():
        assert torch.equal(tensor, two.tensors()[name]), name


@pytest.mark.parametrize("spec", [SMALL, ObservationSpec(), LARGE], ids=["small", "default", "large"])
def test_every_agent_sees_what_is_computed_by_hand(spec):
    scenarios = [random_scene(seed, start=3 * seed) for seed in range(3)]
    worlds = driven(scenarios, steps=6)
    who, agent = everyone(worlds)
    observation = looked(worlds, spec, who, agent)
    assert observation.active.sum() > 50
    there = [worlds.trace(w).states.valid[-1, a] for w, a in zip(who, agent, strict=True)]
    assert observation.active.tolist() == there
    for row, (w, a) in enumerate(zip(who, agent, strict=True)):
        expected = seen_by_hand(scenarios[w], worlds.trace(w), spec, a, SETTINGS)
        assert_seen(observation, row, expected, f"world {w}, agent {a}")


def test_the_scenes_hold_all_that_can_be_seen():
    """Otherwise the comparison above would prove little."""
    worlds = driven([random_scene(seed, start=3 * seed) for seed in range(3)], steps=6)
    seen = looked(worlds, LARGE)
    assert set(seen.agents_kind.unique().tolist()) == {0, 1, 2, 3, 4, 5, 6}
    assert set(seen.lanes_signal.unique().tolist()) == {0, 1, 2, 3, 4}
    now = seen.agents_valid[..., -1]
    assert (seen.agents_valid[now] != seen.agents_valid[now][:, -1:]).any()
    for column in range(5):
        assert len(seen.lanes_attributes[..., column].unique()) > 1
    assert seen.route_valid[:, 0].all() and not seen.route_valid.all() and seen.edges_valid.any()
    assert (seen.ego_parameters[:, 5] > 9.0).all()


def test_bundled_scenarios_look_as_computed_by_hand():
    folders = sorted((builtin_root() / "scenarios").glob("*/suite.toml"))
    families = [f for p in folders for f in load_suite(p.parent).families]
    scenarios = [f.scenarios()[0] for f in families]
    worlds = driven(scenarios, steps=13)
    who, agent = everyone(worlds)
    spec = ObservationSpec()
    observation = looked(worlds, spec, who, agent)
    for row, (w, a) in enumerate(zip(who, agent, strict=True)):
        expected = seen_by_hand(scenarios[w], worlds.trace(w), spec, a, SETTINGS)
        assert_seen(observation, row, expected, f"{scenarios[w].id}, agent {a}")


def turned(scenario, angle, shift):
    """The same scenario elsewhere, looking elsewhere."""
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[c, s], [-s, c]])

    def move(points):
        return np.asarray(points) @ turn + shift

    def lines(of):
        return dataclasses.replace(of, xy=move(of.xy))

    road, states = scenario.map, scenario.states
    lanes = dataclasses.replace(
        road.lanes,
        centre=lines(road.lanes.centre),
        left=lines(road.lanes.left),
        right=lines(road.lanes.right),
    )
    edges = dataclasses.replace(road.edges, line=lines(road.edges.line))
    areas = dataclasses.replace(road.areas, outline=lines(road.areas.outline))
    return dataclasses.replace(
        scenario,
        map=dataclasses.replace(road, lanes=lanes, edges=edges, areas=areas),
        signals=dataclasses.replace(scenario.signals, stop_xy=move(scenario.signals.stop_xy)),
        states=dataclasses.replace(
            states, xy=move(states.xy), velocity=states.velocity @ turn, heading=states.heading + angle
        ),
        route=dataclasses.replace(scenario.route, xy=move(scenario.route.xy)),
        goal=tuple(move(scenario.goal)) if scenario.goal is not None else None,
        paths=lines(scenario.paths),
    )


@pytest.mark.parametrize("angle", [0.7, np.pi / 2, 3.0])
def test_where_a_scenario_lies_and_how_it_is_turned_is_not_seen(angle):
    bundled = load_suite(builtin_root() / "scenarios" / "urban").families
    scenarios = [random_scene(1), random_scene(2, start=5), *(f.scenarios()[0] for f in bundled)]
    plain = driven(scenarios, steps=8)
    moved = driven([turned(s, angle, np.array([300.0, -170.0])) for s in scenarios], steps=8)
    who, agent = everyone(plain)
    one, two = looked(plain, SMALL, who, agent), looked(moved, SMALL, who, agent)
    for name, tensor in one.tensors().items():
        np.testing.assert_allclose(tensor, two.tensors()[name], rtol=1e-5, atol=1e-4, err_msg=name)


def test_the_order_of_agents_is_not_seen():
    rng = np.random.default_rng(4)
    cars = [{"id": f"c{i}", "x": 9.0 * (i // 2), "y": 4.0 * (-1) ** i, "speed": 3.0 + i} for i in range(12)]
    shuffled = [cars[0], *(cars[i] for i in 1 + rng.permutation(11))]
    one, two = (looked(driven([world(c, num_steps=30)], steps=5), SMALL) for c in (cars, shuffled))
    assert one.agents_valid.any()
    assert_same(one, two)


def test_agents_that_are_equally_near_come_in_the_order_of_their_ids():
    cars = [{"id": "ego"}, *({"id": i, "y": y} for i, y in (("b", 8.0), ("10", -8.0), ("9", 8.5)))]
    seen = looked(driven([world(cars, num_steps=30)], steps=0), SMALL)
    assert seen.agents_history[0, :3, -1, 1].tolist() == [-8.0, 8.0, 8.5]


def test_rows_that_are_padding_or_have_ended_are_zero():
    worlds = driven([random_scene(1), random_scene(2), random_scene(3)], steps=2)
    active = np.array([True, True, False, True])
    seen = looked(worlds, SMALL, [1, -1, 2, 0], active=active)
    assert seen.active.tolist() == [True, False, False, True]
    for name, tensor in seen.tensors().items():
        assert not tensor[1:3].any(), name
    assert seen.ego_parameters[0, 0] != seen.ego_parameters[3, 0]


def test_a_row_whose_agent_is_not_there_is_not_active():
    gone = np.array([[50.0, 0.0, 0.0, 5.0]] * 3)
    cars = [{"speed": 5.0}, {"log": gone, "controller": 1}]
    worlds = driven([world(cars, num_steps=30)], steps=2)
    assert looked(worlds, SMALL, [0], [1]).active.item()
    worlds.advance(1, controls=np.zeros((1, 2)))
    seen = looked(worlds, SMALL, [0], [1])
    assert not any(tensor.any() for tensor in seen.tensors().values())


def test_every_call_gives_fresh_tensors():
    worlds = driven([random_scene(1)], steps=1)
    observer = Observer(worlds, SMALL)
    first = observer(np.zeros(1), np.ones(1))
    kept = first.map(torch.clone)
    worlds.advance(3, controls=np.ones((1, 2)))
    second = observer(np.zeros(1), np.ones(1))
    assert_same(first, kept)
    assert not torch.equal(first.ego_history, second.ego_history)
    first.map(torch.Tensor.zero_)
    assert_same(second, observer(np.zeros(1), np.ones(1)))


@pytest.mark.parametrize("threads", [1, 3])
def test_a_batch_sees_bit_for_bit_what_single_rows_see(threads):
    scenarios = [random_scene(k % 5, start=k % 3) for k in range(64)]
    batch = looked(driven(scenarios, steps=4, threads=threads), SMALL)
    assert batch.active.all()
    for k in (0, 17, 63):
        rng = np.random.default_rng(0)
        single = Worlds([scenarios[k]], "controls", SETTINGS)
        for _ in range(4):
            controls = np.stack([rng.uniform(-2, 3, 64), rng.uniform(-0.3, 0.3, 64)], 1)
            single.advance(1, controls=controls[[k]])
        assert_same(looked(single, SMALL), batch.map(lambda tensor, k=k: tensor[k : k + 1]))


def test_history_before_the_start_of_an_authored_scenario_is_not_there():
    seen = looked(driven([straight_road([(0.0, 10.0), (30.0, 5.0)])], steps=2), SMALL)
    assert seen.agents_valid[0, 0].tolist() == [False, True, True, True]
    assert not seen.ego_history[0, 0].any()
    assert (seen.ego_history[0, 1:, 2] > 0.9).all()


def test_a_trailer_is_seen_behind_its_tractor_and_by_the_tractor_itself():
    scenario = random_scene(1, cars=1)
    bodies = scenario.agents.bodies
    straight = dataclasses.replace(scenario.states, hitch=np.zeros((scenario.num_steps, 3)))
    seen = looked(driven([dataclasses.replace(scenario, states=straight)], steps=0), SMALL)
    assert seen.agents_kind[0].tolist() == [6, 0, 0, 0, 0, 0, 0]
    behind = bodies.rear_hitch[0] - bodies.front_hitch[1]
    np.testing.assert_allclose(seen.agents_history[0, 0, -1, :2], [behind, 0.0], atol=1e-5)
    assert seen.ego_parameters[0, 5] == bodies.length[1]


def crossing_itself():
    """Two cars beside a line that comes back across itself at (40, 0)."""
    there = np.stack([np.linspace(0, 60, 61), np.zeros(61)], axis=1)
    loop = 20.0 * np.exp(1j * np.linspace(-np.pi / 2, np.pi, 60))
    back = np.stack([60 + loop.real, 20 + loop.imag], axis=1)
    down = np.stack([np.full(50, 40.0), np.linspace(19.0, -30.0, 50)], axis=1)
    line = np.concatenate([there, back[1:], down])
    second = {"x": 15.0, "y": 0.8, "speed": 10.0, "path": line, "desired": 10.0}
    return world([{"y": 0.8, "speed": 10.0}, second], num_steps=60, route=line)


def test_a_line_that_crosses_itself_is_followed_in_order():
    """At the crossing the nearest point alone could be that of the way back."""
    worlds = Worlds([crossing_itself()], "controls", SETTINGS)
    for _ in range(41):
        worlds.advance(1, controls=np.zeros((1, 2)))
        seen = looked(worlds, SMALL, [0, 0], [0, 1])
        np.testing.assert_allclose(seen.route[:, 0, :2], [[0.0, -0.8]] * 2, atol=0.05)
        assert seen.route[:, 1, 0].min() > 1.9
        assert_same(seen.map(lambda tensor: tensor[:1]), looked(worlds, SMALL))
        assert_same(
            seen.map(lambda tensor: tensor[:1]),
            observe_recorded(worlds.scenarios[0], worlds.trace(0), worlds.trace(0).num_steps - 1, SMALL),
        )
    x = worlds.trace(0).states.xy[:, :, 0]
    assert ((x.min(axis=0) < 38.0) & (x.max(axis=0) > 40.0)).all()


def test_an_agent_or_world_that_does_not_exist_is_refused():
    observer = Observer(driven([random_scene(1, cars=3)], steps=0), SMALL)
    with pytest.raises(UsageError, match="there are 1 worlds; asked for 1"):
        observer(np.ones(1), np.ones(1))
    with pytest.raises(UsageError, match="world 0 has 3 agents; asked for agent 3"):
        observer(np.zeros(1), np.ones(1), np.array([3]))


def test_the_smallest_sizes_are_observed_too():
    spec = ObservationSpec(history=1, agents=1, lanes=1, lane_points=1, edges=1, route=1)
    scenarios = [random_scene(5), straight_road([(0.0, 10.0), (30.0, 5.0)])]
    worlds = driven(scenarios, steps=3)
    seen = looked(worlds, spec)
    for w, scenario in enumerate(scenarios):
        assert_seen(seen, w, seen_by_hand(scenario, worlds.trace(w), spec, None, SETTINGS), f"world {w}")


def test_every_kernel_was_compiled_once():
    """A second set of types would be compiled in the middle of somebody's run."""
    looked(driven([random_scene(1), random_scene(2)], steps=1, threads=2), SMALL, [0, 1, -1], [0, 3, 0])
    several = {}
    for name in (
        "",
        "_agents",
        "_bins",
        "_lanes",
        "_near",
        "_nearest",
        "_others",
        "_recorded",
        "_route",
    ):
        module = importlib.import_module("simeval.sim.observe" + name)
        for key, value in vars(module).items():
            if len(getattr(value, "signatures", [])) > 1 and value.__module__ == module.__name__:
                several[key] = value.signatures
    assert not several
