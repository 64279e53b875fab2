"""What of a map is near the cell in which a vehicle is: found once, used by everyone who passes through.

A list is sorted by the distance from the middle of the cell. As nobody in the cell is farther from the middle
than half its diagonal, the nearest to a vehicle are among the first of the list: the search ends where the
rest must be farther away. Lists are kept for the cells that were visited last, and when the worlds are gone
for the next ones on the same maps; what is kept changes no result.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Hashable
from typing import NamedTuple

import numpy as np

from simeval.arrays import Array
from simeval.kernel import kernel
from simeval.sim.observe_nearest import PER_M2, SLACK

__all__ = ["Cells", "cell_of", "cells_for", "give_back", "keep_list", "may_be_nearer", "take_lists"]

SIDE = 5.0  # [m]
MOST_CELLS = 16384
KEPT_KEYS = 4
SPARE = 16  # entries of a list beside twice those that are wanted
BITS = 20  # of a cell's number along one axis
HALF = 1 << (BITS - 1)
MIX = 0x9E3779B97F4A7C15 - (1 << 64)  # Fibonacci hashing (Knuth, TAOCP 3, 6.4)


class Cells(NamedTuple):
    """Lists of C cells, L entries each; which cell has which row follows from its number."""

    tag: Array  # [C] whose list it is, -1: nobody's
    listed: Array  # [C] how many entries a list has
    item: Array  # [C, L] what is near, nearest to the middle first
    far: (
        Array  # [C, L] its distance from the middle [m]; [C, 0] where the order of the list is what is wanted
    )


def cells_for(wanted: int, num_rows: int, *, steady: bool) -> Cells:
    """Empty lists for `num_rows` vehicles at a time that each want so many entries."""
    size = 1 << int(np.ceil(np.log2(max(64, min((8 if steady else 4) * num_rows, MOST_CELLS)))))
    length = wanted if steady else 2 * wanted + SPARE
    return Cells(
        tag=np.full(size, -1, dtype=np.int64),
        listed=np.zeros(size, dtype=np.int64),
        item=np.zeros((size, length), dtype=np.int64),
        far=np.zeros((size, 0 if steady else length)),
    )


_unused: OrderedDict[Hashable, list[tuple[Cells, Cells]]] = OrderedDict()


def take_lists(key: Hashable) -> tuple[Cells, Cells] | None:
    """Lists that somebody else gave back under the same key, if there are any; they are taken out."""
    kept = _unused.get(key)
    return kept.pop() if kept else None


def give_back(key: Hashable, lists: tuple[Cells, Cells]) -> None:
    """Lets others have lists; those of the keys used last are kept."""
    _unused.setdefault(key, []).append(lists)
    _unused.move_to_end(key)
    while len(_unused) > KEPT_KEYS:
        _unused.popitem(last=False)


@kernel
def cell_of(cells: Cells, of_map: int, x: float, y: float) -> tuple[int, int, float, float]:
    """(row of the list, whose it should be, middle of the cell x, y [m]); tag -1: too far out for a list."""
    i, j = math.floor(x / SIDE), math.floor(y / SIDE)
    if not (math.fabs(i) < HALF and math.fabs(j) < HALF):
        return 0, -1, 0.0, 0.0
    tag = (of_map << (2 * BITS)) | ((int(i) + HALF) << BITS) | (int(j) + HALF)
    row = ((tag * MIX) >> 40) & (len(cells.tag) - 1)
    return row, tag, (i + 0.5) * SIDE, (j + 0.5) * SIDE


@kernel
def keep_list(cells: Cells, row: int, tag: int, keys: Array, items: Array, count: int) -> None:
    """Keeps a list that was found, sorted, under a tag."""
    cells.tag[row], cells.listed[row] = tag, count
    for k in range(count):
        cells.item[row, k] = items[k]
    for k in range(min(count, cells.far.shape[1])):
        cells.far[row, k] = math.sqrt(keys[k] / PER_M2)


@kernel
def may_be_nearer(far: float, aside: float, reach: float) -> bool:
    """Whether something `far` from the middle of a cell can be within `reach` of who is `aside` of it [m]."""
    return far - aside - SLACK <= reach
