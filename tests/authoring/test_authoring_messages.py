"""Every mistake in a family file ends in one message: file, key, what, remedy."""

import pytest
from authoring_files import PLAIN, changed, message_for

LEAD_AT = 'at = { lane = "main.0", ahead_of = "ego", gap_m = 20.0, speed_mps = 10.0 }'
GOAL = 'goal = { lane = "main.0", s_m = 200.0 }'
SIGNAL = '\n[[signal]]\nlanes = ["main.1"]\nphases = [{ state = "red", for_s = 5.0 }]\n'

MISTAKES = {
    "unknown key": (
        changed(("speed_mps = 10.0 }\ngoal", "sped_mps = 10.0 }\ngoal")),
        "ego.at.sped_mps: unknown key. Did you mean 'speed_mps'? Known: lane, s_m, ahead_of, behind, gap_m, "
        "speed_mps, offset_m, heading_offset_deg.",
    ),
    "unknown key at the top": (
        "colour = 3\n" + PLAIN,
        "colour: unknown key. Known: format, family, doc, tags, dt_s, duration_s, map, parameters, "
        "ego, agent, "
        "signal, traffic, expect.",
    ),
    "missing key": (changed((GOAL, "")), "ego: key 'goal' is missing. Add goal = ... ."),
    "wrong type": (
        changed(("s_m = 50.0", 's_m = "far"')),
        "ego.at.s_m: expected float, got 'far'. Write a value of this kind.",
    ),
    "out of bounds": (
        changed(("decel_mps2 = 3.0", "decel_mps2 = 0.0")),
        "agent[0].do[0].brake.decel_mps2: expected float > 0.0, got 0.0. Write a value of this kind.",
    ),
    "not a choice": (
        changed(('"scripted"', '"human"')),
        "agent[0].controller: expected one of 'idm', 'scripted', 'parked', 'auto', 'mobil', "
        "'pedestrian', 'cyclist', 'idm-nuplan', 'idm-waymax', got 'human'. Write one of these.",
    ),
    "nan": (
        changed(("gap_m = 20.0", "gap_m = nan")),
        "agent[0].at.gap_m: expected a finite number, got nan. Write a number.",
    ),
    "infinity": (
        changed(("length_m = 300.0", "length_m = inf")),
        "map.length_m: expected a finite number, got inf. Write a number.",
    ),
    "not TOML": ("a = \n", "is not TOML: Invalid value (at line 1, column 5). Mend this line."),
    "wrong file name": (
        changed(('"plain"', '"simple"')),
        "family: 'simple' is not the file's name 'plain'. Write one name in both places.",
    ),
    "unknown parameter": (
        changed(("gap_m = 20.0", 'gap_m = "$gap"'), ("[ego]", "[parameters]\ngap_m = 3.0\n[ego]")),
        "agent[0].at.gap_m: parameter 'gap' is not known. Did you mean 'gap_m'? Known: gap_m.",
    ),
    "unused parameter": (
        changed(("[ego]", "[parameters]\ngap_m = 3.0\n[ego]")),
        'parameters.gap_m: is used nowhere. Write "$gap_m" where it belongs, or delete it.',
    ),
    "values and range": (
        changed(("[ego]", "[parameters]\ng = { default = 1.0, values = [1.0], range = [0.0, 2.0] }\n[ego]")),
        "parameters.g: has both 'values' and 'range'. Keep 'values' for a grid, 'range' for draws.",
    ),
    "default outside its range": (
        changed(("[ego]", "[parameters]\ng = { default = 3.0, range = [0.0, 2.0] }\n[ego]")),
        "parameters.g: the default 3.0 is not inside the range [0.0, 2.0]. Write [low, high] around it.",
    ),
    "default not a value": (
        changed(("[ego]", "[parameters]\ng = { default = 3.0, values = [1.0, 2.0] }\n[ego]")),
        "parameters.g: the default 3.0 is not among the values. Add it to 'values'.",
    ),
    "unknown template": (
        changed(('"straight"', '"strait"')),
        "map.template: road template 'strait' is not known. Did you mean 'straight'? Known: straight, curve, "
        "on_ramp, lane_drop, merge, roundabout, t_junction, intersection.",
    ),
    "unknown template setting": (
        changed(("num_lanes", "lanes")),
        "map.lanes: unknown key. Did you mean 'num_lanes'? Known: num_lanes, num_oncoming, "
        "lane_width_m, length_m, "
        "speed_limit_mps, shoulder_m, crosswalks_s_m, crosswalk_width_m.",
    ),
    "unknown lane": (
        changed((GOAL, 'goal = { lane = "mian.0", s_m = 200.0 }')),
        "ego.goal.lane: lane 'mian.0' is not known. Did you mean 'main.0'? Known: main.0, main.1.",
    ),
    "unknown kind": (
        changed(('id = "lead"', 'id = "lead"\nkind = "lorry"')),
        "agent[0].kind: vehicle kind 'lorry' is not known. Known: car, van, truck, "
        "semitrailer, semitrailer_us, bus, motorcycle, cyclist, pedestrian, obstacle.",
    ),
    "goal behind the start": (
        changed((GOAL, 'goal = { lane = "main.0", s_m = 20.0 }')),
        "ego.goal: lies 30.0 m behind the start. Move it further along the route.",
    ),
    "goal on another lane": (
        changed((GOAL, 'goal = { lane = "main.1", s_m = 200.0 }')),
        "ego.goal.lane: 'main.1' is not on the route main.0. Write a 'route' that leads there.",
    ),
    "goal beyond the lane": (
        changed((GOAL, 'goal = { lane = "main.0", s_m = 301.0 }')),
        "ego.goal.s_m: 301.0 m is not on 'main.0', which is 300.0 m long. Choose another place.",
    ),
    "route that jumps": (
        changed((GOAL, GOAL + '\nroute = ["main.0", "main.0"]')),
        "ego.route[1]: lane 'main.0' neither follows nor lies beside 'main.0'. Lanes that follow: none.",
    ),
    "lane change that does not fit": (
        changed(
            (GOAL, 'goal = { lane = "main.1", s_m = 290.0 }\nroute = ["main.0", "main.1"]\n'
            'change_over_m = 400.0')
        ),
        "ego.change_at_s_m: a lane change of 400.0 m that begins at 0.0 m does not fit on lane 'main.0' of "
        "300.0 m. Begin earlier or shorten 'change_over_m'.",
    ),
    "ego off the road": (
        changed(("s_m = 50.0", "s_m = 50.0, offset_m = -2.0")),
        "ego.at: the ego starts off the road. Move it onto a lane.",
    ),
    "two places": (
        changed(("gap_m = 20.0", "gap_m = 20.0, s_m = 3.0")),
        "agent[0].at: says 's_m' and 'ahead_of'. Write exactly one of s_m, ahead_of, behind.",
    ),
    "a gap without its length": (
        changed(("gap_m = 20.0, ", "")),
        "agent[0].at: key 'gap_m' is missing. Add the distance to 'ego', bumper to bumper.",
    ),
    "a gap to nobody": (
        changed(('"ego", gap', '"bus", gap')),
        "agent[0].at.ahead_of: 'bus' is not the ego or an agent above. Write one of: ego.",
    ),
    "off the end of the lane": (
        changed(("gap_m = 20.0", "gap_m = 260.0")),
        "agent[0].at.ahead_of: 314.6 m is not on lane 'main.0', which is 300.0 m long. Choose "
        "another place or "
        "lane.",
    ),
    "agents that overlap": (
        changed((LEAD_AT, 'at = { lane = "main.0", s_m = 53.0 }')),
        "agent[0]: 'lead' touches 'ego' at the start. Move one of them.",
    ),
    "id twice": (
        changed(('"lead"', '"ego"')),
        "agent[0].id: 'ego' is taken. Give each road user its own id.",
    ),
    "path too short": (
        changed((LEAD_AT, "path = [[0.0, 9.0], [1.0, 9.0]]")),
        "agent[0].path: is 1.00 m long; a path has at least 2 m. Lengthen it, or park the agent with "
        "controller = \"parked\" and 'at'.",
    ),
    "nowhere": (
        changed((LEAD_AT, "")),
        "agent[0]: has no place. Write exactly one of at, path, crossing.",
    ),
    "actions without a script": (
        changed(('"scripted"', '"idm"')),
        "agent[0].do: controller 'idm' takes no actions. Write controller = \"scripted\".",
    ),
    "a pedestrian on lanes": (
        changed(('"scripted"', '"idm"\nkind = "pedestrian"'), ("[[agent.do]]\nwhen = { time_s = 1.0 }\n", ""),
                ("brake = { decel_mps2 = 3.0 }", "")),
        "agent[0].controller: 'pedestrian' cannot be driven by idm. Write \"scripted\" or \"parked\".",
    ),
    "parked but moving": (
        changed(('"scripted"', '"parked"'), ("[[agent.do]]\nwhen = { time_s = 1.0 }\n", ""),
                ("brake = { decel_mps2 = 3.0 }", "")),
        "agent[0]: is parked, but has a path or a speed. Place it with 'at' and no 'speed_mps'.",
    ),
    "no trigger": (
        changed(("time_s = 1.0", "")),
        "agent[0].do[0].when: has 0 triggers. Write exactly one of time_s, ego_gap_below_m, ego_ttc_below_s, "
        "at_s_m, ego_path_gap_below_m, ego_headway_below_s, ego_at_s_m, speed_above_mps, speed_below_mps, "
        "ego_in_region, agent_action, agent_gap_below_m.",
    ),
    "an agent that waits for itself": (
        changed(("time_s = 1.0", 'agent_gap_below_m = { agent = "lead", gap_m = 3.0 }')),
        "agent[0].do[0].when.agent_gap_below_m.agent: 'lead' is the agent itself. "
        "Write one of: (there is no other).",
    ),
    "an agent that is not there": (
        changed(("time_s = 1.0", 'agent_action = { agent = "led" }')),
        "agent[0].do[0].when.agent_action.agent: 'led' is not an agent of this file. "
        "Write one of: (there is no other).",
    ),
    "an action that another agent does not have": (
        changed(("time_s = 1.0", 'agent_action = { agent = "other", number = 2 }'))
        + '[[agent]]\nid = "other"\ncontroller = "scripted"\nat = { lane = "main.1", s_m = 9.0 }\n',
        "agent[0].do[0].when.agent_action.number: 'other' has 0 actions, asked for number 2. "
        "Count its actions from 1.",
    ),
    "a region the wrong way round": (
        changed(("time_s = 1.0", "ego_in_region = { x_m = [50.0, 10.0], y_m = [-2.0, 2.0] }")),
        "agent[0].do[0].when.ego_in_region.x_m: 50 is not below 10. Write the lower one first.",
    ),
    "a lane change of two paces": (
        changed(("brake = { decel_mps2 = 3.0 }", "lane_change = {shift_m = 3, over_s = 3, lateral_mps = 1}")),
        "agent[0].do[0].lane_change: says 'over_s' and 'lateral_mps'. Write one of them.",
    ),
    "two actions": (
        changed(("brake = {", "walk = {}\nbrake = {")),
        "agent[0].do[0]: has 2 actions. Write exactly one of brake, speed, lane_change, swerve, stop, "
        "walk, keep_gap, cruise.",
    ),
    "trigger behind the start": (
        changed(("time_s = 1.0", "at_s_m = 60.0")),
        "agent[0].do[0].when.at_s_m: 60.0 m is not between the agent's start at 74.6 m and its path's end at "
        "300.0 m. Arc lengths count from the beginning of its lane or path.",
    ),
    "signal on an unknown lane": (
        PLAIN + SIGNAL.replace("main.1", "main.2"),
        "signal[0].lanes[0]: lane 'main.2' is not known. Did you mean 'main.1'? Known: main.0, main.1.",
    ),
    "stop line off the lane": (
        PLAIN + SIGNAL + "stop_line_s_m = 400.0\n",
        "signal[0].stop_line_s_m: 400.0 m is not on 'main.1', which is 300.0 m long. Leave it out "
        "for the lane's "
        "end.",
    ),
    "two signals on a lane": (
        PLAIN + SIGNAL + SIGNAL,
        "signal[1].lanes[0]: lane 'main.1' has a signal already. Name it once.",
    ),
    "a phase that lasts no time": (
        PLAIN + SIGNAL.replace("5.0", "0.0"),
        "signal[0].phases[0].for_s: expected float > 0.0, got 0.0. Write a value of this kind.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_place_and_remedy(name, tmp_path):
    text, expected = MISTAKES[name]
    assert message_for(tmp_path, text) == f"mine/plain.toml: {expected}"


def test_a_file_that_is_missing_or_not_text_is_told(tmp_path):
    from simeval.authoring import load_family, load_suite
    from simeval.errors import InputError

    with pytest.raises(InputError, match=r"cannot be read \(No such file or directory\)"):
        load_family(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="is not UTF-8 text"):
        load_family(tmp_path / "bytes.toml")
    (tmp_path / "long.toml").write_text("x = " + "9" * 5000)
    with pytest.raises(InputError, match="is not TOML: Exceeds the limit"):
        load_family(tmp_path / "long.toml")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no scenario families"):
        load_suite(tmp_path / "empty")
