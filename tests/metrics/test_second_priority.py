"""Who goes first where lanes meet, against a second implementation, at crossings and joining lanes."""

import math
from dataclasses import replace

import numpy as np
import pytest
from second_harness import covered, run
from slow_priority import SLOW
from transforms import shown

from simeval.metrics.worlds_junction import junction
from simeval.scenario import AreaKind, Areas, Polylines

WAYS = {"through": ["west.in", "through", "east.out"], "to_north": ["west.in", "to_north", "north.out"],
        "upwards": ["south.in", "upwards", "north.out"]}  # fmt: skip
LINES = {
    "west": [[-9.2, -1.75], [-8.8, -1.75], [-8.8, 1.75], [-9.2, 1.75]],
    "south": [[-1.75, -9.2], [1.75, -9.2], [1.75, -8.8], [-1.75, -8.8]],
}


def car(way, speed, meet):
    """[x, speed, y, heading] and plan of somebody whose front is in the junction's middle after `meet`."""
    back = -speed * meet - 2.3
    if way == "upwards":
        return [0.0, speed, back, 0.5 * math.pi], []
    begin = (-8.0 - back) / speed
    turn = [[begin, 0.0, 0.0], [begin + 4.0 * math.pi / speed, 0.0, speed / 8.0], [99.0, 0.0, 0.0]]
    return [back, speed, 0.0, 0.0], turn if way == "to_north" else []


def with_lines(made, sides):
    areas = made.scenario.map.areas
    kind = np.concatenate([areas.kind, np.full(len(sides), int(AreaKind.STOP))])
    outline = Polylines.of([*areas.outline, *(np.array(LINES[s]) for s in sides)])
    road = replace(made.scenario.map, areas=Areas(kind=kind, outline=outline))
    return replace(made, scenario=replace(made.scenario, map=road))


def crossing(seed, late=None):
    """The ego and two others at a crossroads; one comes `late` after the ego, some brake or speed up."""
    rng = np.random.default_rng([97, seed])
    way = str(rng.choice(["through", "to_north", "upwards"], p=[0.55, 0.35, 0.1]))
    its = "upwards" if way != "upwards" else str(rng.choice(["through", "to_north"]))
    meet = float(rng.uniform(1.2, 2.5))
    ego, plan = car(way, float(rng.uniform(4, 12)), meet)
    after = float(rng.uniform(-0.7, 4.0))
    other, its_plan = car(its, float(rng.choice([0.4, *rng.uniform(3, 13, 5)])), meet + after)
    if its == "upwards" and late is None:
        its_plan = [[meet, float(rng.normal(0, 0.5)), 0.0], [99.0, float(rng.choice([0.0, -1.5])), 0.0]]
    if late is not None:
        other, its_plan = car(its, float(rng.uniform(4, 9)), meet + late)
    third, third_plan = car(its, float(rng.uniform(4, 9)), meet + float(rng.uniform(4.0, 7.0)))
    red = [str(rng.choice(["through", "upwards"]))] if rng.random() < 0.1 else []
    made = junction(
        [ego, other, third], seconds=8.0, plans=[plan, its_plan, third_plan], route=WAYS[way], red=red
    )
    sides = [side for side in LINES if rng.random() < 0.15]
    made = replace(made, scenario=replace(made.scenario, goal=(100.0, 0.0)))
    return shown(with_lines(made, sides), turn=float(rng.uniform(-3, 3)), shift=rng.uniform(-90, 90, 2))


def three_seconds_late(name, seed):
    return crossing(9000 + seed, late=3.0 * float(np.random.default_rng([101, seed]).uniform(0.955, 1.045)))


@pytest.mark.parametrize(
    ("pool", "each", "scenes", "nontrivial", "near"),
    [
        pytest.param(90, 25, 100, 25, 10, id="tenth"),
        pytest.param(900, 240, 1000, 300, 100, id="full", marks=pytest.mark.nightly),
    ],
)
def test_who_goes_first_agrees_with_a_second_implementation(pool, each, scenes, nontrivial, near):
    counts = run(SLOW, crossing, pool, three_seconds_late, each)
    covered(counts, scenes=scenes, nontrivial=nontrivial, near=near)
