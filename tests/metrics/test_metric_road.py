"""The road's edge, progress, speed limits and signals."""

import math
from dataclasses import replace

import numpy as np
import pytest
from metric_helpers import measured_of, only

from simeval.metrics.world_map import straight_map
from simeval.metrics.worlds import Track, straight_road, world
from simeval.scenario import Signals, SignalState


def test_leaving_the_road_sideways_is_measured_from_the_edge():
    angle = math.radians(5.0)
    measured = measured_of(world([Track(speed=10.0, heading=-angle)], road_map=straight_map(1), seconds=4.0))
    at_end = 40.0 * math.sin(angle) + 0.5 * (4.6 * math.sin(angle) + 1.9 * math.cos(angle)) - 1.75
    assert measured.value("max_distance_off_road_m") == pytest.approx(at_end, abs=1e-6)
    event = only(measured, "off_road")
    assert event.value == pytest.approx(at_end, abs=1e-6)
    first = (1.75 + 0.01 - 0.5 * (4.6 * math.sin(angle) + 1.9 * math.cos(angle))) / (10.0 * math.sin(angle))
    assert event.step == math.ceil(first / 0.1)


def test_a_plane_without_road_has_no_edge_to_leave():
    row = measured_of(world([Track(speed=10.0)])).measurement("max_distance_off_road_m")
    assert (row.value, row.reason) == (None, "the map does not say where the road is")


def test_a_road_inferred_from_centre_lines_is_marked():
    made = world([Track(speed=10.0, y=-5.0)], road_map=straight_map(2, bounds=False))
    row = measured_of(made).measurement("max_distance_off_road_m")
    assert row.valid
    assert row.reason == "the road is inferred from lanes"


def test_progress_without_route_or_without_way_is_undefined():
    made = straight_road(cars=[(0, 10)])
    nowhere = replace(made, scenario=replace(made.scenario, route=None))
    assert measured_of(nowhere).measurement("route_progress_m").reason == "the scenario has no route"
    there = straight_road(cars=[(0, 10)], goal=1.0)
    row = measured_of(there).measurement("route_progress_ratio")
    assert row.reason == "the goal is less than 2 m ahead at the start"


def test_driving_back_is_negative_progress_and_a_ratio_of_zero():
    measured = measured_of(straight_road(cars=[(0, -5)], goal=100.0))
    assert measured.value("route_progress_m") == 0.0  # before its start the route has no arc length
    made = straight_road(cars=[(0, -5)], goal=100.0)
    behind = replace(made.scenario.route, xy=made.scenario.route.xy - np.array([50.0, 0.0]))
    measured = measured_of(replace(made, scenario=replace(made.scenario, route=behind)))
    assert measured.value("route_progress_m") == pytest.approx(-25.0)
    assert measured.value("route_progress_ratio") == 0.0


def test_lanes_of_the_other_direction_do_not_give_the_speed_limit():
    measured = measured_of(world([Track(x=100, speed=20.0, heading=math.pi)], road_map=straight_map(2, 10.0)))
    reason = measured.measurement("max_overspeed_mps").reason
    assert reason == "no speed limit is known where the ego drives"


def test_red_is_counted_when_the_front_passes_and_green_is_not():
    red = measured_of(straight_road(cars=[(0, 15)], red_light_at=40.0))
    event = only(red, "red_light")
    assert event.step == math.ceil((40.0 - 2.3) / 15.0 / 0.1)
    green = measured_of(straight_road(cars=[(0, 15)], red_light_at=40.0, green_from=2.0))
    assert green.value("red_light_crossings") == 0.0
    assert green.events_of("red_light") == []


def test_a_red_light_of_the_neighbour_lane_is_not_ours():
    made = straight_road(cars=[(0, 15, 3.5)], red_light_at=40.0)
    assert measured_of(made).value("red_light_crossings") == 0.0


def test_of_two_signals_in_one_place_the_one_on_the_route_counts():
    made = straight_road(cars=[(0, 15)], red_light_at=40.0)
    two = Signals(
        lane=np.array([0, 1]), stop_xy=np.array([[40.0, 0.0], [40.0, 0.0]]),
        state=np.repeat(np.array([[int(SignalState.RED), int(SignalState.GREEN)]]), 51, axis=0),
        last_known=np.array([50, 50]),
    )  # fmt: skip
    for lane, expected in (("main.0", 1.0), ("main.1", 0.0)):
        route = replace(made.scenario.route, lane_ids=(lane,))
        scenario = replace(made.scenario, signals=two, route=route)
        assert measured_of(replace(made, scenario=scenario)).value("red_light_crossings") == expected


def test_an_unknown_signal_is_not_green():
    made = straight_road(cars=[(0, 15)], red_light_at=40.0)
    dark = replace(made.scenario.signals, state=np.full((51, 1), int(SignalState.UNKNOWN)))
    row = measured_of(replace(made, scenario=replace(made.scenario, signals=dark))).measurement(
        "red_light_crossings"
    )
    assert row.reason == "a signal was passed whose state is not known"


def test_where_the_source_has_no_signals_red_lights_do_not_apply():
    made = straight_road(cars=[(0, 15)])
    row = measured_of(replace(made, scenario=replace(made.scenario, missing=("signals",)))).measurement(
        "red_light_crossings"
    )
    assert row.reason == "the source does not say where signals are"
