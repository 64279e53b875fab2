"""Our dynamic single track: linear tyres with a friction limit, stable at any speed and step.

    m (vy' + vx r) = Ff cos(d) + Fr          Ff = Cf (tan(d) - (vy + a r) / vx)
    I r' = a Ff cos(d) - b Fr                Fr = Cr (b r - vy) / vx

Source: Rajamani, Vehicle Dynamics and Control, 2nd ed., 2.3, with tangents of the slip angles in place of
the angles. With them the limit of low speed is the kinematic model itself: the tyres get stiffer as 1/vx
and hold the slips at zero. Explicit steps break there, which is why others switch models at a low speed.
Here both equations are multiplied by |vx| and solved by an L-stable implicit method, so they pass over
into the kinematic constraint smoothly, by themselves, and into standstill without division by zero.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from simeval.kernel import kernel

__all__ = ["SingleTrack", "single_track_step"]

GRAVITY = 9.81  # [m/s^2]
GAMMA = 1.0 - math.sqrt(0.5)  # Alexander, SIAM J. Numer. Anal. 14 (1977): order 2, L-stable
NUM_SWEEPS = 4  # for the friction limit; without one the first is exact


class SingleTrack(NamedTuple):
    """A mid-size car; stiffnesses are of both tyres of an axle."""

    mass: float = 1500.0  # [kg]
    yaw_inertia: float = 2500.0  # [kg m^2]
    front: float = 1.2  # front axle ahead of the centre of gravity [m]
    rear: float = 1.5  # rear axle behind it [m]
    front_stiffness: float = 110e3  # [N/rad]
    rear_stiffness: float = 130e3
    friction: float = math.inf  # between tyre and road; the default keeps the tyres linear


@kernel
def _secant(stiffness: float, force: float, used: float, most: float) -> float:
    """Stiffness that gives a brush tyre's force at the slip where `used` gave `force`.

    Brush model with parabolic pressure: Pacejka, Tyre and Vehicle Dynamics, 2nd ed., 3.2.
    """
    slip = math.fabs(force) / used
    share = stiffness * slip / most
    if share >= 3.0:
        return most / slip
    return stiffness * (1.0 - share / 3.0 + share * share / 27.0)


@kernel
def _stage(
    vx: float, steering: float, from_vy: float, from_r: float, h: float, start_front: float,
    start_rear: float, p: SingleTrack,
) -> tuple[float, float, float, float]:  # fmt: skip
    """Lateral speed and yaw rate z with z = from + h f(z), and the stiffnesses that go with them."""
    a, b, m, inertia, c = p.front, p.rear, p.mass, p.yaw_inertia, math.cos(steering)
    fast, wanted, weight = math.fabs(vx), vx * math.tan(steering), p.mass * GRAVITY / (p.front + p.rear)
    front, rear, vy, r = start_front, start_rear, 0.0, 0.0
    for _ in range(NUM_SWEEPS):
        cf = front * c
        yy, yr = fast + h * (cf + rear) / m, h * ((a * cf - b * rear) / m + vx * fast)
        ry, rr = h * (a * cf - b * rear) / inertia, fast + h * (a * a * cf + b * b * rear) / inertia
        right_y = fast * from_vy + h * cf / m * wanted
        right_r = fast * from_r + h * a * cf / inertia * wanted
        determinant = yy * rr - yr * ry
        vy, r = (right_y * rr - yr * right_r) / determinant, (yy * right_r - ry * right_y) / determinant
        push, twist = m * ((vy - from_vy) / h + vx * r), inertia * (r - from_r) / h
        before_front, before_rear = front, rear
        front = _secant(p.front_stiffness, (b * push + twist) / (c * (a + b)), front, p.friction * weight * b)
        rear = _secant(p.rear_stiffness, (a * push - twist) / (a + b), rear, p.friction * weight * a)
        if front == before_front and rear == before_rear:
            break
    return vy, r, front, rear


@kernel
def single_track_step(
    x: float, y: float, heading: float, vx: float, vy: float, yaw_rate: float,
    acceleration: float, steering: float, next_steering: float, dt: float, p: SingleTrack,
) -> tuple[float, float, float, float, float, float]:  # fmt: skip
    """State (x, y, heading, vx, vy, yaw rate) of the centre of gravity after dt.

    `vx`, `vy` are along and to the left of the heading. `acceleration` is that of vx: the drive line makes
    up for the drag of cornering. The road-wheel angle goes linearly from `steering` to `next_steering`.
    Second order in dt. A vehicle that brakes to zero stands: it does not start to reverse.
    """
    stands = vx * (vx + acceleration * dt) < 0.0
    h = -vx / acceleration if stands else dt
    early, late = vx + GAMMA * h * acceleration, 0.0 if stands else vx + h * acceleration
    angle = steering + GAMMA * h / dt * (next_steering - steering)
    vy1, r1, front, rear = _stage(
        early, angle, vy, yaw_rate, GAMMA * h, p.front_stiffness, p.rear_stiffness, p
    )
    share = (1.0 - GAMMA) / GAMMA
    angle = steering + h / dt * (next_steering - steering)
    vy2, r2, _, _ = _stage(
        late, angle, vy + share * (vy1 - vy), yaw_rate + share * (r1 - yaw_rate), GAMMA * h, front, rear, p
    )
    half = 0.5 * h * ((1.0 - GAMMA) * r1 + GAMMA * r2)
    reach = h * (math.sin(half) / half if math.fabs(half) > 1e-9 else 1.0)
    ahead, left = reach * 0.5 * (vx + late), reach * ((1.0 - GAMMA) * vy1 + GAMMA * vy2)
    c, s = math.cos(heading + half), math.sin(heading + half)
    return x + ahead * c - left * s, y + ahead * s + left * c, heading + 2.0 * half, late, vy2, r2
