"""Stop lines: red and amber lights, stop signs."""

from __future__ import annotations

from typing import NamedTuple

from simeval.kernel import kernel

__all__ = [
    "APPROACHING",
    "HALTING",
    "RELEASED",
    "StopLineParameters",
    "dilemma_distance",
    "gap_to_line",
    "stop_sign",
    "stops_at_amber",
]

APPROACHING, HALTING, RELEASED = 0, 1, 2  # phases at a stop sign


class StopLineParameters(NamedTuple):
    """A driver before a line."""

    reaction: float = 1.0  # [s]
    comfortable_braking: float = 3.05  # [m/s^2], 10 ft/s^2: what amber times are made for
    standoff: float = 1.0  # how far before the line the front comes to stand [m]
    standing: float = 0.1  # [m/s] slower is standing
    near: float = 3.0  # standing farther before the line is not a halt at it [m]
    halt: float = 1.0  # how long one stands and looks at a stop sign [s]


@kernel
def dilemma_distance(speed: float, p: StopLineParameters) -> float:
    """Distance within which one cannot stop comfortably any more [m].

    Source: Gazis, Herman & Maradudin, Operations Research 8 (1960) 112-132: v t + v^2 / 2b.
    """
    return speed * p.reaction + speed * speed / (2.0 * p.comfortable_braking)


@kernel
def stops_at_amber(distance: float, speed: float, p: StopLineParameters) -> bool:
    """Whether a driver whose front is `distance` before the line stops as the light turns amber."""
    return distance >= dilemma_distance(speed, p)


@kernel
def gap_to_line(distance: float, min_gap: float, p: StopLineParameters) -> float:
    """Gap to a standing leader that makes a follower stop `standoff` before a line [m].

    A follower stands still `min_gap` behind a leader, so the leader is put that much behind the line.
    """
    return max(distance - p.standoff + min_gap, 0.01)


@kernel
def stop_sign(
    phase: int, clock: float, distance: float, speed: float, clear: bool, dt: float, p: StopLineParameters
) -> tuple[int, float, bool]:
    """(phase, clock, whether the line holds the driver) at a stop sign, one step on.

    One drives up to the line, stands there for `halt` seconds at least, and goes when the way is clear. A
    driver whose front is past the line is released. `clock` is the time stood at the line [s].
    """
    if phase == RELEASED or distance < 0.0:
        return RELEASED, clock, False
    if phase == APPROACHING and speed < p.standing and distance <= p.near:
        phase, clock = HALTING, 0.0
    elif phase == HALTING:
        clock += dt
        if clear and clock >= p.halt:
            return RELEASED, clock, False
    return phase, clock, True
