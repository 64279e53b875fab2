"""Every pair of shapely_obb_pairs: touching where that is not decided by rounding, and the distance."""

import numpy as np

from simeval.geometry import gaps, touches


def test_touching_and_distance_agree_with_shapely(cases):
    pairs = np.asarray(cases["pairs"], dtype=float)
    category = np.asarray([cases["meta"]["category_names"][c] for c in cases["category"]])
    exact = np.char.startswith(category, "axis_touch") & np.char.endswith(category, "_exact")
    decided = (np.asarray(cases["tie"]) == 0) | exact
    wrong = np.flatnonzero(decided & (touches(pairs) != np.asarray(cases["intersects"], dtype=bool)))
    assert not len(wrong), f"cases {wrong[:20].tolist()} disagree on touching"
    error = np.abs(gaps(pairs) - np.asarray([float(d) for d in cases["distance"]]))
    far = np.flatnonzero(error > np.where(category == "utm_offset", 1e-8, 1e-9))
    assert not len(far), f"cases {far[:20].tolist()} disagree on the distance"
