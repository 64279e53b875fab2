"""When our drivers change lanes."""

import math

import numpy as np
import pytest

from simeval.traffic.idm import IdmParameters, follow
from simeval.traffic.mobil import Lane, MobilParameters, incentive, lane_accelerations, wants_change

DRIVER = IdmParameters()
DESIRED, LENGTH = 20.0, 4.5
EMPTY = Lane(math.inf, 0.0, math.inf, 0.0, DESIRED)
FIRST = math.inf  # nobody has changed lanes yet


def lane(lead=None, follower=None):
    """A lane with a (gap, speed) ahead and behind."""
    return Lane(*(lead or (math.inf, 0.0)), *(follower or (math.inf, 0.0)), DESIRED)


def decide(here, there, *, speed=15.0, to_left=True, since=FIRST, **parameters):
    p = MobilParameters(**parameters)
    return wants_change(speed, DESIRED, LENGTH, here, there, to_left, since, DRIVER, p)


def gain(here, there, *, speed=15.0, to_left=True, **parameters):
    p = MobilParameters(**parameters)
    return incentive(speed, DESIRED, LENGTH, here, there, to_left, DRIVER, p)[0]


SLOW_AHEAD = lane(lead=(20.0, 8.0))


def test_a_driver_leaves_a_slow_leader_for_an_empty_lane_on_either_side():
    assert decide(SLOW_AHEAD, EMPTY, to_left=True)
    assert decide(SLOW_AHEAD, EMPTY, to_left=False)
    assert not decide(EMPTY, SLOW_AHEAD)
    assert not decide(EMPTY, EMPTY)


@pytest.mark.parametrize(
    "there",
    [
        pytest.param(lane(follower=(3.0, 22.0)), id="a faster follower close behind"),
        pytest.param(lane(lead=(2.0, 5.0)), id="a slow leader right ahead"),
        pytest.param(lane(lead=(-1.0, 20.0)), id="somebody alongside ahead"),
        pytest.param(lane(follower=(0.0, 15.0)), id="somebody alongside behind"),
    ],
)
def test_nobody_changes_where_it_is_not_safe_however_large_the_gain(there):
    blocked = lane(lead=(3.0, 0.0))
    assert not decide(blocked, there, politeness=0.0, threshold=-100.0)


def random_lane(rng):
    ahead = (rng.uniform(-3, 80), rng.uniform(0, 25)) if rng.random() < 0.8 else None
    behind = (rng.uniform(-3, 80), rng.uniform(0, 25)) if rng.random() < 0.8 else None
    return lane(ahead, behind)


def test_no_change_makes_anybody_brake_harder_than_is_safe():
    rng, changes = np.random.default_rng(4), 0
    for _ in range(3000):
        here, there, speed = random_lane(rng), random_lane(rng), rng.uniform(0, 25)
        polite, safe = rng.uniform(0, 1), rng.uniform(0.5, 6)
        if not decide(
            here, there, speed=speed, politeness=polite, safe_braking=safe, keep_right=bool(rng.integers(2))
        ):
            continue
        changes += 1
        assert there.lead_gap > 0.0
        assert there.follower_gap > 0.0
        closing = speed - there.lead_speed
        assert (
            follow(speed, there.lead_gap, closing if there.lead_gap < math.inf else 0.0, DESIRED, DRIVER)
            >= -safe
        )
        if there.follower_gap < math.inf:
            closing = there.follower_speed - speed
            assert follow(there.follower_speed, there.follower_gap, closing, DESIRED, DRIVER) >= -safe
    assert changes > 300


def test_an_egoist_looks_at_the_own_gain_alone():
    there = lane(lead=(60.0, 18.0), follower=(25.0, 18.0))
    mine = lane_accelerations(15.0, DESIRED, LENGTH, there, DRIVER)[0]
    now = lane_accelerations(15.0, DESIRED, LENGTH, SLOW_AHEAD, DRIVER)[0]
    assert gain(SLOW_AHEAD, there, politeness=0.0) == pytest.approx(mine - now)


def test_full_politeness_maximises_the_sum_of_everybodys_accelerations():
    here = lane(lead=(20.0, 10.0), follower=(15.0, 17.0))
    there = lane(lead=(60.0, 18.0), follower=(25.0, 18.0))
    mine, old_with, old_without = lane_accelerations(15.0, DESIRED, LENGTH, here, DRIVER)
    then, new_with, new_without = lane_accelerations(15.0, DESIRED, LENGTH, there, DRIVER)
    after, before = then + old_without + new_with, mine + old_with + new_without
    assert gain(here, there, politeness=1.0) == pytest.approx(after - before)


def test_a_change_that_only_costs_others_is_refused_by_the_polite_and_made_by_the_selfish():
    here, there = lane(lead=(30.0, 13.0)), lane(lead=(90.0, 18.0), follower=(30.0, 17.0))
    assert decide(here, there, politeness=0.0)
    assert not decide(here, there, politeness=1.0)
    gains = [gain(here, there, politeness=p) for p in (0.0, 0.25, 0.5, 1.0)]
    assert gains == sorted(gains, reverse=True)


def test_a_driver_makes_room_for_a_faster_follower_only_out_of_politeness():
    here = lane(follower=(6.0, 19.0))
    assert not decide(here, EMPTY, to_left=False, politeness=0.0)
    assert decide(here, EMPTY, to_left=False, politeness=0.5)


def test_a_bias_brings_drivers_back_to_the_right_lane_and_keeps_them_there():
    assert not decide(EMPTY, EMPTY, to_left=False)
    assert decide(EMPTY, EMPTY, to_left=False, right_bias=0.3)
    assert not decide(EMPTY, EMPTY, to_left=True, right_bias=0.3)


def test_nobody_who_keeps_right_passes_on_the_right_above_the_speed_of_congestion():
    fast_right, slow_left = EMPTY, lane(lead=(40.0, 19.0))
    beside = {"speed": 19.5, "keep_right": True, "politeness": 0.0}
    assert gain(slow_left, fast_right, to_left=False, **beside) == pytest.approx(0.0)
    jam_left = lane(lead=(40.0, 9.0))
    assert gain(jam_left, fast_right, to_left=False, keep_right=True, politeness=0.0, speed=10.0) > 0.2


def test_right_after_a_change_only_a_clear_gain_counts_again():
    there, here = EMPTY, lane(lead=(70.0, 15.0))
    plain = gain(here, there)
    assert 0.1 < plain < 0.6
    assert decide(here, there)
    assert not decide(here, there, since=0.0)
    assert decide(here, there, since=6.0)
    assert decide(here, there, since=0.0, hysteresis=0.0)
    assert decide(SLOW_AHEAD, there, since=0.0)
