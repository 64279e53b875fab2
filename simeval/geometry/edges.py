"""Questions to an area's edge: how far is it, does it touch a box. See `boundary` for the tables."""

from __future__ import annotations

import math

from simeval.arrays import Array
from simeval.kernel import inlined_kernel, kernel

__all__ = ["CELL", "edge_touches_box", "nearest_edge"]

CELL = 2.5  # [m] side of a grid cell; a query looks at a few cells around it, ring by ring


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
def _cell_distance2(box: Array, i: int, j: int, x: float, y: float) -> float:
    """Squared distance from a point to a cell of the grid [m^2]."""
    dx = math.fabs(x - box[0] - (i + 0.5) * CELL) - 0.5 * CELL
    dy = math.fabs(y - box[1] - (j + 0.5) * CELL) - 0.5 * CELL
    dx, dy = max(dx, 0.0), max(dy, 0.0)
    return dx * dx + dy * dy


@kernel
def nearest_edge(
    segments: Array, box: Array, shape: Array, offsets: Array, items: Array, x: float, y: float
) -> float:
    """Signed distance from (x, y) to the nearest segment [m]: positive outside, negative inside.

    Cells are searched in square rings around the point until no nearer segment can follow.
    """
    nx, ny = shape[0], shape[1]
    ci = min(max(int(math.floor((x - box[0]) / CELL)), 0), nx - 1)
    cj = min(max(int(math.floor((y - box[1]) / CELL)), 0), ny - 1)
    best, side = math.inf, 1.0
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
                    d2, left = _to_segment(segments[items[at]], x, y)
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


@kernel
def edge_touches_box(
    segments: Array, box: Array, shape: Array, offsets: Array, items: Array,
    x: float, y: float, c: float, s: float, a: float, b: float,
) -> bool:  # fmt: skip
    """Whether any segment touches the box at (x, y), direction (c, s), half length a, half width b."""
    wide = a * math.fabs(c) + b * math.fabs(s)
    high = a * math.fabs(s) + b * math.fabs(c)
    i0 = max(int(math.floor((x - wide - box[0]) / CELL)), 0)
    i1 = min(int(math.floor((x + wide - box[0]) / CELL)), shape[0] - 1)
    j0 = max(int(math.floor((y - high - box[1]) / CELL)), 0)
    j1 = min(int(math.floor((y + high - box[1]) / CELL)), shape[1] - 1)
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
