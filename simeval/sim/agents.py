"""From one scenario to the rows of its agents: who drives, along which path, from where."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from simeval.arrays import Array
from simeval.geometry import project
from simeval.scenario import Controller, Driver, Scenario, States
from simeval.sim.settings import SimSettings
from simeval.sim.traffic_rules import driver_of
from simeval.traffic.lanes_beside import paths_beside
from simeval.traffic.paths import Path, drawn_path, logged_path

__all__ = ["EGO_DRIVERS", "Cast", "cast_of"]

EGO_DRIVERS = {
    "log": Driver.LOG,
    "constant-velocity": Driver.CONSTANT_VELOCITY,
    "idm": Driver.IDM_EGO,
}
ON_PATHS = (
    Driver.IDM, Driver.SCRIPTED, Driver.TRAFFIC_POLICY, Driver.REACTIVE_REPLAY, Driver.IDM_NUPLAN,
    Driver.IDM_WAYMAX, Driver.MOBIL, Driver.PEDESTRIAN, Driver.CYCLIST,
)  # fmt: skip
FOLLOWS = [int(driver) for driver in ON_PATHS]
DRIVER_OF = {int(c): int(Driver[c.name]) for c in Controller if c.name in Driver.__members__}
NEVER = 1 << 40  # an entry step that does not come
STANDS_BELOW = 1.0  # [m/s] a recorded agent that ends slower has not left the scene: it stands
STOP_REACH = 2.0  # [m] a stop point this near to a path concerns it
ON_LANE = 2.0  # [m] from a centre line
NUPLAN_SPEED = 10.0  # [m/s]
CROSSING_SPEEDS = {
    Driver.PEDESTRIAN: (0.8, 2.0),
    Driver.CYCLIST: (2.0, 8.0),
}  # [m/s], within which a log counts
LEAST_DESIRED = 2.0  # [m/s] of vehicles that hardly moved in the log


@dataclass(frozen=True, kw_only=True, eq=False)
class Cast:
    """Everyone in one scenario, ready for the tables."""

    driver: Array  # Driver of each agent
    enter: Array  # scenario step
    desired: Array  # [m/s]
    stays: Array
    path: Array  # which of the paths each agent follows, -1: none
    paths: list[Path]
    stops: list[list[tuple[float, int]]]  # (arc length, signal) on each path
    left: list[int]  # path beside each path, -1: none
    right: list[int]

    def path_of(self, agent: int) -> Path | None:
        """The path of an agent."""
        number = int(self.path[agent])
        return self.paths[number] if number >= 0 else None


def cast_of(scenario: Scenario, ego_driver: int, settings: SimSettings) -> Cast:
    """Decides for every agent of a scenario who drives it."""
    agents, states, start = scenario.agents, _writable(scenario.states), scenario.start_step
    later = states.valid.copy()
    later[:start] = False
    enter = np.where(later.any(axis=0), later.argmax(axis=0), NEVER)
    speed = states.speed
    driver = _drivers(scenario, settings)
    follows = np.isin(driver, FOLLOWS) & (enter != NEVER)
    found: list[Path | None] = [None] * len(agents)
    if scenario.ego is not None:
        driver[scenario.ego], follows[scenario.ego] = ego_driver, False
        found[scenario.ego] = None if scenario.route is None else drawn_path(scenario.route.xy)
    drawn = scenario.paths.counts >= 2
    for a in np.flatnonzero(follows).tolist():
        line = scenario.paths[a] if drawn[a] else None
        found[a] = logged_path(states, speed, a, int(enter[a])) if line is None else drawn_path(line)
    paths = [path for path in found if path is not None]
    has_path = np.asarray([path is not None for path in found])
    # Who has no way to go stands, but for those that then stay on their log.
    driver[follows & ~has_path & (driver != Driver.REACTIVE_REPLAY)] = Driver.PARKED
    own = np.where(has_path, np.cumsum(has_path) - 1, -1)
    beside = paths_beside(scenario.map, paths, [int(k) for k in own[(driver == Driver.MOBIL) & has_path]])
    paths += beside.added
    return Cast(
        driver=driver,
        enter=enter,
        desired=_desired(scenario, speed, later, driver),
        stays=(follows & ~drawn & _stands_at_end(states, speed)).astype(np.int64),
        path=own,
        paths=paths,
        stops=[_stops(scenario, path) for path in paths],
        left=beside.left,
        right=beside.right,
    )


def _writable(states: States) -> States:
    """The same states in arrays that kernels take: those of a pack are read-only."""
    arrays = {f.name: np.require(getattr(states, f.name), requirements=["C", "W"]) for f in fields(states)}
    return States(**arrays)


def _drivers(scenario: Scenario, settings: SimSettings) -> Array:
    """Who moves each agent, by its controller; what that leaves open the traffic rules say."""
    agents, auto = scenario.agents, int(Controller.AUTO)
    return np.asarray(
        [
            int(driver_of(settings.traffic, agents.kind_of(a), agents.ids[a]))
            if controller == auto
            else DRIVER_OF[controller]
            for a, controller in enumerate(agents.controller.tolist())
        ]
    )


def _stands_at_end(states: States, speed: Array) -> Array:
    """Whether each agent stands where its log ends."""
    final = states.num_steps - 1 - states.valid[::-1].argmax(axis=0)
    return np.asarray(np.abs(speed[final, np.arange(speed.shape[1])]) < STANDS_BELOW)


def _desired(scenario: Scenario, speed: Array, later: Array, driver: Array) -> Array:
    """Desired speeds: as the scenario says, else the highest recorded one."""
    recorded = np.where(later, speed, 0.0).max(axis=0, initial=0.0)
    given = scenario.agents.desired_speed
    desired = np.where(given > 0.0, given, np.maximum(recorded, LEAST_DESIRED))
    for kind, (least, most) in CROSSING_SPEEDS.items():
        desired = np.where((driver == kind) & (given <= 0.0), np.clip(recorded, least, most), desired)
    for a in np.flatnonzero(driver == Driver.IDM_NUPLAN):
        desired[a] = _limit_at_start(scenario, int(a))
    return np.asarray(desired)


def _limit_at_start(scenario: Scenario, agent: int) -> float:
    """The speed limit of the lane an agent starts on [m/s]; 10 where none is known, as nuPlan has it."""
    lanes = scenario.map.lanes
    t = int(np.flatnonzero(scenario.states.valid[:, agent])[0])
    xy, heading = scenario.states.xy[t, agent], scenario.states.heading[t, agent]
    best = ON_LANE, NUPLAN_SPEED
    for i in np.flatnonzero(lanes.has_limit):
        centre = lanes.centre[int(i)]
        near = int(((centre - xy) ** 2).sum(axis=1).argmin())
        step = np.diff(centre[max(near - 1, 0) : near + 2], axis=0).sum(axis=0)
        away = project(centre, xy[None])[1]
        if step @ [np.cos(heading), np.sin(heading)] > 0.7 * np.hypot(*step) and abs(away[0]) < best[0]:
            best = abs(float(away[0])), float(lanes.speed_limit[i])
    return best[1]


def _stops(scenario: Scenario, path: Path) -> list[tuple[float, int]]:
    """Signals whose stop point lies on the path, in driving direction of their lane where it is known."""
    signals = scenario.signals
    if not len(signals):
        return []
    line = np.stack([path.x, path.y], axis=1)
    at, offset = project(line, signals.stop_xy)
    found = []
    for k in np.flatnonzero(np.abs(offset) <= STOP_REACH):
        i = int(np.clip(np.searchsorted(path.s, at[k], side="right") - 1, 0, len(path.s) - 2))
        if 0.0 < at[k] < path.s[-1] and _same_way(scenario, int(k), path.ux[i], path.uy[i]):
            found.append((float(at[k]), int(k)))
    return sorted(found)


def _same_way(scenario: Scenario, signal: int, ux: float, uy: float) -> bool:
    lane = int(scenario.signals.lane[signal])
    if lane < 0:
        return True
    centre = scenario.map.lanes.centre[lane]
    near = int(((centre - scenario.signals.stop_xy[signal]) ** 2).sum(axis=1).argmin())
    i = min(near, len(centre) - 2)
    step = centre[i + 1] - centre[i]
    return bool(step[0] * ux + step[1] * uy > 0.7 * np.hypot(step[0], step[1]))
