"""Every scene of nuplan_devkit_fixtures: scenes of the devkit's own unit tests that need no map."""

import numpy as np
from nuplan_comfort_cases import differences
from nuplan_inputs import ego_of, frames_of, report

from simeval.metrics.nuplan.collision_course import relevant, times_to_collision
from simeval.metrics.nuplan.collisions import at_fault, collisions
from simeval.metrics.nuplan.comfort import comfort_signals


def test_comfort_agrees_with_nuplan_on_the_devkits_scenes(cases):
    wrong, scenes = [], 0
    for i, scene in enumerate(cases["scenes"]):
        if "comfort" in scene:
            scenes += 1
            wrong += [(i, *what) for what in differences(ego_of(scene["ego"]), scene["comfort"])]
    report(wrong)
    assert scenes


def test_comfort_gives_what_the_devkits_own_tests_expect(cases):
    """Their values have two decimals; a series is there for each metric but the score."""
    wrong, compared = [], 0
    for i, scene in enumerate(cases["scenes"]):
        name = scene["fixture"].rsplit("/", 1)[1].removesuffix(".json")
        expected = scene["fixture_expected"].get("time_series")
        if "comfort" not in scene or name == "ego_is_comfortable" or not expected:
            continue
        series = getattr(comfort_signals(ego_of(scene["ego"])), name.removeprefix("ego_"))
        compared += 1
        if not np.allclose(series, expected["values"], rtol=0.0, atol=0.0051):
            wrong.append((i, name))
    report(wrong)
    assert compared


def test_collisions_agree_with_nuplan_on_the_devkits_scenes(cases):
    wrong, scenes = [], 0
    for i, scene in enumerate(cases["scenes"]):
        if "tracks" not in scene:
            continue
        scenes += 1
        ego, tracks = ego_of(scene["ego"]), frames_of(scene["tracks"])
        found = {(tracks.names[c.track], round(ego.time[c.step] * 1e6)): c for c in collisions(ego, tracks)}
        wanted = {(c["token"], c["time_us"]): c for c in scene["collisions"]}
        if found.keys() != wanted.keys():
            wrong.append((i, sorted(found), sorted(wanted)))
            continue
        for key, theirs in wanted.items():
            if f"{found[key].type.name}_COLLISION" != theirs["type"]:
                wrong.append((i, key, found[key].type.name, theirs["type"]))
            if abs(found[key].delta_v - theirs["delta_v"]) > 2e-6:
                wrong.append((i, key, found[key].delta_v, theirs["delta_v"]))
    report(wrong)
    assert scenes


def test_time_to_collision_gives_what_the_devkits_own_tests_expect(cases):
    """Their map, which is not there, only decides about tracks at the side: the ego counts as in one lane."""
    wrong, scenes = [], 0
    for i, scene in enumerate(cases["scenes"]):
        if not scene.get("metric_parameters"):
            continue
        scenes += 1
        ego, tracks = ego_of(scene["ego"]), frames_of(scene["tracks"])
        one_lane = np.ones(ego.num_steps, dtype=bool)
        contacts = collisions(ego, tracks)
        horizon = scene["metric_parameters"]["time_horizon"]
        chosen = relevant(ego, tracks, contacts, ~one_lane, horizon=horizon)
        ours = times_to_collision(ego, tracks, chosen, at_fault(contacts, one_lane), horizon=horizon)
        theirs = np.array(scene["fixture_expected"]["time_series"]["values"], dtype=np.float64)
        if not np.allclose(ours, theirs, rtol=0.0, atol=1e-6):
            wrong.append((i, ours, theirs))
    report(wrong)
    assert scenes
