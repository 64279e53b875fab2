"""Polygons against shapely: points inside, on the outline and outside, and distances."""

import numpy as np
import pytest
import shapely

from simeval.geometry.polygons import Polygons


def star(rng, corners):
    """A simple polygon around a random place: corners at ascending angles."""
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    reach = rng.uniform(1.0, 10.0, corners)
    return rng.uniform(-20, 20, 2) + reach[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])


@pytest.fixture(scope="module")
def scenes():
    rng = np.random.default_rng(5)
    rings = [star(rng, int(rng.integers(3, 12))) for _ in range(100)]
    return rings, rng.uniform(-30, 30, (200, 2))


def test_containment_agrees_with_shapely(scenes):
    rings, points = scenes
    shapes = shapely.polygons([shapely.linearrings(r) for r in rings])
    theirs = shapely.contains_xy(shapes, points[:, :1], points[:, 1:])
    assert (Polygons.of(rings).contain(points) == theirs).all()
    assert 300 < theirs.sum() < theirs.size / 2


def test_distances_agree_with_shapely(scenes):
    rings, points = scenes
    shapes, polygons = shapely.polygons([shapely.linearrings(r) for r in rings]), Polygons.of(rings)
    wanted = np.arange(0, 100, 3)
    for point in points:
        theirs = shapely.distance(shapes[wanted], shapely.Point(point))
        assert polygons.distances(point, wanted) == pytest.approx(theirs, abs=1e-9)


def test_a_point_on_the_outline_is_outside_and_at_no_distance():
    square = Polygons.of([np.array([[0, 0], [2, 0], [2, 2], [0, 2]])])
    edge = np.array([[1.0, 0.0], [2.0, 1.0], [0.0, 0.0], [2.0, 2.0], [1.0, 2.0]])
    assert not square.contain(edge).any()
    assert [square.distances(p, np.array([0]))[0] for p in edge] == [0.0] * 5
    assert square.contain(np.array([[1.0, 1.0]])).all()


def test_a_closing_point_and_empty_polygons_change_nothing():
    ring = np.array([[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]])
    polygons = Polygons.of([ring, np.zeros((0, 2)), ring[:-1]])
    assert polygons.contain(np.array([[1.0, 1.0], [3.0, 1.0]])).tolist() == [[True, False, True], [False] * 3]
    assert polygons.distances(np.array([3.0, 1.0]), np.arange(3)).tolist() == [1.0, np.inf, 1.0]
    assert len(polygons) == 3
    assert Polygons.of([]).contain(np.zeros((4, 2))).shape == (4, 0)


def test_only_the_asked_polygons_are_looked_at(scenes):
    rings, points = scenes
    polygons, some = Polygons.of(rings), np.array([7, 3, 50])
    assert (polygons.contain(points, some) == polygons.contain(points)[:, some]).all()
