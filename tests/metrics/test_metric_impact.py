"""Where contacts hit: known arrangements, and random ones against the overlap of slightly grown polygons."""

import numpy as np
import pytest
import shapely
from metric_helpers import measured_of, only
from second_methods import busy_road, polygons

from simeval.metrics import Episode
from simeval.metrics.contact_list import first_touch
from simeval.metrics.impact import sides_hit
from simeval.metrics.worlds import straight_road


@pytest.mark.parametrize(
    ("cars", "own", "its"),
    [
        pytest.param([(0, 15), (20, 5)], "front", "rear", id="into the car ahead"),
        pytest.param([(0, 5), (-20, 15)], "rear", "front", id="hit from behind"),
        pytest.param([(0, 10), (40, 10, 0.5, np.pi)], "front", "front", id="head-on"),
        pytest.param(
            [(0, 10), (9, 10, -12, np.pi / 2)], "right", "front", id="hit by who crosses from the right"
        ),
        pytest.param(
            [(0, 10), (9, 10, 12, -np.pi / 2)], "left", "front", id="hit by who crosses from the left"
        ),
        pytest.param([(0, 10), (20, 0, 0, np.pi / 2)], "front", "left", id="into the side of a standing car"),
        pytest.param([(0, 10), (0, 10, 2.5, -0.1)], "left", "right", id="sideswipe from the left"),
    ],
)
def test_where_a_contact_hits(cars, own, its):
    event = only(measured_of(straight_road(cars, seconds=5.0)), "contact")
    assert (event.detail["hit_area"], event.detail["other_hit_area"]) == (own, its)


def side_of_overlap(box, other):
    """The side of the box that the overlap with the other, grown by 2 cm, is nearest to; None at corners."""
    grown = polygons(other[None, :2], other[2:3], other[3] + 0.04, other[4] + 0.04)[0]
    shape = polygons(box[None, :2], box[2:3], box[3], box[4])[0]
    centre = np.array(shapely.centroid(shapely.intersection(shape, grown)).coords[0]) - box[:2]
    c, s = np.cos(box[2]), np.sin(box[2])
    along, across = (centre @ [c, s]) / (0.5 * box[3]), (centre @ [-s, c]) / (0.5 * box[4])
    if abs(abs(along) - abs(across)) < 0.2:
        return None
    if abs(along) > abs(across):
        return "front" if along > 0 else "rear"
    return "left" if across > 0 else "right"


def test_hit_areas_of_random_contacts_agree_with_overlaps():
    sides = []
    for seed in range(220):
        made = busy_road(seed, seconds=3.0)
        episode = Episode(scenario=made.scenario, trace=made.trace)
        for contact in episode.contacts:
            if contact.step == 0:
                continue
            own, its = first_touch(
                episode.bodies, contact.step, (0, contact.ego_body), (contact.agent, contact.body)
            )
            for got, pair in zip(sides_hit(own, its), ((own, its), (its, own)), strict=True):
                expected = side_of_overlap(*pair)
                if expected is not None:
                    sides.append(expected)
                    assert got == expected, seed
    assert len(sides) >= 60
    assert set(sides) == {"front", "rear", "left", "right"}


def test_turning_both_boxes_leaves_the_hit_area():
    own, its = np.array([0.0, 0.0, 0.3, 4.0, 2.0]), np.array([2.5, 2.2, 1.5, 4.0, 2.0])
    expected = sides_hit(own, its)
    for angle in np.linspace(-3.0, 3.0, 7):
        matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        moved = [np.array([*(matrix @ b[:2] + [7.0, -3.0]), b[2] + angle, *b[3:]]) for b in (own, its)]
        assert sides_hit(*moved) == expected
