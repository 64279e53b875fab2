"""Rows in steady order see the same things, listed by id and by cell; memory is used again unseen."""

import numpy as np
import torch
from observe_scenes import random_scene
from seen_by_hand import points_of
from test_observe import SETTINGS, driven, everyone

from simeval.policy import ObservationSpec
from simeval.policy.memory_pool import MemoryPool
from simeval.sim import Worlds
from simeval.sim.observe import Observer

SIDE = 5.0  # [m] of a cell, as documented
STEADY = ObservationSpec(history=3, agents=40, lanes=6, lane_points=5, edges=20, route=9, order="steady")


def seen(worlds, spec, rows):
    world, agent = rows
    return Observer(worlds, spec)(world, np.ones(len(world), dtype=bool), agent)


def distances(rows):
    return torch.hypot(rows[..., 0], rows[..., 1])


def test_where_all_fit_in_steady_order_shows_the_same_bodies_as_the_nearest_first():
    worlds = driven([random_scene(seed) for seed in range(3)], 12)
    steady = seen(worlds, STEADY, everyone(worlds))
    nearest = seen(worlds, changed(STEADY, order="nearest"), everyone(worlds))
    assert steady.active.any()
    for row in torch.nonzero(steady.active).ravel().tolist():
        ours, theirs = steady.agents_history[row], nearest.agents_history[row]
        by_place = [sorted(h[steady.agents_kind[row] > 0, -1].tolist()) for h in (ours, theirs)]
        assert by_place[0] == by_place[1]


def changed(spec, **changes):
    return ObservationSpec(**({f: getattr(spec, f) for f in spec.__struct_fields__} | changes))


def test_bodies_in_steady_order_come_by_id_whoever_is_nearer():
    scenario = random_scene(1, trailers=False)
    worlds = driven([scenario], 8)
    trace = worlds.trace(0)
    order = sorted(range(len(scenario.agents)), key=lambda a: scenario.agents.ids[a])
    there = [a for a in order if trace.states.valid[-1, a] and a != scenario.ego]
    eye, heading = trace.states.xy[-1, scenario.ego], trace.states.heading[-1, scenario.ego]
    turn = np.array([[np.cos(heading), np.sin(heading)], [-np.sin(heading), np.cos(heading)]])
    expected = (trace.states.xy[-1, there] - eye) @ turn.T
    got = seen(worlds, STEADY, (np.zeros(1, dtype=int), None)).agents_history[0, :, -1, :2]
    np.testing.assert_allclose(got[: len(there)], expected, atol=1e-4)
    assert (got[len(there) :] == 0).all()


def test_of_more_bodies_than_fit_the_nearest_are_there_in_steady_order():
    spec = changed(STEADY, agents=5)
    worlds = driven([random_scene(seed) for seed in range(3)], 12)
    steady = seen(worlds, spec, everyone(worlds))
    nearest = seen(worlds, changed(spec, order="nearest"), everyone(worlds))
    rows = torch.nonzero(steady.active).ravel()
    ours, theirs = (distances(o.agents_history[rows][:, :, -1]).sort(dim=1).values for o in (steady, nearest))
    torch.testing.assert_close(ours, theirs)


def test_edges_in_steady_order_are_the_nearest_to_the_middle_of_the_cell():
    scenario = random_scene(2)
    worlds = driven([scenario], 15)
    trace = worlds.trace(0)
    eye, heading = trace.states.xy[-1, scenario.ego], trace.states.heading[-1, scenario.ego]
    middle = (np.floor(eye / SIDE) + 0.5) * SIDE
    kinds, lines = scenario.map.edges.kind, scenario.map.edges.line
    points = np.concatenate([points_of(lines[i])[0] for i in range(len(kinds)) if kinds[i] in (1, 2)])
    far = np.sort(np.abs(points - complex(*middle)))[: STEADY.edges]
    out = seen(worlds, STEADY, (np.zeros(1, dtype=int), None)).edges[0, :, :2].double().numpy()
    turn = np.array([[np.cos(heading), -np.sin(heading)], [np.sin(heading), np.cos(heading)]])
    np.testing.assert_allclose(np.hypot(*(out @ turn.T + eye - middle).T), far, atol=1e-3)


def test_what_an_observer_saw_before_changes_nothing():
    for spec in (STEADY, changed(STEADY, order="nearest")):
        scenarios = [random_scene(seed) for seed in range(3)]
        worlds = Worlds(scenarios, "controls", SETTINGS)
        kept = Observer(worlds, spec)
        for step in range(12):
            worlds.advance(1, controls=np.tile([1.0, 0.1 * (step % 3 - 1)], (3, 1)))
            world, agent = everyone(worlds)
            active = np.ones(len(world), dtype=bool)
            one, two = kept(world, active, agent), Observer(worlds, spec)(world[::-1], active, agent[::-1])
            for name, tensor in one.tensors().items():
                assert torch.equal(tensor, two.tensors()[name].flip(0)), (spec.order, name)


def test_a_world_that_was_put_back_is_seen_as_it_is_then():
    scenario = random_scene(0)
    worlds = Worlds([scenario], "controls", SETTINGS)
    observer, (world, agent) = Observer(worlds, STEADY), everyone(worlds)
    active = np.ones(len(world), dtype=bool)
    start, before = worlds.snapshot(0), None
    for push in (3.0, -1.0):
        worlds.restore(0, start)
        for _ in range(10):
            worlds.advance(1, controls=np.array([[push, 0.2]]))
            last = observer(world, active, agent)
        fresh = Observer(worlds, STEADY)(world, active, agent)
        assert all(torch.equal(t, fresh.tensors()[name]) for name, t in last.tensors().items())
        assert before is None or not torch.equal(before, last.agents_history)
        before = last.agents_history.clone()


def test_memory_is_used_again_only_when_nobody_can_see_it():
    pool = MemoryPool(STEADY, list)
    one, _ = pool.take(4)
    where = one.lanes.data_ptr()
    view = one.lanes.numpy()[1:]
    del one
    assert pool.take(4)[0].lanes.data_ptr() != where
    view[:] = 7.0
    other, _ = pool.take(4)
    other.lanes.zero_()
    assert (view == 7.0).all()
    del view
    assert where in [pool.take(4)[0].lanes.data_ptr(), *[t.lanes.data_ptr() for t in _three(pool)]]


def _three(pool):
    return [pool.take(4)[0] for _ in range(3)]


def test_an_observer_frees_what_it_no_longer_needs():
    pool = MemoryPool(STEADY, list)
    held = [pool.take(3)[0] for _ in range(50)]
    assert len({o.edges.data_ptr() for o in held}) == 50
    assert len(pool._kept) <= 3
