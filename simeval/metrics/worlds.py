"""Small worlds with scripted traces: a metric's test or example in three lines, without a simulator.

    world = straight_road(cars=[(0, 15), (30, 10)])          # the first car is the ego: (place, speed)
    measured = measure_episode(world.scenario, world.trace)

Everyone follows a plan of (until [s], acceleration [m/s^2], yaw rate [rad/s]) stretches.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from simeval.arrays import Array
from simeval.metrics.world_map import straight_map
from simeval.scenario import (
    AgentKind,
    Agents,
    Driver,
    Ending,
    Plans,
    Polylines,
    Provenance,
    RoadMap,
    Route,
    Scenario,
    Signals,
    SignalState,
    States,
    Trace,
)

__all__ = ["Track", "World", "straight_road", "world"]


@dataclass(frozen=True, kw_only=True)
class Track:
    """How one road user moves. `plan` stretches are (until [s], acceleration [m/s^2], yaw rate [rad/s]);
    after the last one it keeps its speed. It stops at speed zero."""

    x: float = 0.0  # [m]
    y: float = 0.0
    heading: float = 0.0  # [rad]
    speed: float = 0.0  # [m/s]
    plan: tuple[tuple[float, float, float], ...] = ()
    kind: AgentKind = AgentKind.CAR
    length: float = 4.6  # [m]
    width: float = 1.9


@dataclass(frozen=True, kw_only=True)
class World:
    """A scenario and what happened in it."""

    scenario: Scenario
    trace: Trace
    companions: dict[str, Trace] = field(default_factory=dict)  # other drives of it, by role

    def tagged(self, *tags: str) -> World:
        """The same world with these tags."""
        return replace(self, scenario=replace(self.scenario, tags=tags))

    def planned(self, every_s: float, horizon_s: float = 4.0, *, sway: float = 0.0) -> World:
        """The same world, whose ego gave a straight plan at its present speed so often; `sway` turns the
        heading of every second plan by so much [rad]."""
        trace = self.trace
        step = np.arange(0, trace.num_steps, max(1, round(every_s / trace.dt)))
        times = 0.5 * np.arange(round(horizon_s / 0.5) + 1)
        heading = trace.states.heading[step, trace.ego]
        axle = float(trace.agents.bodies.axle[trace.agents.body_offsets[trace.ego]])
        rear = trace.states.xy[step, trace.ego] + axle * np.column_stack([np.cos(heading), np.sin(heading)])
        turned = heading + sway * (np.arange(len(step)) % 2)
        way = trace.states.speed[step, trace.ego, None] * times
        poses = np.stack([
            rear[:, :1] + way * np.cos(turned)[:, None], rear[:, 1:] + way * np.sin(turned)[:, None],
            np.broadcast_to(turned[:, None], way.shape),
        ], axis=2)  # fmt: skip
        poses[:, 0, 2] = heading
        return replace(self, trace=replace(trace, plans=Plans(step=step, poses=poses, spacing=0.5)))

    def ended(self, ending: Ending, detail: str = "") -> World:
        """The same world, ended for another reason."""
        return replace(self, trace=replace(self.trace, ending=ending, ending_detail=detail))


def straight_road(
    cars: Sequence[Sequence[float]], *, seconds: float = 5.0, num_lanes: int = 2,
    speed_limit: float | None = None, goal: float | None = None,
    red_light_at: float | None = None, green_from: float = math.inf,
    plans: Sequence[Sequence[Sequence[float]]] = (), route: Sequence[str] = (),
) -> World:  # fmt: skip
    """Cars (x, speed[, y[, heading]]) at constant speed on a straight road along +x; the first is the ego.

    `plans` may give the first cars stretches (until [s], acceleration [m/s^2], yaw rate [rad/s]).
    Lanes are 3.5 m wide, lane 0 is centred on y = 0 and the others lie to its left; the road is theirs.
    `route` names lanes of the ego's route: `main.0` and so on.
    """
    stretches = [tuple((p[0], p[1], p[2]) for p in plan) for plan in plans]
    stretches += [()] * (len(cars) - len(stretches))
    tracks = [
        Track(
            x=c[0], speed=c[1], y=c[2] if len(c) > 2 else 0.0, heading=c[3] if len(c) > 3 else 0.0, plan=plan
        )
        for c, plan in zip(cars, stretches, strict=True)
    ]
    road_map = straight_map(num_lanes, speed_limit)
    made = world(tracks, road_map=road_map, seconds=seconds, goal=None if goal is None else (goal, 0.0))
    if route and made.scenario.route is not None:
        named = replace(made.scenario.route, lane_ids=tuple(route))
        made = replace(made, scenario=replace(made.scenario, route=named))
    if red_light_at is None:
        return made
    steps = made.trace.num_steps
    red = np.arange(steps)[:, None] * made.trace.dt < green_from
    signals = Signals(
        lane=np.zeros(1, dtype=np.int64), stop_xy=np.array([[red_light_at, 0.0]]),
        state=np.where(red, int(SignalState.RED), int(SignalState.GREEN)).astype(np.int64),
        last_known=np.full(1, steps - 1, dtype=np.int64),
    )  # fmt: skip
    return replace(made, scenario=replace(made.scenario, signals=signals))


def world(
    tracks: Sequence[Track], *, road_map: RoadMap | None = None, seconds: float = 5.0, dt: float = 0.1,
    goal: tuple[float, float] | None = None, route: Array | None = None,
) -> World:  # fmt: skip
    """Road users on their tracks; the first is the ego. The route is by default 200 m straight ahead."""
    steps = round(seconds / dt) + 1
    rows = [_drive(track, steps, dt) for track in tracks]
    columns = [np.stack([row[k] for row in rows], axis=1) for k in range(4)]
    xy, heading, velocity, yaw_rate = columns
    states = States.of(xy, heading, velocity, np.ones(heading.shape, dtype=bool))
    agents = Agents.simple(
        ["ego", *(f"car{k}" for k in range(1, len(tracks)))], [int(t.kind) for t in tracks],
        np.array([t.length for t in tracks]), np.array([t.width for t in tracks]),
    )  # fmt: skip
    first, along = np.array([tracks[0].x, tracks[0].y]), np.arange(0.0, 201.0, 10.0)[:, None]
    ahead = first + along * np.array([math.cos(tracks[0].heading), math.sin(tracks[0].heading)])
    scenario = Scenario(
        id="world/scripted", suite="world", family="scripted", dt=dt, start_step=0, origin=(0.0, 0.0),
        agents=agents, states=states, ego=0,
        route=Route(lane_ids=(), xy=ahead if route is None else route, inferred=False), goal=goal,
        paths=Polylines.of([np.zeros((0, 2))] * len(tracks)), map=road_map or RoadMap.empty(),
        signals=Signals.none(steps), provenance=Provenance(format="authored", licence="Apache-2.0"),
    )  # fmt: skip
    acceleration = np.gradient(states.speed[:, 0], dt) if steps > 1 else np.zeros(steps)
    trace = Trace(
        scenario_id=scenario.id, dt=dt, first_step=0, agents=agents, ego=0, states=states,
        yaw_rate=yaw_rate, flags=np.zeros(heading.shape, dtype=np.int64),
        driver=np.full(len(tracks), int(Driver.REPLAY), dtype=np.int64), command=np.zeros((steps, 2)),
        acceleration=acceleration, steering=np.zeros(steps), ending=Ending.HORIZON, ending_detail="",
    )  # fmt: skip
    return World(scenario=scenario, trace=trace)


def _drive(track: Track, steps: int, dt: float) -> tuple[Array, Array, Array, Array]:
    """Positions, headings, velocities and yaw rates; 50 sub-steps each, midpoint rule."""
    fine, h = 50, dt / 50
    x, y, heading, speed = track.x, track.y, track.heading, track.speed
    rows = []
    for k in range((steps - 1) * fine + 1):
        accel, turn = next((s[1:] for s in track.plan if k * h < s[0] - 1e-9), (0.0, 0.0))
        if k % fine == 0:
            rows.append((x, y, heading, speed, turn))
        after = max(0.0, speed + accel * h) if track.speed >= 0.0 else speed + accel * h
        mean, middle = 0.5 * (speed + after), heading + 0.5 * turn * h
        x, y = x + mean * h * math.cos(middle), y + mean * h * math.sin(middle)
        heading, speed = heading + turn * h, after
    table = np.array(rows)
    velocity = table[:, 3:4] * np.stack([np.cos(table[:, 2]), np.sin(table[:, 2])], axis=1)
    return table[:, :2], table[:, 2], velocity, table[:, 4]
