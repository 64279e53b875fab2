"""Questions to an area's edge: how far is it, does it touch a box. See `boundary` for the tables."""

from __future__ import annotations

import math

from simeval.arrays import Array
from simeval.kernel import inlined_kernel, kernel

__all__ = ["CELL", "edge_touches_box", "free_ahead", "nearest_edge"]

CELL = 2.5  # [m] side of a grid cell; a query looks at a few cells around it, ring by ring
SURELY = 1.0 + 1e-9  # more than rounding can make up for


@inlined_kernel
def _to_segment(g: Array, x: float, y: float) -> tuple[float, float]:
    """Squared distance to one segment, and a number that is positive to its left (inside).

    Beside an end the two segments that meet there decide together (angle-weighted pseudonormal in the
    plane: Baerentzen & Aanaes, IEEE TVCG 11(3), 2005).
    """
    ex, ey = g[2] - g[0], g[3] - g[1]
    rx, ry = x - g[0], y - g[1]
    length2 = ex * ex + ey * ey
    t = (rx * ex + ry * ey) / length2
    if 0.0 < t < 1.0:
        side = ex * ry - ey * rx
        return side * side / length2, side
    length = math.sqrt(length2)
    ux, uy = ex / length, ey / length
    if t <= 0.0:
        ux, uy = ux + g[4], uy + g[5]
    else:
        rx, ry = x - g[2], y - g[3]
        ux, uy = ux + g[6], uy + g[7]
    return rx * rx + ry * ry, ux * ry - uy * rx


@inlined_kernel
def _is_line_beyond(g: Array, x: float, y: float, best: float) -> bool:
    """Whether even the endless line through a segment is farther than the root of `best`: no division."""
    ex, ey = g[2] - g[0], g[3] - g[1]
    side = ex * (y - g[1]) - ey * (x - g[0])
    return bool(side * side > best * SURELY * (ex * ex + ey * ey))


@inlined_kernel
def _cell_distance2(box: Array, i: int, j: int, x: float, y: float) -> float:
    """Squared distance from a point to a cell of the grid [m^2]."""
    dx = math.fabs(x - box[0] - (i + 0.5) * CELL) - 0.5 * CELL
    dy = math.fabs(y - box[1] - (j + 0.5) * CELL) - 0.5 * CELL
    dx, dy = max(dx, 0.0), max(dy, 0.0)
    return dx * dx + dy * dy


@kernel
def nearest_edge(
    segments: Array, box: Array, shape: Array, offsets: Array, items: Array, x: float, y: float, within: float
) -> float:
    """Signed distance from (x, y) to the nearest segment [m]: positive outside, negative inside.

    Cells are searched in square rings around the point until no nearer segment can follow. `within`: the
    distance is known not to be more [m]; what it is does not change the answer.
    """
    nx, ny = shape[0], shape[1]
    ci = min(max(int(math.floor((x - box[0]) / CELL)), 0), nx - 1)
    cj = min(max(int(math.floor((y - box[1]) / CELL)), 0), ny - 1)
    best, side = within * within * SURELY + 1e-9, 1.0
    for ring in range(max(nx, ny) + 1):
        for i in range(max(ci - ring, 0), min(ci + ring, nx - 1) + 1):
            stride = 1 if i == ci - ring or i == ci + ring else 2 * ring
            for j in range(cj - ring, cj + ring + 1, max(stride, 1)):
                if j < 0 or j >= ny:
                    continue
                cell = i * ny + j
                if offsets[cell] == offsets[cell + 1] or _cell_distance2(box, i, j, x, y) >= best:
                    continue
                for at in range(offsets[cell], offsets[cell + 1]):
                    g = segments[items[at]]
                    if _is_line_beyond(g, x, y, best):
                        continue
                    d2, left = _to_segment(g, x, y)
                    if d2 < best:
                        best, side = d2, left
        # Nothing in a farther ring is nearer than the border of the square searched so far.
        inside = min(
            min(x - (box[0] + (ci - ring) * CELL), box[0] + (ci + ring + 1) * CELL - x),
            min(y - (box[1] + (cj - ring) * CELL), box[1] + (cj + ring + 1) * CELL - y),
        )
        if inside > 0.0 and best <= inside * inside:
            break
    return -math.copysign(math.sqrt(best), side)


