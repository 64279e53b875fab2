"""Keeps the trajectories that a policy gave for its egos, as the trace holds them: one each half second."""

from __future__ import annotations

import numpy as np

from simeval.arrays import Array
from simeval.policy import PolicySpec
from simeval.scenario import Agents, Plans
from simeval.sim.rollout import Worlds

__all__ = ["PlanLog"]

KEPT_EVERY = 0.5  # [s] enough to see a policy change its mind, and a trace does not outgrow its traffic


class PlanLog:
    """Trajectories of each world, in the frame of the map, of the rear axle."""

    def __init__(self, spec: PolicySpec, worlds: Worlds) -> None:
        self._worlds, self._spacing = worlds, spec.plan_dt_s
        self._active = spec.action == "trajectory"
        self._kept: list[list[tuple[int, Array]]] = [[] for _ in worlds.scenarios]
        dt = np.array([s.dt for s in worlds.scenarios])
        self._every = np.maximum(1, np.round(KEPT_EVERY / dt)).astype(np.int64)
        self._axle = np.array([_axle_of(s.agents, s.ego) for s in worlds.scenarios])

    def keep(self, rows: Array, action: Array) -> None:
        """Notes what was just accepted for some worlds: [len(rows), points, >= 3] in their egos' frames."""
        if not self._active or not len(rows):
            return
        tables = self._worlds.tables
        step = np.asarray(tables.live_world.step)[rows]
        due = step % self._every[rows] == 0
        if not due.any():
            return
        rows, step = rows[due], step[due]
        me = tables.live[np.asarray(tables.world.ego)[rows]]
        poses = self._on_map(np.asarray(me.x), np.asarray(me.y), np.asarray(me.heading), rows, action[due])
        for row, at, plan in zip(rows.tolist(), step.tolist(), poses, strict=True):
            self._kept[row].append((at, plan))

    def _on_map(self, x: Array, y: Array, heading: Array, rows: Array, action: Array) -> Array:
        """Poses of the rear axle from the present one on: [r, points + 1, 3]."""
        own = np.zeros((len(rows), 1, 3))
        local = np.concatenate([own, np.asarray(action, dtype=np.float64)[:, :, :3]], axis=1)
        c, s = np.cos(heading)[:, None], np.sin(heading)[:, None]
        turned = heading[:, None] + local[..., 2]
        axle = self._axle[rows][:, None]
        east = x[:, None] + c * local[..., 0] - s * local[..., 1] + axle * np.cos(turned)
        north = y[:, None] + s * local[..., 0] + c * local[..., 1] + axle * np.sin(turned)
        return np.stack([east, north, turned], axis=2)

    def of(self, row: int) -> Plans | None:
        """What was noted for a world; None for policies that give no trajectories, or none yet."""
        kept = self._kept[row]
        if not kept:
            return None
        step = np.array([at for at, _ in kept], dtype=np.int64)
        return Plans(step=step, poses=np.stack([plan for _, plan in kept]), spacing=self._spacing)

    def take(self, row: int) -> tuple[tuple[int, Array], ...]:
        """What a snapshot of a world holds of it."""
        return tuple(self._kept[row])

    def put(self, row: int, kept: tuple[tuple[int, Array], ...]) -> None:
        """Goes on from a snapshot."""
        self._kept[row] = list(kept)


def _axle_of(agents: Agents, ego: int | None) -> float:
    """Rear axle of a scenario's ego, along its heading from the centre [m]."""
    assert ego is not None, "a scenario without ego does not run"
    return float(agents.bodies.axle[agents.body_offsets[ego]])
