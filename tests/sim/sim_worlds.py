"""Small worlds for tests, in three lines each."""

import dataclasses

import numpy as np

from simeval.scenario import (
    Agents,
    Areas,
    Controller,
    Edges,
    Lanes,
    Polylines,
    Provenance,
    RoadMap,
    Route,
    Scenario,
    Signals,
    Source,
    States,
)

LENGTH, WIDTH = 4.6, 1.9


def line(x0, x1, y=0.0):
    return np.array([[x0, y], [x1, y]], dtype=float)


def road_with_edges(*lines):
    edges = [np.asarray(e, dtype=float) for e in lines]
    return RoadMap(
        lanes=Lanes.none(),
        areas=Areas(kind=np.zeros(0, dtype=np.int64), outline=Polylines.of([])),
        edges=Edges(kind=np.ones(len(edges), dtype=np.int64), line=Polylines.of(edges)),
        topology=Source.ABSENT,
    )


def world(
    cars, *, num_steps=201, dt=0.1, road=None, signals=None, route=None, name="w", goal=None, script=()
):
    """A scenario of cars: dicts of x, y, heading, speed, controller, kind, length, width, path, desired."""
    n = len(cars)
    get = lambda key, default: [c.get(key, default) for c in cars]  # noqa: E731
    agents = Agents.simple(
        [c.get("id", f"a{i}") for i, c in enumerate(cars)],
        get("kind", 1),
        np.array(get("length", LENGTH)),
        np.array(get("width", WIDTH)),
    )
    agents = dataclasses.replace(
        agents,
        controller=np.array(get("controller", int(Controller.IDM)), dtype=np.int64),
        desired_speed=np.array(get("desired", 15.0), dtype=float),
    )
    xy, velocity = np.zeros((num_steps, n, 2)), np.zeros((num_steps, n, 2))
    heading, valid = np.zeros((num_steps, n)), np.zeros((num_steps, n), dtype=bool)
    paths = []
    for i, c in enumerate(cars):
        if "log" in c:  # (steps, 4) x, y, heading, speed; NaN: not there
            log = np.asarray(c["log"], dtype=float)
            valid[: len(log), i] = ~np.isnan(log[:, 0])
            xy[: len(log), i], heading[: len(log), i] = np.nan_to_num(log[:, :2]), np.nan_to_num(log[:, 2])
            along = np.stack([np.cos(log[:, 2]), np.sin(log[:, 2])], axis=1) * log[:, 3:]
            velocity[: len(log), i] = np.nan_to_num(along)
            paths.append(np.zeros((0, 2)))
            continue
        h, v = c.get("heading", 0.0), c.get("speed", 0.0)
        valid[0, i] = True
        xy[0, i], heading[0, i] = (c.get("x", 0.0), c.get("y", 0.0)), h
        velocity[0, i] = v * np.cos(h), v * np.sin(h)
        start = xy[0, i]
        ahead = start + 2000.0 * np.array([np.cos(h), np.sin(h)])
        paths.append(np.asarray(c.get("path", [start, ahead]), dtype=float))
    track = paths[0] if route is None else np.asarray(route, dtype=float)
    return Scenario(
        id=f"test/{name}", suite="test", family=name, dt=dt, start_step=0, origin=(0.0, 0.0), agents=agents,
        states=States.of(xy, heading, velocity, valid), ego=0,
        route=Route(lane_ids=(), xy=track, inferred=False) if len(track) else None,
        goal=goal, paths=Polylines.of(paths), map=road or RoadMap.empty(),
        signals=signals or Signals.none(num_steps), script=tuple(script),
        provenance=Provenance(format="authored", licence="Apache-2.0"),
    )  # fmt: skip


def straight_road(cars, **options):
    """Cars on one lane along +x, as (x, speed)."""
    return world([{"x": x, "speed": v} for x, v in cars], **options)


def same_bits(one, two):
    """Whether two traces are equal to the last bit."""
    pairs = [
        (one.states.xy, two.states.xy), (one.states.heading, two.states.heading),
        (one.states.velocity, two.states.velocity), (one.states.valid, two.states.valid),
        (one.states.hitch, two.states.hitch), (one.yaw_rate, two.yaw_rate), (one.flags, two.flags),
        (one.command, two.command), (one.acceleration, two.acceleration), (one.steering, two.steering),
        (one.driver, two.driver),
    ]  # fmt: skip
    plain = (one.ending, one.ending_detail) == (two.ending, two.ending_detail)
    return plain and all(a.shape == b.shape and a.tobytes() == b.tobytes() for a, b in pairs)
