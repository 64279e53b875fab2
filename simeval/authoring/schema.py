"""The keys of a family file. Every Struct is one table."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

__all__ = [
    "At", "Brake", "Crossing", "DoTable", "Ego", "ExpectTable", "FamilyFile", "Goal", "LaneChange",
    "ParameterTable", "Phase", "RoadUser", "SignalTable", "Speed", "Stop", "SuiteFile", "Walk", "When",
]  # fmt: skip

Positive = Annotated[float, Meta(gt=0)]
NotNegative = Annotated[float, Meta(ge=0)]
Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.\-]+$")]
Side = Literal["left", "right"]


class ParameterTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A parameter: `values` make a grid, `range` is drawn from for seeds from 1 on."""

    default: float | str | None = None
    values: tuple[float | str, ...] | None = None
    range: tuple[float, float] | None = None


class At(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A place on a lane: `s_m` from its start, or a bumper-to-bumper gap to another road user."""

    lane: str
    s_m: NotNegative | None = None
    ahead_of: str | None = None
    behind: str | None = None
    gap_m: NotNegative | None = None
    speed_mps: NotNegative = 0.0
    offset_m: float = 0.0  # to the left of the lane's centre line
    heading_offset_deg: float = 0.0  # counter-clockwise


class Goal(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the ego wants to be."""

    lane: str
    s_m: NotNegative


class Crossing(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"from_side": "from"}):
    """A way straight across the road, at right angles to a lane."""

    lane: str
    s_m: NotNegative
    from_side: Side = "right"
    margin_m: NotNegative = 1.5  # how far beyond the edges of the road it starts and ends


class When(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A trigger; exactly one key."""

    time_s: NotNegative | None = None
    ego_gap_below_m: Positive | None = None
    ego_ttc_below_s: Positive | None = None
    at_s_m: NotNegative | None = None


class Brake(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Slow down at a constant rate."""

    decel_mps2: Positive
    to_mps: NotNegative = 0.0


class Speed(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Change to a speed at a constant rate."""

    to_mps: NotNegative
    accel_mps2: Positive = 1.5


class LaneChange(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Move sideways, to another lane's centre line or by a distance to the left."""

    to_lane: str | None = None
    shift_m: float | None = None
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


class Ego(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The agent under test."""

    kind: str = "car"
    at: At
    goal: Goal
    route: tuple[str, ...] = ()  # empty: straight on
    change_at_s_m: tuple[NotNegative, ...] = ()  # where each lane change of the route begins
    change_over_m: Positive = 60.0
    size_m: tuple[Positive, Positive] | None = None  # length, width
    desired_speed_mps: Positive | None = None


class RoadUser(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Anyone but the ego; has `at`, `path` or `crossing`."""

    id: Name
    kind: str = "car"
    controller: Literal["idm", "scripted", "parked"] = "idm"
    at: At | None = None
    route: tuple[str, ...] = ()
    change_at_s_m: tuple[NotNegative, ...] = ()
    change_over_m: Positive = 60.0
    path: tuple[tuple[float, float], ...] | None = None
    crossing: Crossing | None = None
    speed_mps: NotNegative = 0.0  # at the start of a `path` or `crossing`
    size_m: tuple[Positive, Positive] | None = None
    desired_speed_mps: Positive | None = None
    do: tuple[DoTable, ...] = ()


class Phase(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a signal shows, and for how long."""

    state: Literal["green", "yellow", "red", "unknown"]
    for_s: Positive


class SignalTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One head for each of `lanes`; the last phase lasts unless `repeat`."""

    lanes: tuple[str, ...]
    stop_line_s_m: NotNegative | None = None  # default: the lane's end
    phases: tuple[Phase, ...]
    repeat: bool = False


class ExpectTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Drivers that must pass and drivers that must fail."""

    solvable_by: tuple[str, ...] = ()
    failed_by: tuple[str, ...] = ()


class FamilyFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole family file. `map` is read by its template."""

    format: Literal[1]
    family: Name
    doc: Annotated[str, Meta(min_length=1)]
    tags: tuple[Name, ...] = ()
    dt_s: Annotated[float, Meta(ge=0.01, le=0.5)] | None = None
    duration_s: Annotated[float, Meta(gt=0, le=600)] | None = None
    map: dict[str, Any]
    parameters: dict[str, Any] = {}
    ego: Ego
    agent: tuple[RoadUser, ...] = ()
    signal: tuple[SignalTable, ...] = ()
    expect: ExpectTable = ExpectTable()


class SuiteFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`suite.toml`: what a folder of families is about, and their defaults."""

    format: Literal[1]
    doc: Annotated[str, Meta(min_length=1)]
    endpoint: Literal["pass_rate"] = "pass_rate"
    dt_s: Annotated[float, Meta(ge=0.01, le=0.5)] = 0.1
    duration_s: Annotated[float, Meta(gt=0, le=600)] = 15.0
