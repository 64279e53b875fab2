"""Contacts once more, from the cards: shapely polygons moved in small parts of a step."""

import math

import numpy as np
import shapely
from slow_view import UNSURE, Want, close_to, exactly, ring

from simeval.scenario import AgentKind

PARTS = 60  # of a step, then of such a part, then again
YES, NO, UNKNOWN, UNSURE_FAULT = "yes", "no", "unknown", "?"


def first_pairs(view):
    """By agent: step, body of the ego and of the other at the first contact; of several the first bodies."""
    found = {}
    for t, k in np.argwhere(view.there & shapely.intersects(view.obstacle, shapely.Point(0, 0))):
        i, j = view.pairs[k]
        found.setdefault(int(view.agent[j]), (int(t), int(i), int(j)))
    return found


def at_first_touch(view, t, i, j):
    """x, y, heading of both when they first touch, moving and turning evenly since the step before."""
    own, its = view.pose[t, i], view.pose[t, j]
    if t == 0 or not view.valid[t - 1, j]:
        return own, its
    changes = [own - view.pose[t - 1, i], its - view.pose[t - 1, j]]
    for change in changes:
        change[2] = math.remainder(change[2], 2.0 * math.pi)
    low, high = 0.0, 1.0
    for _ in range(3):
        shares = np.linspace(low, high, PARTS + 1)
        ways = [
            view.pose[t - 1, b] + shares[:, None] * change for b, change in zip((i, j), changes, strict=True)
        ]
        shapes = [
            shapely.polygons(
                ring(*way.T, np.full(len(way), view.length[b]), np.full(len(way), view.width[b]))
            )
            for way, b in zip(ways, (i, j), strict=True)
        ]
        hit = shapely.dwithin(*shapes, 1e-6)
        k = int(np.argmax(hit)) if hit.any() else PARTS
        low, high = shares[max(k - 1, 0)], shares[k]
    return ways[0][k], ways[1][k]


def rear_axle(view, t, i):
    """Place of the axle of body i, and the speed of the first body's."""
    axle = view.trace.agents.bodies.axle
    x, y, h = view.pose[t, i]
    at = np.array([x + axle[i] * math.cos(h), y + axle[i] * math.sin(h)])
    first = view.own[0]
    turn = view.trace.yaw_rate[t, view.trace.ego] * axle[first]
    h = view.pose[t, first, 2]
    velocity = view.velocity[t, first] + turn * np.array([-math.sin(h), math.cos(h)])
    return at, math.hypot(*velocity)


def angle_from(place, heading, to):
    away = to - place
    return abs(math.degrees(math.remainder(math.atan2(away[1], away[0]) - heading, 2.0 * math.pi)))


def front_meets(own, length, width, its, sizes, slack):
    """Whether the front edge meets the other's box; None where less than `slack` decides."""
    front_left, _, _, front_right = ring(*(np.array(v) for v in own), np.array(length), np.array(width))
    box = shapely.Polygon(ring(*(np.array(v) for v in its), *(np.array(s) for s in sizes)))
    edge = shapely.LineString([front_left, front_right])
    if edge.intersects(box.buffer(-slack, join_style="mitre")):
        return True
    return None if edge.dwithin(box, slack) else False


def columns(view):
    """The lanes that follow one another, each column one polygon."""
    lanes = view.scenario.map.lanes
    shapes = [shapely.Polygon([*lanes.left[k], *lanes.right[k][::-1]]) for k in range(len(lanes))]
    names = {
        n: [shapes[k] for k, i in enumerate(lanes.ids) if i.endswith(n) and not i.startswith("back")]
        for n in (".0", ".1")
    }
    back = [shapes[k] for k, i in enumerate(lanes.ids) if i.startswith("back")]
    return [
        shapely.union_all(names[".0"], grid_size=1e-7),
        shapely.union_all(names[".1"], grid_size=1e-7),
        *back,
    ]


def leaves_lane(view, t):
    """Whether the ego's first body is not in one column of lanes; None where the map has none."""
    if not len(view.scenario.map.lanes):
        return None
    box = shapely.points(view.corners[t, view.own[0]])
    return not any(shapely.contains(column, box).all() for column in columns(view))


def faults(view):
    """By agent: yes, no or undecided by rounding; and whether a threshold of the types is near."""
    if hasattr(view, "_faults"):
        return view._faults
    found, near = {}, view.touches_nearly
    for agent, (t, i, j) in first_pairs(view).items():
        own, its = at_first_touch(view, t, i, j)
        _, speed = rear_axle(view, t, i)
        axle = view.trace.agents.bodies.axle[i]
        place = own[:2] + axle * np.array([math.cos(own[2]), math.sin(own[2])])
        its_speed = math.hypot(*view.velocity[t, j])
        angle = angle_from(place, own[2], its[:2])
        near |= close_to(speed, 0.05) or close_to(its_speed, 0.05) or close_to(angle, 150.0)
        if speed <= 0.05:
            found[agent] = NO
        elif its_speed <= 0.05 or view.trace.agents.kind[agent] == int(AgentKind.STATIC):
            found[agent] = YES
        elif angle > 150.0:
            found[agent] = UNSURE_FAULT if angle < 150.2 else NO
        else:
            sizes = (view.length[j], view.width[j])
            meets = front_meets(own, view.length[i], view.width[i], its, sizes, 0.001)
            lateral = {True: YES, False: NO, None: UNKNOWN}[leaves_lane(view, t)]
            found[agent] = YES if meets else lateral if meets is False or lateral == YES else UNSURE_FAULT
            if 149.8 < angle <= 150.0:
                found[agent] = UNSURE_FAULT
    view._faults = found, near
    return view._faults


def number_of(fault):
    def slow(view):
        found, near = faults(view)
        sure = sum(f == fault for f in found.values())
        return Want(sure - 1e-6, sure + sum(f == UNSURE_FAULT for f in found.values()) + 1e-6, near)

    return slow


def impact(view):
    found = first_pairs(view)
    if not found:
        return None
    speeds = [math.hypot(*(view.velocity[t, i] - view.velocity[t, j])) for t, i, j in found.values()]
    return exactly(max(speeds), view.touches_nearly)


def delta_v(view):
    """Half the difference of the velocities, both along the headings, at the moment of the touch."""
    values = []
    for agent, (t, i, j) in first_pairs(view).items():
        own, its = at_first_touch(view, t, i, j)
        _, speed = rear_axle(view, t, i)
        static = view.trace.agents.kind[agent] == int(AgentKind.STATIC)
        other = 0.0 if static else math.hypot(*view.velocity[t, j])
        one, two = (v * np.array([math.cos(h), math.sin(h)]) for v, h in ((speed, own[2]), (other, its[2])))
        values.append(0.5 * math.hypot(*(one - two)))
    return exactly(max(values), view.touches_nearly, slack=1e-3) if values else None


def overlap(view):
    origin = shapely.Point(0, 0)
    hit = view.there & shapely.contains_properly(view.obstacle, origin)
    least = np.where(view.there, shapely.distance(shapely.boundary(view.obstacle), origin), math.inf)
    if not hit.any() and least.min() < 1e-9:
        return UNSURE
    return exactly(float(hit.any()), view.touches_nearly)


SLOW = {
    "contacts": lambda view: exactly(len(first_pairs(view)), view.touches_nearly),
    "at_fault_contacts": number_of(YES),
    "unknown_fault_contacts": number_of(UNKNOWN),
    "max_impact_speed_mps": impact,
    "max_delta_v_mps": delta_v,
    "waymax_overlap": overlap,
}
