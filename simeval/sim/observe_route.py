"""What a row sees of where it is meant to go: the reference line ahead, and the goal."""

from __future__ import annotations

import math

from simeval.geometry.polyline import project_near, segment_at
from simeval.kernel import inlined_kernel, kernel
from simeval.sim.observe_lanes import put_point
from simeval.sim.observe_map import SPACING
from simeval.sim.observe_states import state_at
from simeval.sim.observe_tables import Frame, Scratch, Seen
from simeval.sim.tables import PathTable, Row, Table

__all__ = ["followed_place", "recorded_place", "see_goal", "see_route"]

WINDOW = 30.0  # [m] as `plan.locate`: a line may cross itself
ROUNDING = 1e-9  # [m]


@kernel
def recorded_place(
    here: Row, it: Row, a: int, step: int, log: Table, record: Table, path: PathTable, before: int, at: float
) -> float:
    """Arc length of an agent on its path at scenario step `step` [m], followed from its first recorded state:
    there the nearest point of the whole path, then the nearest one around the place before.

    `before` and `at`: an earlier step and the place there, if they are known; else any step before the start.
    """
    window = WINDOW
    if before < here.start or before > step:
        before, at, window = here.start - 1, 0.0, math.inf
    for t in range(before + 1, step + 1):
        known, x, y, _, _, _ = state_at(here, log, record, a, t)
        if known:
            at, _, _ = project_near(path.s, path.x, path.y, it.path0, it.path1, at, window, x, y)
            window = WINDOW
    return at


@kernel
def followed_place(
    here: Row, it: Row, a: int, step: int, log: Table, record: Table, path: PathTable, scratch: Scratch
) -> float:
    """As `recorded_place`, from the place that was found last."""
    place = scratch.places[a]
    at = recorded_place(here, it, a, step, log, record, path, place.step, place.s)
    known, _, _, _, _, _ = state_at(here, log, record, a, step)
    if known:  # the place before the first known state is none to go on from
        place.step, place.s = step, at
    return at


@inlined_kernel
def see_route(me: Row, eye: Row, at: float, path: PathTable, seen: Seen) -> None:
    """Writes points of the own path, each 2 m from arc length `at`, as far as the path goes."""
    i, frame = me.segment, Frame(eye.x, eye.y, eye.c, eye.s)
    for k in range(seen.route.shape[1]):
        s = at + k * SPACING
        if s > path.s[me.path1 - 1] + ROUNDING:
            break
        i = segment_at(path.s, me.path0, me.path1, i, s)
        t = (s - path.s[i]) / (path.s[i + 1] - path.s[i])
        heading = path.heading[i] + t * (path.heading[i + 1] - path.heading[i])
        put_point(
            seen.route[eye.row, k], frame, path.x[i] + t * (path.x[i + 1] - path.x[i]),
            path.y[i] + t * (path.y[i + 1] - path.y[i]), math.cos(heading), math.sin(heading),
        )  # fmt: skip
        seen.route_valid[eye.row, k] = True


@inlined_kernel
def see_goal(x: float, y: float, eye: Row, seen: Seen) -> None:
    """Writes where a row is meant to arrive."""
    out, dx, dy = seen.goal[eye.row], x - eye.x, y - eye.y
    out[0], out[1], out[2] = eye.c * dx + eye.s * dy, eye.c * dy - eye.s * dx, 1.0
