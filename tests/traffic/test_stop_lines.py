"""Drivers before a line."""

import pytest

from simeval.traffic.idm import IdmParameters, follow
from simeval.traffic.stop_lines import (
    APPROACHING,
    HALTING,
    RELEASED,
    StopLineParameters,
    dilemma_distance,
    gap_to_line,
    stop_sign,
    stops_at_amber,
)

P, DRIVER, DT = StopLineParameters(), IdmParameters(), 0.1


def test_at_amber_who_can_stop_comfortably_after_the_reaction_time_stops():
    assert dilemma_distance(15.0, P) == pytest.approx(15.0 + 15.0**2 / 6.1)
    assert stops_at_amber(52.0, 15.0, P)
    assert not stops_at_amber(51.0, 15.0, P)


def approach(distance, speed, seconds, hold):
    """Drives up to a line; `hold(distance, speed)` tells whether it holds the driver. Yields the motion."""
    for _ in range(round(seconds / DT)):
        held = hold(distance, speed)
        gap = gap_to_line(distance, DRIVER.min_gap, P) if held else float("inf")
        new = max(0.0, speed + follow(speed, gap, speed if held else 0.0, 14.0, DRIVER) * DT)
        distance, speed = distance - 0.5 * (speed + new) * DT, new
        yield distance, speed


@pytest.mark.parametrize("speed", [4.0, 9.0, 14.0])
def test_a_driver_comes_to_stand_before_a_red_line(speed):
    motion = list(approach(70.0, speed, 60.0, lambda *_: True))
    distance, speed = motion[-1]
    assert speed < 0.02
    assert 0.7 * P.standoff < distance < 1.8 * P.standoff


def stop_and_go(clear_after):
    """Where a driver is, how fast, and in which phase, over time at a stop sign."""
    state, rows = {"phase": APPROACHING, "clock": 0.0, "time": 0.0}, []

    def hold(distance, speed):
        clear = state["time"] >= clear_after
        state["phase"], state["clock"], held = stop_sign(
            state["phase"], state["clock"], distance, speed, clear, DT, P
        )
        state["time"] += DT
        rows.append((state["time"], state["phase"], distance, speed))
        return held

    list(approach(40.0, 10.0, 40.0, hold))
    return rows


@pytest.mark.parametrize("clear_after", [0.0, 25.0])
def test_at_a_stop_sign_a_driver_stands_before_he_goes_and_goes_when_it_is_clear(clear_after):
    rows = stop_and_go(clear_after)
    halted = [t for t, phase, _, _ in rows if phase == HALTING]
    released = next(t for t, phase, _, _ in rows if phase == RELEASED)
    assert released >= max(clear_after, halted[0] + P.halt - 1e-9)
    assert released <= max(clear_after, halted[0] + P.halt) + 2.1 * DT
    assert min(speed for t, _, _, speed in rows if t <= released) < P.standing
    assert all(distance > 0.0 for t, _, distance, _ in rows if t <= released)
    assert rows[-1][2] < -20.0


def test_standing_in_the_queue_is_no_halt_at_the_line():
    assert stop_sign(APPROACHING, 0.0, 12.0, 0.0, True, DT, P) == (APPROACHING, 0.0, True)


def test_one_who_is_past_the_line_is_released():
    assert stop_sign(HALTING, 0.2, -0.1, 1.0, False, DT, P)[::2] == (RELEASED, False)
