"""Worlds whose answer is known without the code."""

import math
import time
from dataclasses import replace

import numpy as np
import pytest

from simeval.metrics import Episode, measure_episode
from simeval.metrics.kinematics import difference
from simeval.metrics.spans import spans
from simeval.metrics.world_map import straight_map
from simeval.metrics.worlds import Track, straight_road, world
from simeval.scenario import AgentKind, Bodies, RoadMap, Signals, SignalState


def measured_of(made):
    found = measure_episode(made.scenario, made.trace)
    assert not [m.reason for m in found.measurements if m.is_error]
    return found


def only(measured, event):
    found = measured.events_of(event)
    assert len(found) == 1, found
    return found[0]


def crash(ego, other, road_map=None):
    made = world([ego, other], road_map=straight_map(2) if road_map is None else road_map, seconds=4.0)
    return only(measured_of(made), "contact")


@pytest.mark.parametrize(
    ("ego", "other", "kind", "fault"),
    [
        pytest.param(Track(), Track(x=-20, speed=10), "stopped_ego", "no", id="hit while standing"),
        pytest.param(Track(speed=10), Track(x=20), "stopped_track", "yes", id="hits what stands"),
        pytest.param(
            Track(speed=10), Track(x=20, speed=0.5, kind=AgentKind.STATIC), "stopped_track", "yes",
            id="objects count as standing",
        ),
        pytest.param(Track(speed=5), Track(x=-20, speed=15), "active_rear", "no", id="hit from behind"),
        pytest.param(Track(speed=15), Track(x=20, speed=5), "active_front", "yes", id="runs into the next"),
        pytest.param(
            Track(speed=10), Track(x=1.0, y=7.0, speed=14.14, heading=-math.pi / 4), "active_lateral", "no",
            id="cut off from the side, in its lane",
        ),
        pytest.param(
            Track(speed=14.14, y=0.2, heading=math.pi / 4, x=-3.0), Track(x=0.0, y=7.2, speed=10),
            "active_front", "yes", id="turns its front into the neighbour",
        ),
        pytest.param(
            Track(speed=10, y=1.7), Track(x=-1.0, y=7.0, speed=11, heading=-0.5), "active_lateral", "yes",
            id="side contact while straddling two lanes",
        ),
    ],
)  # fmt: skip
def test_collision_types_and_fault(ego, other, kind, fault):
    event = crash(ego, other)
    assert (event.kind, event.detail["fault"]) == (kind, fault)


def test_without_lanes_nobody_can_tell_whose_fault_a_side_contact_is():
    ego, other = Track(speed=10), Track(x=1.0, y=7.0, speed=14.14, heading=-math.pi / 4)
    assert crash(ego, other, RoadMap.empty()).detail["fault"] == "unknown"
    assert crash(ego, other, straight_map(2, bounds=False)).detail["fault"] == "unknown"


def test_off_all_lanes_a_side_contact_is_the_egos_fault():
    ego, other = Track(speed=10, y=-20.0), Track(x=1.0, y=-13.0, speed=14.14, heading=-math.pi / 4)
    assert crash(ego, other).detail["fault"] == "yes"


def test_a_contact_counts_once_a_road_user_however_long_it_lasts():
    made = straight_road(cars=[(0, 15), (20, 5), (40, 5)], seconds=5.0)
    measured = measured_of(made)
    assert measured.value("contacts") == 2.0
    assert [e.agent for e in measured.events_of("contact")] == ["car1", "car2"]


def test_the_first_contact_is_where_the_gap_is_used_up():
    event = only(measured_of(straight_road(cars=[(0, 15), (30, 10)], seconds=6.0)), "contact")
    assert event.step == math.ceil((30 - 4.6) / 5 / 0.1 - 1e-9)
    assert event.value == pytest.approx(5.0)
    assert event.detail["delta_v_mps"] == pytest.approx(2.5)  # equal masses: half the relative speed


