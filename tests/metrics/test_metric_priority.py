"""Who goes first where lanes meet in a junction."""

import math

import pytest

from simeval.metrics import measure_episode
from simeval.metrics.worlds_junction import junction

NORTHWARDS = math.pi / 2.0
LEFT_TURN = [[1.0, 0.0, 0.0], [1.0 + 4.0 * math.pi / 8.0, 0.0, 1.0], [9.0, 0.0, 0.0]]  # at 8 m/s, radius 8 m


def row_of(*args, **kwargs):
    made = junction(*args, seconds=7.0, **kwargs)
    found = measure_episode(made.scenario, made.trace, wanted=["priority_violations"])
    return found.measurement("priority_violations")


@pytest.mark.parametrize(("y", "violated"), [(-37.0, 1.0), (-48.0, 1.0), (-60.0, 0.0), (-12.0, 0.0)])
def test_who_comes_from_the_right_goes_first_unless_late_or_past(y, violated):
    row = row_of([[-20, 10], [0, 10, y, NORTHWARDS]])
    assert row.value == violated
    assert row.agent == ("car1" if violated else None)


def test_who_comes_from_the_left_waits():
    assert (
        row_of([[0, 10, -20, NORTHWARDS], [-37, 10]], route=["south.in", "upwards", "north.out"]).value == 0.0
    )


def test_a_left_turn_gives_way_where_it_joins():
    route = ["west.in", "to_north", "north.out"]
    assert row_of([[-16, 8], [0, 8, -30, NORTHWARDS]], plans=[LEFT_TURN], route=route).value == 1.0


def test_a_red_signal_holds_the_other_and_green_ones_ask_nobody_from_the_right_to_wait():
    assert row_of([[-20, 10], [0, 10, -37, NORTHWARDS]], red=["upwards"]).value == 0.0
    assert row_of([[-20, 10], [0, 10, -37, NORTHWARDS]], red=["to_north"]).value == 0.0


def test_who_brakes_for_the_ego_was_forced_and_who_stood_already_was_not():
    braking = [[1.3, 0.0, 0.0], [2.9, -5.0, 0.0], [9.0, 3.0, 0.0]]
    assert row_of([[-20, 10], [0, 10, -37, NORTHWARDS]], plans=[[], braking]).value == 1.0
    waiting = [[2.0, 0.0, 0.0], [9.0, 3.0, 0.0]]
    assert row_of([[-20, 10], [0, 0, -12, NORTHWARDS]], plans=[[], waiting]).value == 0.0


def test_a_road_without_junctions_has_no_priorities():
    row = row_of([[20, 10]])
    assert (row.valid, row.reason) == (False, "the ego drives through no junction that the map has lanes for")
