"""What of a map is near the cell in which a vehicle is: found once, used by everyone who passes through.

A list is sorted by the distance from the middle of the cell. As nobody in the cell is farther from the middle
than half its diagonal, the nearest to a vehicle are among the first of the list: the search ends where the
rest must be farther away. Lists are kept for the cells that were visited last, and when the worlds are gone
for the next ones on the same maps; what is kept changes no result.

All of a cell is in one row of small integers: a step looks at as many rows as there are vehicles, in no
order, and waits for each of them to come from a slower cache.
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

__all__ = [
    "PIECES",
    "POINTS",
    "SIDE",
    "Cells",
    "cell_of",
    "cells_for",
    "give_back",
    "is_listed",
    "keep_list",
    "may_be_nearer",
    "name_list",
    "number_of",
    "place_of",
    "take_lists",
]

SIDE = 5.0  # [m]
MOST_CELLS = 16384
KEPT_KEYS = 4
SPARE = 16  # entries of a list beside twice those that are wanted
HALF = 1 << 19  # cells along one axis to each side of the origin
MIX = 0x9E3779B97F4A7C15 - (1 << 64)  # Fibonacci hashing (Knuth, TAOCP 3, 6.4)
MAP, COLUMN, ROW, PIECES, POINTS, LISTS = range(6)


class Cells(NamedTuple):
    """Lists of C cells; which cell has which row follows from its number."""

    entry: (
        Array  # [C, LISTS + M + E] map (-1: nobody's), place of the cell, how many pieces of lanes and points
    )
    # of edges are listed; the pieces, the points: each nearest to the middle first
    far: Array  # [C, M + E] how far they are from the middle [m]; [C, 0] where their order is what is wanted
    room: Array  # [2] M and E: how many pieces and points a list can have


def cells_for(pieces: int, points: int, num_rows: int, *, steady: bool) -> Cells:
    """Empty lists for `num_rows` vehicles at a time that each want so many pieces and points."""
    size = 1 << int(np.ceil(np.log2(max(64, min((8 if steady else 4) * num_rows, MOST_CELLS)))))
    room = np.asarray([n if steady else 2 * n + SPARE for n in (pieces, points)], dtype=np.int64)
    entry = np.zeros((size, LISTS + int(room.sum())), dtype=np.int32)
    entry[:, MAP] = -1
    return Cells(entry=entry, far=np.zeros((size, 0 if steady else int(room.sum()))), room=room)


_unused: OrderedDict[Hashable, list[Cells]] = OrderedDict()


def take_lists(key: Hashable) -> Cells | None:
    """Lists that somebody else gave back under the same key, if there are any; they are taken out."""
    kept = _unused.get(key)
    return kept.pop() if kept else None


def give_back(key: Hashable, lists: Cells) -> None:
    """Lets others have lists; those of the keys used last are kept."""
    _unused.setdefault(key, []).append(lists)
    _unused.move_to_end(key)
    while len(_unused) > KEPT_KEYS:
        _unused.popitem(last=False)


@kernel
def cell_of(cells: Cells, of_map: int, x: float, y: float) -> tuple[int, int, int]:
    """(row of the list, place of the cell); row -1: too far out for a list."""
    i, j = math.floor(x / SIDE), math.floor(y / SIDE)
    if not (math.fabs(i) < HALF and math.fabs(j) < HALF):
        return -1, 0, 0
    number = (of_map << 40) | ((int(i) + HALF) << 20) | (int(j) + HALF)
    return ((number * MIX) >> 40) & (len(cells.entry) - 1), int(i), int(j)


@kernel
def number_of(cells: Cells, row: int, what: int) -> int:
    """How many PIECES or POINTS are kept for a cell."""
    return int(np.int64(cells.entry[row, what]))


@kernel
def place_of(cells: Cells, what: int) -> int:
    """Where the PIECES or POINTS of a cell begin in its row."""
    return LISTS if what == PIECES else LISTS + cells.room[0]


@kernel
def is_listed(cells: Cells, row: int, of_map: int, i: int, j: int) -> bool:
    """Whether a row has the list of a cell."""
    entry = cells.entry
    return entry[row, MAP] == of_map and entry[row, COLUMN] == i and entry[row, ROW] == j


@kernel
def name_list(cells: Cells, row: int, of_map: int, i: int, j: int) -> None:
    """Says whose list a row has."""
    cells.entry[row, MAP], cells.entry[row, COLUMN], cells.entry[row, ROW] = of_map, i, j


@kernel
def keep_list(cells: Cells, row: int, what: int, keys: Array, items: Array, count: int) -> None:
    """Keeps the PIECES or POINTS that were found, sorted."""
    first = 0 if what == PIECES else cells.room[0]
    cells.entry[row, what] = count
    for k in range(count):
        cells.entry[row, LISTS + first + k] = items[k]
    if cells.far.shape[1] > 0:
        for k in range(count):
            cells.far[row, first + k] = math.sqrt(keys[k] / PER_M2)


@kernel
def may_be_nearer(far: float, aside: float, reach: float) -> bool:
    """Whether something `far` from the middle of a cell can be within `reach` of who is `aside` of it [m]."""
    return far - aside - SLACK <= reach
