"""Boxes against shapely on random pairs, and closed forms."""

import math

import numpy as np
import pytest
import shapely

from simeval.geometry import corners, gaps, touches


def polygons(boxes):
    return shapely.polygons(corners(boxes[:, :2], boxes[:, 2], boxes[:, 3], boxes[:, 4]))


def random_pairs(rng, n):
    """Boxes of road users: near each other, touching, contained, crossing, and at UTM coordinates."""
    one = np.column_stack(
        [rng.uniform(-40, 40, (n, 2)), rng.uniform(-9, 9, n), rng.uniform(0.4, 18, n), rng.uniform(0.4, 3, n)]
    )
    two = np.column_stack(
        [
            one[:, :2] + rng.normal(0, 4, (n, 2)),
            rng.uniform(-9, 9, n),
            rng.uniform(0.4, 18, n),
            rng.uniform(0.4, 3, n),
        ]
    )
    touch = slice(0, n // 8)  # side by side: same heading, centres one width apart
    across = 0.5 * (one[touch, 4] + two[touch, 4])
    two[touch, 2] = one[touch, 2]
    two[touch, 0] = one[touch, 0] - across * np.sin(one[touch, 2])
    two[touch, 1] = one[touch, 1] + across * np.cos(one[touch, 2])
    inside = slice(n // 8, n // 8 + n // 16)
    two[inside, :3] = one[inside, :3]
    two[inside, 3:] = 0.5 * one[inside, 3:]
    utm = slice(n - n // 16, n)
    offset = np.array([4.5e5, 5.4e6])
    one[utm, :2] += offset
    two[utm, :2] += offset
    return np.hstack([one, two]), touch, inside


def test_ten_thousand_random_pairs_agree_with_shapely():
    pairs, touch, inside = random_pairs(np.random.default_rng(11), 10_000)
    one, two = polygons(pairs[:, :5]), polygons(pairs[:, 5:])
    distance, overlap = shapely.distance(one, two), shapely.intersects(one, two)
    assert overlap.mean() >= 0.30
    assert len(range(*touch.indices(10_000))) >= 1_000
    assert len(range(*inside.indices(10_000))) >= 500
    assert np.abs(gaps(pairs) - distance).max() < 1e-8
    decided = np.ones(len(pairs), dtype=bool)
    decided[touch] = False  # which side of zero rounding falls on is no property of the boxes
    area = shapely.area(shapely.intersection(one, two))
    decided &= (distance > 1e-8) | (area > 1e-8)
    assert decided.sum() > 8_000
    assert (touches(pairs)[decided] == overlap[decided]).all()
    assert np.abs(gaps(pairs)[touch]).max() < 1e-8


@pytest.mark.parametrize("angle", [0.0, 0.7, math.pi, -2.1])
def test_touching_boxes_have_no_gap_and_apart_ones_their_distance(angle):
    c, s = math.cos(angle), math.sin(angle)

    def behind(gap):
        shift = 4.0 + gap
        return [[0.0, 0.0, angle, 4.0, 2.0, shift * c, shift * s, angle, 4.0, 2.0]]

    assert gaps(np.array(behind(2.5)))[0] == pytest.approx(2.5, abs=1e-12)
    assert touches(np.array(behind(-0.01)))[0]
    assert not touches(np.array(behind(0.01)))[0]


def test_corners_come_front_left_rear_left_rear_right_front_right():
    box = corners(np.array([1.0, 2.0]), np.array(0.0), 4.0, 2.0)
    assert box.tolist() == [[3, 3], [-1, 3], [-1, 1], [3, 1]]
