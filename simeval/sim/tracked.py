"""Trajectories followed: by nuPlan's LQR tracker or pure pursuit through the actuators, or perfectly."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from simeval.arrays import Array
from simeval.errors import UsageError
from simeval.kernel import kernel
from simeval.policy import PolicySpec
from simeval.sim.drive import read_steering
from simeval.sim.rollout import Worlds
from simeval.sim.runnable import CONTROLS, POSES_CONTROL
from simeval.sim.seats import Seats, egos_of
from simeval.sim.tables import Row, Table
from simeval.vehicles.lqr import lqr_command
from simeval.vehicles.lqr_profiles import STEP, fit_profiles, num_samples
from simeval.vehicles.plans import pose_at, principal_angle, profile_at, resample, unwrap_headings
from simeval.vehicles.pursuit_plan import pursuit_command

__all__ = ["LONGEST_PLAN", "Tracked"]

LONGEST_PLAN = 600.0  # [s] longer ones are a mistake, and cost memory for each world


class Tracked:
    """Follows the last trajectory of each row.

    The trajectory's poses are box centres in the vehicle's frame at the time it was given; the pose at that
    time is put before its first point. Between the points positions and (continuous) headings are linear.

    `lqr`: the rear axle is led along the poses of the rear axle; the tracker wants an acceleration and a
    steering rate, and the wanted angle is the actual one + rate * dt, as in nuPlan's kinematic bicycle.
    It derives speeds from the positions and does not look at a fourth column.
    `pursuit`: the rear axle is led along the same poses by pure pursuit, see `pursuit_command`; neither
    headings nor a fourth column matter to it.
    `perfect`: the vehicle is put where the trajectory is at the next step. Its speed is the fourth column
    where there is one, else that of the displacement, negative when it moves backwards.

    Beyond its end a trajectory goes on straight, at its last speed.
    """

    def __init__(self, spec: PolicySpec, num_rows: int, seats: Seats | None = None) -> None:
        duration = spec.num_points * spec.plan_dt_s
        if duration > LONGEST_PLAN:
            raise UsageError(
                "PolicySpec",
                f"num_points={spec.num_points} at plan_dt_s={spec.plan_dt_s:g} is a plan of {duration:g} s.",
                f"A plan may reach {LONGEST_PLAN:g} s ahead.",
            )
        self.tracker, self.seats = spec.tracker, seats
        self.is_perfect = spec.tracker == "perfect"
        self.driver = POSES_CONTROL if self.is_perfect else CONTROLS
        self.spacing = spec.plan_dt_s
        samples = num_samples(duration) if spec.tracker == "lqr" else 1
        self._samples, self._work = np.zeros((samples, 3)), np.zeros((samples - 1, 3))
        points = spec.num_points + 1
        self.poses: Float[Array, "w p 3"] = np.zeros((num_rows, points, 3))
        self.planned_speed: Float[Array, "w p"] = np.zeros((num_rows, points))  # NaN: not given
        self.profiles: Float[Array, "w 2 m"] = np.zeros((num_rows, 2, samples - 1))
        self.since: Int[Array, "w"] = np.full(num_rows, -1)  # step at which it was given; -1: none
        self._command = np.zeros((num_rows, 4 if self.is_perfect else 2))

    def keep_course(self, worlds: Worlds) -> None:
        """Without a plan that is what `command` says."""

    def accept(self, worlds: Worlds, rows: Array, action: Array) -> None:
        """Follows these from now on: [len(rows), num_points, 3 or 4]."""
        t, rows = worlds.tables, np.ascontiguousarray(rows, dtype=np.int64)
        place_plans(
            rows, np.ascontiguousarray(action, dtype=np.float64), self.is_perfect, self._seats(worlds),
            t.agents, t.live, t.live_world, self.poses, self.planned_speed, self.since,
        )  # fmt: skip
        if self.tracker == "lqr":
            fit_plans(rows, self.poses, self.spacing, self.profiles, self._samples, self._work)

    def command(self, worlds: Worlds) -> dict[str, Array]:
        """What each vehicle is told, or where it is put, in the next step."""
        t, seats = worlds.tables, self._seats(worlds)
        if self.is_perfect:
            plans = (self.poses, self.planned_speed, self.since)
            next_poses(seats, t.world, t.live, t.live_world, *plans, self.spacing, self._command)
            return {"poses": self._command}
        tables = (seats, t.world, t.agents, t.live, t.live_world, t.driven, t.vehicle)
        if self.tracker == "pursuit":
            pursue(*tables, self.poses, self.since, self.spacing, self._command)
        else:
            track(*tables, self.poses, self.profiles, self.since, self.spacing, self._command)
        return {"controls": self._command}

    def take(self, row: int) -> Any:
        """The plan of a row and when it was given."""
        return tuple(part[row].copy() for part in self._parts())

    def put(self, row: int, kept: Any) -> None:
        """Follows it again."""
        for part, one in zip(self._parts(), kept, strict=True):
            part[row] = one

    def _parts(self) -> tuple[Array, ...]:
        return self.poses, self.planned_speed, self.profiles, self.since

    def _seats(self, worlds: Worlds) -> Seats:
        if self.seats is None:
            self.seats = egos_of(worlds.tables)
        return self.seats


@kernel
def place_plans(
    rows: Array, action: Array, is_perfect: bool, seats: Seats, agents: Table, live: Table, live_world: Table,
    poses: Array, planned_speed: Array, since: Array,
) -> None:  # fmt: skip
    """Moves the plans of some rows from the frames of their vehicles into the map's.

    Poses become those of the point that is led: the box centre, or of the rear axle for the tracker.
    """
    for i in range(len(rows)):
        w = rows[i]
        me, axle = live[seats.agent[w]], 0.0 if is_perfect else agents[seats.agent[w]].axle
        c, s = math.cos(me.heading), math.sin(me.heading)
        since[w], planned_speed[w, 0] = live_world[seats.world[w]].step, me.speed
        poses[w, 0, 0], poses[w, 0, 1], poses[w, 0, 2] = me.x + axle * c, me.y + axle * s, me.heading
        for k in range(action.shape[1]):
            x, y, heading = action[i, k, 0], action[i, k, 1], me.heading + action[i, k, 2]
            poses[w, k + 1, 0] = me.x + c * x - s * y + axle * math.cos(heading)
            poses[w, k + 1, 1] = me.y + s * x + c * y + axle * math.sin(heading)
            poses[w, k + 1, 2] = heading
            planned_speed[w, k + 1] = action[i, k, 3] if action.shape[2] == 4 else math.nan
        unwrap_headings(poses[w])


@kernel
def fit_plans(
    rows: Array, poses: Array, spacing: float, profiles: Array, samples: Array, work: Array
) -> None:
    """Speed and curvature profiles of the plans of some rows."""
    for i in range(len(rows)):
        w = rows[i]
        resample(poses[w], spacing, STEP, samples)
        fit_profiles(samples, profiles[w, 0], profiles[w, 1], work)


@kernel
def _rear_axle(it: Row, me: Row) -> tuple[float, float]:
    return me.x + it.axle * math.cos(me.heading), me.y + it.axle * math.sin(me.heading)


@kernel
def track(
    seats: Seats, world: Table, agents: Table, live: Table, live_world: Table, driven: Table, vehicle: Table,
    poses: Array, profiles: Array, since: Array, spacing: float, controls: Array,
) -> None:  # fmt: skip
    """Wanted acceleration and steering angle of every row by the LQR; without a plan it keeps its course."""
    for w in range(len(since)):
        here, now = world[seats.world[w]], live_world[seats.world[w]]
        it, me = agents[seats.agent[w]], live[seats.agent[w]]
        if now.ending != 0 or me.presence != 1:
            continue
        steering = read_steering(driven[seats.driven[w]], vehicle[seats.driven[w]])
        if since[w] < 0:
            controls[w, 0], controls[w, 1] = 0.0, steering
            continue
        x, y = _rear_axle(it, me)
        acceleration, rate = lqr_command(
            x, y, me.heading, me.speed, steering, it.wheelbase,
            poses[w], spacing, profiles[w, 0], profiles[w, 1], (now.step - since[w]) * here.dt,
        )  # fmt: skip
        controls[w, 0], controls[w, 1] = acceleration, steering + rate * here.dt


@kernel
def pursue(
    seats: Seats, world: Table, agents: Table, live: Table, live_world: Table, driven: Table, vehicle: Table,
    poses: Array, since: Array, spacing: float, controls: Array,
) -> None:  # fmt: skip
    """As `track`, by pure pursuit."""
    for w in range(len(since)):
        here, now = world[seats.world[w]], live_world[seats.world[w]]
        it, me = agents[seats.agent[w]], live[seats.agent[w]]
        if now.ending != 0 or me.presence != 1:
            continue
        if since[w] < 0:
            controls[w, 0] = 0.0
            controls[w, 1] = read_steering(driven[seats.driven[w]], vehicle[seats.driven[w]])
            continue
        x, y = _rear_axle(it, me)
        controls[w, 0], controls[w, 1] = pursuit_command(
            x, y, me.heading, me.speed, it.wheelbase, poses[w], spacing, (now.step - since[w]) * here.dt
        )


@kernel
def next_poses(
    seats: Seats, world: Table, live: Table, live_world: Table,
    poses: Array, planned_speed: Array, since: Array, spacing: float, targets: Array,
) -> None:  # fmt: skip
    """Centre pose and speed at the next step of every row; without a plan it goes straight on."""
    for w in range(len(since)):
        here, now = world[seats.world[w]], live_world[seats.world[w]]
        me = live[seats.agent[w]]
        if now.ending != 0 or me.presence != 1:
            continue
        if since[w] < 0:
            targets[w, 0], targets[w, 1] = me.x + me.vx * here.dt, me.y + me.vy * here.dt
            targets[w, 2], targets[w, 3] = me.heading, me.speed
            continue
        time = (now.step + 1 - since[w]) * here.dt
        x, y, heading = pose_at(poses[w], spacing, time)
        speed = profile_at(planned_speed[w], spacing, time)
        if math.isnan(planned_speed[w, 1]):
            dx, dy = x - me.x, y - me.y
            speed = math.sqrt(dx * dx + dy * dy) / here.dt
            if dx * math.cos(heading) + dy * math.sin(heading) < 0.0:
                speed = -speed
        targets[w, 0], targets[w, 1] = x, y
        targets[w, 2], targets[w, 3] = principal_angle(heading), speed
