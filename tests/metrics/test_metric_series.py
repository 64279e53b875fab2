"""Series, and what measuring costs."""

from metric_helpers import measured_of

from simeval.metrics.worlds import straight_road


def test_every_series_has_one_value_a_step():
    made = straight_road(cars=[(0, 15), (30, 10)], speed_limit=13.9)
    series = measured_of(made).series
    assert set(series) >= {
        "speed_mps", "acceleration_mps2", "ttc_s", "min_gap_m", "distance_off_road_m", "speed_limit_mps",
    }  # fmt: skip
    assert {len(values) for values in series.values()} == {made.trace.num_steps}
