"""Circles in bins: whoever walks outwards finds what brute force finds."""

import numpy as np
import pytest

from simeval.sim.observe_bins import bin_of, bins_of, is_farther, take_ring


def found_within(bins, x, y, reach):
    """What is in the rings that may be near, each once, and how many rings that were."""
    grid, found = bins.grid[0], np.zeros(len(bins.circle), dtype=np.int64)
    column, row = bin_of(grid, x, y)
    seen, ring = [], 0
    while ring < max(grid.columns, grid.rows) and not is_farther(grid, ring, reach):
        count = take_ring(grid, bins.first, bins.circle, column, row, ring, found)
        seen += found[:count].tolist()
        ring += 1
    return seen, ring


def random_circles(rng, count, wide, high):
    xy = rng.uniform(0.0, 1.0, (count, 2)) * (wide, high) - (0.3 * wide, 0.8 * high)
    return np.column_stack([xy, rng.uniform(0.0, 20.0, count)])


@pytest.mark.parametrize(("wide", "high"), [(900.0, 700.0), (20_000.0, 5.0), (0.0, 3000.0), (1e5, 1e5)])
def test_all_that_comes_within_reach_is_in_the_rings_that_are_not_farther(wide, high):
    rng = np.random.default_rng(3)
    circles = random_circles(rng, 300, wide, high)
    bins = bins_of(circles)
    for _ in range(100):
        x, y = circles[rng.integers(300), :2] + rng.normal(0.0, 60.0, 2) * rng.choice([1.0, 100.0])
        reach = rng.uniform(0.0, 200.0)
        seen, _ = found_within(bins, x, y, reach)
        away = np.hypot(circles[:, 0] - x, circles[:, 1] - y) - circles[:, 2]
        assert len(seen) == len(set(seen))
        assert set(np.flatnonzero(away <= reach)) <= set(seen)


@pytest.mark.parametrize("place", [(0.0, 0.0), (1e9, -1e9), (-np.inf, np.inf), (np.nan, 5.0)])
def test_all_rings_together_hold_every_circle_once_wherever_one_begins(place):
    circles = random_circles(np.random.default_rng(5), 120, 400.0, 90.0)
    seen, _ = found_within(bins_of(circles), *place, np.inf)
    assert sorted(seen) == list(range(120))


def test_few_rings_are_looked_at_however_large_the_map_is():
    rng = np.random.default_rng(7)
    for count in (100, 10_000):
        side = 60.0 * np.sqrt(count)
        _, rings = found_within(bins_of(random_circles(rng, count, side, side)), 0.0, 0.0, 50.0)
        assert rings <= 4


def test_there_are_at_most_twice_as_many_bins_as_circles():
    for wide, high in ((1e6, 0.0), (1e6, 1e6), (10.0, 10.0)):
        bins = bins_of(random_circles(np.random.default_rng(1), 50, wide, high))
        assert len(bins.first) - 1 <= 2 * 50 + 1


def test_a_map_without_circles_has_no_rings():
    assert found_within(bins_of(np.zeros((0, 3))), 1.0, 2.0, np.inf) == ([], 0)
