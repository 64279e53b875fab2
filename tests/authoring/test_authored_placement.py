"""Where authored road users stand, along which lines they move, and what they do."""

import math

import numpy as np
import pytest
import shapely
from authoring_files import PLAIN, changed, family_from

from simeval.scenario import Action, AgentKind, Controller, SignalState, Trigger
from simeval.scenario.validate import problems_of

HEAD = 'format = 1\nfamily = "plain"\ndoc = "x"\nduration_s = 3.0\n[map]\n'
LEAD = 'at = { lane = "main.0", ahead_of = "ego", gap_m = 20.0, speed_mps = 10.0 }'


def scenario_of(folder, text):
    scenario = family_from(folder, text).scenarios()[0]
    assert problems_of(scenario) == []
    return scenario


def on_crossing(*lines):
    ego = '[ego]\nat = { lane = "south.0", s_m = 60.0, speed_mps = 8.0 }\n'
    ego += 'goal = { lane = "west.out.0", s_m = 30.0 }\n'
    route = 'route = ["south.0", "south.left.0", "west.out.0"]\n'
    return HEAD + 'template = "intersection"\n' + ego + route + "\n".join(lines)


def test_a_gap_is_measured_bumper_to_bumper_also_to_someone_on_another_lane(tmp_path):
    for lane in ("main.0", "main.1"):
        for key, sign in (("ahead_of", 1.0), ("behind", -1.0)):
            at = f'at = {{ lane = "{lane}", {key} = "ego", gap_m = 12.0, speed_mps = 9.0 }}\nkind = "bus"'
            scenario = scenario_of(tmp_path, changed((LEAD, at)))
            along = scenario.states.xy[0, 1, 0] - scenario.states.xy[0, 0, 0]
            assert along == pytest.approx(sign * (12.0 + 0.5 * (4.6 + 12.0)))
            assert scenario.states.xy[0, 1, 1] == pytest.approx(0.0 if lane == "main.0" else 3.5)


def test_offset_is_to_the_left_and_kept_while_driving(tmp_path):
    at = 'at = { lane = "curve.0", s_m = 30.0, offset_m = 0.6, speed_mps = 5.0 }\nkind = "cyclist"'
    text = changed((LEAD, at), ('"straight"\nnum_lanes = 2\nlength_m = 300.0', '"curve"'),
                   ('lane = "main.0", s_m = 50.0', 'lane = "approach.0", s_m = 50.0'),
                   ('lane = "main.0", s_m = 200.0', 'lane = "exit.0", s_m = 20.0'))  # fmt: skip
    scenario = scenario_of(tmp_path, text)
    away = scenario.paths[1] - np.array([150.0, 60.0])
    radius = np.hypot(away[:, 0], away[:, 1])[5:-90]
    assert radius[:60] == pytest.approx(59.4, abs=1e-2)
    assert shapely.LineString(scenario.paths[1]).distance(shapely.Point(scenario.states.xy[0, 1])) < 0.01


def test_a_parked_vehicle_may_stand_askew(tmp_path):
    at = 'at = { lane = "main.1", s_m = 90.0, heading_offset_deg = 30.0 }'
    text = changed((LEAD, at), ('"scripted"', '"parked"')).split("[[agent.do]]")[0]
    scenario = scenario_of(tmp_path, text)
    assert math.degrees(scenario.states.heading[0, 1]) == pytest.approx(30.0)
    assert scenario.agents.controller[1] == Controller.PARKED
    assert len(scenario.paths[1]) == 0


def test_the_first_state_says_kind_size_speed_and_direction(tmp_path):
    size = 'size_m = [7.0, 2.2]\nkind = "truck"\n'
    scenario = scenario_of(tmp_path, changed(('id = "lead"\n', 'id = "lead"\n' + size)))
    agents = scenario.agents
    assert agents.kind_of(1) is AgentKind.TRUCK
    assert (agents.length[1], agents.width[1]) == (7.0, 2.2)
    assert agents.bodies.wheelbase[1] == pytest.approx(5.6 * 0.7)
    assert scenario.states.velocity[0] == pytest.approx(np.array([[10.0, 0.0], [10.0, 0.0]]))


def test_desired_speed_is_what_the_file_says_or_the_limit(tmp_path):
    idm = changed(('"scripted"', '"idm"')).split("[[agent.do]]")[0]
    assert scenario_of(tmp_path, idm).agents.desired_speed == pytest.approx([13.9, 13.9])
    said = idm + "desired_speed_mps = 7.0\n"
    assert scenario_of(tmp_path, said).agents.desired_speed == pytest.approx([13.9, 7.0])


def test_the_route_begins_behind_the_start_and_goes_on_past_the_goal(tmp_path):
    route = scenario_of(tmp_path, PLAIN).route
    assert route.lane_ids == ("main.0",)
    assert route.xy[0] == pytest.approx([40.0, 0.0])
    assert route.xy[-1] == pytest.approx([300.0, 0.0])


def test_a_route_turns_and_then_goes_straight_on(tmp_path):
    scenario = scenario_of(tmp_path, on_crossing())
    assert scenario.route.lane_ids == ("south.0", "south.left.0", "west.out.0")
    assert scenario.route.xy[-1] == pytest.approx([-137.0, 1.75])
    assert scenario.goal == pytest.approx((-47.0, 1.75))
    steps = np.diff(scenario.route.xy, axis=0)
    turns = np.abs(np.diff(np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))))
    assert turns.max() < math.radians(4.0)


