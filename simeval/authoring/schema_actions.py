"""The keys of `[[agent.do]]`: triggers and actions."""

from __future__ import annotations

from msgspec import Struct

from simeval.authoring.schema_values import NotNegative, Offset, Positive, SpeedMps

__all__ = ["Brake", "DoTable", "LaneChange", "Speed", "Stop", "Walk", "When"]


class When(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A trigger; exactly one key."""

    time_s: NotNegative | None = None
    ego_gap_below_m: Positive | None = None
    ego_ttc_below_s: Positive | None = None
    at_s_m: NotNegative | None = None


class Brake(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Slow down at a constant rate."""

    decel_mps2: Positive
    to_mps: SpeedMps = 0.0


class Speed(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Change to a speed at a constant rate."""

    to_mps: SpeedMps
    accel_mps2: Positive = 1.5


class LaneChange(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Move sideways, to another lane's centre line or by a distance to the left."""

    to_lane: str | None = None
    shift_m: Offset | None = None
    over_s: Positive = 4.0


class Stop(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Come to a stand at an arc length of the own path, as late as the deceleration allows."""

    at_s_m: NotNegative
    decel_mps2: Positive = 3.0


class Walk(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Walk along the path."""

    speed_mps: Positive = 1.4


class DoTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One trigger and exactly one action."""

    when: When
    brake: Brake | None = None
    speed: Speed | None = None
    lane_change: LaneChange | None = None
    stop: Stop | None = None
    walk: Walk | None = None
