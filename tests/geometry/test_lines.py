"""Polylines and the road's edge, against shapely and closed forms."""

import math

import numpy as np
import pytest
import shapely

from simeval.geometry import Boundary, arc_lengths, point_at, project, wrap_angle
from simeval.geometry.edges import edge_touches_box


def test_angles_are_compared_through_their_wrapped_difference():
    assert wrap_angle(math.radians(359) - math.radians(1)) == pytest.approx(math.radians(-2))
    assert wrap_angle(7.0) == pytest.approx(7.0 - 2 * math.pi)


def test_projection_agrees_with_shapely():
    rng = np.random.default_rng(3)
    line = np.cumsum(rng.uniform(0.2, 3.0, (40, 2)) * np.array([1.0, 0.4]), axis=0)
    points = rng.uniform(-5, 70, (500, 2))
    s, d = project(line, points)
    curve, spots = shapely.LineString(line), shapely.points(points)
    assert np.abs(np.abs(d) - shapely.distance(curve, spots)).max() < 1e-9
    back = shapely.line_interpolate_point(curve, s)
    assert np.abs(shapely.distance(back, spots) - np.abs(d)).max() < 1e-9


def test_offsets_are_positive_to_the_left():
    _, d = project(np.array([[0.0, 0.0], [10.0, 0.0]]), np.array([[5.0, 1.0], [5.0, -2.0]]))
    assert d.tolist() == [1.0, -2.0]


def test_point_at_inverts_arc_length_and_extends_the_ends():
    line = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]])
    points, heading = point_at(line, np.array([-1.0, 3.0, 12.0, 25.0]))
    assert points.round(12).tolist() == [[-1, 0], [3, 0], [10, 2], [10, 15]]
    assert heading[2] == pytest.approx(math.pi / 2)
    assert arc_lengths(line).tolist() == [0, 10, 20]


def crooked_area(rng):
    shape = shapely.Point(0, 0).buffer(60, quad_segs=16).difference(shapely.box(-20, -10, 25, 10))
    shape = shape.union(shapely.box(40, -5, 150, 5)).union(shapely.Point(-90, 30).buffer(15))
    return shapely.affinity.rotate(shape, rng.uniform(0, 360), origin=(0, 0))


def edge_of(area):
    rings = []
    for part in shapely.get_parts(area):
        whole = shapely.geometry.polygon.orient(part)
        rings += [shapely.get_coordinates(r) for r in (whole.exterior, *whole.interiors)]
    return Boundary.of(rings)


@pytest.mark.parametrize("seed", range(4))
def test_signed_distance_to_an_area_agrees_with_shapely(seed):
    rng = np.random.default_rng(seed)
    area = crooked_area(rng)
    points = np.concatenate([rng.uniform(-80, 80, (3000, 2)), rng.uniform(-600, 600, (200, 2))])
    found = edge_of(area).signed_distance(points)
    spots = shapely.points(points)
    sign = np.where(shapely.contains(area, spots), -1.0, 1.0)
    assert np.abs(found - sign * shapely.distance(area.boundary, spots)).max() < 1e-9


def test_an_edge_touches_a_box_where_shapely_says_so():
    rng = np.random.default_rng(5)
    area = crooked_area(rng)
    edge = edge_of(area)
    found = expected = 0
    for _ in range(1500):
        x, y, h = *rng.uniform(-80, 80, 2), rng.uniform(-4, 4)
        a, b = rng.uniform(0.3, 6.0), rng.uniform(0.3, 1.5)
        c, s = math.cos(h), math.sin(h)
        box = shapely.Polygon(
            [(x + u * c - v * s, y + u * s + v * c) for u, v in ((a, b), (-a, b), (-a, -b), (a, -b))]
        )
        touching = edge_touches_box(
            edge.segments, edge.box, edge.shape, edge.offsets, edge.items, x, y, c, s, a, b
        )
        assert touching == box.intersects(area.boundary)
        found, expected = found + touching, expected + 1
    assert 100 < found < expected - 100


def test_an_open_edge_has_the_road_on_its_left():
    edge = Boundary.of([np.array([[0.0, 0.0], [50.0, 0.0], [50.0, 50.0]])])
    assert edge.signed_distance(np.array([[20.0, 3.0], [20.0, -3.0], [53.0, -4.0]])).tolist() == [
        -3.0,
        3.0,
        5.0,
    ]


def test_no_lines_make_no_boundary():
    assert Boundary.of([]) is None
    assert Boundary.of([np.zeros((3, 2))]) is None
