"""The keys of a family file. Every Struct is one table."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from simeval.authoring.schema_actions import DoTable
from simeval.authoring.schema_values import (
    Coordinate,
    Name,
    NotNegative,
    Offset,
    Positive,
    Side,
    Size,
    SpeedMps,
)

__all__ = [
    "At", "Crossing", "Ego", "ExpectTable", "FamilyFile", "Goal", "ParameterTable", "Phase", "RoadUser",
    "SignalTable", "SuiteFile", "TrafficTable",
]  # fmt: skip


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
    speed_mps: SpeedMps = 0.0
    offset_m: Offset = 0.0  # to the left of the lane's centre line
    heading_offset_deg: Offset = 0.0  # counter-clockwise


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


class Ego(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The agent under test."""

    kind: str = "car"
    at: At
    goal: Goal
    route: tuple[str, ...] = ()  # empty: straight on
    change_at_s_m: tuple[NotNegative, ...] = ()  # where each lane change of the route begins
    change_over_m: Positive = 60.0
    size_m: tuple[Size, Size] | None = None  # length, width
    desired_speed_mps: Annotated[float, Meta(gt=0, le=100)] | None = None


class RoadUser(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Anyone but the ego; has `at`, `path` or `crossing`."""

    id: Name
    kind: str = "car"
    controller: Literal[
        "idm", "scripted", "parked", "auto", "mobil", "pedestrian", "cyclist", "idm-nuplan", "idm-waymax"
    ] = "idm"  # fmt: skip
    at: At | None = None
    route: tuple[str, ...] = ()
    change_at_s_m: tuple[NotNegative, ...] = ()
    change_over_m: Positive = 60.0
    path: tuple[tuple[Coordinate, Coordinate], ...] | None = None
    crossing: Crossing | None = None
    speed_mps: SpeedMps = 0.0  # at the start of a `path` or `crossing`
    size_m: tuple[Size, Size] | None = None
    desired_speed_mps: Annotated[float, Meta(gt=0, le=100)] | None = None
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


class TrafficTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Vehicles that drive by themselves along drawn routes."""

    count: Annotated[int, Meta(ge=0, le=2000)] = 0
    arrivals_per_minute: Annotated[float, Meta(ge=0, le=120)] = 0.0  # on each lane that the map begins with
    seed: Annotated[int, Meta(ge=0, le=2**31)] = 0
    kinds: dict[str, Annotated[float, Meta(gt=0)]] = {}  # shares; none: those of `fill.KINDS`


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
    traffic: TrafficTable = TrafficTable()
    expect: ExpectTable = ExpectTable()


class SuiteFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`suite.toml`: what a folder of families is about, and their defaults."""

    format: Literal[1]
    doc: Annotated[str, Meta(min_length=1)]
    endpoint: Literal["pass_rate"] = "pass_rate"
    min_pass_rate: Annotated[float, Meta(gt=0, le=1)] | None = None  # what a test session wants of it
    dt_s: Annotated[float, Meta(ge=0.01, le=0.5)] = 0.1
    duration_s: Annotated[float, Meta(gt=0, le=600)] = 15.0
    traffic: Annotated[str, Meta(min_length=1)] | None = None  # rules of a run that says nothing of it
