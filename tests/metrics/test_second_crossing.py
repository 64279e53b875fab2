"""Rules of a crossroads, and the wrong side of the road, against second implementations."""

import math
from dataclasses import replace

import numpy as np
import pytest
from random_scenes import Mover, drift, road, world_of
from second_harness import covered, run
from slow_crossing import ROAD, SLOW
from transforms import shown

from simeval.metrics.worlds_junction import junction

SIZES = [
    pytest.param(110, 12, 100, 25, 10, id="tenth"),
    pytest.param(1100, 120, 1000, 300, 100, id="full", marks=pytest.mark.nightly),
]
EXITS = {"missed_exits": SLOW["missed_exits"]}
RULES = {name: slow for name, slow in SLOW.items() if name not in EXITS}


def crossroads(seed, *, late=None, pace=None, walk=None):
    """From the west over a stop line and a crosswalk, with halts or without, while somebody comes from the
    south and people walk; `late` is when the one from the south is there, `pace` how slow the ego gets before
    the line, `walk` how fast it drives over the crosswalk."""
    rng = np.random.default_rng([59, seed])
    speed, brakes = float(rng.uniform(4, 13)), float(rng.uniform(2, 6))
    slow = float(rng.choice([0.0, 0.28, 0.32, rng.uniform(0.5, 8)])) if pace is None else pace
    slow = min(slow, speed) if walk is None else walk
    short = float(rng.choice([rng.uniform(-0.5, 3), rng.uniform(5, 7)])) if walk is None else 0.0
    held = 0.5 * (speed**2 - slow**2) / brakes
    since = (speed - slow) / brakes
    plan = [[since, -brakes, 0.0], [since + 0.4, 0.0, 0.0]]
    if walk is None:
        plan.append([since + 3.0, float(rng.uniform(1.5, 4.0)), 0.0])
    start = -15.0 - 2.3 - short - held
    meet = (
        since + 2.0 + (float(rng.choice([rng.uniform(-1, 3), rng.uniform(-1, 7)])) if late is None else late)
    )
    its = float(rng.uniform(3, 14))
    cars = [
        [start, speed, float(rng.normal(0, 0.2))],
        [float(rng.uniform(-12, 0)), its, -its * meet, 0.5 * math.pi],
    ]
    cars.append([float(rng.uniform(-60, -35)), float(rng.uniform(2, 12)), 3.5])  # alongside: never across
    people = []
    for _ in range(int(rng.integers(1, 3))):
        up, goes = float(rng.choice([-1, 1])), float(rng.choice([0.0, 0.29, 0.31, rng.uniform(0.5, 2)]))
        there = since + float(rng.uniform(-0.5, 2.0))
        y = up * (goes * there + float(rng.uniform(-5.5, 1)))
        people.append([float(rng.uniform(-14.5, -10.5)), goes, y, -up * 0.5 * math.pi])
    made = junction(
        cars, seconds=6.0, plans=[plan], walkers=people, stop_sign=rng.random() > 0.03,
        red=["through"] if rng.random() < 0.02 else (),
    )  # fmt: skip
    made = replace(made, scenario=replace(made.scenario, goal=(100.0, 0.0)))
    return shown(made, turn=float(rng.uniform(-3, 3)), shift=rng.uniform(-90, 90, 2), mirror=seed % 2 == 0)


def tune(name, seed):
    """A gap of about 3 s, a halt at about 0.3 m/s, a crosswalk taken at about 1 m/s."""
    wanted = float(np.random.default_rng([61, seed, len(name)]).uniform(0.96, 1.04))
    if name == "stop_lines_run":
        return crossroads(5000 + seed, pace=0.3 * wanted)
    if name == "crosswalk_conflicts":
        return crossroads(6000 + seed, walk=wanted)
    return about_three_seconds(7000 + seed, 3.0 * wanted)


def about_three_seconds(seed, wanted):
    """The gap moves with how late the other one is."""
    from slow_crossing import gaps
    from slow_view import View

    late = 2.0
    for _ in range(3):
        made = crossroads(seed, late=late)
        found = [g[1] for g in gaps(View(made)) if g[1] <= 8.0]
        if not found:
            return None
        if abs(min(found) - wanted) < 0.02:
            return made
        late += wanted - min(found)
    return None


def fork(seed):
    """On the way to a turn to the left, which is taken, missed, or overshot; or straight on all along."""
    rng = np.random.default_rng([67, seed])
    speed, begin = float(rng.uniform(5, 10)), float(rng.uniform(-30, -12))
    turn = float(rng.choice([0.0, 1.0, 1.0, rng.uniform(0.3, 1.0)])) * speed / 8.0
    late = (-8.0 - begin + float(rng.normal(0, 2))) / speed
    quarter = 0.5 * math.pi / max(turn, 0.1)
    plan = [[late, 0.0, 0.0], [late + quarter, 0.0, turn]]
    goes = (["west.in", "to_north", "north.out"], ["west.in", "through", "east.out"])[int(rng.random() < 0.4)]
    made = junction([[begin, speed, float(rng.normal(0, 0.3))]], seconds=6.0, plans=[plan], route=goes)
    made = replace(made, scenario=replace(made.scenario, goal=(100.0, 0.0)))
    return shown(made, turn=float(rng.uniform(-3, 3)), shift=rng.uniform(-90, 90, 2), mirror=seed % 2 == 0)


def wrong_side(seed):
    """Half of them on the side of the others, or in between, some for about 5 m."""
    if seed % 8 == 7:
        return drift(seed)
    rng = np.random.default_rng([71, seed])
    way, speed = road(int(rng.integers(12))), float(rng.choice([0.48, 0.52, rng.uniform(1, 9)]))
    ego = Mover(
        s=float(rng.uniform(-20, 20)), d=float(rng.uniform(1.3, 2.3)) * way.width, speed=speed,
        angle=float(rng.normal(0, 0.1)) + (math.pi if rng.random() < 0.3 else 0.0),
    )  # fmt: skip
    return world_of(way, [ego, Mover(s=-55.0)], steps=int(rng.integers(12, 40)))


def five_metres(name, seed):
    """As far against a lane as makes it count, or just not."""
    rng = np.random.default_rng([73, seed])
    way, steps = road(int(rng.integers(12))), int(rng.integers(8, 20))
    ego = Mover(s=5.0, d=2.0 * way.width, speed=5.0 * float(rng.uniform(0.955, 1.045)) / (0.1 * steps))
    return world_of(way, [ego, Mover(s=-55.0)], steps=steps)


def nothing(name, seed):
    return None


@pytest.mark.parametrize(("pool", "each", "scenes", "nontrivial", "near"), SIZES)
def test_rules_of_a_crossroads_agree_with_second_implementations(pool, each, scenes, nontrivial, near):
    counts = run(RULES, crossroads, pool, tune, each)
    covered(counts, scenes=scenes, nontrivial=nontrivial, near=near)


@pytest.mark.parametrize(("pool", "each", "scenes", "nontrivial", "near"), SIZES)
def test_the_wrong_side_agrees_with_a_second_implementation(pool, each, scenes, nontrivial, near):
    counts = run(ROAD, wrong_side, pool * 3 // 2, five_metres, each)
    covered(counts, scenes=scenes, nontrivial=nontrivial, near=near)


@pytest.mark.parametrize(
    ("pool", "nontrivial"),
    [pytest.param(60, 10, id="sixty"), pytest.param(600, 120, id="full", marks=pytest.mark.nightly)],
)
def test_missed_exits_agree_with_a_second_implementation(pool, nontrivial):
    covered(run(EXITS, fork, pool, nothing, 0), scenes=50, nontrivial=nontrivial)
