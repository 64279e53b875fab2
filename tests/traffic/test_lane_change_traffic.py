"""Drivers drawn by key on a ring road of three lanes: they follow, change lanes, and never touch."""

import math

import numpy as np
import pytest

from simeval.traffic.drivers import draw_driver
from simeval.traffic.idm import follow
from simeval.traffic.mobil import Lane, wants_change
from simeval.traffic.philox import key_for

LANES, LENGTH, DT, LIMIT = 3, 4.5, 0.1, 15.0


class Ring:
    """Cars on a ring; a lane change happens at once."""

    def __init__(self, cars, length, *, hysteresis=None):
        self.length = length
        self.drivers = [draw_driver(key_for(1, "ring", str(i), "driver")) for i in range(cars)]
        self.x = np.arange(cars) * length / cars
        self.lane = np.random.default_rng(5).integers(0, LANES, cars)
        self.v = np.full(cars, 8.0)
        self.since = np.full(cars, math.inf)
        self.changes, self.soon, self.least_gap = 0, 0, math.inf
        self.change = {} if hysteresis is None else {"hysteresis": hysteresis}

    def desired(self, i):
        return LIMIT * self.drivers[i].desired_speed_factor

    def around(self, i, lane):
        """Whom car i has, or would have, ahead and behind in a lane."""
        others = [j for j in range(len(self.x)) if j != i and self.lane[j] == lane]
        if not others:
            return Lane(math.inf, 0.0, math.inf, 0.0, LIMIT)
        ahead = [(self.x[j] - self.x[i]) % self.length for j in others]
        behind = [(self.x[i] - self.x[j]) % self.length for j in others]
        lead, back = others[int(np.argmin(ahead))], others[int(np.argmin(behind))]
        gaps = min(ahead) - LENGTH, min(behind) - LENGTH
        return Lane(gaps[0], self.v[lead], gaps[1], self.v[back], self.desired(back))

    def step(self, k):
        for i, driver in enumerate(self.drivers):
            here = self.around(i, self.lane[i])
            for there in (self.lane[i] - 1, self.lane[i] + 1):
                if (k + i) % 5 or not 0 <= there < LANES:
                    continue
                beside, p = self.around(i, there), driver.mobil._replace(**self.change)
                left, past = bool(there > self.lane[i]), float(self.since[i])
                if wants_change(self.v[i], self.desired(i), LENGTH, here, beside, left, past, driver.idm, p):
                    self.soon += past < 3.0
                    self.lane[i], self.since[i], self.changes = there, 0.0, self.changes + 1
                    break
        wanted = np.zeros(len(self.x))
        for i, driver in enumerate(self.drivers):
            lane = self.around(i, self.lane[i])
            self.least_gap = min(self.least_gap, lane.lead_gap)
            wanted[i] = follow(
                self.v[i], lane.lead_gap, self.v[i] - lane.lead_speed, self.desired(i), driver.idm
            )
        new = np.maximum(self.v + wanted * DT, 0.0)
        self.x = (self.x + 0.5 * (self.v + new) * DT) % self.length
        self.v, self.since = new, self.since + DT

    def run(self, seconds):
        for k in range(round(seconds / DT)):
            self.step(k)
        return self


@pytest.mark.parametrize("spacing", [9.0, 15.0])
def test_cars_that_change_lanes_never_touch_and_keep_flowing(spacing):
    cars = 24
    ring = Ring(cars, cars * spacing).run(60.0)
    assert ring.changes >= 10
    assert ring.least_gap > 2.0
    assert ring.v.min() > 8.0


def test_hysteresis_keeps_drivers_from_changing_again_at_once():
    free, calm = Ring(24, 24 * 15.0, hysteresis=0.0).run(60.0), Ring(24, 24 * 15.0).run(60.0)
    assert free.soon >= 5
    assert calm.soon <= free.soon // 4
    assert calm.changes > 10