def test_braking_at_a_constant_rate_is_measured_as_that_rate():
    made = world([Track(speed=20.0, plan=((1.0, 0.0, 0.0), (3.0, -6.0, 0.0)))], seconds=4.0)
    measured = measured_of(made)
    assert measured.value("max_decel_mps2") == pytest.approx(6.0, abs=1e-9)
    event = only(measured, "hard_brake")
    assert event.kind == "ego"
    assert event.step == 11  # at step 10 the central difference sees half of it
    assert event.detail["until_s"] == pytest.approx(2.9)


def test_a_turn_at_constant_speed_is_no_braking():
    made = world([Track(speed=10.0, plan=((4.1, 0.0, 0.5),))], seconds=4.0)
    assert measured_of(made).value("max_decel_mps2") < 0.15  # one-sided differences at the ends are coarser
    motion = Episode(scenario=made.scenario, trace=made.trace).ego_motion
    assert motion.along[1:-1] == pytest.approx(0.0, abs=1e-9)
    assert motion.across[1:-1] == pytest.approx(5.0, abs=0.01)  # v times yaw rate, to the left


def test_hard_braking_of_the_car_ahead_is_an_event_only_when_it_matters():
    brakes = Track(x=25.0, speed=15.0, plan=((1.0, 0.0, 0.0), (4.0, -6.0, 0.0)))
    near = measured_of(world([Track(speed=15.0), brakes], seconds=5.0))
    assert ("other", "car1") in [(e.kind, e.agent) for e in near.events_of("hard_brake")]
    far = measured_of(world([Track(speed=15.0, y=40.0), brakes], seconds=5.0))
    assert far.events_of("hard_brake") == []


def test_one_step_has_no_acceleration():
    made = world([Track(speed=10.0)], seconds=0.0)
    row = measured_of(made).measurement("max_decel_mps2")
    assert (row.valid, row.reason) == (False, "the episode is too short for an acceleration")


def test_differences_do_not_cross_gaps():
    values = np.array([[0.0], [1.0], [np.nan], [10.0], [np.nan], [3.0], [5.0]])
    found = difference(values, 1.0)[:, 0]
    assert found == pytest.approx([1.0, 1.0, np.nan, np.nan, np.nan, 2.0, 2.0], nan_ok=True)


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


def test_standing_is_measured_from_the_first_to_the_last_still_step():
    made = world([Track(speed=8.0, plan=((1.0, -8.0, 0.0),))], seconds=6.0)
    measured = measured_of(made)
    assert measured.value("stall_time_s") == pytest.approx(5.0)
    assert only(measured, "stall").step == 10


def test_spans_join_over_short_breaks_and_drop_short_ones():
    mask = np.array([1, 1, 0, 1, 0, 0, 0, 1, 0, 1, 1, 1], dtype=bool)
    assert spans(mask) == [(0, 1), (3, 3), (7, 7), (9, 11)]
    assert spans(mask, bridge=1) == [(0, 3), (7, 11)]
    assert spans(mask, shortest=2) == [(0, 1), (9, 11)]
    assert spans(np.zeros(0, dtype=bool)) == []


def test_every_series_has_one_value_a_step():
    made = straight_road(cars=[(0, 15), (30, 10)], speed_limit=13.9)
    series = measured_of(made).series
    assert set(series) >= {
        "speed_mps", "acceleration_mps2", "ttc_s", "min_gap_m", "distance_off_road_m", "speed_limit_mps",
    }  # fmt: skip
    assert {len(values) for values in series.values()} == {made.trace.num_steps}


@pytest.mark.parametrize("x", [20.0, 20.4, 20.8, 21.2, 21.6])
def test_a_pedestrian_hit_by_the_front_is_a_front_contact_however_far_a_step_goes(x):
    someone = Track(x=x, speed=1.0, kind=AgentKind.PEDESTRIAN, length=0.4, width=0.4)
    event = crash(Track(speed=20.0), someone)  # 2 m a step: the pedestrian can be inside the ego's box
    assert (event.kind, event.detail["fault"]) == ("active_front", "yes")


