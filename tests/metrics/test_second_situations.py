"""Crawling, waiting and cut-ins against second implementations."""

from dataclasses import replace

import numpy as np
import pytest
from random_scenes import Mover, random_ego, random_other, road, some_signals, world_of
from second_harness import covered, run
from slow_situations import CALM, SLOW

from simeval.scenario import Signals

SIZES = [pytest.param(60, 5, id="sixty"), pytest.param(600, 50, id="full", marks=pytest.mark.nightly)]


def patient(seed):
    """Seven seconds of standing or creeping, with reasons or without: lights, leaders, who crosses."""
    rng = np.random.default_rng([83, seed])
    steps, way = 71, road(int(rng.integers(12)))
    ego, lane = random_ego(rng, way, calm=True)
    ego.d, ego.angle, ego.trailer = lane * way.width + float(rng.normal(0, 0.2)), 0.0, 0.0
    ego.s = float(rng.choice([rng.uniform(-40, 60), rng.uniform(5, 24)]))
    halt = float(rng.uniform(0.2, 2.5))
    ego.speed = float(rng.choice([0.0, 2.0 * halt, *rng.uniform(0.3, 5.0, 2)]))
    stops = ego.speed == 2.0 * halt
    ego.plan = ((halt, -2.0, 0.0), (9.0, 0.0, 0.0)) if stops else ((9.0, float(rng.normal(0, 0.2)), 0.0),)
    movers = [ego]
    if rng.random() < 0.35:  # ahead: parked, or driving until it stands
        speed = float(rng.choice([0.0, rng.uniform(0.5, 6)]))
        plan = ((9.0, -float(rng.uniform(0, 2)), 0.0),)
        movers.append(Mover(s=ego.s + float(rng.uniform(6, 40)), d=ego.d, speed=speed, plan=plan))
    if rng.random() < 0.5:  # somebody comes across, sooner or later
        speed, after = float(rng.uniform(1, 8)), float(rng.uniform(0, 7))
        side = float(rng.choice([-1, 1]))
        movers.append(
            Mover(
                s=ego.s + float(rng.uniform(4, 30)), d=ego.d - side * speed * after, angle=side * 1.57,
                speed=speed, follows=False, plan=((float(rng.uniform(1, 9)), 0.0, 0.0), (9.0, -3.0, 0.0)),
            )
        )  # fmt: skip
    movers.append(random_other(rng, way, replace(ego, speed=6.0), steps))
    signals = some_signals(way, rng, steps) if rng.random() < 0.5 else Signals.none(steps)
    return world_of(way, movers, steps=steps, lane=lane, signals=signals, seed=seed)


def squeezed(seed):
    """Somebody beside the ego moves over into its lane, or nearly; others drive ahead and beside."""
    rng = np.random.default_rng([89, seed])
    steps, way = 31, road(int(rng.integers(12)))
    ego, lane = random_ego(rng, way, calm=True)
    ego.speed, ego.trailer, ego.plan = (
        float(rng.uniform(4, 15)),
        0.0,
        ((9.0, float(rng.uniform(-2, 1)), 0.0),),
    )
    ego.d, ego.angle = lane * way.width + float(rng.normal(0, 0.2)), float(rng.normal(0, 0.01))
    movers = [ego]
    for side in (-1.0, 1.0)[: int(rng.integers(1, 3))]:
        speed = max(2.0, ego.speed + float(rng.normal(0, 3)))
        turn = side * float(rng.uniform(0.2, 1.0)) * way.width / speed
        begins = float(rng.uniform(0, 1))
        plan = ((begins, 0.0, 0.0), (begins + 1.0, 0.0, -turn), (begins + 2.0, 0.0, turn), (9.0, 0.0, 0.0))
        movers.append(
            Mover(
                s=ego.s + float(rng.uniform(6, 35)), d=ego.d + side * float(rng.uniform(2.2, 4.0)),
                speed=speed, plan=plan, length=float(rng.uniform(3, 9)),
                absent=(0, int(rng.integers(1, 9))) if rng.random() < 0.1 else None,
            )
        )  # fmt: skip
    if rng.random() < 0.5:
        movers.append(Mover(s=ego.s + float(rng.uniform(15, 60)), d=ego.d, speed=ego.speed))
    return world_of(way, movers, steps=steps, lane=lane, seed=seed)


def nothing(name, seed):
    return None


@pytest.mark.parametrize(("pool", "nontrivial"), SIZES)
def test_crawling_and_waiting_agree_with_second_implementations(pool, nontrivial):
    covered(run(CALM, patient, pool, nothing, 0), scenes=50, nontrivial=nontrivial)


@pytest.mark.parametrize(("pool", "nontrivial"), SIZES)
def test_cut_ins_agree_with_a_second_implementation(pool, nontrivial):
    covered(run(SLOW, squeezed, pool, nothing, 0), scenes=50, nontrivial=nontrivial)
