"""Worlds seen from elsewhere: turned, shifted, mirrored; agents in another order, or fewer; fewer steps."""

from dataclasses import fields, replace

import numpy as np

from simeval.scenario import Areas, Bodies, Edges, Polylines, RoadMap


def shown(made, turn=0.0, shift=(0.0, 0.0), mirror=False):
    """The same world, mirrored at the x axis, then turned and shifted."""
    sign = -1.0 if mirror else 1.0
    c, s = np.cos(turn), np.sin(turn)
    matrix = np.array([[c, -s], [s, c]]) @ np.diag([1.0, sign])

    def points(xy):
        return np.asarray(xy, dtype=np.float64) @ matrix.T + np.asarray(shift)

    def lines(p, *, back=False):
        return Polylines.of([points(p[i])[:: -1 if mirror and back else 1] for i in range(len(p))])

    def states(old):
        there = old.valid
        return replace(
            old, xy=np.where(there[..., None], points(old.xy), 0.0), velocity=old.velocity @ matrix.T,
            heading=np.where(there, sign * old.heading + turn, 0.0), hitch=sign * old.hitch,
        )  # fmt: skip

    def trace(old):
        plans = old.plans
        if plans is not None:
            poses = np.concatenate(
                [points(plans.poses[..., :2]), sign * plans.poses[..., 2:3] + turn], axis=2
            )
            plans = replace(plans, poses=poses)
        command = old.command * np.array([1.0, sign])
        return replace(
            old, states=states(old.states), yaw_rate=sign * old.yaw_rate, steering=sign * old.steering,
            command=command, plans=plans,
        )  # fmt: skip

    old, route = made.scenario, made.scenario.route
    left, right = ("right", "left") if mirror else ("left", "right")
    lanes = replace(
        old.map.lanes, centre=lines(old.map.lanes.centre), left=lines(getattr(old.map.lanes, left)),
        right=lines(getattr(old.map.lanes, right)),
        left_neighbour=getattr(old.map.lanes, f"{left}_neighbour"),
        right_neighbour=getattr(old.map.lanes, f"{right}_neighbour"),
    )  # fmt: skip
    areas, edges = old.map.areas, old.map.edges
    road_map = RoadMap(
        lanes=lanes, areas=Areas(kind=areas.kind, outline=lines(areas.outline, back=True)),
        edges=Edges(kind=edges.kind, line=lines(edges.line, back=True)), topology=old.map.topology,
    )  # fmt: skip
    scenario = replace(
        old, map=road_map, states=states(old.states), route=replace(route, xy=points(route.xy)),
        goal=tuple(points(np.array(old.goal)).tolist()),
        signals=replace(old.signals, stop_xy=points(old.signals.stop_xy)),
    )  # fmt: skip
    others = {role: trace(t) for role, t in made.companions.items()}
    return replace(made, scenario=scenario, trace=trace(made.trace), companions=others)


def chosen(made, order):
    """The same world with these of its agents, in this order; the ego is among them."""
    order = np.asarray(order)
    agents, bodies = made.trace.agents, made.trace.agents.bodies
    offsets = agents.body_offsets
    rows = np.concatenate([np.arange(offsets[a], offsets[a + 1]) for a in order])
    count = [int(offsets[a + 1] - offsets[a]) for a in order]
    pulled = np.concatenate([np.arange(offsets[a] - a, offsets[a + 1] - a - 1) for a in order]).astype(int)
    columns = {f.name: getattr(bodies, f.name)[rows] for f in fields(Bodies)}
    columns["agent"] = np.repeat(np.arange(len(order)), count)
    new = replace(
        agents, ids=tuple(agents.ids[a] for a in order), bodies=Bodies(**columns),
        **{n: getattr(agents, n)[order] for n in ("kind", "controller", "desired_speed")},
    )  # fmt: skip
    ego = int(np.flatnonzero(order == made.trace.ego)[0])

    def states(old):
        columns = {n: getattr(old, n)[:, order] for n in ("xy", "heading", "velocity", "valid")}
        return replace(old, hitch=old.hitch[:, pulled], **columns)

    def trace(old):
        return replace(
            old, agents=new, ego=ego, states=states(old.states), yaw_rate=old.yaw_rate[:, order],
            flags=old.flags[:, order], driver=old.driver[order],
        )  # fmt: skip

    scenario = replace(
        made.scenario, agents=new, states=states(made.scenario.states), ego=ego,
        paths=Polylines.of([made.scenario.paths[a] for a in order]),
    )  # fmt: skip
    others = {role: trace(t) for role, t in made.companions.items()}
    return replace(made, scenario=scenario, trace=trace(made.trace), companions=others)


def until(made, steps):
    """The first steps of the same episode."""
    trace = made.trace
    old, rows = trace.states, slice(0, steps)
    states = replace(old, **{f.name: getattr(old, f.name)[rows] for f in fields(old)})
    names = ("yaw_rate", "flags", "command", "acceleration", "steering")
    cut = replace(trace, states=states, plans=None, **{n: getattr(trace, n)[rows] for n in names})
    return replace(made, trace=cut)


def grown(made, factor, *, ego=False):
    """The same world in which the bodies of all others are larger, or those of the ego wider."""
    bodies = made.trace.agents.bodies
    scale = np.where((bodies.agent == made.trace.ego) == ego, factor, 1.0)
    length = bodies.length if ego else scale * bodies.length
    bodies = replace(bodies, length=length, width=scale * bodies.width)
    agents = replace(made.trace.agents, bodies=bodies)
    scenario = replace(made.scenario, agents=agents)
    return replace(made, scenario=scenario, trace=replace(made.trace, agents=agents))


def hastened(made, factor):
    """The same places in less time: everybody is faster by a factor."""
    dt = made.trace.dt / factor

    def states(old):
        return replace(old, velocity=factor * old.velocity)

    trace = replace(
        made.trace, dt=dt, states=states(made.trace.states), yaw_rate=factor * made.trace.yaw_rate
    )
    scenario = replace(made.scenario, dt=dt, states=states(made.scenario.states))
    return replace(made, scenario=scenario, trace=trace)
