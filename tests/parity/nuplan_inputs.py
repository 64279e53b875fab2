"""nuPlan's cases as our records."""

import numpy as np

from simeval.metrics.nuplan.ego import NuplanEgo

LENGTH, WIDTH, REAR_TO_CENTRE = 5.176, 2.297, 1.461  # the vehicle those cases were computed with


def ego_of(rows):
    """Rows of time_us, rear x, y, heading, vx, vy, ax, ay, yaw rate, yaw acceleration."""
    table = np.asarray(rows, dtype=np.float64)
    return NuplanEgo(
        time=table[:, 0] * 1e-6, rear_xy=table[:, 1:3], heading=table[:, 3], velocity=table[:, 4:6],
        acceleration=table[:, 6:8], yaw_rate=table[:, 8], yaw_acceleration=table[:, 9],
        length=LENGTH, width=WIDTH, rear_to_centre=REAR_TO_CENTRE,
    )  # fmt: skip


def number(value):
    """A number of the files, where what is not finite is a string."""
    return float(value)


def report(wrong):
    assert not wrong, f"{len(wrong)} differ, the first: {wrong[:5]}"
