"""The nouns: scenarios, maps, signals, traces."""

from simeval.scenario.agents import Agents, Bodies, States
from simeval.scenario.kinds import (
    AgentKind,
    AreaKind,
    Controller,
    EdgeKind,
    LaneKind,
    SignalState,
    Source,
)
from simeval.scenario.polylines import Polylines
from simeval.scenario.roadmap import Areas, Edges, Lanes, Links, RoadMap
from simeval.scenario.scenario import Expect, Provenance, Route, Scenario
from simeval.scenario.script import Action, Do, Trigger
from simeval.scenario.signals import Signals
from simeval.scenario.trace import Driver, Ending, Flag, Plans, Trace

__all__ = [
    "Action",
    "AgentKind",
    "Agents",
    "AreaKind",
    "Areas",
    "Bodies",
    "Controller",
    "Do",
    "Driver",
    "EdgeKind",
    "Edges",
    "Ending",
    "Expect",
    "Flag",
    "LaneKind",
    "Lanes",
    "Links",
    "Plans",
    "Polylines",
    "Provenance",
    "RoadMap",
    "Route",
    "Scenario",
    "SignalState",
    "Signals",
    "Source",
    "States",
    "Trace",
    "Trigger",
]