@inlined_kernel
def _cells(box: Array, shape: Array, x0: float, x1: float, y0: float, y1: float) -> tuple[int, int, int, int]:
    """First and last column, first and last row of the cells under an upright rectangle."""
    return (
        max(int(math.floor((x0 - box[0]) / CELL)), 0),
        min(int(math.floor((x1 - box[0]) / CELL)), shape[0] - 1),
        max(int(math.floor((y0 - box[1]) / CELL)), 0),
        min(int(math.floor((y1 - box[1]) / CELL)), shape[1] - 1),
    )


@inlined_kernel
def _first_in_strip(u1: float, v1: float, u2: float, v2: float, a: float, b: float) -> float:
    """The least u >= -a of the part of a segment in the half strip u >= -a, |v| <= b; inf: no part is."""
    if (u1 < -a and u2 < -a) or (v1 > b and v2 > b) or (v1 < -b and v2 < -b):
        return math.inf
    begin, end = u1, u2
    if math.fabs(v1) > b:
        begin = u1 + (math.copysign(b, v1) - v1) / (v2 - v1) * (u2 - u1)
    if math.fabs(v2) > b:
        end = u1 + (math.copysign(b, v2) - v1) / (v2 - v1) * (u2 - u1)
    return math.inf if begin < -a and end < -a else max(min(begin, end), -a)


@kernel
def free_ahead(
    segments: Array, box: Array, shape: Array, offsets: Array, items: Array,
    x: float, y: float, c: float, s: float, a: float, b: float, look: float,
) -> float:  # fmt: skip
    """How far the box of `edge_touches_box` can be pushed along its direction before a segment touches it, up
    to `look` [m]; below zero when one does as it stands."""
    mx, my, long = x + 0.5 * look * c, y + 0.5 * look * s, a + 0.5 * look
    wide, high = long * math.fabs(c) + b * math.fabs(s), long * math.fabs(s) + b * math.fabs(c)
    i0, i1, j0, j1 = _cells(box, shape, mx - wide, mx + wide, my - high, my + high)
    free = look
    for i in range(i0, i1 + 1):
        for j in range(j0, j1 + 1):
            cell = i * shape[1] + j
            for at in range(offsets[cell], offsets[cell + 1]):
                g = segments[items[at]]
                p, q = g[0] - x, g[1] - y
                u1, v1 = p * c + q * s, q * c - p * s
                p, q = g[2] - x, g[3] - y
                u2, v2 = p * c + q * s, q * c - p * s
                free = min(free, _first_in_strip(u1, v1, u2, v2, a, b) - a)
    return free


@kernel
def edge_touches_box(
    segments: Array, box: Array, shape: Array, offsets: Array, items: Array,
    x: float, y: float, c: float, s: float, a: float, b: float,
) -> bool:  # fmt: skip
    """Whether any segment touches the box at (x, y), direction (c, s), half length a, half width b."""
    wide, high = a * math.fabs(c) + b * math.fabs(s), a * math.fabs(s) + b * math.fabs(c)
    i0, i1, j0, j1 = _cells(box, shape, x - wide, x + wide, y - high, y + high)
    for i in range(i0, i1 + 1):
        for j in range(j0, j1 + 1):
            cell = i * shape[1] + j
            for at in range(offsets[cell], offsets[cell + 1]):
                g = segments[items[at]]
                p, q = g[0] - x, g[1] - y
                u1, v1 = p * c + q * s, q * c - p * s
                p, q = g[2] - x, g[3] - y
                u2, v2 = p * c + q * s, q * c - p * s
                if (u1 > a and u2 > a) or (u1 < -a and u2 < -a):
                    continue
                if (v1 > b and v2 > b) or (v1 < -b and v2 < -b):
                    continue
                # The box's two axes do not separate them: only the segment's normal can.
                nu, nv = v2 - v1, u1 - u2
                if math.fabs(u1 * nu + v1 * nv) <= a * math.fabs(nu) + b * math.fabs(nv):
                    return True
    return False
