"""The closed lists of the domain: kinds of agents, lanes, areas, edges; signal states; controllers.

Numbers are stored in packs and traces: they never change, new ones are appended.
"""

from __future__ import annotations

from enum import IntEnum

__all__ = ["AgentKind", "AreaKind", "Controller", "EdgeKind", "LaneKind", "SignalState", "Source"]


class AgentKind(IntEnum):
    """What a road user is."""

    CAR = 1
    VAN = 2
    TRUCK = 3
    BUS = 4
    MOTORCYCLE = 5
    CYCLIST = 6
    PEDESTRIAN = 7
    STATIC = 8
    OTHER = 9

    @property
    def is_vehicle(self) -> bool:
        """Drives on lanes by an engine: cars, vans, trucks, buses, motorcycles."""
        return self <= AgentKind.MOTORCYCLE

    @property
    def is_vulnerable(self) -> bool:
        """Pedestrians and cyclists (nuPlan's VRU)."""
        return self in (AgentKind.PEDESTRIAN, AgentKind.CYCLIST)


class Controller(IntEnum):
    """Who moves an agent. AUTO leaves it to the run's traffic setting."""

    AUTO = 0
    REPLAY = 1
    IDM = 2
    SCRIPTED = 3
    PARKED = 4
    REACTIVE_REPLAY = 5
    IDM_NUPLAN = 6
    IDM_WAYMAX = 7
    MOBIL = 8
    PEDESTRIAN = 9
    CYCLIST = 10
    POLICY = 11


class LaneKind(IntEnum):
    """What a lane is for."""

    VEHICLE = 1
    BIKE = 2
    BUS = 3
    FREEWAY = 4
    UNKNOWN = 9


class AreaKind(IntEnum):
    """What a polygon of the map means."""

    DRIVABLE = 1
    INTERSECTION = 2
    CROSSWALK = 3
    STOP = 4
    DRIVEWAY = 5
    SPEED_BUMP = 6


class EdgeKind(IntEnum):
    """Lines of the map. Road edges bound the road, which lies to their left; the rest is paint."""

    BOUNDARY = 1
    MEDIAN = 2
    LINE = 3


class SignalState(IntEnum):
    """What a signal shows. UNKNOWN is not green."""

    NONE = 0
    UNKNOWN = 1
    GREEN = 2
    YELLOW = 3
    RED = 4


class Source(IntEnum):
    """How an element of the map came to be."""

    GIVEN = 1
    INFERRED = 2
    ABSENT = 3
