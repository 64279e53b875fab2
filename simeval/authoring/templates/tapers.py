"""Where a lane ends: it moves over into the lane beside it."""

from __future__ import annotations

import math
from typing import Literal

from simeval.authoring.lines import Line
from simeval.authoring.road import Lane, RoadBuilder

__all__ = ["Side", "moved_over", "narrow"]

Side = Literal["right", "left"]


def moved_over(line: Line, shift: float, length: float) -> Line:
    """`line` continued by two equal arcs that lead `shift` [m] to the left over `length` [m] ahead."""
    angle = 2.0 * math.atan2(abs(shift), length)
    radius, turn = length / (2.0 * math.sin(angle)), math.copysign(angle, shift)
    return line.arc(radius, turn).arc(radius, -turn)


def narrow(
    road: RoadBuilder, line: Line, *, lanes: int, width: float, limit: float, side: Side, shoulder: float
) -> None:
    """Adds lanes `taper.i` along `line`, the centre of the first, and paves them.

    The outermost on one side moves over into its neighbour; taper.i leads to `after.i`, which counts from the
    right again.
    """
    first = 1 if side == "right" else 0  # index of the rightmost lane that goes on
    ends = 0 if side == "right" else lanes - 1
    span = float(line.xy[-1, 0] - line.xy[0, 0])
    curved = _moved(line.shifted(ends * width), width if side == "right" else -width, span)
    for i in range(lanes):
        own = curved if i == ends else line.shifted(i * width)
        to = min(max(i - first, 0), lanes - 2)
        lane = Lane(f"taper.{i}", own, width, limit, section="taper", to=(f"after.{to}",))
        goes_on = [k for k in (i + 1, i - 1) if 0 <= k < lanes and ends not in (i, k)]
        lane.left = f"taper.{i + 1}" if i + 1 in goes_on else ""
        lane.right = f"taper.{i - 1}" if i - 1 in goes_on else ""
        road.lanes.append(lane)
    outer = 0.5 * width + shoulder
    road.pave(line, (first - 0.5) * width - shoulder, (first + lanes - 1.5) * width + shoulder,
              open_start=False, open_end=False)  # fmt: skip
    road.pave(curved, -outer if side == "right" else -0.5 * width, outer if side == "left" else 0.5 * width,
              open_start=False, open_end=False)  # fmt: skip


def _moved(line: Line, shift: float, length: float) -> Line:
    """`moved_over` from the line's start, its last point exactly beside the line's end."""
    curve = moved_over(Line(line.xy[:1], line.heading[:1]), shift, length)
    xy, heading = curve.xy.copy(), curve.heading.copy()
    xy[-1], heading[-1] = line.shifted(shift).xy[-1], line.heading[-1]
    return Line(xy, heading)
