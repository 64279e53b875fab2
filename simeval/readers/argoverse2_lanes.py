"""Which lanes lie side by side in one direction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simeval.arrays import Array

__all__ = ["neighbour_of", "sections_of"]


def neighbour_of(ids: Sequence[int | None], index: dict[int, int], lanes: Sequence[Array]) -> Array:
    """Indices of neighbours that run in the same direction [l]; -1 where there is none.

    The format also names the first lane of the oncoming side; nobody may change to it.
    """
    found = [-1 if i is None else index.get(i, -1) for i in ids]
    kept = [n if n >= 0 and _same_direction(lanes[a], lanes[n]) else -1 for a, n in enumerate(found)]
    return np.array(kept, dtype=np.int64)


def _same_direction(one: Array, other: Array) -> bool:
    """Compares the direction halfway along `one` with that of `other` at the point nearest to it."""
    half = len(one) // 2
    point, direction = one[half], one[half] - one[half - 1]
    nearest = int(np.argmin(((other - point) ** 2).sum(axis=1)))
    k = min(max(nearest, 1), len(other) - 1)
    return bool(direction @ (other[k] - other[k - 1]) > 0)


def sections_of(ids: Sequence[int], left: Array, right: Array, group: Array) -> tuple[str, ...]:
    """A name for each lane that all lanes side by side in one direction share: the smallest lane id.

    Lanes of different `group` (kind of lane, inside an intersection or not) are never joined.
    """
    section = list(range(len(ids)))

    def root(lane: int) -> int:
        while section[lane] != lane:
            section[lane] = section[section[lane]]
            lane = section[lane]
        return lane

    for lane in range(len(ids)):
        for beside in (int(left[lane]), int(right[lane])):
            if beside >= 0 and group[beside] == group[lane]:
                section[root(beside)] = root(lane)
    members: dict[int, list[int]] = {}
    for lane in range(len(ids)):
        members.setdefault(root(lane), []).append(ids[lane])
    return tuple(str(min(members[root(lane)])) for lane in range(len(ids)))
