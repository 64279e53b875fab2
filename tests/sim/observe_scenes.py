"""Crowded scenes for tests of observation: everything that can be seen, at random places."""

import dataclasses

import numpy as np
from sim_worlds import world

from simeval.scenario import (
    AgentKind,
    Areas,
    Bodies,
    Controller,
    Edges,
    Lanes,
    Links,
    Polylines,
    RoadMap,
    Route,
    Signals,
    Source,
    States,
)

STEPS = 41


def wiggle(rng, n, step):
    """A line of n points that bends at random."""
    heading = rng.uniform(-np.pi, np.pi) + np.cumsum(rng.normal(0, 0.05, n))
    steps = step * np.stack([np.cos(heading), np.sin(heading)], axis=1)
    return rng.uniform(-120, 120, 2) + np.cumsum(steps, axis=0)


def sideways(line, offset):
    along = np.gradient(line, axis=0)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    return line + offset * across / np.sqrt((across**2).sum(axis=1, keepdims=True))


def random_map(rng, lanes=25, edges=9):
    centre = [wiggle(rng, int(rng.integers(2, 70)), rng.uniform(0.4, 9.0)) for _ in range(lanes)]
    bounded = rng.random(lanes) < 0.7
    none = np.zeros((0, 2))
    left = [sideways(c, 1.6) if b else none for c, b in zip(centre, bounded, strict=True)]
    right = [sideways(c, -1.9) if b else none for c, b in zip(centre, bounded, strict=True)]
    ints = np.zeros(lanes, dtype=np.int64)
    known = rng.integers(0, 2, lanes)
    return RoadMap(
        lanes=Lanes(
            ids=tuple(f"l{i}" for i in range(lanes)), kind=ints + 1, is_connector=rng.integers(0, 2, lanes),
            speed_limit=rng.uniform(5, 30, lanes), has_limit=known, centre=Polylines.of(centre),
            left=Polylines.of(left), right=Polylines.of(right), section=("",) * lanes,
            predecessors=Links.of([[]] * lanes), successors=Links.of([[]] * lanes),
            left_neighbour=ints - 1, right_neighbour=ints - 1,
        ),
        areas=Areas(kind=np.zeros(0, dtype=np.int64), outline=Polylines.of([])),
        edges=Edges(
            kind=rng.integers(1, 4, edges),
            line=Polylines.of([wiggle(rng, int(rng.integers(2, 90)), 1.3) for _ in range(edges)]),
        ),
        topology=Source.INFERRED if rng.random() < 0.5 else Source.GIVEN,
    )  # fmt: skip


def random_signals(rng, lanes, count=12, steps=STEPS):
    return Signals(
        lane=rng.integers(-1, lanes, count), stop_xy=rng.uniform(-1e4, -9e3, (count, 2)),
        state=rng.integers(0, 5, (steps, count)), last_known=np.full(count, steps - 1),
    )  # fmt: skip


def random_cars(rng, count):
    """Moved in every way there is; the first is the ego."""
    cars = []
    for i in range(count):
        x, y, h = *rng.uniform(-80, 80, 2), rng.uniform(-np.pi, np.pi)
        v, kind = rng.uniform(0, 15), int(rng.integers(1, 10)) if i else int(AgentKind.TRUCK)
        car = {"id": f"{rng.integers(1000)}-{i}", "kind": kind}
        if i % 3 == 1:
            t = 0.1 * np.arange(STEPS)
            log = np.stack([x + v * t * np.cos(h), y + v * t * np.sin(h), np.full(STEPS, h),
                            np.full(STEPS, v)], axis=1)  # fmt: skip
            log[rng.random(STEPS) < 0.2] = np.nan
            car |= {"log": log, "controller": int(Controller.REPLAY)}
        else:
            controller = Controller.IDM if i % 3 == 0 else Controller.PARKED
            car |= {"x": x, "y": y, "heading": h, "speed": v, "controller": int(controller)}
        car |= {"length": rng.uniform(2, 9), "width": rng.uniform(1, 3)}
        cars.append(car)
    return cars


def with_trailers(scenario, rng, pulling=(0, 3, 3)):
    """The named agents pull one body for each time they are named, at angles that change."""
    old, parts = scenario.agents.bodies, []
    names = [f.name for f in dataclasses.fields(Bodies) if f.name != "agent"]
    for a in range(len(scenario.agents)):
        own = {n: getattr(old, n)[a] for n in names}
        trailers = pulling.count(a)
        own["rear_hitch"] = -1.5 if trailers else 0.0
        parts.append({"agent": a, **own})
        parts += [
            {"agent": a, "length": 10.0 + k, "width": 2.5, "axle": -3.0, "wheelbase": 7.0,
             "front_hitch": 4.5, "rear_hitch": -5.0 if k + 1 < trailers else 0.0}
            for k in range(trailers)
        ]  # fmt: skip
    bodies = Bodies(**{n: np.asarray([p[n] for p in parts]) for n in ("agent", *names)})
    s = scenario.states
    hitch = np.cumsum(rng.normal(0, 0.05, (s.num_steps, len(pulling))), axis=0)
    return dataclasses.replace(
        scenario,
        agents=dataclasses.replace(scenario.agents, bodies=bodies),
        states=States(xy=s.xy, heading=s.heading, velocity=s.velocity, valid=s.valid, hitch=hitch),
    )


def random_scene(seed, *, trailers=True, cars=24, start=0):
    """A scene in which the ego has a route over some lanes; before `start` all is history."""
    rng = np.random.default_rng(seed)
    road = random_map(rng)
    made = world(
        random_cars(rng, cars), num_steps=STEPS, road=road, signals=random_signals(rng, len(road.lanes)),
        goal=(30.0, -20.0), name=f"scene{seed}",
    )  # fmt: skip
    xy = made.states.xy[0, 0]
    h = made.states.heading[0, 0]
    bend = h + np.cumsum(rng.normal(0, 0.03, 120))
    route = xy + np.cumsum(1.1 * np.stack([np.cos(bend), np.sin(bend)], axis=1), axis=0)
    lane_ids = tuple(f"l{i}" for i in rng.choice(len(road.lanes), 6, replace=False))
    made = dataclasses.replace(made, route=Route(lane_ids=lane_ids, xy=route, inferred=False))
    if trailers:
        made = with_trailers(made, rng)
    return _with_history(made, start) if start else made


def _with_history(scenario, start):
    """Those who are known at the first step only come there by then, turning, at the start step."""
    s = scenario.states
    only = s.valid.sum(axis=0) == 1
    first = s.valid.argmax(axis=0)
    there = np.where(only, 0, first)
    xy, heading, velocity, valid = s.xy.copy(), s.heading.copy(), s.velocity.copy(), s.valid.copy()
    for t in range(start + 1):
        back = scenario.dt * (start - t)
        velocity[t, only] = s.velocity[there, np.arange(len(only))][only]
        xy[t, only] = s.xy[there, np.arange(len(only))][only] - back * velocity[t, only]
        heading[t, only] = s.heading[there, np.arange(len(only))][only] - 0.3 * back
        valid[t, only] = t >= min(2, start)
    states = States(xy=xy, heading=heading, velocity=velocity, valid=valid, hitch=s.hitch)
    return dataclasses.replace(scenario, states=states, start_step=start)