def with_trailer(made, agent, *, length=13.6, width=2.5, hitch=0.0):
    """The same world; the agent pulls a semitrailer, coupled 2 m behind its centre, at a constant angle."""
    agents, states = made.trace.agents, made.trace.states
    at = agent + 1

    def insert(values, value):
        return np.insert(values.astype(np.float64), at, value)

    old = agents.bodies
    rear = old.rear_hitch.copy()
    rear[agent] = -2.0
    bodies = Bodies(
        agent=np.insert(old.agent, at, agent), length=insert(old.length, length),
        width=insert(old.width, width),
        axle=insert(old.axle, -4.0), wheelbase=insert(old.wheelbase, 8.0),
        front_hitch=insert(old.front_hitch, 5.0), rear_hitch=insert(rear, 0.0),
    )  # fmt: skip
    new_agents = replace(agents, bodies=bodies)
    new_states = replace(states, hitch=np.full((states.num_steps, 1), hitch))
    scenario = replace(made.scenario, agents=new_agents, states=new_states)
    return replace(made, scenario=scenario, trace=replace(made.trace, agents=new_agents, states=new_states))


def test_a_trailer_is_hit_before_the_tractor_is_reached():
    made = with_trailer(straight_road(cars=[(0, 15), (60, 10)], seconds=12.0), 1)
    event = only(measured_of(made), "contact")
    rear_of_trailer = 60.0 - 2.0 - 5.0 - 0.5 * 13.6
    assert event.step == math.ceil((rear_of_trailer - 2.3) / 5.0 / 0.1 - 1e-9)
    assert (event.body, event.kind, event.detail["fault"]) == (1, "active_front", "yes")


def test_the_egos_own_trailer_counts_for_gaps_and_for_the_road():
    made = with_trailer(straight_road(cars=[(60, 10), (50, 10, 3.5)]), 0)
    assert measured_of(made).value("min_gap_m") == pytest.approx(3.5 - 1.25 - 0.95)
    bent = with_trailer(straight_road(cars=[(60, 10)]), 0, hitch=-0.2)
    angle = 0.2  # the trailer's heading: its rear swings to the right
    out = (5.0 + 6.8) * math.sin(angle) + 1.25 * math.cos(angle) - 1.75
    assert measured_of(bent).value("max_distance_off_road_m") == pytest.approx(out, abs=1e-6)


def test_a_pulled_body_that_swings_has_a_velocity_of_its_own():
    made = with_trailer(straight_road(cars=[(60, 0), (30, 0)], seconds=1.0), 0)
    states = made.trace.states
    swing = replace(states, hitch=np.linspace(0.0, -0.5, states.num_steps)[:, None])
    tracks = Episode(scenario=made.scenario, trace=replace(made.trace, states=swing)).bodies
    heading_rate = 0.5
    assert np.hypot(*tracks.velocity[5, 1]) == pytest.approx(5.0 * heading_rate, abs=5e-3)


def test_measuring_ten_seconds_with_32_agents_is_quick():
    rng = np.random.default_rng(3)
    cars = [(rng.uniform(0, 200), rng.uniform(5, 20), 3.5 * rng.integers(0, 4)) for _ in range(32)]
    made = straight_road(cars=cars, seconds=10.0, num_lanes=4, speed_limit=14.0)
    measured_of(made)
    times = []
    for _ in range(7):
        begin = time.perf_counter()
        measure_episode(made.scenario, made.trace)
        times.append(time.perf_counter() - begin)
    assert min(times) < 0.02  # about 2 ms on an idle core


def test_a_deceleration_beyond_what_tyres_hold_carries_a_caution():
    made = straight_road(cars=[(0, 15)])
    velocity = made.trace.states.velocity.copy()
    velocity[-1] = 0.0  # as some logs end
    broken = replace(made.trace, states=replace(made.trace.states, velocity=velocity))
    row = measured_of(replace(made, trace=broken)).measurement("max_decel_mps2")
    assert row.value == pytest.approx(150.0)
    assert row.reason == "more than tyres can hold: the recorded velocities are noisy"
