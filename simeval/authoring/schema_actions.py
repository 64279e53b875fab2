"""The keys of `[[agent.do]]`: triggers and actions."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from simeval.authoring.schema_values import Coordinate, NotNegative, Offset, Positive, SpeedMps

__all__ = [
    "AgentAction", "AgentGap", "Brake", "Cruise", "DoTable", "KeepGap", "LaneChange", "Region", "Speed",
    "Stop", "Swerve", "Walk", "When",
]  # fmt: skip


class Region(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rectangle of the map, from and to."""

    x_m: tuple[Coordinate, Coordinate]
    y_m: tuple[Coordinate, Coordinate]


class AgentAction(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An action of another agent, counted from 1."""

    agent: str
    number: Annotated[int, Meta(ge=1)] = 1


class AgentGap(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A distance to another agent."""

    agent: str
    gap_m: Positive


class When(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A trigger; exactly one key."""

    time_s: NotNegative | None = None
    ego_gap_below_m: Positive | None = None
    ego_ttc_below_s: Positive | None = None
    at_s_m: NotNegative | None = None
    ego_path_gap_below_m: Positive | None = None
    ego_headway_below_s: Positive | None = None
    ego_at_s_m: NotNegative | None = None
    ego_in_region: Region | None = None
    speed_above_mps: SpeedMps | None = None
    speed_below_mps: SpeedMps | None = None
    agent_action: AgentAction | None = None
    agent_gap_below_m: AgentGap | None = None


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
    profile: Literal["quintic", "linear", "sinusoidal"] = "quintic"
    over_s: Positive | None = None  # 4 s, where neither is said
    lateral_mps: Positive | None = None  # on average


class Swerve(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Move sideways and back."""

    shift_m: Offset
    over_s: Positive = 4.0


class Stop(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Come to a stand at an arc length of the own path, as late as the deceleration allows."""

    at_s_m: NotNegative
    decel_mps2: Positive = 3.0


class Walk(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Walk along the path."""

    speed_mps: Positive = 1.4


class KeepGap(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Open or close the gap to the vehicle ahead, and keep it."""

    gap_m: NotNegative
    headway_s: NotNegative = 0.0


class Cruise(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Drive by idm from now on."""

    speed_mps: Positive | None = None


class DoTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One trigger and exactly one action."""

    when: When
    brake: Brake | None = None
    speed: Speed | None = None
    lane_change: LaneChange | None = None
    stop: Stop | None = None
    walk: Walk | None = None
    swerve: Swerve | None = None
    keep_gap: KeepGap | None = None
    cruise: Cruise | None = None
