"""Every scene of nuplan_devkit_fixtures: scenes of the devkit's own unit tests that need no map."""

import numpy as np
from nuplan_comfort_cases import differences
from nuplan_inputs import ego_of, report

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