def test_an_agent_without_a_route_goes_straight_on(tmp_path):
    agent = '[[agent]]\nid = "a"\nat = { lane = "east.0", s_m = 10.0, speed_mps = 5.0 }'
    path = scenario_of(tmp_path, on_crossing(agent)).paths[1]
    assert path[0] == pytest.approx([137.0, 1.75])
    assert path[-1] == pytest.approx([-137.0, 1.75])


def test_a_change_of_lanes_along_a_route_is_smooth_and_where_it_is_said(tmp_path):
    text = changed(
        ('goal = { lane = "main.0", s_m = 200.0 }',
         'goal = { lane = "main.1", s_m = 200.0 }\nroute = ["main.0", "main.1"]\nchange_at_s_m = [100.0]\n'
         "change_over_m = 50.0"),
    )  # fmt: skip
    xy = scenario_of(tmp_path, text).route.xy
    assert np.interp([99.0, 125.0, 151.0], xy[:, 0], xy[:, 1]) == pytest.approx([0.0, 1.75, 3.5])
    assert (np.diff(xy[:, 0]) > 0.0).all()
    slope = np.diff(xy[:, 1]) / np.diff(xy[:, 0])
    assert slope.max() == pytest.approx(1.875 * 3.5 / 50.0, rel=1e-2)  # of the quintic


def test_two_changes_of_lanes_follow_each_other(tmp_path):
    text = changed(
        ("num_lanes = 2", "num_lanes = 3"),
        ('goal = { lane = "main.0", s_m = 200.0 }',
         'goal = { lane = "main.2", s_m = 250.0 }\nroute = ["main.0", "main.1", "main.2"]\n'
         "change_at_s_m = [80.0, 150.0]\nchange_over_m = 50.0"),
    )  # fmt: skip
    xy = scenario_of(tmp_path, text).route.xy
    assert np.interp([79.0, 140.0, 201.0], xy[:, 0], xy[:, 1]) == pytest.approx([0.0, 3.5, 7.0])
    assert (np.diff(xy[:, 0]) > 0.0).all()


@pytest.mark.parametrize(("side", "start", "end"), [("right", -3.75, 7.25), ("left", 7.25, -3.75)])
def test_a_crossing_leads_from_beside_the_road_to_the_other_side(tmp_path, side, start, end):
    way = (
        f'crossing = {{ lane = "main.0", s_m = 120.0, from = "{side}", margin_m = 1.5 }}\nkind = "pedestrian"'
    )
    text = changed(
        (LEAD, way), ("time_s = 1.0", "ego_ttc_below_s = 3.0"), ("brake = { decel_mps2 = 3.0 }", "walk = {}")
    )
    scenario = scenario_of(
        tmp_path, text.replace("num_lanes = 2", "num_oncoming = 1").replace("8.25", "7.25")
    )
    path = scenario.paths[1]
    assert path[0] == pytest.approx([120.0, start])
    assert path[-1] == pytest.approx([120.0, end])
    assert scenario.states.velocity[0, 1] == pytest.approx([0.0, 0.0])
    assert scenario.states.heading[0, 1] == pytest.approx(math.pi / 2 if start < end else -math.pi / 2)
    (do,) = scenario.script
    assert (do.agent, do.trigger, do.when) == (1, Trigger.EGO_TTC_BELOW_S, 3.0)
    assert (do.action, do.values) == (Action.WALK, (1.4, 0.0))


def test_a_lane_change_of_a_script_shifts_to_the_other_centre_line(tmp_path):
    for lane, offset, shift in (("main.1", 0.0, 3.5), ("main.1", 0.5, 3.0)):
        at = LEAD.replace("speed_mps = 10.0", f"speed_mps = 10.0, offset_m = {offset}")
        text = changed(
            (LEAD, at), ("brake = { decel_mps2 = 3.0 }", f'lane_change = {{ to_lane = "{lane}" }}')
        )
        (do,) = scenario_of(tmp_path, text).script
        assert do.action is Action.LANE_CHANGE
        assert do.values == pytest.approx((shift, 4.0))


def test_a_stop_counts_from_the_beginning_of_the_lane(tmp_path):
    text = changed(
        ("time_s = 1.0", "at_s_m = 80.0"), ("brake = { decel_mps2 = 3.0 }", "stop = { at_s_m = 120.0 }")
    )
    (do,) = scenario_of(tmp_path, text).script
    assert (do.trigger, do.when, do.values) == (Trigger.AT_S_M, 80.0, (120.0, 3.0))


def test_signals_show_their_phases_and_stand_at_the_end_of_their_lane(tmp_path):
    text = '[[signal]]\nlanes = ["south.0", "north.0"]\nphases = [{ state = "red", for_s = 1.0 }, '
    text += '{ state = "green", for_s = 0.5 }]\n'
    signals = scenario_of(tmp_path, on_crossing(text)).signals
    assert signals.stop_xy == pytest.approx(np.array([[1.75, -17.0], [-1.75, 17.0]]))
    assert (signals.state[:10] == SignalState.RED).all()
    assert (signals.state[10:] == SignalState.GREEN).all()
    again = scenario_of(tmp_path, on_crossing(text + "repeat = true\nstop_line_s_m = 100.0\n")).signals
    assert [int(k) for k in np.flatnonzero(np.diff(again.state[:, 0])) + 1] == [10, 15, 25, 30]
    assert again.stop_xy[0] == pytest.approx([1.75, -37.0])
