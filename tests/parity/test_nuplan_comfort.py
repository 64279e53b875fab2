"""Every trajectory of nuplan_comfort: what nuPlan's own comfort metrics gave on it."""

import pytest
from nuplan_comfort_cases import differences
from nuplan_inputs import ego_of, report

from simeval.metrics.nuplan.comfort import BOUNDS, comfort_signals


def test_comfort_agrees_with_nuplan(cases):
    wrong = []
    for i, case in enumerate(cases["cases"]):
        if "error" in case["expected"]:
            with pytest.raises(ValueError, match=r"the yaw acceleration needs 4"):
                comfort_signals(ego_of(case["ego"]))
            continue
        wrong += [(i, case["label"], *what) for what in differences(ego_of(case["ego"]), case["expected"])]
    report(wrong)


def test_the_bounds_are_those_nuplan_ran_with(cases):
    theirs = cases["meta"]["thresholds"]
    assert BOUNDS["lon_acceleration"] == (theirs["min_lon_accel"], theirs["max_lon_accel"])
    names = {
        "lat_acceleration": "max_abs_lat_accel",
        "jerk": "max_abs_mag_jerk",
        "yaw_rate": "max_abs_yaw_rate",
        "lon_jerk": "max_abs_lon_jerk",
        "yaw_acceleration": "max_abs_yaw_accel",
    }
    for ours, name in names.items():
        assert BOUNDS[ours] == (-theirs[name], theirs[name])
