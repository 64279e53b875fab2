"""Compares comfort signals with what nuPlan gave."""

import numpy as np

from simeval.metrics.nuplan.comfort import BOUNDS, broken_bounds, comfort_signals, statistics

SERIES = 2e-6  # nuPlan rounds to 8 decimals and the inputs are rounded to 6


def differences(ego, expected):
    """What differs from nuPlan's comfort metrics on one trajectory; series are compared where given."""
    signals = comfort_signals(ego)
    broken = broken_bounds(signals)
    wrong = []
    if (0.0 if broken else 1.0) != expected["ego_is_comfortable"]["score"]:
        wrong.append(("score", sorted(broken)))
    for name, theirs in expected.items():
        if name != "ego_is_comfortable":
            wrong += _signal(name, getattr(signals, name.removeprefix("ego_")), broken, theirs)
    return wrong


def _signal(name, series, broken, theirs):
    wrong = []
    theirs_series = theirs.get("series")
    if theirs_series is not None and not np.allclose(
        series, np.asarray(theirs_series, float), rtol=0.0, atol=SERIES
    ):
        wrong.append((name, "series"))
    for key, value in statistics(series).items():
        if abs(value - theirs[f"{key}_{name}"]) > SERIES:
            wrong.append((name, key, value, theirs[f"{key}_{name}"]))
    short = name.removeprefix("ego_")
    if short in BOUNDS and (short not in broken) != bool(theirs[f"abs_{name}_within_bounds"]):
        wrong.append((name, "bound"))
    return wrong
