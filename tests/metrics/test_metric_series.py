"""Series, and what measuring costs."""

import time

import numpy as np
from metric_helpers import measured_of

from simeval.metrics import measure_episode
from simeval.metrics.worlds import straight_road


def test_every_series_has_one_value_a_step():
    made = straight_road(cars=[(0, 15), (30, 10)], speed_limit=13.9)
    series = measured_of(made).series
    assert set(series) >= {
        "speed_mps", "acceleration_mps2", "ttc_s", "min_gap_m", "distance_off_road_m", "speed_limit_mps",
    }  # fmt: skip
    assert {len(values) for values in series.values()} == {made.trace.num_steps}


def test_measuring_ten_seconds_with_32_agents_is_quick():
    rng = np.random.default_rng(3)
    cars = [(rng.uniform(0, 200), rng.uniform(5, 20), 3.5 * rng.integers(0, 4)) for _ in range(32)]
    made = straight_road(cars=cars, seconds=10.0, num_lanes=4, speed_limit=14.0)
    measured_of(made)
    times = []
    for _ in range(7):
        begin = time.perf_counter()
        measure_episode(made.scenario, made.trace)
        times.append(time.perf_counter() - begin)
    assert min(times) < 0.02  # about 2 ms on an idle core
