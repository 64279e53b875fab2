"""Surrogate safety against slow second implementations, on random scenes and on scenes near thresholds."""

import numpy as np
import pytest
from random_scenes import Mover, busy, random_ego, road, tuned, world_of
from second_harness import covered, run
from slow_nuplan import min_ttc
from slow_safety import SLOW as OURS

from simeval.metrics import METRICS, Episode

SLOW = {**OURS, "nuplan_min_ttc_s": min_ttc}
THRESHOLDS = {  # of the metric itself, of a profile, or what its card calls critical
    "min_gap_m": ("min_gap_m", 1.5), "min_ttc_s": ("min_ttc_s", 0.95, 1.0, 1.5),
    "time_ttc_low_s": ("min_ttc_s", 1.5), "ttc_integral_s2": ("min_ttc_s", 1.5),
    "near_misses": ("min_ttc_s", 1.0), "min_ttb_s": ("min_ttb_s", 0.5, 1.0),
    "min_tts_s": ("min_tts_s", 0.5, 1.0),
    "min_ttr_s": ("min_ttr_s", 0.5, 1.0), "min_wttc_s": ("min_wttc_s", 0.5, 1.0),
    "min_lead_gap_m": ("min_lead_gap_m", 2.0, 5.0, 8.0), "min_headway_s": ("min_headway_s", 0.5, 1.0, 2.0),
    "max_drac_mps2": ("max_drac_mps2", 3.35),
    "max_required_decel_mps2": ("max_required_decel_mps2", 3.35, 8.0),
    "nuplan_min_ttc_s": ("nuplan_min_ttc_s", 0.95),
}  # fmt: skip


def approach(rng, *, beside):
    """build(p): somebody p metres ahead of a calm ego, or passed p metres to the side."""
    way = road(int(rng.integers(12)))
    ego, lane = random_ego(rng, way, calm=True)
    ego.speed, ego.s = float(rng.uniform(8, 18)), float(rng.uniform(-40, -10))
    speed, brakes = float(rng.uniform(0, 6)), float(rng.uniform(-2, 0.5))
    width, turn = float(rng.uniform(1.5, 2.5)), float(rng.normal(0, 0.1))

    def build(p):
        at = {"s": ego.s + 8.0, "d": ego.d + p} if beside else {"s": ego.s + p, "d": ego.d + 0.2}
        other = Mover(speed=speed, plan=((9.0, brakes, 0.0),), width=width, angle=turn, **at)
        return world_of(way, [ego, other], steps=8, lane=lane)

    return build


def tune(name, seed):
    """A scene in which what decides the metric is within 5 % of a threshold."""
    rng = np.random.default_rng([3, seed, len(name)])
    source, *thresholds = THRESHOLDS[name]
    wanted = float(rng.choice(thresholds)) * float(rng.uniform(0.955, 1.045))

    def read(made):
        return METRICS[source].measure(Episode(scenario=made.scenario, trace=made.trace)).value

    beside = name == "min_gap_m"
    span = (2.0, 9.0) if beside else (10.0, 75.0)
    room = 0.1 if name.startswith("nuplan") else 0.003 * wanted  # nuPlan's times are tenths
    return tuned(approach(rng, beside=beside), read, *span, (wanted - room, wanted + room))


def test_surrogate_safety_agrees_with_second_implementations():
    covered(run(SLOW, busy, 100, tune, 11), scenes=100, nontrivial=20, near=10)


@pytest.mark.nightly
@pytest.mark.parametrize("part", range(4))
def test_surrogate_safety_agrees_with_second_implementations_on_many_scenes(part):
    some = dict(list(SLOW.items())[part::4])
    covered(run(some, busy, 1500, tune, 110), scenes=1000, nontrivial=300, near=100)
