"""A turned, moved or mirrored vehicle drives the turned, moved or mirrored path."""

import math

import numpy as np
import pytest

from simeval.vehicles.actuators import actuated_step
from simeval.vehicles.single_track import SingleTrack, single_track_step
from simeval.vehicles.trailer_geometry import drive_trailers
from simeval.vehicles.unicycle import unicycle_step
from simeval.vehicles.vehicle_sets import CAR
from simeval.vehicles.waymax_bicycle import waymax_bicycle_step

DYNAMIC = SingleTrack(friction=0.8)


def limited(pose, a, b):
    *state, _ = actuated_step(*pose, 8.0, 0.0, 0.0, 0.0, 0.1, a, b, False, 2.7, 0.7, 0.1, CAR.limits)
    return state[:3]


def dynamic(pose, a, b):
    return single_track_step(*pose, 12.0, 0.3, 0.1, a, b, 1.1 * b, 0.1, DYNAMIC)[:3]


def unicycle(pose, a, b):
    return unicycle_step(*pose, 1.5, a, b, 0.1)[:3]


def waymax(pose, a, b):
    speed = 9.0
    vx, vy = speed * math.cos(pose[2]), speed * math.sin(pose[2])
    return waymax_bicycle_step(*pose, vx, vy, a, 0.1 * b, 0.1)[:3]


MODELS = [limited, dynamic, unicycle, waymax]
NAMES = [m.__name__ for m in MODELS]


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_a_turned_and_moved_start_gives_the_turned_and_moved_end(model):
    draw = np.random.default_rng(7)
    for _ in range(50):
        a, b = draw.uniform(-4.0, 4.0), draw.uniform(-0.5, 0.5)
        dx, dy, turn = *draw.uniform(-1e3, 1e3, 2), draw.uniform(-3.0, 3.0)
        x, y, heading = model((0.0, 0.0, 0.0), a, b)
        c, s = math.cos(turn), math.sin(turn)
        moved = model((dx, dy, turn), a, b)
        assert moved[:2] == pytest.approx((dx + c * x - s * y, dy + s * x + c * y), abs=1e-9)
        assert math.cos(moved[2] - turn - heading) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("model", [dynamic, unicycle, waymax], ids=["dynamic", "unicycle", "waymax"])
def test_every_model_goes_forward_by_speed_times_step(model):
    speed = {"dynamic": 12.0, "unicycle": 1.5, "waymax": 9.0}[model.__name__]
    x, y, _ = model((0.0, 0.0, 0.0), 0.0, 0.0)
    assert math.hypot(x, y) == pytest.approx(0.1 * speed, rel=0.01)


def test_mirrored_steering_gives_the_mirrored_end_in_the_same_bits():
    for steering in (0.05, 0.3, 0.59):
        left = actuated_step(
            0.0, 0.0, 0.0, 8.0, 0.0, 0.0, 0.0, 0.1, 1.0, steering, False, 2.7, 0.7, 0.1, CAR.limits
        )
        right = actuated_step(
            0.0, 0.0, 0.0, 8.0, 0.0, 0.0, 0.0, -0.1, 1.0, -steering, False, 2.7, 0.7, 0.1, CAR.limits
        )
        assert np.array_equal(np.array(left) * [1, -1, -1, 1, 1, 1, 1, -1, 1], right)


def test_a_mirrored_road_train_has_mirrored_hitches_in_the_same_bits():
    draw = np.random.default_rng(11)
    motion = np.column_stack([draw.uniform(-1.0, 2.0, 200), draw.uniform(-0.1, 0.1, 200)])
    left, _ = drive_trailers([0.2, -0.1], [-0.5, 1.2], [7.0, 5.0], motion, [1.4, 1.4])
    right, _ = drive_trailers([-0.2, 0.1], [-0.5, 1.2], [7.0, 5.0], motion * [1.0, -1.0], [1.4, 1.4])
    assert np.array_equal(left, -right)
