"""What the columns of an observation's tensors are, with their units."""

from __future__ import annotations

__all__ = ["COLUMNS", "KIND_NAMES", "SIGNAL_NAMES"]

Column = tuple[str, str]
POINT: tuple[Column, ...] = (("x", "m"), ("y", "m"), ("cos", "1"), ("sin", "1"))

COLUMNS: dict[str, tuple[Column, ...]] = {
    "ego_history": (*POINT, ("speed", "m/s"), ("acceleration", "m/s^2"), ("yaw_rate", "rad/s")),
    "ego_parameters": (
        ("length", "m"), ("width", "m"), ("wheelbase", "m"), ("rear_axle", "m"), ("max_steering", "rad"),
        ("trailer_length", "m"),
    ),
    "agents_history": (*POINT, ("vx", "m/s"), ("vy", "m/s"), ("length", "m"), ("width", "m")),
    "agents_kind": (("kind", "code"),),
    "agents_valid": (("valid", "bool"),),
    "lanes": POINT,
    "lanes_attributes": (
        ("limit", "m/s"), ("limit_known", "0 or 1"), ("on_route", "0 or 1"), ("in_intersection", "0 or 1"),
        ("inferred", "0 or 1"), ("width", "m"),
    ),
    "lanes_signal": (("state", "code"),),
    "lanes_valid": (("valid", "bool"),),
    "edges": POINT,
    "edges_valid": (("valid", "bool"),),
    "route": POINT,
    "route_valid": (("valid", "bool"),),
    "goal": (("x", "m"), ("y", "m"), ("known", "0 or 1")),
    "time_s": (("time", "s"),),
    "active": (("active", "bool"),),
}  # fmt: skip
"""Name and unit of each column of the last axis; a tensor with one column has no such axis."""

KIND_NAMES = ("none", "car", "truck or bus", "pedestrian", "cyclist", "static", "trailer")
"""Of the codes in `agents_kind`."""

SIGNAL_NAMES = ("none", "unknown", "green", "yellow", "red")
"""Of the codes in `lanes_signal`."""
