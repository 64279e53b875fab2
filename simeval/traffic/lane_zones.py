"""Where each path of a scene meets the others: its zones, in driving order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simeval.arrays import Array
from simeval.safety.lane_rank import lane_ranks
from simeval.scenario import RoadMap, Source
from simeval.traffic.conflicts import MERGE, Conflict, Stretch, conflicts_between, lane_conflicts
from simeval.traffic.lane_match import Piece, pieces_of
from simeval.traffic.paths import Path

__all__ = ["Zone", "zones_of"]

TO_LINE = 20.0  # [m] who gives way waits where the intersection begins, if that is not farther off
MARGIN = 0.5  # [m] else this far before the zone
_PIECES: dict[tuple[str, str], tuple[Piece, ...]] = {}
_PIECES_SIZE = 4096


@dataclass(frozen=True)
class Zone:
    """A stretch of a path that another path of the scene crosses or joins."""

    conflict: int  # number of the pair, counted in the scene
    side: int  # 0 or 1: which of the pair this path is
    kind: int  # CROSS or MERGE
    rank: int  # of this path there, and of the other
    other_rank: int
    s0: float  # arc lengths on the path [m]
    s1: float
    hold: float  # where the front of one who gives way stops [m]
    cap: float  # highest comfortable speed within [m/s]
    heading: float  # where it begins [rad]


def zones_of(road: RoadMap, paths: Sequence[Path | None]) -> tuple[list[list[Zone]], int]:
    """The zones of each path (None: not on lanes), and how many pairs there are.

    Only pairs of which both sides are on some path of the scene.
    """
    none: list[list[Zone]] = [[] for _ in paths]
    if road.topology is Source.ABSENT or not len(road.lanes.successors.lane):
        return none, 0
    pieces = [_pieces(road, path) if path is not None else () for path in paths]
    stretches, found = lane_conflicts(road)
    changes = _changes(road, stretches, paths, pieces)
    pairs = [*found, *(c for _, _, cs in changes.values() for c in cs)]
    on = _by_stretch(pairs)
    raw = [_raw(path, own, on, pairs, changes) for path, own in zip(paths, pieces, strict=True)]
    sides = {(k, side) for zones in raw for k, side, _, _ in zones}
    both = sorted({k for k, side in sides if (k, 1 - side) in sides})
    number = {k: i for i, k in enumerate(both)}
    starts = [_line_starts(road, own) for own in pieces]
    for i, zones in enumerate(raw):
        path = paths[i]
        if path is not None:
            none[i] = sorted(
                (
                    _zone(path, starts[i], pairs[k], number[k], side, s0, s1)
                    for k, side, s0, s1 in zones
                    if k in number
                ),
                key=lambda z: (z.s0, z.s1, z.conflict),
            )
    return none, len(both)


def _pieces(road: RoadMap, path: Path) -> tuple[Piece, ...]:
    points = hashlib.sha256(path.x.tobytes() + path.y.tobytes()).hexdigest()
    key = (road.id, points)
    if key not in _PIECES:
        while len(_PIECES) >= _PIECES_SIZE:
            _PIECES.pop(next(iter(_PIECES)), None)
        _PIECES[key] = pieces_of(road, path)
    return _PIECES[key]


Changes = dict[tuple[int, ...], tuple[int, Array, list[Conflict]]]


def _changes(
    road: RoadMap, stretches: list[Stretch], paths: Sequence[Path | None], pieces: list[tuple[Piece, ...]]
) -> Changes:
    """Lane changes of all paths as stretches of their own, with what they meet; equal ones once."""
    ranks, found, lanes = lane_ranks(road), Changes(), range(len(stretches))
    for path, own in zip(paths, pieces, strict=True):
        for k, piece in enumerate(own):
            if piece.lane >= 0 or path is None or k + 1 >= len(own) or k == 0:
                continue
            key, xy = _change_key(path, piece)
            if key not in found:
                left, to = own[k - 1].lane, own[k + 1].lane
                follows = stretches[to].after | {to}
                stretch = Stretch(xy, frozenset(follows - {to}), frozenset({left}))
                row = len(stretches) + len(found)
                meets = conflicts_between([*stretches, *[stretch] * (len(found) + 1)], [row], lanes, ranks)
                found[key] = (row, xy, meets)
    return found


def _change_key(path: Path, piece: Piece) -> tuple[tuple[int, ...], Array]:
    s = np.linspace(piece.s0, piece.s1, max(3, int(piece.s1 - piece.s0) + 1))
    xy = np.stack([np.interp(s, path.s, path.x), np.interp(s, path.s, path.y)], axis=1)
    ends = np.round(xy[[0, len(xy) // 2, -1]] / 2.0).astype(int).ravel()
    return tuple(int(v) for v in ends), xy


def _by_stretch(pairs: Sequence[Conflict]) -> dict[int, list[tuple[int, int, float, float]]]:
    """For each stretch (number of the pair, side, arc lengths on the stretch)."""
    on: dict[int, list[tuple[int, int, float, float]]] = {}
    for k, c in enumerate(pairs):
        on.setdefault(c.a, []).append((k, 0, c.a0, c.a1))
        on.setdefault(c.b, []).append((k, 1, c.b0, c.b1))
    return on


def _raw(
    path: Path | None, own: tuple[Piece, ...], on: dict[int, list[tuple[int, int, float, float]]],
    pairs: Sequence[Conflict], changes: Changes,
) -> list[tuple[int, int, float, float]]:  # fmt: skip
    """(pair, side, arc lengths on the path) of everything a path passes."""
    found = []
    for piece in own:
        lane = piece.lane
        if lane < 0 and path is not None:
            lane = changes.get(_change_key(path, piece)[0], (-1,))[0]
        span = piece.lane_s1 - piece.lane_s0
        scale = (piece.s1 - piece.s0) / span if span > 0.0 else 1.0
        for k, side, x0, x1 in on.get(lane, ()):
            begin = x0 if pairs[k].kind == MERGE else x1
            if begin >= piece.lane_s0 and x0 <= piece.lane_s1:
                s0, s1 = (piece.s0 + (x - piece.lane_s0) * scale for x in (x0, x1))
                found.append((k, side, s0, s1))
    return found


def _line_starts(road: RoadMap, own: tuple[Piece, ...]) -> list[float]:
    """Arc lengths at which a path enters an intersection [m]."""
    inside = [p.lane >= 0 and bool(road.lanes.is_connector[p.lane]) for p in own]
    return [p.s0 for k, p in enumerate(own) if inside[k] and (k == 0 or not inside[k - 1])]


def _zone(
    path: Path, lines: Sequence[float], pair: Conflict, number: int, side: int, s0: float, s1: float
) -> Zone:
    before = [at for at in lines if s0 - TO_LINE <= at <= s0]
    hold = before[-1] if before else s0 - MARGIN
    ranks = (pair.rank_a, pair.rank_b) if side == 0 else (pair.rank_b, pair.rank_a)
    within = np.interp([s0, s1], path.s, path.cap)
    inner = path.cap[(path.s >= s0) & (path.s <= s1)]
    return Zone(
        number, side, pair.kind, *ranks, s0, s1, hold, float(min(within.min(), inner.min(initial=np.inf))),
        float(np.interp(s0, path.s, path.heading)),
    )  # fmt: skip
