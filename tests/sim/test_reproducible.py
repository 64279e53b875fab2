"""The same bits whatever the batch, order, threads and interruptions."""

import os
from pathlib import Path

import numpy as np
import pytest
from sim_worlds import same_bits, world

from simeval.content import builtin_root
from simeval.errors import InputError, UsageError
from simeval.scenario import Controller
from simeval.sim import SimSettings, Worlds, check_runnable, simulate


def crowd(seed, n):
    """n vehicles in lanes and across them, so that some brake, touch and leave."""
    rng = np.random.default_rng(seed)
    cars = [{"speed": 12.0}]
    for i in range(1, n):
        lane, x = int(rng.integers(-3, 4)), float(rng.uniform(-150, 300))
        kind = int(rng.choice([int(Controller.IDM), int(Controller.IDM), int(Controller.PARKED)]))
        turned = 1.5707963 if i % 9 == 0 else 0.0
        cars.append(
            {
                "x": x,
                "y": 3.5 * lane,
                "speed": float(rng.uniform(0, 14)),
                "controller": kind,
                "heading": turned,
            }
        )
    goal = (45.0, 0.0) if seed % 2 else None
    return world(cars, num_steps=int(rng.integers(60, 90)), name=f"crowd{seed}", goal=goal)


def real_scenarios():
    root = os.environ.get("SIMEVAL_TEST_DATA", "")
    if not root:
        return []
    from simeval.readers import read_path
    from simeval.scenario.ego import choose_ego

    items = [i for folder in ("argoverse2", "gpudrive_json") for i in read_path(Path(root) / folder)]
    read = [i for i in items if not hasattr(i, "reason")]
    return [s if s.ego is not None else choose_ego(s, "longest") for s in read]


def bundled_scenarios():
    from simeval.authoring import load_suite

    folders = [p.parent for p in sorted((builtin_root() / "scenarios").glob("*/suite.toml"))]
    return [s for f in folders for family in load_suite(f).families for s in family.scenarios()]


def mixed():
    return [crowd(k, n) for k, n in enumerate([1, 300, 12, 40, 3, 25, 1, 60, 8])]


def agree_over_batches(scenarios, driver, settings):
    runnable = []
    for s in scenarios:
        try:
            check_runnable(s, driver)
        except InputError:
            continue
        runnable.append(s)
    assert runnable
    alone = [simulate([s], driver, settings)[0] for s in runnable]
    order = np.random.default_rng(1).permutation(len(runnable))
    for size in (7, 64):
        for threads in (1, 2):
            for first in range(0, len(order), size):
                rows = order[first : first + size]
                traces = simulate([runnable[i] for i in rows], driver, settings, threads=threads)
                for i, trace in zip(rows, traces, strict=True):
                    assert same_bits(alone[i], trace), f"{runnable[i].id}: batch of {size}, {threads} threads"
    return alone


@pytest.mark.parametrize("driver", ["idm", "constant-velocity"])
def test_worlds_of_1_and_300_agents_do_not_depend_on_their_batch(driver):
    traces = agree_over_batches(mixed(), driver, SimSettings())
    assert len({t.ending for t in traces}) >= 2


def test_bundled_scenarios_do_not_depend_on_their_batch():
    agree_over_batches([*bundled_scenarios(), *mixed()[:2]], "idm", SimSettings())


@pytest.mark.parametrize("traffic", ["idm", "replay"])
def test_real_files_do_not_depend_on_their_batch(traffic):
    scenarios = real_scenarios()
    if not scenarios:
        pytest.skip("SIMEVAL_TEST_DATA is not set: no real files to try")
    for driver in ("idm", "log", "constant-velocity"):
        agree_over_batches(scenarios, driver, SimSettings(traffic=traffic))


def test_one_call_or_many_give_the_same_bits():
    scenarios = mixed()
    whole = Worlds(scenarios, "idm")
    whole.advance(200)
    pieces = Worlds(scenarios, "idm", threads=2)
    for steps in (1, 3, 17, 200):
        pieces.advance(steps)
    assert pieces.all_done
    assert all(same_bits(whole.trace(w), pieces.trace(w)) for w in range(len(scenarios)))


@pytest.mark.parametrize("row_after", [0, 2])
def test_a_restored_snapshot_goes_on_identically(row_after):
    scenario, other = crowd(5, 40), crowd(6, 30)
    settings = SimSettings(end_on=())
    whole = Worlds([scenario], "idm", settings)
    whole.advance(200)
    steps = sorted(np.random.default_rng(9).integers(0, scenario.num_steps - 1, 5).tolist())
    for step in steps:
        before = Worlds([other, scenario], "idm", settings)
        before.advance(step)
        snapshot = before.snapshot(1)
        batch = [other, other, other]
        batch[row_after] = scenario
        after = Worlds(batch, "idm", settings)
        after.advance(3)
        after.restore(row_after, snapshot)
        after.advance(200)
        assert same_bits(whole.trace(0), after.trace(row_after)), f"branched at step {step}"


def test_snapshots_of_real_and_bundled_scenarios_go_on_identically():
    scenarios = [*bundled_scenarios(), *real_scenarios()]
    rng = np.random.default_rng(4)
    for scenario in scenarios:
        whole = Worlds([scenario], "idm" if scenario.route is not None else "constant-velocity")
        whole.advance(scenario.num_steps)
        steps = rng.integers(0, max(1, whole.trace(0).num_steps - 1), 5)
        for step in steps:
            part = Worlds([scenario], whole.driver)
            part.advance(int(step))
            snapshot = part.snapshot(0)
            part.advance(scenario.num_steps)
            part.restore(0, snapshot)
            part.advance(scenario.num_steps)
            assert same_bits(whole.trace(0), part.trace(0)), f"{scenario.id} at step {step}"


def test_a_snapshot_fits_only_its_own_scenario():
    worlds = Worlds([crowd(1, 4), crowd(2, 4)], "idm")
    with pytest.raises(UsageError, match="holds another scenario"):
        worlds.restore(1, worlds.snapshot(0))
