"""Does a trajectory look like poses in the ego's frame, in order, at the declared times?"""

from __future__ import annotations

import numpy as np

from simeval.arrays import Array
from simeval.checking.report import Check, fail, ok, warn
from simeval.checking.statistics import likeness, middle, most
from simeval.policy import PolicySpec

__all__ = ["check_plan"]

CLEARLY_MOVING = 3.0  # [m/s]
FAR = 20.0  # [m] no plan begins so far from the ego


def check_plan(plans: Array, speed: Array, spec: PolicySpec) -> list[Check]:
    """Checks of [n, points, 3 or 4] plans of egos that drive at these speeds."""
    moving = speed > CLEARLY_MOVING
    plans, speed = plans[moving], speed[moving]
    checks = [_points(plans, speed, spec), _headings(plans)]
    if plans.shape[-1] == 4:
        checks.append(_speeds(plans, spec))
    return checks


def _points(plans: Array, speed: Array, spec: PolicySpec) -> Check:
    name, wanted = "points", middle(speed) * spec.plan_dt_s
    reach = np.linalg.norm(plans[..., :2], axis=-1)
    first, last = middle(reach[:, 0]), middle(reach[:, -1])
    x, y = middle(plans[:, 0, 0]), middle(np.abs(plans[:, 0, 1]))
    at = f"at {middle(speed):.3g} m/s"
    frame = "The form wants poses in the frame of the ego at the time of the observation."
    if first > last * 1.5 and first > 2.0 * wanted:
        return fail(name, f"the first lies {first:.3g} m away, the last {last:.3g} m.", "Order them by time.")
    if first > FAR + 3.0 * wanted:
        found = f"the first lies {first:.3g} m from the ego {at}. Looks like coordinates of the map."
        return fail(name, found, frame)
    if x < -0.5 * wanted:
        return fail(name, f"the first lies {-x:.3g} m behind the ego, which drives forwards.", "x is ahead.")
    if y > 2.0 * abs(x) and y > 0.5 * wanted:
        return fail(name, f"the first lies {y:.3g} m beside the ego, {x:.3g} m ahead.", "x is ahead, y left.")
    if plans.shape[1] > 1:
        step = middle(np.linalg.norm(plans[:, 1, :2] - plans[:, 0, :2], axis=-1))
        if first < 0.1 * wanted and step > 0.5 * wanted:
            advice = f"Point i is meant for (i + 1) * {spec.plan_dt_s:g} s from now."
            return fail(name, f"the first is where the ego is already ({first:.2g} m away).", advice)
    if plans.shape[1] >= 4 and last < 1.5 * first and 0.5 * wanted < first < 2.0 * wanted:
        found = (
            f"the last lies {last:.3g} m away, the first {first:.3g} m. Looks like steps from point to point."
        )
        return warn(name, found, "Sum them up.")
    ratio = first / max(wanted, 1e-9)
    if not 0.6 < ratio < 1.6:
        found = f"the first lies {first:.3g} m away {at}: {ratio:.2g} times as far as that speed brings it"
        found += f" in {spec.plan_dt_s:g} s."
        return warn(name, found, f"If points are {ratio * spec.plan_dt_s:.2g} s apart, say so in plan_dt_s.")
    return ok(name, f"the first {first:.3g} m, the last {last:.3g} m away {at}")


def _headings(plans: Array) -> Check:
    name, heading = "headings", plans[..., 2]
    begin = np.concatenate([np.zeros_like(plans[:, :1, :2]), plans[:, :-1, :2]], axis=1)
    moved = plans[..., :2] - begin
    clear = np.linalg.norm(moved, axis=-1) > 0.2
    direction = np.arctan2(moved[..., 1], moved[..., 0])[clear]
    alike, times = likeness(heading[clear], direction)
    largest = most(heading)
    if largest > 7.0 or (alike > 0.8 and 25.0 < times < 120.0):
        return fail(name, f"look like degrees: up to {largest:.3g} rad.", "The form wants radians.")
    off = (heading[clear] - direction + np.pi) % (2.0 * np.pi) - np.pi
    if middle(np.abs(off)) > 0.5:
        found = f"point {middle(np.abs(off)):.2g} rad away from where the points go."
        return warn(name, found, "A heading is 0 ahead and grows to the left.")
    if middle(np.abs(direction)) > 0.02 and not heading.any():
        found = "are all zero while the points go sideways."
        return warn(name, found, "The lqr tracker steers by headings; give them.")
    return ok(name, f"up to {largest:.2g} rad, {middle(np.abs(off)):.2g} rad from where the points go")


def _speeds(plans: Array, spec: PolicySpec) -> Check:
    name = "speeds"
    if plans.shape[1] < 2:
        return ok(name, "one point only")
    moved = np.linalg.norm(np.diff(plans[..., :2], axis=1), axis=-1) / spec.plan_dt_s
    clear = moved > 1.0
    times = middle(plans[:, 1:, 3][clear] / moved[clear]) if clear.any() else 1.0
    if 3.0 < times < 4.2:
        return fail(
            name, f"look like km/h: {times:.3g} times as fast as the points move.", "The form wants m/s."
        )
    if not 0.5 < times < 2.0:
        return warn(name, f"are {times:.2g} times what the points move at.", "The form wants m/s.")
    return ok(name, f"{times:.3g} times what the points move at")
