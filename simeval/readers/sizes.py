"""Sizes that are assumed where a format gives none: customary values of the data sets' own tools [m]."""

from __future__ import annotations

from simeval.scenario.kinds import AgentKind

__all__ = ["ASSUMED_SIZES"]

ASSUMED_SIZES: dict[AgentKind, tuple[float, float]] = {
    AgentKind.CAR: (4.6, 2.0),
    AgentKind.VAN: (5.5, 2.1),
    AgentKind.TRUCK: (9.0, 2.6),
    AgentKind.BUS: (11.0, 2.9),
    AgentKind.MOTORCYCLE: (2.0, 0.7),
    AgentKind.CYCLIST: (2.0, 0.7),
    AgentKind.PEDESTRIAN: (0.7, 0.7),
    AgentKind.STATIC: (0.6, 0.6),  # small, so that nothing seems to touch what stands about
    AgentKind.OTHER: (1.0, 1.0),
}
