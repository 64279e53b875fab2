"""What a row sees, computed another way: complex numbers for poses, shapely for lines, everything sorted."""

import numpy as np
import shapely

from simeval.scenario import EdgeKind, Source
from simeval.sim.agents import cast_of
from simeval.sim.settings import SimSettings
from simeval.vehicles.trailer_geometry import couplings_of, drive_trailers

KINDS = {1: 1, 2: 1, 5: 1, 3: 2, 4: 2, 7: 3, 6: 4, 8: 5, 9: 5}
MAX_STEERING = 0.7


def places(lines, agent, body, t):
    """Position and direction of a body as complex numbers; None where its agent is not there."""
    agents, (xy, heading, _, valid, hitch, _) = lines.agents, lines.states
    if t < 0 or not valid[t, agent]:
        return None
    first, bodies = agents.body_offsets[agent], agents.bodies
    at, angle = complex(*xy[t, agent]), heading[t, agent]
    for b in range(first + 1, body + 1):
        coupling = at + bodies.rear_hitch[b - 1] * np.exp(1j * angle)
        angle -= hitch[t, b - agent - 1]
        at = coupling - bodies.front_hitch[b] * np.exp(1j * angle)
    return at, np.exp(1j * angle)


def velocity_of(lines, agent, body, t):
    """Of a body's centre: the first one's is recorded, others are moved a little and differenced."""
    at, direction, velocity = lines.state(agent, t)
    first = int(lines.agents.body_offsets[agent])
    if body == first:
        return velocity
    before = lines.state(agent, t - 1)
    turn = lines.states[5][t, agent] if t > lines.start else 0.0
    if t <= lines.start and before is not None:
        turn = np.angle(direction / before[1]) / lines.scenario.dt
    axle, speed = lines.agents.bodies.axle[first], (velocity * np.conj(direction)).real
    own = slice(first - agent, body - agent)
    offset, wheelbase = (v[: body - first] for v in couplings_of(lines.agents.bodies, agent))
    found = []
    for eps in (-1e-4, 1e-4):
        hitch, _ = drive_trailers(lines.states[4][t, own], offset, wheelbase, np.array([[speed, turn]]) * eps)
        # The rear axle moves along its heading; the centre of the first body is where that puts it.
        rear = at + axle * direction + speed * eps * direction * np.exp(0.5j * turn * eps)
        turned = direction * np.exp(1j * turn * eps)
        found.append(chain(lines, agent, body, rear - axle * turned, np.angle(turned), hitch[-1]))
    return (found[1] - found[0]) / 2e-4


def chain(lines, agent, body, at, angle, hitch):
    """Centre of a body, from the pose of the first one and the hitch angles between."""
    bodies, first = lines.agents.bodies, int(lines.agents.body_offsets[agent])
    for b in range(first + 1, body + 1):
        coupling = at + bodies.rear_hitch[b - 1] * np.exp(1j * angle)
        angle -= hitch[b - first - 1]
        at = coupling - bodies.front_hitch[b] * np.exp(1j * angle)
    return at


def order(key, *ties):
    return np.lexsort((*ties[::-1], np.floor(np.asarray(key) ** 2 * 1e6 + 0.5)))


def points_of(line):
    """x + iy and direction, each 2 m and at the end."""
    drawn = shapely.LineString(line)
    n = int(np.ceil(drawn.length / 2.0 - 1e-7))
    at = np.append(2.0 * np.arange(n), drawn.length)

    def where(s):
        return shapely.get_coordinates(shapely.line_interpolate_point(drawn, s)) @ [1, 1j]

    chord = where(np.minimum(at + 1.0, drawn.length)) - where(np.maximum(at - 1.0, 0.0))
    return where(at), chord / np.abs(chord)


class Lines:
    """A scenario with a trace put behind its history."""

    def __init__(self, scenario, trace):
        self.scenario, self.agents, start = scenario, scenario.agents, scenario.start_step
        log, now = scenario.states, trace.states
        names = ("xy", "heading", "velocity", "valid", "hitch")
        both = [np.concatenate([getattr(log, n)[:start], getattr(now, n)]) for n in names]
        self.states = (*both, np.concatenate([np.zeros((start, len(self.agents))), trace.yaw_rate]))
        self.start, self.step, self.trace = start, start + trace.num_steps - 1, trace

    def state(self, a, t):
        """Position, direction, velocity as complex numbers."""
        xy, heading, velocity, valid, _, _ = self.states
        if t < 0 or not valid[t, a]:
            return None
        return complex(*xy[t, a]), np.exp(1j * heading[t, a]), complex(*velocity[t, a])


def put(out, eye, at, direction):
    here = (at - eye[0]) * np.conj(eye[1])
    turned = direction * np.conj(eye[1])
    out[..., 0], out[..., 1], out[..., 2], out[..., 3] = here.real, here.imag, turned.real, turned.imag


def seen_by_hand(scenario, trace, spec, agent=None, settings=None):
    """All tensors of one row as float64 arrays."""
    s = Lines(scenario, trace)
    me = scenario.ego if agent is None else agent
    out = {k: np.zeros(v[1:]) for k, v in spec.shapes(1).items()}
    if s.state(me, s.step) is None:
        return out
    eye = s.state(me, s.step)[:2]
    _own(out, s, me, eye, spec)
    _others(out, s, me, eye, spec)
    _lanes(out, s, me, eye, spec)
    _edges(out, s, eye, spec)
    _route(out, s, me, eye, spec, settings or SimSettings())
    if scenario.goal is not None and me == scenario.ego:
        at = (complex(*scenario.goal) - eye[0]) * np.conj(eye[1])
        out["goal"][:] = at.real, at.imag, 1.0
    out["time_s"], out["active"] = np.array((s.step - s.start) * scenario.dt), np.array(1.0)
    return out


