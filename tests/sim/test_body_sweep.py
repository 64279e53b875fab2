"""A long body looks at whom its ends would touch in a bend; beside a straight the corridor says it all."""

import math

import numpy as np
import pytest
import shapely
from sim_worlds import line, world

from simeval.scenario import Controller
from simeval.sim.rollout import Worlds
from simeval.sim.settings import SimSettings
from simeval.sim.sweep import MARGIN, STEP, first_in_sweep

RADIUS, BEFORE = 12.0, 30.0  # [m] of the bend to the left, and of the straight before it
CENTRE = np.array([BEFORE, RADIUS])
BUS = {"x": 15.0, "length": 12.0, "width": 2.5, "kind": 4, "speed": 3.0}


def bend():
    turn = np.linspace(0.0, 0.5 * math.pi, 40)
    arc = CENTRE + RADIUS * np.stack([np.sin(turn), -np.cos(turn)], axis=1)
    before = np.stack([np.arange(0.0, BEFORE, 0.5), np.zeros(60)], axis=1)
    return np.concatenate([before, arc, [[BEFORE + RADIUS, 60.0]]])


def parked(degrees, distance):
    """A car along the bend whose nearer side is `distance` from the path of the bus."""
    h, r = math.radians(degrees), RADIUS + distance + 0.95
    x, y = CENTRE + r * np.array([math.sin(h), -math.cos(h)])
    return {"x": x, "y": y, "heading": h, "controller": int(Controller.PARKED)}


def way_to(path, other):
    """(way of the bus to where it would touch the other one, the other one), by the kernel."""
    worlds = Worlds([world([BUS | {"path": path}, other], road=None)], "constant-velocity", SimSettings())
    t = worlds.tables
    return first_in_sweep(t.world[0], t.agents[0], t.live[0], t.path, t.bodies, t.live, 8.0, 100.0)


def box(x, y, heading, length, width):
    c, s = math.cos(heading), math.sin(heading)
    corners = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]]) * 0.5 * np.array([length, width])
    return shapely.Polygon(corners @ [[c, s], [-s, c]] + [x, y])


def way_by_shapely(path, other):
    """The same from boxes put on the path every centimetre."""
    there, whole = box(other["x"], other["y"], other["heading"], 4.6, 1.9), shapely.LineString(path)
    for way in np.arange(0.0, 25.0, 0.01):
        (x, y), (x1, y1) = (whole.interpolate(BUS["x"] + way + d).coords[0] for d in (0.0, 0.02))
        if box(x, y, math.atan2(y1 - y, x1 - x), 12.0, 2.5 + 2.0 * MARGIN).intersects(there):
            return way
    return math.inf


@pytest.mark.parametrize("degrees", [20.0, 35.0, 50.0])
@pytest.mark.parametrize("distance", [1.6, 2.2])
def test_a_bus_finds_the_car_that_its_corner_would_touch_where_boxes_do(degrees, distance):
    other = parked(degrees, distance)
    true = way_by_shapely(bend(), other)
    way, body = way_to(bend(), other)
    assert 5.0 < true < 25.0
    assert body == 1
    assert true - 1e-2 <= way <= true + STEP + 0.1


def test_nobody_is_found_who_stands_farther_out_or_beside_a_straight():
    assert way_to(bend(), parked(35.0, 3.2)) == (math.inf, -1)
    beside = {"x": 28.0, "y": 2.0, "controller": int(Controller.PARKED)}
    assert way_to(line(0.0, 100.0), beside) == (math.inf, -1)
