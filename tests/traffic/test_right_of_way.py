"""Who goes first where paths cross."""

import itertools
import math

import numpy as np
import pytest

from simeval.traffic.conflict_times import passage, time_to_cover
from simeval.traffic.idm import IdmParameters, follow
from simeval.traffic.right_of_way import (
    CRITICAL_GAPS,
    Claim,
    YieldParameters,
    accepts_gap,
    comes_from_right,
    goes_first,
    may_enter,
    stops_before,
)
from simeval.traffic.stop_lines import StopLineParameters, gap_to_line

P, LINE, DRIVER = YieldParameters(), StopLineParameters(), IdmParameters()
NORTH, WEST, SOUTH, EAST = 0.5 * math.pi, math.pi, -0.5 * math.pi, 0.0


@pytest.mark.parametrize(
    ("motion", "seconds"),
    [
        pytest.param((20.0, 10.0, 0.0, 10.0), 2.0, id="steady"),
        pytest.param((8.0, 0.0, 1.0, 10.0), 4.0, id="from rest"),
        pytest.param((18.0, 0.0, 2.0, 4.0), 2.0 + 14.0 / 4.0, id="up to the top speed"),
        pytest.param((30.0, 15.0, 2.0, 10.0), 2.0, id="faster than the top speed"),
        pytest.param((0.0, 0.0, 0.0, 10.0), 0.0, id="nothing to cover"),
        pytest.param((1.0, 0.0, 0.0, 10.0), math.inf, id="standing for ever"),
    ],
)
def test_time_to_cover_a_distance(motion, seconds):
    assert time_to_cover(*motion) == pytest.approx(seconds)


def test_passage_of_one_before_inside_and_past_the_area():
    assert passage(20.0, 30.0, 10.0, 0.0, 10.0) == (2.0, 3.0)
    assert passage(-1.0, 5.0, 10.0, 0.0, 10.0) == (0.0, 0.5)
    assert passage(-8.0, -1.0, 10.0, 0.0, 10.0) == (math.inf, math.inf)
    assert passage(3.0, 9.0, 0.0, 0.0, 10.0) == (math.inf, math.inf)
    assert passage(-1.0, 5.0, 0.0, 0.0, 10.0) == (0.0, math.inf)


@pytest.mark.parametrize(
    ("other", "free"),
    [
        pytest.param((0.5, 2.5), True, id="gone before I come"),
        pytest.param((0.5, 3.5), False, id="barely gone"),
        pytest.param((4.5, 6.0), False, id="comes while I am there"),
        pytest.param((7.0, 9.0), True, id="comes after me"),
        pytest.param((0.0, math.inf), False, id="stands inside"),
        pytest.param((math.inf, math.inf), True, id="never comes"),
    ],
)
def test_the_area_is_free_before_or_after_another_one(other, free):
    assert may_enter(4.0, 5.0, *other, P) == free


def test_two_who_keep_to_the_windows_are_never_in_the_area_together():
    rng, entered, held = np.random.default_rng(3), 0, 0
    for _ in range(400):
        mine, others = rng.uniform(15, 40), rng.uniform(-10, 60)
        speed, other_speed, waiting = 8.0, rng.uniform(4, 15), 0.0
        in_area = []
        for k in range(400):
            t, other = 0.1 * k, others - other_speed * 0.1 * k
            window = passage(other, other + 8.0, other_speed, 0.0, other_speed)
            own = passage(mine, mine + 8.0, speed, 1.5, 8.0)
            decides = mine > 0.0 and stops_before(mine, speed, P)
            go = not decides or may_enter(*own, *window, P)
            waiting += not go
            gap = math.inf if go else gap_to_line(mine, DRIVER.min_gap, LINE)
            wanted = follow(speed, gap, 0.0 if go else speed, 8.0, DRIVER)
            speed = max(0.0, speed + 0.1 * wanted)
            mine -= speed * 0.1
            in_area.append((0.0 > mine > -8.0, 0.0 > other > -8.0, t))
        both = [t for me, him, t in in_area if me and him]
        assert not both, f"together from {both[0]} s on"
        entered, held = entered + (mine < -8.0), held + (waiting > 0)
    assert entered == 400
    assert 50 < held < 400


def test_a_waiting_driver_takes_the_critical_gap_and_a_shorter_one_when_worn():
    gap = CRITICAL_GAPS.left_from_minor
    assert accepts_gap(gap, gap, 0.0, P)
    assert not accepts_gap(gap - 0.1, gap, 0.0, P)
    assert accepts_gap(0.61 * gap, gap, P.patience, P)
    assert not accepts_gap(0.59 * gap, gap, 10.0 * P.patience, P)


def test_who_drives_west_comes_from_the_right_of_one_who_drives_north():
    assert comes_from_right(NORTH, WEST)
    assert not comes_from_right(NORTH, EAST)
    assert not comes_from_right(NORTH, SOUTH)
    assert not comes_from_right(NORTH, NORTH)
    assert comes_from_right(WEST, SOUTH)
    assert comes_from_right(math.pi - 0.1, -0.5 * math.pi), "across the seam of angles"


def random_claims(count):
    rng = np.random.default_rng(9)
    for _ in range(count):
        arrived = [math.inf, 3.0, 5.0][rng.integers(3)]
        yield Claim(int(rng.integers(2)), float(rng.choice([NORTH, WEST, SOUTH, EAST])), arrived, 0)


def test_of_two_exactly_one_goes_first():
    claims = [claim._replace(number=i) for i, claim in enumerate(random_claims(40))]
    for one, two in itertools.combinations(claims, 2):
        for now in (5.0, 60.0):
            assert goes_first(one, two, now, 4.0) != goes_first(two, one, now, 4.0)


def test_rank_comes_before_arrival_and_arrival_before_the_right_hand():
    minor, major = Claim(0, NORTH, 1.0, 0), Claim(1, WEST, math.inf, 1)
    assert goes_first(major, minor, 9.0, 4.0)
    early, late = Claim(0, NORTH, 1.0, 5), Claim(0, WEST, 2.0, 1)
    assert goes_first(early, late, 3.0, 4.0)
    assert goes_first(late._replace(arrived=1.0), early, 3.0, 4.0)


def test_four_who_stop_together_do_not_wait_for_ever():
    four = [Claim(0, h, 1.0, i) for i, h in enumerate((NORTH, WEST, SOUTH, EAST))]

    def leaders(now):
        return [a.number for a in four if all(goes_first(a, b, now, 4.0) for b in four if b is not a)]

    assert leaders(2.0) == []
    assert leaders(5.0) == [0]


def test_one_who_cannot_stop_comfortably_drives_on():
    assert stops_before(20.0, 10.0, P)
    assert not stops_before(15.0, 10.0, P)
    assert stops_before(0.0, 0.0, P)
    assert not stops_before(-1.0, 5.0, P)
