"""Every pair of commonroad_dc_obb but those that rounding decides; sizes there are full, as ours."""

import numpy as np

from simeval.geometry import touches

ROUNDING = ("gap_0", "gap_1e-09", "gap_-1e-09", "identical")


def test_touching_agrees_with_commonroad(cases):
    category = np.asarray(cases["category"])
    decided = ~(np.isin(category, ROUNDING) | np.char.startswith(category, "axis_touch"))
    found = touches(np.asarray(cases["pairs"], dtype=float))
    wrong = np.flatnonzero(decided & (found != np.asarray(cases["collide"], dtype=bool)))
    assert decided.sum() > 0.5 * len(category)
    assert not len(wrong), f"cases {wrong[:20].tolist()} disagree on touching"