def _own(out, s, me, eye, spec):
    dt = s.scenario.dt
    for j in range(spec.history):
        t = s.step - spec.history + 1 + j
        now, before = s.state(me, t), s.state(me, t - 1)
        if now is None:
            continue
        row = out["ego_history"][j]
        put(row, eye, *now[:2])
        row[4] = (now[2] * np.conj(now[1])).real
        if before is not None:
            row[5] = (row[4] - (before[2] * np.conj(before[1])).real) / dt
        if t > s.start:
            row[6] = s.states[5][t, me]
        elif before is not None:
            row[6] = np.angle(now[1] / before[1]) / dt
    b, first, last = s.agents.bodies, *s.agents.body_offsets[me : me + 2]
    wheelbase = max(b.wheelbase[first], 0.1)
    pulled = sum(b.length[first + 1 : last])
    out["ego_parameters"][:] = b.length[first], b.width[first], wheelbase, b.axle[first], MAX_STEERING, pulled


def _others(out, s, me, eye, spec):
    found = []
    for body, a in enumerate(s.agents.bodies.agent):
        place = places(s, a, body, s.step)
        if place is not None and body != s.agents.body_offsets[me]:
            found.append((abs(place[0] - eye[0]), s.agents.ids[a], body))
    ranked = [found[i] for i in order([f[0] for f in found], *np.unique([f[1] for f in found],
              return_inverse=True)[1:], [f[2] for f in found])] if found else []  # fmt: skip
    for k, (_, _, body) in enumerate(ranked[: spec.agents]):
        a = int(s.agents.bodies.agent[body])
        is_first = body == s.agents.body_offsets[a]
        out["agents_kind"][k] = KINDS[int(s.agents.kind[a])] if is_first else 6
        for j in range(spec.history):
            t = s.step - spec.history + 1 + j
            place = places(s, a, body, t)
            if place is None:
                continue
            row = out["agents_history"][k, j]
            put(row, eye, *place)
            v = velocity_of(s, a, body, t) * np.conj(eye[1])
            row[4:] = v.real, v.imag, s.agents.bodies.length[body], s.agents.bodies.width[body]
            out["agents_valid"][k, j] = 1


def _lanes(out, s, me, eye, spec):
    lanes, signals = s.scenario.map.lanes, s.scenario.signals
    pieces = []
    for lane, centre in enumerate(lanes.centre):
        at, direction = points_of(centre)
        stride = max(spec.lane_points - 1, 1)
        for first in range(0, len(at) - (1 if spec.lane_points > 1 else 0), stride):
            cut = slice(first, first + spec.lane_points)
            pieces.append((np.abs(at[cut] - eye[0]).min(), lane, at[cut], direction[cut]))
    ranked = order([p[0] for p in pieces], np.arange(len(pieces)))
    route = s.scenario.route.lane_ids if s.scenario.route is not None else ()
    for k, i in enumerate(ranked[: spec.lanes]):
        _, lane, at, direction = pieces[i]
        put(out["lanes"][k, : len(at)], eye, at, direction)
        out["lanes_valid"][k, : len(at)] = 1
        left, right = (shapely.LineString(side[lane]) if len(side[lane]) > 1 else None
                       for side in (lanes.left, lanes.right))  # fmt: skip
        width = 0.0
        if left is not None and right is not None:
            xy = shapely.points(np.stack([at.real, at.imag], axis=1))
            width = np.median(shapely.distance(xy, left) + shapely.distance(xy, right))
        out["lanes_attributes"][k] = (
            lanes.speed_limit[lane] if lanes.has_limit[lane] else 0.0, lanes.has_limit[lane],
            lanes.ids[lane] in route and me == s.scenario.ego, lanes.is_connector[lane],
            s.scenario.map.topology == Source.INFERRED, width,
        )  # fmt: skip
        shown = signals.state[s.step][signals.lane == lane]
        out["lanes_signal"][k] = max(shown, default=0)


def _edges(out, s, eye, spec):
    lines = s.scenario.map.edges_of(EdgeKind.BOUNDARY, EdgeKind.MEDIAN)
    if not lines:
        return
    at, direction = (np.concatenate(p) for p in zip(*map(points_of, lines), strict=True))
    near = order(np.abs(at - eye[0]), np.arange(len(at)))[: spec.edges]
    put(out["edges"][: len(near)], eye, at[near], direction[near])
    out["edges_valid"][: len(near)] = 1


def _route(out, s, me, eye, spec, settings):
    path = cast_of(s.scenario, int(s.trace.driver[s.scenario.ego]), settings).path_of(me)
    if path is None:
        return
    xy = np.stack([path.x, path.y], axis=1)
    start = shapely.LineString(xy).project(shapely.Point(eye[0].real, eye[0].imag))
    at = start + 2.0 * np.arange(spec.route)
    at = at[at <= path.s[-1] + 1e-9]
    x, y, heading = (np.interp(at, path.s, column) for column in (path.x, path.y, path.heading))
    put(out["route"][: len(at)], eye, x + 1j * y, np.exp(1j * heading))
    out["route_valid"][: len(at)] = 1
